//! Mounts of a service: binds, volumes, memory, images.

use std::fmt::Display;

use model::{BindOptions, ImageOptions, Mount, MountKind, TmpfsOptions, VolumeOptions};

use super::Lowering;
use super::fields::Fields;
use crate::tree::{Node, Value};

/// All mounts in long form, one a target; a later one replaces an earlier one in its place.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: Option<&Node>, service: &str) -> Vec<Mount> {
    let items = node.and_then(Node::as_seq).unwrap_or_default();
    let mut mounts: Vec<Mount> = Vec::with_capacity(items.len());
    let mut places = std::collections::HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let Some(mount) = one(lowering, item, &format_args!("services[{service}].volumes[{index}]")) else { continue };
        match places.get(&mount.target) {
            Some(place) => mounts[*place] = mount,
            None => {
                places.insert(mount.target.clone(), mounts.len());
                mounts.push(mount);
            }
        }
    }
    mounts
}

fn one(lowering: &mut Lowering<'_, '_>, node: &Node, path: &dyn Display) -> Option<Mount> {
    let fields = Fields::new(node, path)?;
    let kind = match fields.text("type").as_str() {
        "bind" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "image" => MountKind::Image,
        "npipe" => MountKind::Npipe,
        "cluster" => MountKind::Cluster,
        // The schema knows no other.
        _ => return None,
    };
    let source = fields.text("source");
    if kind == MountKind::Bind && source.is_empty() {
        let message = "invalid mount config for type \"bind\": field Source must not be empty";
        lowering.problem("invalid-mount", message, node.span);
        return None;
    }
    let bind = format_args!("{path}.bind");
    let volume = format_args!("{path}.volume");
    let tmpfs = format_args!("{path}.tmpfs");
    let bind = fields.node("bind").and_then(|node| Fields::new(node, &bind)).map(|fields| BindOptions {
        selinux: fields.text("selinux"),
        propagation: fields.text("propagation"),
        create_host_path: fields.optional_flag(lowering, "create_host_path").filter(|create| !create),
        recursive: fields.text("recursive"),
    });
    let volume = fields.node("volume").and_then(|node| Fields::new(node, &volume)).map(|fields| VolumeOptions {
        labels: fields.mapping("labels"),
        nocopy: fields.flag(lowering, "nocopy"),
        subpath: fields.text("subpath"),
    });
    let tmpfs = fields
        .node("tmpfs")
        .and_then(|node| Fields::new(node, &tmpfs))
        .map(|fields| TmpfsOptions { size: fields.size(lowering, "size"), mode: mode(lowering, &fields) });
    let image = fields.node("image").and_then(|node| Fields::new(node, path));
    let image = image.map(|fields| ImageOptions { subpath: fields.text("subpath") });
    Some(Mount {
        kind,
        source,
        target: fields.text("target"),
        read_only: fields.flag(lowering, "read_only"),
        consistency: fields.text("consistency"),
        bind: bind.map(Box::new),
        volume: volume.map(Box::new),
        tmpfs,
        image,
    })
}

/// Mode bits as a number; a text is none, also one in octal.
fn mode(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> u32 {
    match fields.node("mode") {
        Some(Node { value: Value::String(_), span, .. }) => {
            let what = "expected type 'uint32', got unconvertible type 'string'";
            lowering.undecodable(format!("{}.mode", fields.path), what, *span);
            0
        }
        _ => fields.optional_count(lowering, "mode").unwrap_or_default(),
    }
}
