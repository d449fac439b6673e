//! `!reset` and `!override` (Compose Specification, merge): what a document takes away from what it is laid over.
//!
//! The tags are taken out of the document as it is read; the places they stood at are deleted from every earlier
//! tree the document meets: the files before it, what it includes, what its services extend.

use crate::tree::{Directive, Node, Value};

/// Places of a document whose earlier values go, each as the keys from the root on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Resets(Vec<Vec<String>>);

impl Resets {
    /// Takes the tags out of a document, and with `!reset` the value as well.
    pub(crate) fn take(root: &mut Node) -> Self {
        let mut resets = Self::default();
        // Most documents have none, and stay as they are.
        if has_tags(root) {
            resets.walk(root, &mut Vec::new());
        }
        resets
    }

    fn walk(&mut self, node: &mut Node, path: &mut Vec<String>) {
        match &mut node.value {
            Value::Map(map) => map.retain(|key, entry| {
                path.push(key.to_string());
                let directive = entry.node.directive.take();
                if directive.is_some() {
                    self.0.push(path.clone());
                }
                if directive != Some(Directive::Reset) {
                    self.walk(&mut entry.node, path);
                }
                path.pop();
                directive != Some(Directive::Reset)
            }),
            // Items of a list have no names that an earlier list would share.
            Value::Seq(items) => items.retain(|item| {
                let directive = item.directive.take();
                Self::default().walk(item, &mut Vec::new());
                directive != Some(Directive::Reset)
            }),
            _ => {}
        }
    }

    /// Deletes the places from an earlier tree.
    pub(crate) fn apply(&self, tree: &mut Node) {
        self.apply_below(&[], tree);
    }

    /// Deletes the places below `prefix` from the earlier value that stands there.
    pub(crate) fn apply_below(&self, prefix: &[&str], tree: &mut Node) {
        for path in &self.0 {
            let below = path.len() > prefix.len() && path.iter().zip(prefix).all(|(a, b)| a == b);
            if below {
                delete(tree, &path[prefix.len()..]);
            }
        }
    }
}

fn has_tags(node: &Node) -> bool {
    let inside = match &node.value {
        Value::Map(map) => map.values().any(|entry| has_tags(&entry.node)),
        Value::Seq(items) => items.iter().any(has_tags),
        _ => false,
    };
    inside || node.directive.is_some()
}

fn delete(node: &mut Node, path: &[String]) {
    let (Value::Map(map), [key, rest @ ..]) = (&mut node.value, path) else { return };
    if rest.is_empty() {
        map.remove(key);
    } else if let Some(entry) = map.get_mut(key) {
        delete(&mut entry.node, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{parse, show};

    #[test]
    fn tags_take_earlier_values_away() {
        let mut later = parse("{a: !reset ~, b: {c: !override [1], d: 2}, l: [!reset 1, 2]}");
        let resets = Resets::take(&mut later);
        assert_eq!(show(&later), "{b: {c: [1], d: 2}, l: [2]}");
        let mut earlier = parse("{a: {x: 1}, b: {c: [0], d: 1}, l: [0]}");
        resets.apply(&mut earlier);
        assert_eq!(show(&earlier), "{b: {d: 1}, l: [0]}");
    }

    #[test]
    fn a_part_of_a_tree_is_met_at_its_place() {
        let mut later = parse("services: {a: {ports: !override [1]}, b: !reset ~}");
        let resets = Resets::take(&mut later);
        let mut earlier = parse("{ports: [0], image: x}");
        resets.apply_below(&["services", "a"], &mut earlier);
        assert_eq!(show(&earlier), "{image: \"x\"}");
        resets.apply_below(&["services", "b"], &mut earlier);
        assert_eq!(show(&earlier), "{image: \"x\"}");
    }
}
