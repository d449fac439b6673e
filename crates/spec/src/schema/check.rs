//! A tree against the table. All violations are found; the one docker compose would name comes first.

use diagnostic::{Diagnostic, Span, did_you_mean};

use super::{FILE, Object, Shape, Type};
use crate::tree::path::{Path, Step};
use crate::tree::{Map, Node, Value};

/// What is wrong with a whole file.
pub(crate) fn check(root: &Node) -> Vec<Diagnostic> {
    let mut checker = Checker { path: Path::default(), violations: Vec::new() };
    if let Some((span, shown)) = unwritable(root) {
        return vec![
            Diagnostic::error("invalid-value", format!("json: unsupported value: {shown}"))
                .at(span, "no finite number"),
        ];
    }
    checker.object(root, &FILE, Others::Forbidden);
    let mut violations = checker.violations;
    // Docker compose shows the deepest violation, the first among equals.
    if let Some(deepest) = (0..violations.len()).max_by_key(|index| (violations[*index].depth, usize::MAX - index)) {
        violations[..=deepest].rotate_right(1);
    }
    violations.into_iter().map(|violation| violation.diagnostic).collect()
}

/// A number that JSON cannot write, which docker compose stumbles over before anything else.
fn unwritable(node: &Node) -> Option<(Span, String)> {
    match &node.value {
        Value::Float(value) if !value.is_finite() => Some((node.span, crate::tree::scalar::go_float(*value))),
        Value::Seq(items) => items.iter().find_map(unwritable),
        Value::Map(map) => map.values().find_map(|entry| unwritable(&entry.node)),
        _ => None,
    }
}

struct Violation {
    depth: usize,
    diagnostic: Diagnostic,
}

/// What becomes of keys that are not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Forbidden,
    Allowed,
}

struct Checker<'n> {
    path: Path<'n>,
    violations: Vec<Violation>,
}

impl<'n> Checker<'n> {
    fn shape(&mut self, node: &'n Node, shape: &'static Shape) {
        if node.poisoned {
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Types(types) => {
                if !types.iter().any(|wanted| fits(&node.value, *wanted)) {
                    self.wrong_type(node, types);
                }
            }
            Shape::Bounded(low, high) => match whole(&node.value) {
                None => self.wrong_type(node, &[Type::Integer]),
                Some(value) if value < *low => {
                    self.violation(node.span, &format!("must be greater than or equal to {low}"))
                }
                Some(value) if value > *high => {
                    self.violation(node.span, &format!("must be less than or equal to {high}"))
                }
                Some(_) => {}
            },
            Shape::Words(words) => self.words(node, words),
            Shape::Pattern(pattern, matches) => match node.as_str() {
                None if fits(&node.value, Type::String) => {}
                None => self.wrong_type(node, &[Type::String]),
                Some(text) if !matches(text) => {
                    self.violation(node.span, &format!("{} does not match pattern '{pattern}'", quoted(text)));
                }
                Some(_) => {}
            },
            Shape::List(item) => self.list(node, item, false),
            Shape::Set(item) => self.list(node, item, true),
            Shape::Named(value) => self.keyed(node, value, is_name),
            Shape::Keyed(value) => self.keyed(node, value, |_| true),
            Shape::Lower(value) => match node.as_map() {
                Some(map) => self.values(map, value, |key| key.bytes().all(|b| b.is_ascii_lowercase())),
                None => self.wrong_type(node, &[Type::Mapping]),
            },
            Shape::Object(object) => self.object(node, object, Others::Forbidden),
            Shape::Open(object) => self.object(node, object, Others::Allowed),
            Shape::TypesOr(types, object) => match &node.value {
                Value::Map(_) => self.object(node, object, Others::Forbidden),
                value if types.iter().any(|wanted| fits(value, *wanted)) => {}
                _ => self.wrong_type(node, &[*types, &[Type::Mapping]].concat()),
            },
            Shape::OneOf(shapes) => self.one_of(node, shapes),
        }
    }

    fn words(&mut self, node: &Node, words: &[&str]) {
        let Some(text) = node.as_str() else { return self.wrong_type(node, &[Type::String]) };
        if words.contains(&text) {
            return;
        }
        let listed = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
        let message =
            if words.len() == 1 { format!("value must be {listed}") } else { format!("value must be one of {listed}") };
        self.violation(node.span, &message);
        if let Some(word) = did_you_mean(text, words.iter().copied()) {
            self.help(format!("did you mean `{word}`?"));
        }
    }

