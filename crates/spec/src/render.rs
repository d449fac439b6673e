//! A project as text: what `config` prints.
//!
//! The result is a Compose file that loads to the same project again, `$` doubled.

mod yaml;

use model::{Project, canonical};
use serde::Serialize;
use serde_json::{Map, Value};

/// The project as YAML, with a line break at the end.
#[must_use]
pub fn yaml(project: &Project) -> String {
    yaml::emit(&document(project))
}

/// The project as JSON, indented by two, without a line break at the end.
#[must_use]
pub fn json(project: &Project) -> String {
    canonical::pretty(&document(project))
}

/// Top-level elements in the order of their names.
fn document(project: &Project) -> Value {
    let mut document = Map::new();
    let mut add = |key: &str, value: Value| {
        document.insert(key.to_owned(), escaped(value));
    };
    add("name", Value::String(project.name.to_string()));
    if !project.networks.is_empty() {
        add("networks", value(&project.networks));
    }
    add("services", value(&project.services));
    if !project.volumes.is_empty() {
        add("volumes", value(&project.volumes));
    }
    Value::Object(document)
}

/// The canonical form as a tree. It goes through the text, because a 32-bit float that is turned into a 64-bit
/// one would show digits that are not its own.
fn value<T: Serialize>(part: &T) -> Value {
    serde_json::from_str(&canonical::compact(part)).expect("the canonical form is JSON")
}

/// Every `$` doubled, so that reading it again gives the same.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('$', "$$")),
        Value::Array(items) => Value::Array(items.into_iter().map(escaped).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, escaped(value))).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
