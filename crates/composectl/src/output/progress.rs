//! Progress: a live tree on a terminal, one line an event elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use api::{Progress, ProgressState};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::args::{Ansi, Global, ProgressKind};
use crate::output::{Paint, printable, stderr};

/// The ways to show it.
enum Kind {
    /// A live tree.
    Tree(Tree),
    /// One line an event.
    Lines(Paint),
    /// One JSON object an event.
    Json(Paint),
    /// Nothing.
    Quiet,
}

/// Shows progress lines until it is dropped or finished.
pub(crate) struct Display {
    kind: Kind,
    is_pull_quiet: bool,
    is_build_quiet: bool,
}

impl Display {
    /// What the command line and the terminal ask for.
    pub(crate) fn new(global: &Global) -> Self {
        let paint = stderr();
        let kind = match global.progress {
            ProgressKind::Quiet => Kind::Quiet,
            ProgressKind::Json => Kind::Json(paint),
            ProgressKind::Plain => Kind::Lines(paint),
            ProgressKind::Tty => Kind::Tree(Tree::new(paint)),
            ProgressKind::Auto if std::io::stderr().is_terminal() && global.ansi != Ansi::Never => {
                Kind::Tree(Tree::new(paint))
            }
            ProgressKind::Auto => Kind::Lines(paint),
        };
        Self { kind, is_pull_quiet: false, is_build_quiet: false }
    }

    /// One that shows nothing.
    pub(crate) fn quiet() -> Self {
        Self { kind: Kind::Quiet, is_pull_quiet: false, is_build_quiet: false }
    }

    /// Leaves out how pulls (and pushes) and builds get on.
    pub(crate) fn without(self, is_pull_quiet: bool, is_build_quiet: bool) -> Self {
        Self { is_pull_quiet, is_build_quiet, ..self }
    }

    /// Shows one line.
    pub(crate) fn show(&mut self, progress: &Progress) {
        let is_left_out = match progress.text.as_str() {
            "Pulling" | "Pushing" => self.is_pull_quiet && !progress.details.is_empty(),
            "Building" => self.is_build_quiet && !progress.details.is_empty(),
            _ => false,
        };
        if is_left_out {
            return;
        }
        match &mut self.kind {
            Kind::Tree(tree) => tree.show(progress),
            // As docker compose prints it: a blank between id and text, and one before the details.
            Kind::Lines(paint) => {
                let details = if is_reason(progress) { "" } else { progress.details.as_str() };
                paint.line(&format!(" {} {} {details}", progress.id, progress.text));
            }
            Kind::Json(paint) => {
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
            Kind::Quiet => {}
        }
    }

    /// The way to print something else while a tree is drawn.
    pub(crate) fn beside(&self) -> Beside {
        match &self.kind {
            Kind::Tree(tree) => Beside(Some((tree.all.clone(), Arc::clone(&tree.is_live)))),
            _ => Beside(None),
        }
    }

    /// Leaves the last state on the screen.
    pub(crate) fn finish(&mut self) {
        if let Kind::Tree(tree) = &mut self.kind {
            tree.finish();
        }
    }
}

/// Prints lines of others where a tree may be drawn: above it while it lives.
#[derive(Clone)]
pub(crate) struct Beside(Option<(MultiProgress, Arc<AtomicBool>)>);

impl Beside {
    /// Runs what prints.
    pub(crate) fn print(&self, print: impl FnOnce()) {
        match &self.0 {
            Some((all, is_live)) if is_live.load(Ordering::Relaxed) => all.suspend(print),
            _ => print(),
        }
    }
}

/// Whether the details say why something is done: worth showing in a tree, not in docker compose's lines.
fn is_reason(progress: &Progress) -> bool {
    progress.state == ProgressState::Working
        && !matches!(progress.text.as_str(), "Pulling" | "Pushing" | "Building" | "Copying" | "Exporting")
}

/// A live tree: a line a task.
pub(crate) struct Tree {
    paint: Paint,
    all: MultiProgress,
    /// Until its last state is left on the screen.
    is_live: Arc<AtomicBool>,
    lines: BTreeMap<String, Line>,
    /// Of the longest id, so that what is said about them stands in one column.
    width: usize,
}

struct Line {
    bar: ProgressBar,
    began: Instant,
}

impl Tree {
    fn new(paint: Paint) -> Self {
        Self {
            paint,
            all: MultiProgress::new(),
            is_live: Arc::new(AtomicBool::new(true)),
            lines: BTreeMap::new(),
            width: 0,
        }
    }

    fn show(&mut self, progress: &Progress) {
        // What it draws goes past the stream that keeps a terminal from obeying.
        let (id, text, details) = (printable(&progress.id), printable(&progress.text), printable(&progress.details));
        self.width = self.width.max(id.chars().count());
        let line = self.lines.entry(id).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new_spinner());
            bar.enable_steady_tick(Duration::from_millis(100));
            Line { bar, began: Instant::now() }
        });
        let (mark, text) = match progress.state {
            ProgressState::Working => ("{spinner}".to_owned(), self.paint.cyan(&text)),
            ProgressState::Done => (self.paint.green("✔"), self.paint.green(&text)),
            ProgressState::Warning => (self.paint.yellow("!"), self.paint.yellow(&text)),
            ProgressState::Error => (self.paint.red("✘"), self.paint.red(&text)),
        };
        // What is done keeps the time it took; what goes on counts.
        let elapsed = match progress.state {
            ProgressState::Working => "{elapsed}".to_owned(),
            _ => format!("{:.1}s", line.began.elapsed().as_secs_f64()),
        };
        if let Ok(style) = ProgressStyle::with_template(&format!(" {mark} {{prefix}}  {{wide_msg}} {elapsed}")) {
            line.bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        line.bar.set_message(format!("{text}  {}", self.paint.dim(&details)));
        if progress.state != ProgressState::Working {
            line.bar.abandon();
        }
        for (id, line) in &self.lines {
            line.bar.set_prefix(format!("{id:<width$}", width = self.width));
        }
    }

    fn finish(&mut self) {
        self.is_live.store(false, Ordering::Relaxed);
        for line in self.lines.values() {
            line.bar.abandon();
        }
    }
}
