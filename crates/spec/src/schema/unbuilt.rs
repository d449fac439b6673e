//! The keys of a file whose meaning nothing carries out yet. A key that asks for nothing (null, `false`, an empty
//! list) is none of them, nor is one of a service that is not enabled.

use diagnostic::{Diagnostic, Span};

use super::{FILE, Object, Shape, Support};
use crate::tree::path::{Path, Step};
use crate::tree::{Node, Value};

/// A problem for each such key, in the order of the tree.
pub(crate) fn unbuilt(root: &Node, is_enabled: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut walk = Walk { path: Path::default(), is_enabled, found: Vec::new() };
    walk.object(root, &FILE);
    walk.found
}

/// The problem of one key or value.
pub(crate) fn problem(path: &str, span: Span) -> Diagnostic {
    Diagnostic::error("not-yet-supported", format!("{path} is not supported yet"))
        .at(span, "part of the Compose Specification, not carried out here yet")
}

struct Walk<'a, 'n> {
    path: Path<'n>,
    is_enabled: &'a dyn Fn(&str) -> bool,
    found: Vec<Diagnostic>,
}

impl<'n> Walk<'_, 'n> {
    fn object(&mut self, node: &'n Node, object: &'static Object) {
        for (name, entry) in node.as_map().into_iter().flatten() {
            let Some(key) = object.key(name) else { continue };
            self.path.push(Step::Key(name));
            if key.support == Support::Later && asks_for_something(&entry.node) {
                self.found.push(problem(&self.path.to_string(), entry.key));
            } else {
                self.shape(&entry.node, key.shape);
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
                    if self.path.is_section("services") && !(self.is_enabled)(name) {
                        continue;
                    }
                    self.path.push(Step::Key(name));
                    self.shape(&entry.node, value);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }
}

fn asks_for_something(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Bool(false) => false,
        Value::Seq(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
        _ => true,
    }
}
