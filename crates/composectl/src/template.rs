//! Go templates as `--format` takes them: text with `{{…}}` in it, over a value, with docker's functions. No
//! definitions of templates, no methods but those that a value brings along, no files.

mod eval;
mod functions;
mod lex;
mod parse;

use serde_json::Value;

pub(crate) use functions::json;
use parse::Node;

/// A template that could be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    nodes: Vec<Node>,
}

/// What is wrong with a template, or with using it, in Go's words as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateError(pub(crate) String);

/// What a template is filled in from: the dot, and the methods it has.
pub(crate) trait Subject {
    /// The whole of it.
    fn value(&self) -> &Value;

    /// A method with arguments; `None` when there is none of that name.
    fn call(&self, method: &str, arguments: &[Value]) -> Option<Result<Value, String>>;

    /// Whether a field that is not there ends the template, as in a Go struct; in a Go map it is `<no value>`.
    fn is_closed(&self) -> bool {
        true
    }
}

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { nodes: parse::nodes(&lex::pieces(text)?)? })
    }

    /// Fills it in.
    pub(crate) fn render(&self, subject: &dyn Subject) -> Result<String, TemplateError> {
        eval::render(&self.nodes, subject)
    }
}

#[cfg(test)]
mod tests;
