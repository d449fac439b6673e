//! Commands around the life of a container, and what happens while its sources change.

use model::{Develop, Hook, Trigger};

use super::Lowering;
use super::fields::{Fields, pairs};
use super::service::command;
use crate::tree::Node;

/// `pre_start`, `post_start` or `pre_stop`. Before the start, a hook that names no image has the service's.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, key: &str) -> Vec<Hook> {
    let image = if key == "pre_start" { fields.text("image") } else { String::new() };
    let mut hooks = Vec::new();
    for (index, item) in fields.node(key).and_then(Node::as_seq).unwrap_or_default().iter().enumerate() {
        let path = format_args!("{}.{key}[{index}]", fields.path);
        let Some(fields) = Fields::new(item, &path) else { continue };
        let mut hook = one(lowering, &fields);
        if hook.image.is_empty() {
            hook.image.clone_from(&image);
        }
        hooks.push(hook);
    }
    hooks
}

fn one(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Hook {
    let environment = fields.node("environment").map(pairs).unwrap_or_default();
    Hook {
        command: command(lowering, fields, "command"),
        image: fields.text("image"),
        user: fields.text("user"),
        privileged: fields.flag(lowering, "privileged"),
        working_dir: fields.text("working_dir"),
        environment: environment.into_iter().map(|(name, value, _)| (name, value)).collect(),
        per_replica: fields.flag(lowering, "per_replica"),
    }
}

/// `develop`.
pub(super) fn develop(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, service: &str) -> Option<Develop> {
    let outer = fields.path;
    let develop = Fields::new(fields.node("develop")?, outer)?;
    let mut watch = Vec::new();
    for (index, item) in develop.node("watch").and_then(Node::as_seq).unwrap_or_default().iter().enumerate() {
        let path = format_args!("{outer}.develop.watch[{index}]");
        let Some(fields) = Fields::new(item, &path) else { continue };
        let watched = fields.text("path");
        if watched.is_empty() {
            let span = fields.map.get("path").map_or(item.span, |entry| entry.node.span);
            let message = format!("services.{service}.develop.watch.[].path: value can't be blank");
            lowering.problem("blank-path", message, span);
        }
        let exec = format!("{path}.exec");
        let exec = fields.node("exec").and_then(|node| Fields::new(node, &exec));
        watch.push(Trigger {
            path: watched,
            action: fields.text("action"),
            target: fields.text("target"),
            exec: exec.map(|fields| one(lowering, &fields)).unwrap_or_default(),
            include: fields.texts("include"),
            ignore: fields.texts("ignore"),
            initial_sync: fields.flag(lowering, "initial_sync"),
        });
    }
    Some(Develop { watch })
}
