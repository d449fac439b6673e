//! What is implied becomes written (compose-go, `Normalize`): the default network, build defaults, the variables
//! of the environment, dependencies that other keys bring along, names of resources.

use std::path::Path;

use diagnostic::Span;

use crate::tree::edit::{for_services, items, mapping, mappings, put, value};
use crate::tree::{Entry, Map, Node, Value};

/// Writes down what is implied. `variable` looks a variable of the project up.
pub(crate) fn normalize(root: &mut Node, project: &str, variable: &dyn Fn(&str) -> Option<String>) {
    default_network(root);
    for_services(root, |_, span, service| {
        if let Some(Value::String(policy)) = value(service, "pull_policy")
            && policy == "if_not_present"
        {
            *policy = "missing".into();
        }
        if let Some(build) = mapping(service, &["build"]) {
            let inline = build.get("dockerfile_inline").is_some_and(|entry| !entry.node.is_null());
            put(build, "context", span, || Value::String(".".into()));
            if !inline {
                put(build, "dockerfile", span, || Value::String("Dockerfile".into()));
            }
            if let Some(entry) = build.get_mut("args") {
                fill_in(&mut entry.node, variable, false);
            }
        }
        if let Some(entry) = service.get_mut("environment") {
            fill_in(&mut entry.node, variable, true);
        }
        let image = service.get("image").map(|entry| entry.node.clone());
        for hook in mappings(service, "pre_start") {
            if let Some(image) = &image {
                put(hook, "image", image.span, || image.value.clone());
            }
        }
        for mount in mappings(service, "volumes") {
            if let Some(Value::String(target)) = value(mount, "target") {
                *target = clean(target).into();
            }
        }
        dependencies(service, span);
    });
    names(root, project);
}

/// A service that says nothing about networks joins `default`, which is there as soon as somebody uses it.
fn default_network(root: &mut Node) {
    let mut used = false;
    for_services(root, |_, span, service| {
        if service.contains_key("provider") || service.contains_key("network_mode") {
            return;
        }
        let none = service.get("networks").is_none_or(|entry| match &entry.node.value {
            Value::Map(networks) => networks.is_empty(),
            value => *value == Value::Null,
        });
        if none {
            let default = Entry { key: span, node: Node::new(Value::Null, span) };
            let networks = Value::Map([("default", default)].into());
            service.insert("networks", Entry { key: span, node: Node::new(networks, span) });
        }
        used |= mapping(service, &["networks"]).is_some_and(|networks| networks.contains_key("default"));
    });
    let span = root.span;
    let Some(file) = root.as_map_mut().filter(|_| used) else { return };
    put(file, "networks", span, || Value::Map(Map::new()));
    if let Some(entry) = file.get_mut("networks").filter(|entry| entry.node.is_null()) {
        entry.node.value = Value::Map(Map::new());
    }
    if let Some(networks) = mapping(file, &["networks"]) {
        put(networks, "default", span, || Value::Null);
    }
}

/// Variables without value take that of the environment; one that has none there stays only if it is `kept`.
fn fill_in(node: &mut Node, variable: &dyn Fn(&str) -> Option<String>, kept: bool) {
    match &mut node.value {
        Value::Map(map) => map.retain(|name, entry| {
            if !entry.node.is_null() {
                return true;
            }
            match variable(name) {
                Some(value) => entry.node.value = Value::String(value.into()),
                None => return kept,
            }
            true
        }),
        Value::Seq(list) => list.retain(|item| {
            let Value::String(text) = &mut item.value else { return true };
            if text.contains('=') {
                return true;
            }
            match variable(text) {
                Some(value) => *text = format!("{text}={value}").into(),
                None => return kept,
            }
            true
        }),
        _ => {}
    }
}

