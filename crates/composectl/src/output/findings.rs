//! What loading found, on standard error: warnings first, then errors, the one docker compose names first.
//!
//! On a terminal each has its title in colour, its place and its remedy. Elsewhere programs may be listening
//! who know docker compose: a warning is one line of logrus, and the first line about an error is docker
//! compose's own; our lines follow.

use diagnostic::render::{self, Style};
use spec::Loaded;

use super::{Paint, logrus, stderr};

/// Shows all of it.
pub(crate) fn show(loaded: &Loaded) {
    if loaded.diagnostics.is_empty() {
        return;
    }
    let paint = stderr();
    let style = Style { color: paint.has_color(), width: paint.width() };
    let (errors, warnings): (Vec<_>, Vec<_>) = loaded.diagnostics.iter().partition(|found| found.is_error());
    if paint.is_terminal() {
        for found in warnings.into_iter().chain(errors) {
            whole(paint, &render::text(&loaded.sources, found, &style));
        }
        return;
    }
    if !warnings.is_empty() {
        // The zones of the world are searched for ours.
        let now = logrus::now();
        warnings.iter().for_each(|found| paint.line(&logrus::line(&now, &found.message)));
    }
    if let Some((first, further)) = errors.split_first() {
        paint.line(&spec::compose_words(&loaded.sources, first));
        whole(paint, &render::details(&loaded.sources, first, &style));
        for found in further {
            whole(paint, &render::text(&loaded.sources, found, &style));
        }
    }
}

/// All of it as one JSON array, for programs.
pub(crate) fn json(loaded: &Loaded) -> String {
    let list: Vec<_> = loaded.diagnostics.iter().map(|found| render::json(&loaded.sources, found)).collect();
    serde_json::to_string_pretty(&list).unwrap_or_default()
}

/// A text and an empty line.
fn whole(paint: Paint, text: &str) {
    if !text.is_empty() {
        paint.line(&format!("{}\n", text.trim_end()));
    }
}
