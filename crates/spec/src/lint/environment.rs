//! Variables of `.env` that nothing asks for.

use diagnostic::{Diagnostic, SourceId, Span, did_you_mean};

use super::Subject;
use crate::context::Context;

pub(super) fn lint(context: &Context<'_>, subject: &Subject<'_>) -> Vec<Diagnostic> {
    let referenced = context.referenced.borrow();
    let mut found = Vec::new();
    for (source, path) in context.sources.iter() {
        let is_given_on = subject.env_files().any(|file| file == path);
        if !subject.variable_files.iter().any(|file| file == path) || is_given_on {
            continue;
        }
        for (name, span) in names(source, context.sources.text(source)) {
            // Those are for the programs themselves.
            let is_setting =
                name.starts_with("COMPOSE_") || name.starts_with("DOCKER_") || name.starts_with("BUILDKIT_");
            if is_setting || referenced.contains(name) {
                continue;
            }
            let message = format!("{name} is set and never used");
            let mut remark = Diagnostic::warning("unused-variable", message).at(span, "no file mentions it");
            remark = match did_you_mean(name, referenced.iter().map(String::as_str)) {
                Some(near) => remark.help(format!("was `{near}` meant, which is used?")),
                None => remark
                    .help("variables of `.env` reach a container only where `environment:` or `env_file:` says so"),
            };
            found.push(remark);
        }
    }
    found
}

impl Subject<'_> {
    /// The files that whole services take their environment from.
    fn env_files(&self) -> impl Iterator<Item = &std::path::Path> {
        let services = self.root.get("services").and_then(crate::tree::Node::as_map).into_iter().flatten();
        let files = services.filter_map(|(_, entry)| entry.node.get("env_file")?.as_seq()).flatten();
        files.filter_map(|file| file.get("path").unwrap_or(file).as_str()).map(std::path::Path::new)
    }
}

/// The names that begin a line, and where. A value over several lines may look as if it had some: a name has
/// only letters, digits and `_`, so few do.
fn names(source: SourceId, text: &str) -> Vec<(&str, Span)> {
    let mut names = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let code = code.strip_prefix("export ").unwrap_or(code).trim_start();
        let name = code.split(['=', ':']).next().unwrap_or_default().trim_end();
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name && name.len() < code.trim_end().len() {
            let at = start + (line.len() - code.len());
            names.push((name, Span::new(source, at, at + name.len())));
        }
        start += line.len();
    }
    names
}
