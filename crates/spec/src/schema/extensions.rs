//! The `x-…` keys of a file: told from names that people chose by where the table allows extensions.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{FILE, Object, Shape};
use crate::tree::Node;
use crate::tree::path::{Path, Step};

/// The values of all extension keys by path (`services/web/x-a`, `services/web/devices/0/x-b`).
pub(crate) fn extensions(root: &Node) -> BTreeMap<String, Json> {
    let mut walk = Walk { path: Path::default(), found: BTreeMap::new() };
    walk.object(root, &FILE);
    walk.found
}

struct Walk<'n> {
    path: Path<'n>,
    found: BTreeMap<String, Json>,
}

impl<'n> Walk<'n> {
    fn object(&mut self, node: &'n Node, object: &'static Object) {
        for (name, entry) in node.as_map().into_iter().flatten() {
            self.path.push(Step::Key(name));
            match object.key(name) {
                Some(key) => self.shape(&entry.node, key.shape),
                None if name.starts_with("x-") && !object.forgets_extensions => {
                    self.found.insert(self.path.joined("/"), entry.node.json());
                }
                None => {}
            }
            self.path.pop();
        }
    }

    fn shape(&mut self, node: &'n Node, shape: &'static Shape) {
        match shape {
            Shape::Object(fixed) | Shape::Open(fixed) | Shape::TypesOr(_, fixed) => self.object(node, fixed),
            Shape::OneOf(shapes) => shapes.iter().for_each(|one| self.shape(node, one)),
            Shape::Named(value) | Shape::Lower(value) => {
                for (name, entry) in node.as_map().into_iter().flatten() {
                    self.path.push(Step::Key(name));
                    self.shape(&entry.node, value);
                    self.path.pop();
                }
            }
            Shape::List(item) | Shape::Set(item) => {
                for (index, node) in node.as_seq().unwrap_or_default().iter().enumerate() {
                    self.path.push(Step::Item(index));
                    self.shape(node, item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }
}
