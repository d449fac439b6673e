//! A project as text: what `config` prints.
//!
//! The result is a Compose file that loads to the same project again, `$` doubled.

mod order;
mod scalar;
mod tree;
mod yaml;
mod yaml_form;

pub use self::tree::Tree;

use model::{Project, canonical};
use serde::Serialize;
use serde_json::{Map, Value};

/// The project as YAML, with a line break at the end.
#[must_use]
pub fn yaml(project: &Project) -> String {
    let mut document = Map::new();
    document.insert("name".to_owned(), Value::String(project.name.to_string()));
    document.insert("services".to_owned(), value(&project.services));
    for (section, members) in [
        ("networks", value(&project.networks)),
        ("volumes", value(&project.volumes)),
        ("secrets", value(&project.secrets)),
        ("configs", value(&project.configs)),
        ("models", value(&project.models)),
    ] {
        if !is_empty(&members) {
            document.insert(section.to_owned(), members);
        }
    }
    members(&mut document, "services").for_each(yaml_form::service);
    for network in members(&mut document, "networks") {
        network.retain(|key, value| !(is_empty(value) && key == "ipam"));
    }
    order::maps(&mut document);
    for (path, value) in &project.extensions {
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut root = Value::Object(std::mem::take(&mut document));
        let parent = parents.split('/').filter(|step| !step.is_empty()).try_fold(&mut root, |node, step| match node {
            Value::Object(map) => map.get_mut(step),
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        });
        if let Some(Value::Object(parent)) = parent {
            parent.insert(name.to_owned(), order::sorted(value.clone()));
        }
        if let Value::Object(root) = root {
            document = root;
        }
    }
    escaped(&yaml::emit(&document))
}

/// The project as JSON, indented by two, without a line break at the end. As in docker compose's, extension keys
/// are there at the top level only, and language models only in the services that use them.
#[must_use]
pub fn json(project: &Project) -> String {
    let mut document = Map::new();
    for (section, members) in [
        ("configs", value(&project.configs)),
        ("name", Value::String(project.name.to_string())),
        ("networks", value(&project.networks)),
        ("secrets", value(&project.secrets)),
        ("services", value(&project.services)),
        ("volumes", value(&project.volumes)),
    ] {
        if section == "services" || !is_empty(&members) {
            document.insert(section.to_owned(), members);
        }
    }
    let top = project.extensions.iter().filter(|(path, _)| !path.contains('/'));
    document.extend(top.map(|(name, value)| (name.clone(), value.clone())));
    escaped(&canonical::pretty(&document))
}

/// The canonical form as a tree. It goes through the text, because a 32-bit float that is turned into a 64-bit
/// one would show digits that are not its own.
fn value<T: Serialize>(part: &T) -> Value {
    serde_json::from_str(&canonical::compact(part)).expect("the canonical form is JSON")
}

fn members<'a>(
    document: &'a mut Map<String, Value>,
    section: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let section = document.get_mut(section).and_then(Value::as_object_mut).into_iter();
    section.flat_map(|section| section.values_mut()).filter_map(Value::as_object_mut)
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// Every `$` doubled, so that reading it again gives the same. It is done last: folding counts the single one.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests;
