//! Progress: a live tree on a terminal, one line an event elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use api::{Progress, ProgressState};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::args::{Ansi, Global, ProgressKind};
use crate::output::{Paint, stderr};

/// Shows progress lines until it is dropped or finished.
pub(crate) enum Display {
    /// A live tree.
    Tree(Tree),
    /// One line an event.
    Lines(Paint),
    /// One JSON object an event.
    Json(Paint),
    /// Nothing.
    Quiet,
}

impl Display {
    /// What the command line and the terminal ask for.
    pub(crate) fn new(global: &Global) -> Self {
        let paint = stderr();
        match global.progress {
            ProgressKind::Quiet => Self::Quiet,
            ProgressKind::Json => Self::Json(paint),
            ProgressKind::Plain => Self::Lines(paint),
            ProgressKind::Tty => Self::Tree(Tree::new(paint)),
            ProgressKind::Auto if std::io::stderr().is_terminal() && global.ansi != Ansi::Never => {
                Self::Tree(Tree::new(paint))
            }
            ProgressKind::Auto => Self::Lines(paint),
        }
    }

    /// Shows one line.
    pub(crate) fn show(&mut self, progress: &Progress) {
        match self {
            Self::Tree(tree) => tree.show(progress),
            // As docker compose prints it: a blank between id and text, and one before the details.
            Self::Lines(paint) => {
                let details = if is_reason(progress) { "" } else { progress.details.as_str() };
                paint.line(&format!(" {} {} {details}", progress.id, progress.text));
            }
            Self::Json(paint) => {
                let status = match progress.state {
                    ProgressState::Working => "Working",
                    ProgressState::Done => "Done",
                    ProgressState::Warning => "Warning",
                    ProgressState::Error => "Error",
                };
                let mut line = serde_json::json!({ "id": progress.id, "status": status, "text": progress.text });
                if !progress.details.is_empty() {
                    line["details"] = progress.details.clone().into();
                }
                paint.line(&line.to_string());
            }
            Self::Quiet => {}
        }
    }

    /// Leaves the last state on the screen.
    pub(crate) fn finish(&mut self) {
        if let Self::Tree(tree) = self {
            tree.finish();
        }
    }
}

/// Whether the details say why something is done: worth showing in a tree, not in docker compose's lines.
fn is_reason(progress: &Progress) -> bool {
    progress.state == ProgressState::Working && !matches!(progress.text.as_str(), "Pulling" | "Building")
}

/// A live tree: a line a task.
pub(crate) struct Tree {
    paint: Paint,
    all: MultiProgress,
    lines: BTreeMap<String, ProgressBar>,
}

impl Tree {
    fn new(paint: Paint) -> Self {
        Self { paint, all: MultiProgress::new(), lines: BTreeMap::new() }
    }

    fn show(&mut self, progress: &Progress) {
        let line = self.lines.entry(progress.id.clone()).or_insert_with(|| {
            let line = self.all.add(ProgressBar::new_spinner());
            line.enable_steady_tick(Duration::from_millis(100));
            line
        });
        let (mark, text) = match progress.state {
            ProgressState::Working => ("{spinner}".to_owned(), self.paint.cyan(&progress.text)),
            ProgressState::Done => (self.paint.green("✔"), self.paint.green(&progress.text)),
            ProgressState::Warning => (self.paint.yellow("!"), self.paint.yellow(&progress.text)),
            ProgressState::Error => (self.paint.red("✘"), self.paint.red(&progress.text)),
        };
        let template = format!(" {mark} {{prefix}}  {{wide_msg}} {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            line.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        line.set_prefix(progress.id.clone());
        let details = self.paint.dim(&progress.details);
        line.set_message(format!("{text}  {details}"));
        match progress.state {
            ProgressState::Working => {}
            _ => line.abandon(),
        }
    }

    fn finish(&mut self) {
        for line in self.lines.values() {
            line.abandon();
        }
    }
}
