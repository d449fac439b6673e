//! A YAML document as a tree whose every value knows where it stands.
//!
//! Types are what go-yaml v4 makes of the text (see [`scalar`]); aliases are expanded and merge keys applied
//! while reading, within a budget. Nothing here knows Compose.

mod ahead;
pub(crate) mod edit;
mod guard;
mod json;
mod map;
mod parse;
pub(crate) mod path;
mod problem;
pub(crate) mod scalar;
mod tag;

use std::borrow::Cow;

use compact_str::CompactString;
use diagnostic::Span;
use ecow::EcoVec;

pub use guard::keep_parser_quiet;
pub(crate) use map::Map;
pub(crate) use parse::{Document, documents};

/// A text of the tree: one of up to 24 bytes, and thus nearly every key and most values, needs no memory of its own.
pub(crate) type Text = CompactString;

/// The items of a list, shared by the lists that are copied from it until one is changed.
pub(crate) type List = EcoVec<Node>;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
    /// `!reset` or `!override`, which merging obeys.
    pub(crate) directive: Option<Directive>,
    /// Whether a problem with it was reported already.
    pub(crate) poisoned: bool,
}

/// A tag that says how a value is merged (Compose Specification, merge).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directive {
    Reset,
    Override,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(Whole),
    Float(f64),
    String(Text),
    /// A timestamp, in Go's text form of it; boxed, so that the others fit beside a text.
    Time(Box<str>),
    Seq(List),
    Map(Map),
}

/// A whole number of at most 64 bits, with or without sign. Aligned like the other values: a tree is mostly values, and
/// they would all be larger for it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(Rust, packed(8))]
pub(crate) struct Whole(pub(crate) i128);

impl std::fmt::Display for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        { self.0 }.fmt(f)
    }
}

impl<N: Into<i128>> From<N> for Whole {
    fn from(number: N) -> Self {
        Self(number.into())
    }
}

/// A value of a mapping, and where its key stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Span,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Self {
        Self { value, span, directive: None, poisoned: false }
    }

    pub(crate) fn string(text: impl Into<Text>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(crate) fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(crate) fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key).map(|entry| &entry.node)
    }

    /// A scalar as Go prints it (`%v`); `None` for null, lists and mappings.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        self.scalar().map(Cow::into_owned)
    }

    /// The same, of a text the text itself.
    pub(crate) fn scalar(&self) -> Option<Cow<'_, str>> {
        Some(match &self.value {
            Value::Bool(value) => Cow::Owned(value.to_string()),
            Value::Int(value) => Cow::Owned(value.to_string()),
            Value::Float(value) => Cow::Owned(scalar::go_float(*value)),
            Value::String(text) => Cow::Borrowed(text),
            Value::Time(text) => Cow::Borrowed(text),
            Value::Null | Value::Seq(_) | Value::Map(_) => return None,
        })
    }
}

/// The place of what a path names, as far as the path leads: a mapping is entered by key, a list by index
/// or by an item that is that text, or whose part before `=` or `:` or whose source is.
pub(crate) fn place(root: &Node, path: &[&str]) -> Span {
    let mut node = root;
    let mut span = root.span;
    for step in path {
        match &node.value {
            Value::Map(map) => {
                let Some(entry) = map.get(step) else { break };
                node = &entry.node;
                span = if node.is_null() { entry.key } else { node.span };
            }
            Value::Seq(items) => {
                let named = |item: &&Node| {
                    item.as_str().is_some_and(|text| text == *step || text.split(['=', ':']).next() == Some(step))
                        || item.get("source").and_then(Node::as_str) == Some(step)
                };
                let indexed = || step.parse::<usize>().ok().and_then(|index| items.get(index));
                let Some(item) = indexed().or_else(|| items.iter().find(named)) else { break };
                node = item;
                span = item.span;
            }
            _ => break,
        }
    }
    span
}

/// The place of the key a path names; that of the value where it is no mapping's key.
pub(crate) fn key_place(root: &Node, path: &[&str]) -> Span {
    let Some((last, parents)) = path.split_last() else { return root.span };
    let mut node = root;
    for step in parents {
        match node.get(step) {
            Some(next) => node = next,
            None => return place(root, path),
        }
    }
    node.as_map().and_then(|map| map.get(last)).map_or_else(|| place(root, path), |entry| entry.key)
}

#[cfg(test)]
pub(crate) mod tests;
