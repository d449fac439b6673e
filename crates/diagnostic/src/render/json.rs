//! A problem as a JSON object.

use serde_json::{Map, Value, json};

use crate::{Diagnostic, Label, Sources};

/// The object: `severity`, `code`, `message`, `notes`, `help`, `related`, and the place's `file`, `line`,
/// `column`, `end_line`, `end_column` (from 1, columns in characters), `source` (the line) and `label`.
/// What there is none of is `null`.
#[must_use]
pub fn json(sources: &Sources, diagnostic: &Diagnostic) -> Value {
    let mut object = Map::new();
    object.insert("severity".into(), json!(diagnostic.severity));
    object.insert("code".into(), json!(diagnostic.code));
    object.insert("message".into(), json!(diagnostic.message));
    object.extend(place(sources, diagnostic.primary.as_ref()));
    object.insert("help".into(), json!(diagnostic.help));
    object.insert("notes".into(), json!(diagnostic.notes));
    let related: Vec<Value> =
        diagnostic.related.iter().map(|label| Value::Object(place(sources, Some(label)))).collect();
    object.insert("related".into(), Value::Array(related));
    Value::Object(object)
}

fn place(sources: &Sources, label: Option<&Label>) -> Map<String, Value> {
    let at = label.map(|label| sources.locate(label.span));
    let at = at.as_ref();
    [
        ("file", json!(at.map(|at| &at.file))),
        ("line", json!(at.map(|at| at.line))),
        ("column", json!(at.map(|at| at.column))),
        ("end_line", json!(at.map(|at| at.end_line))),
        ("end_column", json!(at.map(|at| at.end_column))),
        ("source", json!(at.map(|at| &at.line_text))),
        ("label", json!(label.map(|label| &label.text))),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}
