//! The `build` block.

use model::{Build, SshKey};

use super::Lowering;
use super::fields::{Fields, pairs};
use super::{secrets, service};
use crate::tree::Node;

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Build> {
    if let Some(context) = node.as_str() {
        return Some(Build {
            context: context_of(lowering, context),
            dockerfile: "Dockerfile".to_owned(),
            ..Build::default()
        });
    }
    let path = format!("services[{service}].build");
    let fields = Fields::new(node, &path)?;
    let inline = fields.text("dockerfile_inline");
    // What is given counts, even when it is empty.
    let given = |key: &str, default: &str| fields.node(key).map_or_else(|| default.to_owned(), |_| fields.text(key));
    let context = given("context", ".");
    let dockerfile = given("dockerfile", if fields.node("dockerfile_inline").is_some() { "" } else { "Dockerfile" });
    let args = fields.node("args").map(pairs).unwrap_or_default();
    // An argument without value is taken from the environment, and left out where it is not there either.
    let args = args.into_iter().filter_map(|(name, value, _)| {
        let value = value.or_else(|| lowering.variable(&name))?;
        Some((name, Some(value)))
    });
    let args = args.collect();
    let contexts = fields.node("additional_contexts").map(pairs).unwrap_or_default().into_iter();
    let additional_contexts = contexts.map(|(name, value, _)| (name, additional(lowering, &value.unwrap_or_default())));
    Some(Build {
        context: context_of(lowering, &context),
        dockerfile,
        dockerfile_inline: inline,
        entitlements: fields.texts("entitlements"),
        args,
        provenance: fields.text("provenance"),
        sbom: fields.text("sbom"),
        labels: fields.mapping("labels"),
        cache_from: fields.texts("cache_from"),
        cache_to: fields.texts("cache_to"),
        additional_contexts: additional_contexts.collect(),
        ssh: ssh(lowering, &fields),
        no_cache: fields.flag(lowering, "no_cache"),
        no_cache_filter: fields.texts("no_cache_filter"),
        pull: fields.flag(lowering, "pull"),
        extra_hosts: service::extra_hosts(lowering, &fields),
        isolation: fields.text("isolation"),
        network: fields.text("network"),
        target: fields.text("target"),
        secrets: secrets::references(lowering, &fields, "secrets", None),
        shm_size: fields.size(lowering, "shm_size"),
        tags: fields.texts("tags"),
        ulimits: service::ulimits(&fields),
        platforms: fields.texts("platforms"),
        privileged: fields.flag(lowering, "privileged"),
    })
}

/// Keys and agents: `default`, `id=path`, or a mapping of them.
fn ssh(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Vec<SshKey> {
    let Some(node) = fields.node("ssh") else { return Vec::new() };
    let mut keys = Vec::new();
    for (id, path, span) in pairs(node) {
        if path.is_none() && id != "default" && node.as_seq().is_some() {
            lowering.problem("invalid-ssh-key", format!("invalid ssh key {id:?}"), span);
        }
        let path = path.filter(|path| !path.is_empty()).map(|path| lowering.path(&path)).unwrap_or_default();
        keys.push(SshKey { id, path });
    }
    keys
}

/// An additional context as a path, unless it is a service or fetched from somewhere.
fn additional(lowering: &Lowering<'_, '_>, context: &str) -> String {
    if context.starts_with("service:") { context.to_owned() } else { context_of(lowering, context) }
}

/// The context as a path, unless it is fetched from somewhere.
fn context_of(lowering: &Lowering<'_, '_>, context: &str) -> String {
    if context.is_empty() {
        return String::new();
    }
    let remote = context.contains("://") || ["github.com/", "git@"].iter().any(|start| context.starts_with(start));
    if remote { context.to_owned() } else { lowering.path(context) }
}
