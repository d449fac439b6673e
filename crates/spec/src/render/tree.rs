//! A tree as text: what `config --no-interpolate` prints. There is no model of it, because its values are no
//! values yet.

use model::{ProjectName, canonical};
use serde_json::{Map, Value};

use super::{order, yaml};
use crate::tree::Node;

/// The merged files of a project with their variables not filled in.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Node,
    document: Map<String, Value>,
}

impl Tree {
    /// Only what is normalized is named after the project; else the name is what the files say.
    pub(crate) fn new(root: Node, project: Option<&ProjectName>) -> Self {
        let mut document = match root.json() {
            Value::Object(document) => document,
            _ => Map::new(),
        };
        if let Some(project) = project {
            document.insert("name".to_owned(), Value::String(project.to_string()));
        }
        Self { root, document }
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    /// The tree as YAML, with a line break at the end.
    #[must_use]
    pub fn yaml(&self) -> String {
        match order::sorted(Value::Object(self.document.clone())) {
            Value::Object(document) => yaml::emit(&document),
            _ => String::new(),
        }
    }

    /// The tree as JSON, indented by two, without a line break at the end.
    #[must_use]
    pub fn json(&self) -> String {
        let mut document = self.document.clone();
        // Arguments that all fell away are a list that never was: docker compose prints it in JSON alone as null.
        let services = document.get_mut("services").and_then(Value::as_object_mut);
        for service in services.into_iter().flat_map(|services| services.values_mut()) {
            let args = service.get_mut("build").and_then(|build| build.get_mut("args"));
            if let Some(args) = args.filter(|args| args.as_array().is_some_and(Vec::is_empty)) {
                *args = Value::Null;
            }
        }
        let sorted: std::collections::BTreeMap<String, Value> = document.into_iter().collect();
        canonical::pretty(&sorted)
    }

    /// The names in a section (`services`, `networks`, …).
    #[must_use]
    pub fn names(&self, section: &str) -> Vec<String> {
        let section = self.document.get(section).and_then(Value::as_object);
        section.into_iter().flat_map(|section| section.keys().cloned()).collect()
    }
}
