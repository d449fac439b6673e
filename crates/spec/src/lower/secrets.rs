//! Secrets and configs: those of the project, and the references of a service or build to them.

use std::collections::BTreeMap;

use model::{Config, ConfigKey, FileMode, FileReference, Secret, SecretKey};

use super::Lowering;
use super::fields::Fields;
use super::resources::identity;
use crate::tree::{Node, Value};

/// All secrets of a file by key.
pub(crate) fn secrets(lowering: &mut Lowering<'_, '_>, root: &Node) -> BTreeMap<SecretKey, Secret> {
    let mut secrets = BTreeMap::new();
    for (key, entry) in root.get("secrets").and_then(Node::as_map).into_iter().flatten() {
        let path = format_args!("secrets[{key}]");
        let (Ok(name), Some(fields)) = (SecretKey::new(key.as_str()), Fields::new(&entry.node, &path)) else {
            continue;
        };
        one_source(lowering, &fields, &format!("secrets.{key}"), &["file", "environment"]);
        let (engine_name, external) = identity(&entry.node);
        let secret = Secret {
            name: engine_name,
            file: fields.text("file"),
            environment: fields.text("environment"),
            external,
            labels: fields.mapping("labels"),
            driver: fields.text("driver"),
            driver_opts: fields.mapping("driver_opts"),
            template_driver: fields.text("template_driver"),
        };
        secrets.insert(name, secret);
    }
    secrets
}

/// All configs of a file by key.
pub(crate) fn configs(lowering: &mut Lowering<'_, '_>, root: &Node) -> BTreeMap<ConfigKey, Config> {
    let mut configs = BTreeMap::new();
    for (key, entry) in root.get("configs").and_then(Node::as_map).into_iter().flatten() {
        let path = format_args!("configs[{key}]");
        let (Ok(name), Some(fields)) = (ConfigKey::new(key.as_str()), Fields::new(&entry.node, &path)) else {
            continue;
        };
        one_source(lowering, &fields, &format!("configs.{key}"), &["file", "environment", "content"]);
        let (engine_name, external) = identity(&entry.node);
        let config = Config {
            name: engine_name,
            file: fields.text("file"),
            environment: fields.text("environment"),
            content: fields.text("content"),
            external,
            labels: fields.mapping("labels"),
            template_driver: fields.text("template_driver"),
        };
        configs.insert(name, config);
    }
    configs
}

/// Exactly one of the sources, unless somebody else keeps it.
fn one_source(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, path: &str, sources: &[&str]) {
    let mut given = sources.iter().filter_map(|source| fields.map.get(source));
    let listed = sources.join("|");
    match (given.next(), given.next()) {
        (Some(_), Some(second)) => {
            let message = format!("{path}: {listed} attributes are mutually exclusive");
            lowering.problem("conflicting-keys", message, second.key);
        }
        (None, _) if !["driver", "external"].iter().any(|key| fields.map.contains_key(key)) => {
            lowering.problem("no-source", format!("{path}: one of {listed} must be set"), fields.span);
        }
        _ => {}
    }
}

/// The references of a service or build.
pub(super) fn references(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, key: &str) -> Vec<FileReference> {
    let mut references = Vec::new();
    for (index, item) in fields.node(key).and_then(Node::as_seq).unwrap_or_default().iter().enumerate() {
        let path = format_args!("{}.{key}[{index}]", fields.path);
        let Some(fields) = Fields::new(item, &path) else { continue };
        references.push(FileReference {
            source: fields.text("source"),
            target: fields.text("target"),
            uid: fields.text("uid"),
            gid: fields.text("gid"),
            mode: mode(lowering, &fields),
        });
    }
    references
}

/// Permissions: a text is octal, a number is taken as it is.
fn mode(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Option<FileMode> {
    let node = fields.node("mode")?;
    match &node.value {
        Value::Int(mode) => i64::try_from(mode.0).ok().map(FileMode),
        Value::String(text) => {
            let mode = i64::from_str_radix(text, 8);
            if mode.is_err() {
                let what = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
                lowering.undecodable(format!("{}.mode", fields.path), &what, node.span);
            }
            mode.ok().map(FileMode)
        }
        other => {
            let what = format!("unexpected value type {} for mode", crate::unique::go_type(other));
            lowering.undecodable(format!("{}.mode", fields.path), &what, node.span);
            None
        }
    }
}
