//! Lists in which a later item replaces an earlier one of the same key, in its place.
//!
//! This comes before the schema, so the texts of volumes are read here for the first time, and what is wrong with
//! them is told here. Texts of ports are compared as they are written.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};

use diagnostic::Diagnostic;

use crate::canonical::parse_mount;
use crate::tree::{Node, Value};

/// Leaves each key once in the lists that have keys.
pub(crate) fn enforce(root: &mut Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    walk(root, key_of, &mut Vec::new(), &mut problems);
    problems
}

/// Does so again where items were spelled out, and may turn out to be of one key.
pub(crate) fn enforce_spelled_out(root: &mut Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    walk(root, key_of_long, &mut Vec::new(), &mut problems);
    problems
}

/// The key of an item, by its path; the error is docker compose's.
type Key = for<'n> fn(&'n Node, &Place<'_>) -> Result<Cow<'n, str>, String>;

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
            _ => return key_of_long(path),
        },
        _ => return None,
    })
}

/// The same, of lists whose items have a long form.
fn key_of_long(path: &[&str]) -> Option<Key> {
    let ["services", _, rest @ ..] = path else { return None };
    Some(match rest {
        ["env_file"] => file,
        ["ports"] => port,
        ["volumes"] => mount,
        ["devices"] => device,
        ["secrets"] | ["build", "secrets"] => secret,
        ["configs"] => config,
        _ => return None,
    })
}

fn walk<'n>(
    node: &'n mut Node,
    key_of: fn(&[&str]) -> Option<Key>,
    path: &mut Vec<&'n str>,
    problems: &mut Vec<Diagnostic>,
) {
    match &mut node.value {
        Value::Map(map) => {
            for (name, entry) in map {
                path.push(name);
                walk(&mut entry.node, key_of, path, problems);
                path.pop();
            }
        }
        Value::Seq(items) => {
            let Some(key) = key_of(path) else { return };
            let (mut bad, mut replaced) = (Vec::new(), Vec::new());
            let mut places = HashMap::with_capacity(items.len());
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.poisoned) {
                match key(item, &Place { path, index }) {
                    Ok(key) => match places.entry(key) {
                        Occupied(place) => replaced.push((*place.get(), index)),
                        Vacant(place) => {
                            place.insert(index);
                        }
                    },
                    Err(message) => {
                        problems.push(Diagnostic::error("invalid-item", message).at(item.span, ""));
                        bad.push(index);
                    }
                }
            }
            drop(places);
            // Most lists stay as they are.
            bad.into_iter().for_each(|index| items.make_mut()[index].poisoned = true);
            for (place, index) in &replaced {
                items.make_mut().swap(*place, *index);
            }
            if !replaced.is_empty() {
                let mut gone = replaced.iter().map(|(_, index)| *index).peekable();
                let mut at = 0..;
                items.retain(|_| gone.next_if_eq(&at.next().unwrap_or_default()).is_none());
            }
        }
        _ => {}
    }
}

fn pair<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match &item.value {
        Value::String(text) => Ok(text.split('=').next().unwrap_or_default().into()),
        other => Err(format!("{path}: unexpected type {}", go_type(other))),
    }
}

fn exposed<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match &item.value {
        Value::String(_) | Value::Int(_) => Ok(item.scalar_text().unwrap_or_default().into()),
        _ => Err(format!("{path}: unsupported expose value {}", go_text(item))),
    }
}

/// A value as Go's `%s` prints it: only texts fit that verb, everything else is named with its type.
fn go_text(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.to_string(),
        Value::Time(text) => text.to_string(),
        Value::Null => "%!s(<nil>)".to_owned(),
        Value::Seq(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, entry)| format!("{key}:{}", go_text(&entry.node)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
        other => format!("%!s({}={})", go_type(other), node.scalar_text().unwrap_or_default()),
    }
}

fn file<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match item.get("path").unwrap_or(item).as_str() {
        Some(text) => Ok(text.into()),
        None if item.as_map().is_some() => Err(format!("environment path attribute {path} is missing")),
        None => Ok("".into()),
    }
}

fn port<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match &item.value {
        Value::Map(_) => {
            let text = |key: &str| item.get(key).and_then(Node::scalar_text);
            if item.get("target").is_none() {
                return Err(format!("service ports {path} is missing a target port"));
            }
            let target = text("target").unwrap_or_default();
            let host = text("host_ip").unwrap_or_else(|| "0.0.0.0".to_owned());
            let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
            Ok(format!("{host}:{}:{target}/{protocol}", text("published").unwrap_or_default()).into())
        }
        _ => Ok(item.scalar_text().unwrap_or_else(|| format!("{path}?")).into()),
    }
}

fn mount<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match &item.value {
        Value::Map(_) => match item.get("target").and_then(Node::as_str) {
            Some(target) => Ok(target.into()),
            None => Err(format!("service volume {path} is missing a mount target")),
        },
        Value::String(text) => Ok(parse_mount(text)?.target.into()),
        _ => Ok(format!("{path}?").into()),
    }
}

fn device<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    match &item.value {
        Value::Map(_) => match item.get("target").and_then(Node::as_str) {
            Some(target) => Ok(target.into()),
            None => Err(format!("service device {path} is missing a mount target")),
        },
        Value::String(text) => {
            let mut parts = text.split(':');
            let source = parts.next().unwrap_or_default();
            Ok(parts.next().filter(|target| !target.is_empty()).unwrap_or(source).into())
        }
        _ => Ok(format!("{path}?").into()),
    }
}

fn secret<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    handed_in(item, "/run/secrets", path)
}

fn config<'n>(item: &'n Node, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    handed_in(item, "", path)
}

/// Where a file that is handed in stands in the container. The words of the error are docker compose's, those of
/// ports.
fn handed_in<'n>(item: &'n Node, folder: &str, path: &Place<'_>) -> Result<Cow<'n, str>, String> {
    let named = |name: &str| format!("{folder}/{name}").into();
    match &item.value {
        Value::Map(_) => Ok(match item.get("target").and_then(Node::scalar_text) {
            Some(target) => target.into(),
            None => named(&item.get("source").and_then(Node::scalar_text).unwrap_or_default()),
        }),
        Value::String(name) => Ok(named(name)),
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
