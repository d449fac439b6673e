//! What is wrong with a text as YAML, in go-yaml's words.

use std::str::Utf8Error;

use diagnostic::{Diagnostic, SourceId, Span};
use libyaml_safer::{Error, ErrorKind, Mark};

use super::{Node, Value};

/// The text that is read, and its file's name for messages.
pub(super) struct Origin<'a> {
    pub(super) source: SourceId,
    pub(super) text: &'a [u8],
    pub(super) path: &'a str,
}

impl Origin<'_> {
    /// A problem found while values are made; go-yaml names the line the document starts on.
    pub(super) fn construct(&self, line: u64, message: &str) -> Diagnostic {
        let message = format!("failed to parse {}: yaml: construct errors: line {line}: {message}", self.path);
        Diagnostic::error("yaml-invalid", message)
    }

    /// A problem of the scanner or the parser.
    pub(super) fn syntax(&self, error: &Error) -> Diagnostic {
        let stage = match error.kind() {
            ErrorKind::Reader | ErrorKind::Io => "reader",
            ErrorKind::Scanner => "scanner",
            ErrorKind::Composer => "composer",
            ErrorKind::Parser | ErrorKind::Emitter => "parser",
        };
        let context = error.context().map(|context| format!(" ({})", words(context))).unwrap_or_default();
        let place = match (error.context_mark(), error.problem_mark()) {
            (Some(from), Some(to)) if (from.line, from.column) == (to.line, to.column) => at(to),
            (Some(from), Some(to)) if from.line == to.line => format!("{}-C{}", at(from), to.column + 1),
            (Some(from), Some(to)) => format!("{}-{}", at(from), at(to)),
            (None, Some(to)) => at(to),
            _ => "<unknown position>".to_owned(),
        };
        let problem = error.problem();
        let message =
            format!("failed to parse {}: go-yaml load error in {stage}{context} at {place}: {problem}", self.path);
        let mut diagnostic = Diagnostic::error("yaml-syntax", message);
        if let Some(mark) = error.problem_mark() {
            diagnostic = diagnostic.at(self.byte(mark), problem);
        }
        if let (Some(context), Some(mark)) = (error.context(), error.context_mark()) {
            diagnostic = diagnostic.related(self.byte(mark), words(context));
        }
        if self.text.get(self.byte_at(error.problem_mark())) == Some(&b'\t') {
            diagnostic = diagnostic.help("indent with blanks: YAML does not allow tabs there");
        }
        diagnostic
    }

    /// A text the parser gives up on without a word.
    pub(super) fn unreadable(&self, at: usize) -> Diagnostic {
        let message = format!("failed to parse {}: this cannot be read as YAML", self.path);
        Diagnostic::error("yaml-syntax", message).at(self.part(at, 1), "somewhere after this")
    }

    /// A text that is not UTF-8.
    pub(super) fn not_utf8(&self, error: Utf8Error) -> Diagnostic {
        let at = error.valid_up_to();
        let byte = |at: usize| self.text.get(at).copied().unwrap_or_default();
        let problem = match error.error_len() {
            None => "incomplete UTF-8 octet sequence".to_owned(),
            Some(_) if matches!(byte(at), 0xc0..=0xf7) => {
                format!("invalid trailing UTF-8 octet (value: {})", byte(at + 1))
            }
            Some(_) => format!("invalid leading UTF-8 octet (value: {})", byte(at)),
        };
        let message =
            format!("failed to parse {}: go-yaml load error in reader at <unknown position>: {problem}", self.path);
        // The text that is shown has three bytes for each one that is wrong; up to the first one they agree.
        Diagnostic::error("yaml-syntax", message).at(self.part(at, 3), "not UTF-8").help("save the file as UTF-8")
    }

    /// Where a span starts, in go-yaml's form.
    pub(super) fn place(&self, span: Span) -> String {
        let before = String::from_utf8_lossy(&self.text[..span.range().start.min(self.text.len())]);
        let line = before.rsplit('\n').next().unwrap_or_default();
        format!("L{}.C{}", before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    fn byte(&self, mark: Mark) -> Span {
        self.part(self.byte_at(Some(mark)), 1)
    }

    /// A part of the text, as far as there is any.
    pub(super) fn part(&self, start: usize, length: usize) -> Span {
        let start = start.min(self.text.len());
        Span::new(self.source, start, start.saturating_add(length).min(self.text.len()))
    }

    fn byte_at(&self, mark: Option<Mark>) -> usize {
        mark.and_then(|mark| usize::try_from(mark.index).ok()).unwrap_or(usize::MAX - 1)
    }
}

/// A place in go-yaml's form.
pub(super) fn at(mark: Mark) -> String {
    format!("L{}.C{}", mark.line + 1, mark.column + 1)
}

/// go-yaml's words for what libyaml says otherwise.
fn words(context: &str) -> &str {
    match context {
        "while parsing a quoted scalar" => "while scanning a quoted scalar",
        context => context,
    }
}

/// A list or mapping as Go's `%#v` prints it, for one message.
pub(super) fn go_value(node: &Node) -> String {
    match &node.value {
        Value::Seq(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_value).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<_> = map.iter().map(|(k, e)| format!("{k:?}:{}", go_value(&e.node))).collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::String(text) => format!("{text:?}"),
        Value::Null => "interface {}(nil)".to_owned(),
        _ => node.scalar_text().unwrap_or_default(),
    }
}
