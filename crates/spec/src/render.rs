//! A project as text: what `config` prints.
//!
//! The result is a Compose file that loads to the same project again, `$` doubled.

mod order;
mod scalar;
mod tree;
mod yaml;

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
    if !project.networks.is_empty() {
        document.insert("networks".to_owned(), value(&project.networks));
    }
    if !project.volumes.is_empty() {
        document.insert("volumes".to_owned(), value(&project.volumes));
    }
    for service in members(&mut document, "services") {
        service.retain(|key, value| !(value.is_null() && matches!(key.as_str(), "command" | "entrypoint")));
        if let Some(Value::Object(deploy)) = service.get_mut("deploy") {
            deploy.retain(|key, value| !(is_empty(value) && matches!(key.as_str(), "resources" | "placement")));
        }
    }
    for network in members(&mut document, "networks") {
        network.retain(|key, value| !(is_empty(value) && key == "ipam"));
    }
    order::maps(&mut document);
    for (path, value) in &project.extensions {
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut steps = parents.split('/').filter(|step| !step.is_empty());
        let parent = steps.try_fold(&mut document, |map, step| map.get_mut(step)?.as_object_mut());
        if let Some(parent) = parent {
            parent.insert(name.to_owned(), order::sorted(value.clone()));
        }
    }
    escaped(&yaml::emit(&document))
}

/// The project as JSON, indented by two, extension keys at the top level only, without a line break at the end.
#[must_use]
pub fn json(project: &Project) -> String {
    let mut document = Map::new();
    document.insert("name".to_owned(), Value::String(project.name.to_string()));
    if !project.networks.is_empty() {
        document.insert("networks".to_owned(), value(&project.networks));
    }
    document.insert("services".to_owned(), value(&project.services));
    if !project.volumes.is_empty() {
        document.insert("volumes".to_owned(), value(&project.volumes));
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
