//! Mounts of a service: binds, volumes, memory, images.

use model::{BindOptions, ImageOptions, Mount, MountKind, TmpfsOptions, VolumeOptions};

use super::Lowering;
use super::fields::Fields;
use crate::tree::{Node, Value};

/// All mounts in long form, one a target; a later one replaces an earlier one in its place.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: Option<&Node>, service: &str) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (index, item) in node.and_then(Node::as_seq).unwrap_or_default().iter().enumerate() {
        let Some(mut mount) = one(lowering, item, &format!("services[{service}].volumes[{index}]")) else { continue };
        if mount.kind == MountKind::Bind {
            mount.source = lowering.path(&mount.source);
        }
        mount.target = clean(&mount.target);
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

fn one(lowering: &mut Lowering<'_, '_>, node: &Node, path: &str) -> Option<Mount> {
    let Some(fields) = Fields::new(node, path) else {
        // Problems of texts are told when duplicates are looked for.
        return parse_short(node.as_str()?).ok();
    };
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
    let [bind, volume, tmpfs] = ["bind", "volume", "tmpfs"].map(|key| format!("{path}.{key}"));
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
        bind,
        volume,
        tmpfs,
        image,
    })
}

/// Mode bits as a number; a text is none, also one in octal.
fn mode(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> u32 {
    match fields.node("mode") {
        Some(Node { value: Value::String(_), span, .. }) => {
            let what = "expected type 'uint32', got unconvertible type 'string'";
            lowering.undecodable(&format!("{}.mode", fields.path), what, *span);
            0
        }
        _ => fields.optional_count(lowering, "mode").unwrap_or_default(),
    }
}

/// `[SOURCE:]TARGET[:OPTIONS]`. A text of one or two characters is a target and nothing else. The error is
/// docker compose's.
pub(crate) fn parse_short(text: &str) -> Result<Mount, String> {
    if text.is_empty() {
        return Err("invalid empty volume spec".to_owned());
    }
    if text.len() <= 2 {
        return Ok(Mount { target: text.to_owned(), ..Mount::default() });
    }
    let sections = sections(text);
    if sections.iter().any(|section| section.is_empty()) {
        return Err(format!("invalid spec: {text}: empty section between colons"));
    }
    let mut mount = Mount::default();
    match sections.as_slice() {
        [target] => mount.target = (*target).to_owned(),
        [source, target, options @ ..] => {
            mount.source = (*source).to_owned();
            mount.target = (*target).to_owned();
            for option in options.first().into_iter().flat_map(|options| options.split(',')) {
                apply(&mut mount, option);
            }
            if options.len() > 1 {
                return Err(format!("invalid spec: {text}: too many colons"));
            }
        }
        [] => {}
    }
    if is_path(&mount.source) {
        mount.kind = MountKind::Bind;
        mount.bind.get_or_insert_default();
    } else {
        mount.kind = MountKind::Volume;
        mount.volume.get_or_insert_default();
    }
    Ok(mount)
}

/// The parts between colons; the colon after a lone letter belongs to a Windows drive.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        let section = &text[start..at];
        let mut chars = section.chars();
        let drive = chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none();
        if !drive {
            sections.push(section);
            start = at + 1;
        }
    }
    sections.push(&text[start..]);
    sections
}

fn apply(mount: &mut Mount, option: &str) {
    match option {
        "ro" => mount.read_only = true,
        "rw" => mount.read_only = false,
        "nocopy" => mount.volume = Some(VolumeOptions { nocopy: true, ..VolumeOptions::default() }),
        "z" | "Z" => mount.bind.get_or_insert_default().selinux = option.to_owned(),
        "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
            mount.bind.get_or_insert_default().propagation = option.to_owned();
        }
        // Docker compose ignores what it does not know.
        _ => {}
    }
}

fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    match chars.next() {
        None => false,
        Some('.' | '/' | '~') => true,
        Some(first) => source.starts_with("\\\\") || (first.is_alphabetic() && chars.next() == Some(':')),
    }
}

/// Go's `path.Clean`; nothing stays nothing.
fn clean(target: &str) -> String {
    if target.is_empty() || target.contains('\\') {
        return target.to_owned();
    }
    crate::paths::clean(std::path::Path::new(target)).display().to_string()
}
