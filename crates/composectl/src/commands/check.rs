//! `check`: what is wrong with the files, and what works and is hardly meant. Needs no daemon and no engine.
//!
//! What was found is what was asked for, so it goes to standard output, in our own words also on a pipe.

use diagnostic::Severity;
use diagnostic::render::{self, Style};

use crate::args::{Check, Format, Global};
use crate::exit::Exit;
use crate::output::{findings, stdout};
use crate::source;

pub(super) fn run(global: &Global, check: &Check) -> Result<(), Exit> {
    let mut loaded = spec::check(&source::request(global)?, &composed::OsFiles);
    // Whoever applies the project is told of these as mistakes; here they are worth knowing.
    let unbuilt = std::mem::take(&mut loaded.unbuilt);
    loaded
        .diagnostics
        .extend(unbuilt.into_iter().map(|found| diagnostic::Diagnostic { severity: Severity::Warning, ..found }));
    loaded.diagnostics.sort_by_key(|found| found.severity);
    let paint = stdout();
    match check.format {
        Format::Json => paint.line(&findings::json(&loaded)),
        Format::Table => {
            let style = Style { color: paint.has_color(), width: paint.width() };
            for found in &loaded.diagnostics {
                paint.line(&format!("{}\n", render::text(&loaded.sources, found, &style).trim_end()));
            }
        }
    }
    let errors = loaded.diagnostics.iter().filter(|found| found.is_error()).count();
    let warnings = loaded.diagnostics.len() - errors;
    if check.format == Format::Table {
        paint.line(&format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")));
    }
    if errors > 0 || check.strict && warnings > 0 { Err(Exit::silent(1)) } else { Ok(()) }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
