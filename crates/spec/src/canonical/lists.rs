//! Lists that are short for mappings, and texts that are short for lists.

use super::{Problem, map_at};
use crate::tree::edit::put;
use crate::tree::{Entry, Map, Node, Value};

/// One value instead of a list of one.
pub(super) fn one(node: &mut Node) -> Result<(), Problem> {
    if matches!(node.value, Value::String(_)) {
        let inner = std::mem::replace(node, Node::new(Value::Null, node.span));
        node.value = Value::Seq([inner].into());
    }
    Ok(())
}

/// Servers as a list, empty ones left out.
pub(super) fn servers(node: &mut Node) -> Result<(), Problem> {
    one(node)?;
    if let Value::Seq(items) = &mut node.value {
        items.retain(|item| item.as_str() != Some(""));
    }
    Ok(())
}

/// Names become keys without value.
pub(super) fn keys(node: &mut Node) -> Result<(), Problem> {
    let Value::Seq(items) = &node.value else { return Ok(()) };
    let texts = items.iter().filter_map(|item| Some((item, item.as_str()?)));
    let keys = texts.map(|(item, key)| (key, Entry { key: item.span, node: Node::new(Value::Null, item.span) }));
    node.value = Value::Map(keys.collect());
    Ok(())
}

/// Conditions are spelled out.
pub(super) fn depends_on(node: &mut Node) -> Result<(), Problem> {
    keys(node)?;
    let Value::Map(dependencies) = &mut node.value else { return Ok(()) };
    for entry in dependencies.values_mut() {
        if entry.node.is_null() {
            entry.node.value = Value::Map(Map::new());
        }
        let span = entry.node.span;
        let Value::Map(dependency) = &mut entry.node.value else { continue };
        put(dependency, "condition", span, || Value::String("service_started".into()));
        put(dependency, "required", span, || Value::Bool(true));
    }
    Ok(())
}

/// Files of variables, each with whether it has to be there.
pub(super) fn env_files(node: &mut Node) -> Result<(), Problem> {
    one(node)?;
    let Value::Seq(items) = &mut node.value else { return Ok(()) };
    for item in items.make_mut() {
        let span = item.span;
        match &mut item.value {
            Value::String(path) => {
                let path = Value::String(std::mem::take(path));
                item.value = map_at(span, [("path", path), ("required", Value::Bool(true))]);
            }
            Value::Map(file) => {
                put(file, "required", span, || Value::Bool(true));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Items `key=value` become a mapping.
pub(super) fn pairs(node: &mut Node) {
    let Value::Seq(items) = &node.value else { return };
    let pair = |item: &Node| {
        let text = item.scalar_text()?;
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Value::String(value.into())),
            None => (text.as_str(), Value::Null),
        };
        Some((key.to_owned(), Entry { key: item.span, node: Node::new(value, item.span) }))
    };
    node.value = Value::Map(items.iter().filter_map(pair).collect());
}

/// Keys of SSH agents and the files of their keys; `default` has none.
pub(super) fn ssh(node: &mut Node) -> Result<(), Problem> {
    one(node)?;
    let Value::Seq(items) = &node.value else { return Ok(()) };
    let mut keys = Map::new();
    for item in items {
        let text = item.scalar_text().unwrap_or_default();
        let (id, path) = match text.split_once('=') {
            Some((id, path)) => (id, Value::String(path.into())),
            None if text == "default" => ("default", Value::Null),
            None => return Err(Problem { message: format!("invalid ssh key {text:?}"), span: item.span }),
        };
        keys.insert(id.to_owned(), Entry { key: item.span, node: Node::new(path, item.span) });
    }
    node.value = Value::Map(keys);
    Ok(())
}
