//! Steps into a tree that is being changed.

use diagnostic::Span;

use super::{Entry, Map, Node, Value};

/// Every service that is a mapping, with its name and the place of the name.
pub(crate) fn for_services(root: &mut Node, mut each: impl FnMut(&str, Span, &mut Map)) {
    let Some(Value::Map(services)) = root.as_map_mut().and_then(|file| value(file, "services")) else { return };
    for (name, entry) in services {
        if let Value::Map(service) = &mut entry.node.value {
            each(name, entry.key, service);
        }
    }
}

/// The value of a key.
pub(crate) fn value<'a>(map: &'a mut Map, key: &str) -> Option<&'a mut Value> {
    map.get_mut(key).map(|entry| &mut entry.node.value)
}

/// The mapping a path of keys leads to.
pub(crate) fn mapping<'a>(map: &'a mut Map, path: &[&str]) -> Option<&'a mut Map> {
    let [key, rest @ ..] = path else { return Some(map) };
    match value(map, key) {
        Some(Value::Map(inner)) => mapping(inner, rest),
        _ => None,
    }
}

/// The items of a list.
pub(crate) fn items<'a>(map: &'a mut Map, key: &str) -> &'a mut [Node] {
    match value(map, key) {
        Some(Value::Seq(items)) => items.make_mut(),
        _ => &mut [],
    }
}

/// The items of a list that are mappings.
pub(crate) fn mappings<'a>(map: &'a mut Map, key: &str) -> impl Iterator<Item = &'a mut Map> {
    items(map, key).iter_mut().filter_map(Node::as_map_mut)
}

/// Puts a value where there is none.
pub(crate) fn put(map: &mut Map, key: &str, span: Span, value: impl FnOnce() -> Value) {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), Entry { key: span, node: Node::new(value(), span) });
    }
}