    fn list(&mut self, node: &'n Node, item: &'static Shape, distinct: bool) {
        let Some(items) = node.as_seq() else { return self.wrong_type(node, &[Type::Array]) };
        for (index, node) in items.iter().enumerate() {
            self.path.push(Step::Item(index));
            self.shape(node, item);
            self.path.pop();
        }
        let mut seen = std::collections::HashMap::with_capacity(if distinct { items.len() } else { 0 });
        for (index, node) in items.iter().enumerate().filter(|_| distinct) {
            if let Some(first) = seen.insert(Identity::of(node), index) {
                self.coded("equal-items", node.span, &format!("items at {first} and {index} are equal"));
                self.help("remove one of the two".to_owned());
                return;
            }
        }
    }

    fn keyed(&mut self, node: &'n Node, value: &'static Shape, allowed: fn(&str) -> bool) {
        let Some(map) = node.as_map() else { return self.wrong_type(node, &[Type::Mapping]) };
        let bad: Vec<(&str, Span)> =
            map.iter().filter(|(key, _)| !allowed(key)).map(|(k, e)| (k.as_str(), e.key)).collect();
        self.unknown(&bad, &[]);
        self.values(map, value, allowed);
    }

    fn values(&mut self, map: &'n Map, value: &'static Shape, looked_at: impl Fn(&str) -> bool) {
        for (key, entry) in map.iter().filter(|(key, _)| looked_at(key)) {
            self.path.push(Step::Key(key));
            self.shape(&entry.node, value);
            self.path.pop();
        }
    }

    fn object(&mut self, node: &'n Node, object: &'static Object, others: Others) {
        let Some(map) = node.as_map() else {
            let nullable: &[Type] = if object.nullable { &[Type::Mapping, Type::Null] } else { &[Type::Mapping] };
            if !(object.nullable && node.is_null()) {
                self.wrong_type(node, nullable);
            }
            return;
        };
        let missing: Vec<&str> = object.required.iter().filter(|key| !map.contains_key(key)).copied().collect();
        if let [first, rest @ ..] = missing.as_slice() {
            let listed =
                std::iter::once(first).chain(rest).map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
            let noun = if rest.is_empty() { "property" } else { "properties" };
            self.coded("missing-key", node.span, &format!("missing {noun} {listed}"));
            self.help(format!("add `{first}:`"));
        }
        let mut unknown = Vec::new();
        for (name, entry) in map {
            let Some(key) = object.key(name) else {
                let is_allowed = object.open || object.extensions && name.starts_with("x-");
                if others == Others::Forbidden && !is_allowed {
                    unknown.push((name.as_str(), entry.key));
                }
                continue;
            };
            self.path.push(Step::Key(name));
            self.shape(&entry.node, key.shape);
            self.path.pop();
        }
        if !unknown.is_empty() {
            let known: Vec<&str> = object.keys.iter().map(|key| key.name).collect();
            self.unknown(&unknown, &known);
        }
    }

    /// Keys that are not allowed: one violation, which counts as deeper than the mapping they are in.
    fn unknown(&mut self, keys: &[(&str, Span)], known: &[&str]) {
        let [(first, span), rest @ ..] = keys else { return };
        let listed = keys.iter().map(|(key, _)| quoted(key)).collect::<Vec<_>>().join(", ");
        let mut diagnostic = self.diagnostic(
            "unknown-key",
            *span,
            &format!("additional properties {listed} not allowed"),
            "no such key",
        );
        for (_, span) in rest {
            diagnostic = diagnostic.related(*span, "no such key");
        }
        let near = keys.iter().filter_map(|(key, _)| Some((*key, did_you_mean(key, known.iter().copied())?)));
        let near: Vec<String> = near.map(|(key, near)| format!("`{near}` instead of `{key}`")).collect();
        if !near.is_empty() {
            diagnostic = diagnostic.help(format!("did you mean {}?", near.join(", ")));
        } else if known.is_empty() {
            diagnostic =
                diagnostic.help(format!("names have only letters, digits, `.`, `_` and `-`; `{first}` has others"));
        } else if self.path.is_empty() || self.path.len() == 2 {
            diagnostic = diagnostic.help(format!("to keep data of your own here, name it `x-{first}`"));
        }
        self.violations.push(Violation { depth: self.path.len() + 1, diagnostic });
    }

    /// Of several shapes that all fail, what the one that came furthest says.
    fn one_of(&mut self, node: &'n Node, shapes: &'static [Shape]) {
        let before = std::mem::take(&mut self.violations);
        let mut best: Option<(usize, Vec<Violation>)> = None;
        // Where one of them takes the kind of value this is, what the others miss is not even worth a word.
        for shape in shapes.iter().filter(|shape| shape.takes(node)) {
            self.shape(node, shape);
            if self.violations.is_empty() {
                self.violations = before;
                return;
            }
            self.violations.clear();
        }
        for shape in shapes {
            self.shape(node, shape);
            let violations = std::mem::take(&mut self.violations);
            let depth = violations.iter().map(|violation| violation.depth).max().unwrap_or(0);
            if best.as_ref().is_none_or(|(other, _)| depth > *other) {
                best = Some((depth, violations));
            }
        }
        self.violations = before;
        self.violations.extend(best.into_iter().flat_map(|(_, violations)| violations));
    }