/// Links, shared namespaces and shared volumes are dependencies, unless they are declared.
fn dependencies(service: &mut Map, span: Span) {
    let mut implied: Vec<(String, bool)> = Vec::new();
    for link in items(service, "links") {
        let text = link.as_str().unwrap_or_default();
        let parts: Vec<&str> = text.split(':').collect();
        implied.push((if parts.len() == 2 { parts[0] } else { text }.to_owned(), true));
    }
    for namespace in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let shared = service.get(namespace).and_then(|entry| entry.node.as_str()?.strip_prefix("service:"));
        implied.extend(shared.map(|name| (name.to_owned(), true)));
    }
    for from in items(service, "volumes_from") {
        let text = from.as_str().unwrap_or_default();
        if !text.starts_with("container:") {
            implied.push((text.split(':').next().unwrap_or_default().to_owned(), false));
        }
    }
    if implied.is_empty() {
        return;
    }
    put(service, "depends_on", span, || Value::Map(Map::new()));
    let Some(declared) = mapping(service, &["depends_on"]) else { return };
    for (name, restart) in implied {
        put(declared, &name, span, || {
            let mut dependency = Map::new();
            put(&mut dependency, "condition", span, || Value::String("service_started".into()));
            put(&mut dependency, "restart", span, || Value::Bool(restart));
            put(&mut dependency, "required", span, || Value::Bool(true));
            Value::Map(dependency)
        });
    }
}

/// The engine's name of a resource: as given, else its key when it exists already, else `<project>_<key>`.
fn names(root: &mut Node, project: &str) {
    let Some(file) = root.as_map_mut() else { return };
    for section in ["networks", "volumes", "configs", "secrets"] {
        for (key, entry) in mapping(file, &[section]).into_iter().flatten() {
            if entry.node.is_null() {
                entry.node.value = Value::Map(Map::new());
            }
            let span = entry.key;
            let Some(resource) = entry.node.as_map_mut() else { continue };
            resource.retain(|key, entry| key != "name" || !entry.node.is_null());
            let external = resource.get("external").is_some_and(|entry| entry.node.value == Value::Bool(true));
            let name = || if external { key.clone() } else { format!("{project}_{key}").into() };
            put(resource, "name", span, || Value::String(name()));
        }
    }
}

/// Go's `path.Clean`; nothing stays nothing.
pub(crate) fn clean(target: &str) -> String {
    if target.contains('\\') {
        return target.to_owned();
    }
    crate::paths::clean(Path::new(target)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{parse, show};

    fn check(text: &str, expected: &str) {
        let mut root = parse(text);
        normalize(&mut root, "p", &|name| (name == "SET").then(|| "v".to_owned()));
        assert_eq!(show(&root), expected);
    }

    #[test]
    fn the_default_network_is_there_when_it_is_used() {
        check(
            "services: {a: {image: x}}",
            "{networks: {default: {name: \"p_default\"}}, services: {a: {image: \"x\", networks: {default: null}}}}",
        );
        check("services: {a: {network_mode: host}}", "{services: {a: {network_mode: \"host\"}}}");
    }

    #[test]
    fn variables_without_value_are_filled_in() {
        check(
            "services: {a: {network_mode: host, environment: [SET, NOT], build: {context: ., dockerfile: d, args: {SET: ~, NOT: ~}}}}",
            "{services: {a: {build: {args: {SET: \"v\"}, context: \".\", dockerfile: \"d\"}, environment: [\"SET=v\", \"NOT\"], network_mode: \"host\"}}}",
        );
    }

    #[test]
    fn other_keys_bring_dependencies() {
        check(
            "services: {a: {network_mode: 'service:b', volumes_from: ['c:ro', 'container:x'], depends_on: {c: {condition: service_healthy}}}}",
            "{services: {a: {depends_on: {b: {condition: \"service_started\", required: true, restart: true}, c: {condition: \"service_healthy\"}}, network_mode: \"service:b\", volumes_from: [\"c:ro\", \"container:x\"]}}}",
        );
    }

    #[test]
    fn names_come_from_keys() {
        check(
            "volumes: {a: ~, b: {external: true}, c: {name: x}}",
            "{volumes: {a: {name: \"p_a\"}, b: {external: true, name: \"b\"}, c: {name: \"x\"}}}",
        );
    }
}
