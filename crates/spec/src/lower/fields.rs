//! Values of a mapping by key and kind.

use std::collections::BTreeMap;
use std::fmt::Display;

use diagnostic::Span;
use model::{Duration, Size};

use super::Lowering;
use crate::interpolate::cast::{Cast, cast, old_boolean};
use crate::tree::{Map, Node, Value};
use crate::unique::go_type;

/// A mapping, and its path in docker compose's form (`services[web].healthcheck`), which is put together only for a
/// problem.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) map: &'a Map,
    pub(super) path: &'a dyn Display,
    pub(super) span: Span,
}

impl<'a> Fields<'a> {
    /// The mapping a node is; `None` for anything else.
    pub(super) fn new(node: &'a Node, path: &'a dyn Display) -> Option<Self> {
        node.as_map().map(|map| Self { map, path, span: node.span })
    }

    /// The value of a key unless it is null.
    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.map.get(key).map(|entry| &entry.node).filter(|node| !node.is_null())
    }

    /// A text; empty when there is none.
    pub(super) fn text(&self, key: &str) -> String {
        self.node(key).and_then(Node::scalar_text).unwrap_or_default()
    }

    /// The items of a list, or one text.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.node(key).map(texts).unwrap_or_default()
    }

    pub(super) fn flag(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> bool {
        self.optional_flag(lowering, key).unwrap_or_default()
    }

    pub(super) fn optional_flag(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Option<bool> {
        let node = self.node(key)?;
        match &node.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) => match cast(text, Cast::Bool) {
                Ok((value, instead)) => {
                    if let Some(instead) = instead {
                        lowering.context.report(old_boolean(text, instead, node.span));
                    }
                    Some(value == Value::Bool(true))
                }
                Err(what) => {
                    lowering.undecodable(format!("{}.{key}", self.path), &what, node.span);
                    None
                }
            },
            _ => None,
        }
    }

    /// A whole number; 0 when there is none.
    pub(super) fn integer(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> i64 {
        self.optional_integer(lowering, key).unwrap_or_default()
    }

    pub(super) fn optional_integer(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Option<i64> {
        let node = self.node(key)?;
        let number = integer(node);
        if number.is_none() {
            let text = node.scalar_text().unwrap_or_default();
            let what = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
            lowering.undecodable(format!("{}.{key}", self.path), &what, node.span);
        }
        number
    }

    /// A number that is not negative.
    pub(super) fn optional_count<N: TryFrom<i64>>(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Option<N> {
        let number = self.optional_integer(lowering, key)?;
        let count = N::try_from(number).ok();
        if count.is_none() {
            let what = format!("cannot parse value as 'uint{}': {number} overflows uint", 8 * size_of::<N>());
            let span = self.node(key).map_or(self.span, |node| node.span);
            lowering.undecodable(format!("{}.{key}", self.path), &what, span);
        }
        count
    }

    /// A number of containers.
    pub(super) fn replicas(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Option<u32> {
        let number = self.optional_integer(lowering, key)?;
        let replicas = u32::try_from(number).ok();
        if replicas.is_none() {
            let path = self.path.to_string().replace('[', ".").replace(']', "");
            let message = format!("{path}.{key}: must be greater than or equal to 0");
            let span = self.node(key).map_or(self.span, |node| node.span);
            lowering.problem("negative-count", message, span);
        }
        replicas
    }

    /// Texts of a list or a mapping whose values have to be texts or whole numbers.
    pub(super) fn check_texts(&self, lowering: &mut Lowering<'_, '_>, key: &str) {
        let Some(node) = self.node(key) else { return };
        let items: Vec<(String, &Node)> = match &node.value {
            Value::Map(map) => map.iter().map(|(name, entry)| (name.to_string(), &entry.node)).collect(),
            Value::Seq(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
            _ => Vec::new(),
        };
        for (name, item) in items {
            if !matches!(item.value, Value::String(_) | Value::Int(_) | Value::Null) {
                let what = format!("expected type 'string', got unconvertible type '{}'", go_type(&item.value));
                lowering.undecodable(format!("{}.{key}[{name}]", self.path), &what, item.span);
            }
        }
    }

    /// A number of cores.
    pub(super) fn cores(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> f32 {
        let Some(node) = self.node(key) else { return 0.0 };
        let text = node.scalar_text().unwrap_or_default();
        let parsed = text.parse::<f32>();
        if parsed.is_err() {
            let what = format!("strconv.ParseFloat: parsing {text:?}: invalid syntax");
            lowering.undecodable(format!("{}.{key}", self.path), &what, node.span);
        }
        parsed.unwrap_or_default()
    }

    /// A number of bytes. A float counts as none: docker compose drops it.
    pub(super) fn size(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Size {
        self.size_at(lowering, key, &format_args!("{}.{key}", self.path))
    }

    /// The same, with the path an error has.
    pub(super) fn size_at(&self, lowering: &mut Lowering<'_, '_>, key: &str, path: &dyn Display) -> Size {
        let Some(node) = self.node(key) else { return Size::default() };
        match &node.value {
            Value::Int(value) => Size(i64::try_from(value.0).unwrap_or(i64::MAX)),
            Value::String(text) => text.parse().unwrap_or_else(|error: model::SizeError| {
                lowering.undecodable(path, &error.to_string(), node.span);
                Size::default()
            }),
            _ => Size::default(),
        }
    }

    pub(super) fn duration(&self, lowering: &mut Lowering<'_, '_>, key: &str) -> Option<Duration> {
        let node = self.node(key)?;
        let parsed = node.scalar_text()?.parse::<Duration>();
        if let Err(error) = &parsed {
            lowering.undecodable(format!("{}.{key}", self.path), &error.to_string(), node.span);
        }
        parsed.ok()
    }

    /// A mapping of texts, or a list of `key=value`; null is an empty text.
    pub(super) fn mapping(&self, key: &str) -> BTreeMap<String, String> {
        let pairs = self.node(key).map(pairs).unwrap_or_default();
        pairs.into_iter().map(|(key, value, _)| (key, value.unwrap_or_default())).collect()
    }
}

/// The items of a list as texts; a scalar is a list of one.
pub(super) fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::scalar_text).collect(),
        _ => node.scalar_text().into_iter().collect(),
    }
}

/// Keys and values of a mapping, or of a list of `key=value`; a key alone has no value.
pub(super) fn pairs(node: &Node) -> Vec<(String, Option<String>, Span)> {
    match &node.value {
        Value::Map(map) => {
            map.iter().map(|(key, entry)| (key.as_str().to_owned(), entry.node.scalar_text(), entry.key)).collect()
        }
        Value::Seq(items) => {
            let split = |text: &str| match text.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (text.to_owned(), None),
            };
            let texts = items.iter().filter_map(|item| Some((split(&item.scalar()?), item.span)));
            texts.map(|((key, value), span)| (key, value, span)).collect()
        }
        _ => Vec::new(),
    }
}

/// A whole number, also as text or as a float without fraction.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as the engine would refuse it anyway")]
pub(super) fn integer(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Int(value) => i64::try_from(value.0).ok(),
        Value::Float(value) => Some(*value as i64),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
