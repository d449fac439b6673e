//! One file laid over another (Compose Specification, merge).
//!
//! Mappings merge, lists append, scalars replace; the exceptions are a table of paths. What `!reset` and
//! `!override` say was done before (see `reset`).

use diagnostic::Diagnostic;

use crate::tree::{Entry, List, Map, Node, Value};

/// Lays `over` over `base`. Problems are told and leave the later value in place.
pub(crate) fn merge(base: Option<Node>, over: Node) -> (Node, Vec<Diagnostic>) {
    match base {
        Some(base) => merge_at(&[], base, over),
        None => (over, Vec::new()),
    }
}

/// Lays one over the other where both are the value of a path, as `services`, `web`.
pub(crate) fn merge_at(path: &[&str], base: Node, over: Node) -> (Node, Vec<Diagnostic>) {
    let path = path.iter().map(|&step| step.to_owned()).collect();
    let mut merger = Merger { path, problems: Vec::new() };
    let merged = merger.values(base, over);
    (merged, merger.problems)
}

/// How the values of a path merge.
enum Rule {
    /// By their kind.
    Usual,
    /// The later one stands, even null.
    Replace,
    /// Both as lists of `key=value`, one after the other.
    Lists,
    /// The same, without items that are there already.
    NewItems,
    /// A list is the keys of a mapping, each with this value.
    Keys(fn(&Node) -> Node),
    Build,
    Logging,
    Pools,
}

fn rule(path: &[String]) -> Rule {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["services", _, "command" | "entrypoint"] | ["services", _, "healthcheck", "test"] => Rule::Replace,
        ["services", _, "ulimits", _] => Rule::Replace,
        ["services", _, "environment" | "labels" | "annotations" | "sysctls"] => Rule::Lists,
        ["services", _, "dns" | "dns_opt" | "dns_search" | "tmpfs" | "env_file" | "label_file"] => Rule::Lists,
        ["services", _, "build", "args" | "labels" | "additional_contexts"] => Rule::Lists,
        ["services", _, "deploy", "labels"] | ["networks" | "volumes", _, "labels"] => Rule::Lists,
        ["services", _, "extra_hosts"] | ["services", _, "build", "extra_hosts"] => Rule::NewItems,
        ["services", _, "depends_on"] => Rule::Keys(started),
        ["services", _, "networks" | "models"] => Rule::Keys(|item| Node::new(Value::Null, item.span)),
        ["services", _, "build"] => Rule::Build,
        ["services", _, "logging"] => Rule::Logging,
        ["networks", _, "ipam", "config"] => Rule::Pools,
        _ => Rule::Usual,
    }
}

struct Merger {
    path: Vec<String>,
    problems: Vec<Diagnostic>,
}

impl Merger {
    fn values(&mut self, base: Node, over: Node) -> Node {
        match rule(&self.path) {
            Rule::Replace => over,
            Rule::Lists => append(sequence(base), over.span, sequence(over)),
            Rule::NewItems => {
                let (base, mut new, span) = (sequence(base), sequence(over.clone()), over.span);
                new.retain(|item| !base.iter().any(|other| other.value == item.value));
                append(base, span, new)
            }
            Rule::Keys(value) => {
                let (base, over) = (mapping(base, value), mapping(over, value));
                self.usual(base, over)
            }
            Rule::Build => {
                let (base, over) = (context(base), context(over));
                self.usual(base, over)
            }
            Rule::Logging => {
                let driver = |node: &Node| node.get("driver").map(|driver| driver.value.clone());
                match (driver(&base), driver(&over)) {
                    (Some(earlier), Some(later)) if earlier != later => over,
                    _ => self.usual(base, over),
                }
            }
            Rule::Pools => self.pools(base, over),
            Rule::Usual => self.usual(base, over),
        }
    }