    fn wrong_type(&mut self, node: &Node, types: &[Type]) {
        let mut words: Vec<&str> = types.iter().map(|wanted| wanted.word()).collect();
        words.sort_unstable();
        let listed = match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        };
        let label = format!("this is {}", kind(&node.value));
        let mut diagnostic = self.diagnostic("wrong-type", node.span, &format!("must be a {listed}"), &label);
        if let Some(text) = node.scalar_text().filter(|_| types.contains(&Type::String)) {
            diagnostic = diagnostic.help(format!("write it in quotes: `\"{text}\"`"));
        }
        self.violations.push(Violation { depth: self.path.len(), diagnostic });
    }

    fn violation(&mut self, span: Span, text: &str) {
        self.coded("invalid-value", span, text);
    }

    fn coded(&mut self, code: &'static str, span: Span, text: &str) {
        let diagnostic = self.diagnostic(code, span, text, "");
        self.violations.push(Violation { depth: self.path.len(), diagnostic });
    }

    fn help(&mut self, text: String) {
        if let Some(last) = self.violations.last_mut() {
            last.diagnostic.help = Some(text);
        }
    }

    fn diagnostic(&self, code: &'static str, span: Span, text: &str, label: &str) -> Diagnostic {
        let path = self.path.to_string();
        let space = if path.is_empty() { "" } else { " " };
        Diagnostic::error(code, format!("{path}{space}{text}")).at(span, label)
    }
}

impl Shape {
    /// Whether a value is of a kind the shape is for.
    fn takes(&self, node: &Node) -> bool {
        match self {
            Self::Any => true,
            Self::Types(types) => types.iter().any(|wanted| fits(&node.value, *wanted)),
            Self::Bounded(..) => fits(&node.value, Type::Integer),
            Self::Words(_) | Self::Pattern(..) => fits(&node.value, Type::String),
            Self::List(_) | Self::Set(_) => fits(&node.value, Type::Array),
            Self::Named(_) | Self::Keyed(_) | Self::Lower(_) => fits(&node.value, Type::Mapping),
            Self::Object(object) | Self::Open(object) => {
                fits(&node.value, Type::Mapping) || object.nullable && node.is_null()
            }
            Self::TypesOr(types, _) => {
                fits(&node.value, Type::Mapping) || types.iter().any(|wanted| fits(&node.value, *wanted))
            }
            Self::OneOf(shapes) => shapes.iter().any(|shape| shape.takes(node)),
        }
    }
}

fn fits(value: &Value, wanted: Type) -> bool {
    match wanted {
        Type::Array => matches!(value, Value::Seq(_)),
        Type::Boolean => matches!(value, Value::Bool(_)),
        Type::Integer => whole(value).is_some(),
        Type::Mapping => matches!(value, Value::Map(_)),
        Type::Null => matches!(value, Value::Null),
        Type::Number => matches!(value, Value::Int(_) | Value::Float(_)),
        Type::String => matches!(value, Value::String(_) | Value::Time(_)),
    }
}

/// An integer; JSON Schema counts `1.0` as one.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole just before")]
fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(value.0),
        Value::Float(value) if value.fract() == 0.0 => Some(*value as i128),
        _ => None,
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Int(value) => format!("the number {value}"),
        Value::Float(value) => format!("the number {}", crate::tree::scalar::go_float(*value)),
        Value::String(_) | Value::Time(_) => "a string".to_owned(),
        Value::Seq(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}

/// What is equal for equal values.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'n> {
    Text(&'n str),
    Other(String),
}

impl<'n> Identity<'n> {
    fn of(node: &'n Node) -> Self {
        match &node.value {
            Value::String(text) => Self::Text(text),
            Value::Time(text) => Self::Text(text),
            _ => Self::Other(identity(node)),
        }
    }
}

/// A text that is equal for equal values.
fn identity(node: &Node) -> String {
    match &node.value {
        Value::Null => "n".to_owned(),
        Value::Bool(value) => format!("b{value}"),
        Value::Int(value) => format!("i{value}"),
        Value::Float(value) if value.fract() == 0.0 => format!("i{value}"),
        Value::Float(value) => format!("f{value}"),
        Value::String(text) => format!("s{text:?}"),
        Value::Time(text) => format!("s{text:?}"),
        Value::Seq(items) => format!("[{}]", items.iter().map(identity).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, entry)| format!("{key:?}:{}", identity(&entry.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

/// A text in single quotes, as the schema library of docker compose writes it.
fn quoted(text: &str) -> String {
    let quoted = diagnostic::quoted(text).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
