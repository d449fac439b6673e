//! Lists in which a later item replaces an earlier one of the same key, in its place.
//!
//! This comes before the schema, so the texts of volumes are read here for the first time, and what is wrong with
//! them is told here. Texts of ports are compared as they are written.

use std::collections::HashMap;

use diagnostic::Diagnostic;

use crate::canonical::parse_mount;
use crate::tree::{Node, Value};

/// Leaves each key once in the lists that have keys.
pub(crate) fn enforce(root: &mut Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    walk(root, &mut Vec::new(), &mut problems);
    problems
}

/// The key of an item, by its path; the error is docker compose's.
type Key = fn(&Node, &Place<'_>) -> Result<String, String>;

/// Where an item stands; it is a text only when there is something to be said of it.
struct Place<'p> {
    path: &'p [&'p str],
    index: usize,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.[{}]", self.path.join("."), self.index)
    }
}

fn key_of(path: &[&str]) -> Option<Key> {
    Some(match path {
        ["networks", _, "labels"] | ["networks", _, "ipam", "options"] => pair,
        ["services", _, rest @ ..] => match rest {
            ["annotations" | "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "environment" | "labels"]
            | ["links" | "profiles" | "sysctls" | "tmpfs"]
            | ["build", "args" | "additional_contexts" | "tags" | "labels"]
            | ["deploy", "labels"]
            | ["networks", _, "aliases" | "link_local_ips"] => pair,
            ["expose"] => exposed,
            ["env_file"] => file,
            ["ports"] => port,
            ["volumes"] => mount,
            ["devices"] => device,
            ["secrets"] | ["build", "secrets"] => secret,
            ["configs"] => config,
            _ => return None,
        },
        _ => return None,
    })
}

fn walk<'n>(node: &'n mut Node, path: &mut Vec<&'n str>, problems: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Map(map) => {
            for (name, entry) in map {
                path.push(name);
                walk(&mut entry.node, path, problems);
                path.pop();
            }
        }
        Value::Seq(items) => {
            let Some(key) = key_of(path) else { return };
            let mut kept: Vec<Node> = Vec::with_capacity(items.len());
            let mut places = HashMap::new();
            for (index, mut item) in items.drain(..).enumerate() {
                if item.poisoned {
                    kept.push(item);
                    continue;
                }
                match key(&item, &Place { path, index }) {
                    Ok(key) => match places.get(&key) {
                        Some(place) => kept[*place] = item,
                        None => {
                            places.insert(key, kept.len());
                            kept.push(item);
                        }
                    },
                    Err(message) => {
                        problems.push(Diagnostic::error("invalid-item", message).at(item.span, ""));
                        item.poisoned = true;
                        kept.push(item);
                    }
                }
            }
            *items = kept;
        }
        _ => {}
    }
}

fn pair(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match &item.value {
        Value::String(text) => Ok(text.split('=').next().unwrap_or_default().to_owned()),
        other => Err(format!("{path}: unexpected type {}", go_type(other))),
    }
}

fn exposed(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match &item.value {
        Value::String(_) | Value::Int(_) => Ok(item.scalar_text().unwrap_or_default()),
        _ => Err(format!("{path}: unsupported expose value {}", go_text(item))),
    }
}

/// A value as Go's `%s` prints it: only texts fit that verb, everything else is named with its type.
fn go_text(node: &Node) -> String {
    match &node.value {
        Value::String(text) | Value::Time(text) => text.clone(),
        Value::Null => "%!s(<nil>)".to_owned(),
        Value::Seq(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, entry)| format!("{key}:{}", go_text(&entry.node)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
        other => format!("%!s({}={})", go_type(other), node.scalar_text().unwrap_or_default()),
    }
}

fn file(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match item.get("path").unwrap_or(item).as_str() {
        Some(text) => Ok(text.to_owned()),
        None if item.as_map().is_some() => Err(format!("environment path attribute {path} is missing")),
        None => Ok(String::new()),
    }
}

fn port(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match &item.value {
        Value::Map(_) => {
            let text = |key: &str| item.get(key).and_then(Node::scalar_text);
            if item.get("target").is_none() {
                return Err(format!("service ports {path} is missing a target port"));
            }
            let target = text("target").unwrap_or_default();
            let host = text("host_ip").unwrap_or_else(|| "0.0.0.0".to_owned());
            let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
            Ok(format!("{host}:{}:{target}/{protocol}", text("published").unwrap_or_default()))
        }
        _ => Ok(item.scalar_text().unwrap_or_else(|| format!("{path}?"))),
    }
}

fn mount(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match &item.value {
        Value::Map(_) => match item.get("target").and_then(Node::as_str) {
            Some(target) => Ok(target.to_owned()),
            None => Err(format!("service volume {path} is missing a mount target")),
        },
        Value::String(text) => Ok(parse_mount(text)?.target),
        _ => Ok(format!("{path}?")),
    }
}

fn device(item: &Node, path: &Place<'_>) -> Result<String, String> {
    match &item.value {
        Value::Map(_) => match item.get("target").and_then(Node::as_str) {
            Some(target) => Ok(target.to_owned()),
            None => Err(format!("service device {path} is missing a mount target")),
        },
        Value::String(text) => {
            let mut parts = text.split(':');
            let source = parts.next().unwrap_or_default();
            Ok(parts.next().filter(|target| !target.is_empty()).unwrap_or(source).to_owned())
        }
        _ => Ok(format!("{path}?")),
    }
}

fn secret(item: &Node, path: &Place<'_>) -> Result<String, String> {
    handed_in(item, "/run/secrets", path)
}

fn config(item: &Node, path: &Place<'_>) -> Result<String, String> {
    handed_in(item, "", path)
}

/// Where a file that is handed in stands in the container. The words of the error are docker compose's, those of
/// ports.
fn handed_in(item: &Node, folder: &str, path: &Place<'_>) -> Result<String, String> {
    let named = |name: String| format!("{folder}/{name}");
    match &item.value {
        Value::Map(_) => Ok(match item.get("target").and_then(Node::scalar_text) {
            Some(target) => target,
            None => named(item.get("source").and_then(Node::scalar_text).unwrap_or_default()),
        }),
        Value::String(name) => Ok(named(name.clone())),
        _ => Err(format!("{path}: unsupported expose value {}", go_text(item))),
    }
}

/// A type as Go names it.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Time(_) => "time.Time",
        Value::Seq(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}