    /// Address pools are told apart by their subnet.
    fn pools(&mut self, base: Node, over: Node) -> Node {
        let (Value::Seq(earlier), Value::Seq(later)) = (&base.value, &over.value) else { return over };
        let subnet = |node: &Node| node.get("subnet").and_then(Node::scalar_text);
        let mut merged: Vec<Node> = Vec::new();
        for pool in earlier {
            let same = later.iter().filter(|other| subnet(other) == subnet(pool) && other.as_map().is_some());
            self.path.push("[]".to_owned());
            merged.push(same.fold(pool.clone(), |pool, other| self.usual(pool, other.clone())));
            self.path.pop();
        }
        let new = later.iter().filter(|other| !earlier.iter().any(|pool| subnet(pool) == subnet(other)));
        merged.extend(new.cloned());
        Node { value: Value::Seq(merged.into()), ..over }
    }

    fn usual(&mut self, mut base: Node, over: Node) -> Node {
        if over.is_null() {
            return base;
        }
        match (&mut base.value, over.value) {
            (Value::Map(earlier), Value::Map(later)) => {
                *earlier = std::mem::take(earlier).lay(later, |key, before, entry| {
                    self.path.push(key.to_owned());
                    let node = self.values(before.node, entry.node);
                    self.path.pop();
                    Entry { key: entry.key, node }
                });
                base
            }
            (Value::Seq(earlier), Value::Seq(later)) => {
                earlier.extend(later);
                base
            }
            (Value::Map(_) | Value::Seq(_), later) => {
                let message = format!("cannot override {}", self.path.join("."));
                self.problems.push(
                    Diagnostic::error("cannot-override", message)
                        .at(over.span, "another kind of value than before")
                        .related(base.span, "the earlier value"),
                );
                Node { poisoned: true, ..Node { value: later, ..base } }
            }
            (_, later) => Node { value: later, ..Node { span: over.span, poisoned: over.poisoned, ..base } },
        }
    }
}

fn append(mut base: List, span: diagnostic::Span, over: List) -> Node {
    base.extend(over);
    Node::new(Value::Seq(base), span)
}

/// The items of a list; a mapping as sorted `key=value` items, a text as the only item.
fn sequence(node: Node) -> List {
    match node.value {
        Value::Seq(items) => items,
        Value::String(_) => [node].into(),
        Value::Map(map) => {
            let mut items = Vec::new();
            for (key, entry) in map {
                let span = entry.key.to(entry.node.span);
                let item = |text: String, poisoned| Node { poisoned, ..Node::string(text, span) };
                match &entry.node.value {
                    Value::Seq(values) => {
                        let values = values.iter().filter_map(Node::scalar_text);
                        items.extend(values.map(|value| item(format!("{key}={value}"), false)));
                    }
                    Value::Map(_) => items.push(Node { span, ..entry.node }),
                    _ => match entry.node.scalar_text() {
                        Some(value) => items.push(item(format!("{key}={value}"), entry.node.poisoned)),
                        None => items.push(item(key.to_string(), entry.node.poisoned)),
                    },
                }
            }
            items.sort_by(|a: &Node, b| a.as_str().cmp(&b.as_str()));
            items.into()
        }
        _ => List::new(),
    }
}

fn mapping(node: Node, value: fn(&Node) -> Node) -> Node {
    let Value::Seq(items) = &node.value else { return node };
    let mut map = Map::new();
    for item in items {
        // What is no text stays out; the schema has nothing to say about it then, nor has docker compose.
        if let Some(key) = item.as_str() {
            map.insert(key, Entry { key: item.span, node: value(item) });
        }
    }
    Node { value: Value::Map(map), ..node }
}

/// What a plain item of `depends_on` means.
fn started(item: &Node) -> Node {
    let entry = |value| Entry { key: item.span, node: Node::new(value, item.span) };
    let map = [("condition", entry(Value::String("service_started".into()))), ("required", entry(Value::Bool(true)))];
    Node::new(Value::Map(map.into()), item.span)
}

/// A build that is a text is its context.
fn context(node: Node) -> Node {
    if !matches!(node.value, Value::String(_)) {
        return node;
    }
    let span = node.span;
    Node::new(Value::Map([("context", Entry { key: span, node })].into()), span)
}

#[cfg(test)]
mod tests;
