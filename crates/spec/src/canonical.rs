//! Short and old forms become the long one (compose-go, `transform`).
//!
//! This comes after every file, before the next is laid over, so that a later file meets one form only. What
//! has no long form, as `environment`, stays as it is written.

mod devices;
mod lists;
mod mounts;
mod ports;
mod resources;

use diagnostic::{Diagnostic, Span};

use crate::context::Context;
use crate::tree::{Entry, Map, Node, Value};

pub(crate) use mounts::parse_short as parse_mount;
pub(crate) use ports::parse_short as parse_port;

/// Spells a file out. `lenient`: variables are not filled in, so texts that mean nothing stay.
pub(crate) fn apply(context: &mut Context<'_>, root: &mut Node, lenient: bool) {
    let Value::Map(file) = &mut root.value else { return };
    file.remove("version");
    resources::external_names(context, file);
    let Some(Value::Map(services)) = file.get_mut("services").map(|entry| &mut entry.node.value) else { return };
    for (name, entry) in services {
        if let Value::Map(service) = &mut entry.node.value {
            self::service(context, name, service, lenient);
        }
    }
}

fn service(context: &mut Context<'_>, name: &str, service: &mut Map, lenient: bool) {
    let mut problems = Vec::new();
    let mut at = |key: &str, change: &mut dyn FnMut(&mut Node) -> Result<(), Problem>| {
        let Some(node) = service.get_mut(key).map(|entry| &mut entry.node) else { return };
        if node.is_null() || node.poisoned {
            return;
        }
        if let Err(problem) = change(node) {
            problems.push(problem);
        }
    };
    at("build", &mut build);
    at("depends_on", &mut lists::depends_on);
    at("env_file", &mut lists::env_files);
    at("label_file", &mut lists::one);
    at("dns", &mut lists::servers);
    at("networks", &mut lists::keys);
    at("models", &mut lists::keys);
    at("extends", &mut |node| wrap(node, "service"));
    at("ports", &mut |node| ports::spell_out(node, &format!("services.{name}.ports"), lenient));
    at("volumes", &mut |node| each(node, &mut |item| mounts::spell_out(item, lenient)));
    at("devices", &mut |node| each(node, &mut |item| devices::spell_out(item, lenient)));
    at("gpus", &mut devices::gpus);
    at("secrets", &mut |node| each(node, &mut |item| wrap(item, "source")));
    at("configs", &mut |node| each(node, &mut |item| wrap(item, "source")));
    at("develop", &mut watched);
    at("ulimits", &mut |node| limits(node, &format!("services.{name}.ulimits")));
    at("build", &mut |node| {
        node.get("ulimits").map_or(Ok(()), |node| limits(node, &format!("services.{name}.build.ulimits")))
    });
    for problem in problems {
        context.report(problem.told());
    }
}

/// Ports whose text cannot be read. All are told, beside what the schema has to say.
pub(crate) fn misread_ports(root: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, service) in root.get("services").and_then(Node::as_map).into_iter().flatten() {
        let Some(Value::Seq(ports)) = service.node.get("ports").map(|ports| &ports.value) else { continue };
        for port in ports.iter().filter(|port| !port.poisoned && port.as_map().is_none()) {
            let read = port.scalar_text().map_or(Ok(Vec::new()), |text| parse_port(&text));
            if let (Value::String(_) | Value::Int(_), Err(message)) = (&port.value, read) {
                found.push(Problem { message, span: port.span }.told());
            }
        }
    }
    found
}

/// What is wrong with a short form, in docker compose's words.
struct Problem {
    message: String,
    span: Span,
}

impl Problem {
    fn told(self) -> Diagnostic {
        Diagnostic::error("invalid-item", self.message).at(self.span, "")
    }
}

/// A limit is a whole number or two; the schema lets texts through, which are numbers once variables are filled in,
/// and fractions of nothing.
fn limits(node: &Node, path: &str) -> Result<(), Problem> {
    let mut limits = node.as_map().into_iter().flatten();
    let misfit = limits.find(|(_, entry)| matches!(entry.node.value, Value::String(_) | Value::Float(_)));
    misfit.map_or(Ok(()), |(name, entry)| {
        let kind = crate::unique::go_type(&entry.node.value);
        Err(Problem { message: format!("{path}.{name}: invalid type {kind} for external"), span: entry.node.span })
    })
}

/// Patterns of `develop.watch` are lists.
fn watched(node: &mut Node) -> Result<(), Problem> {
    let Value::Map(develop) = &mut node.value else { return Ok(()) };
    let Some(Value::Seq(rules)) = develop.get_mut("watch").map(|entry| &mut entry.node.value) else { return Ok(()) };
    for rule in rules.make_mut() {
        let Value::Map(rule) = &mut rule.value else { continue };
        for key in ["ignore", "include"] {
            rule.get_mut(key).map_or(Ok(()), |entry| lists::one(&mut entry.node))?;
        }
    }
    Ok(())
}

fn build(node: &mut Node) -> Result<(), Problem> {
    wrap(node, "context")?;
    let Value::Map(build) = &mut node.value else { return Ok(()) };
    if let Some(entry) = build.get_mut("secrets") {
        each(&mut entry.node, &mut |item| wrap(item, "source"))?;
    }
    if let Some(entry) = build.get_mut("additional_contexts") {
        lists::pairs(&mut entry.node);
    }
    for key in ["provenance", "sbom"] {
        if let Some(Node { value, .. }) = build.get_mut(key).map(|entry| &mut entry.node)
            && let Value::Bool(flag) = value
        {
            *value = Value::String(flag.to_string().into());
        }
    }
    build.get_mut("ssh").map_or(Ok(()), |entry| lists::ssh(&mut entry.node))
}

/// A text becomes the only value of a mapping.
fn wrap(node: &mut Node, key: &str) -> Result<(), Problem> {
    if matches!(node.value, Value::String(_)) {
        into_map(node, key);
    }
    Ok(())
}

fn into_map(node: &mut Node, key: &str) {
    let inner = std::mem::replace(node, Node::new(Value::Null, node.span));
    node.value = Value::Map([(key, Entry { key: node.span, node: inner })].into());
}

fn each(node: &mut Node, change: &mut dyn FnMut(&mut Node) -> Result<(), Problem>) -> Result<(), Problem> {
    let Value::Seq(items) = &mut node.value else { return Ok(()) };
    items.make_mut().iter_mut().filter(|item| !item.poisoned).try_for_each(change)
}

/// A mapping of scalars, all at one place.
fn map_at<const N: usize>(span: Span, values: [(&str, Value); N]) -> Value {
    let entry = |value| Entry { key: span, node: Node::new(value, span) };
    Value::Map(values.into_iter().map(|(key, value)| (key, entry(value))).collect())
}

#[cfg(test)]
mod tests;
