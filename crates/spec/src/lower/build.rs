//! The `build` block.

use model::{Build, SshKey};

use super::Lowering;
use super::fields::{Fields, pairs};
use super::{secrets, service};
use crate::tree::Node;

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Build> {
    let path = format_args!("services[{service}].build");
    let fields = Fields::new(node, &path)?;
    let inline = fields.text("dockerfile_inline");
    let args = fields.node("args").map(pairs).unwrap_or_default();
    let args = args.into_iter().map(|(name, value, _)| (name, value)).collect();
    misfits(lowering, &fields, service);
    let contexts = fields.node("additional_contexts").map(pairs).unwrap_or_default().into_iter();
    let additional_contexts = contexts.map(|(name, value, _)| (name, value.unwrap_or_default()));
    Some(Build {
        context: fields.text("context"),
        dockerfile: fields.text("dockerfile"),
        dockerfile_inline: inline,
        entitlements: fields.texts("entitlements"),
        args,
        provenance: fields.text("provenance"),
        sbom: fields.text("sbom"),
        labels: fields.mapping("labels"),
        cache_from: fields.texts("cache_from"),
        cache_to: fields.texts("cache_to"),
        additional_contexts: additional_contexts.collect(),
        ssh: ssh(&fields),
        no_cache: fields.flag(lowering, "no_cache"),
        no_cache_filter: fields.texts("no_cache_filter"),
        pull: fields.flag(lowering, "pull"),
        extra_hosts: service::extra_hosts(lowering, &fields),
        isolation: fields.text("isolation"),
        network: fields.text("network"),
        target: fields.text("target"),
        secrets: secrets::references(lowering, &fields, "secrets"),
        shm_size: fields.size(lowering, "shm_size"),
        tags: fields.texts("tags"),
        ulimits: service::ulimits(&fields),
        platforms: fields.texts("platforms"),
        privileged: fields.flag(lowering, "privileged"),
    })
}

/// A value the schema lets through: a context without a source.
fn misfits(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, service: &str) {
    for (name, value, span) in fields.node("additional_contexts").map(pairs).unwrap_or_default() {
        if value.is_none() {
            let path = format_args!("services.{service}.build.additional_contexts");
            let message = format!("{path}: invalid value {name}, expected key=value");
            lowering.problem("invalid-item", message, span);
        }
    }
}

/// Keys and agents, in the order they are written in.
fn ssh(fields: &Fields<'_>) -> Vec<SshKey> {
    let mut keys = fields.node("ssh").map(pairs).unwrap_or_default();
    keys.sort_by_key(|(_, _, span)| *span);
    keys.into_iter().map(|(id, path, _)| SshKey { id, path: path.unwrap_or_default() }).collect()
}
