//! The `x-…` keys of a file: told from names that people chose by where the table allows extensions.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{FILE, Object, Shape};
use crate::tree::Node;

/// The values of all extension keys by path (`services/web/x-a`, `services/web/devices/0/x-b`).
pub(crate) fn extensions(root: &Node) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    object(root, &FILE, "", &mut found);
    found
}

fn object(node: &Node, object: &'static Object, path: &str, found: &mut BTreeMap<String, Json>) {
    for (name, entry) in node.as_map().into_iter().flatten() {
        match object.keys.iter().find(|key| key.name == name) {
            Some(key) => shape(&entry.node, key.shape, &format!("{path}{name}/"), found),
            None if name.starts_with("x-") && !object.forgets_extensions => {
                found.insert(format!("{path}{name}"), entry.node.json());
            }
            None => {}
        }
    }
}

fn shape(node: &Node, shape_: &'static Shape, path: &str, found: &mut BTreeMap<String, Json>) {
    match shape_ {
        Shape::Object(fixed) | Shape::Open(fixed) | Shape::TypesOr(_, fixed) => object(node, fixed, path, found),
        Shape::OneOf(shapes) => shapes.iter().for_each(|one| shape(node, one, path, found)),
        Shape::Named(value) | Shape::Lower(value) => {
            for (name, entry) in node.as_map().into_iter().flatten() {
                shape(&entry.node, value, &format!("{path}{name}/"), found);
            }
        }
        Shape::List(item) | Shape::Set(item) => {
            for (index, node) in node.as_seq().unwrap_or_default().iter().enumerate() {
                shape(node, item, &format!("{path}{index}/"), found);
            }
        }
        _ => {}
    }
}
