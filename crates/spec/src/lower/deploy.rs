//! The `deploy` block.

use model::{Deploy, Limits, Resources, RestartPolicy};

use super::Lowering;
use super::fields::Fields;
use crate::tree::Node;

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Deploy> {
    let path = format!("services[{service}].deploy");
    let fields = Fields::new(node, &path)?;
    Some(Deploy {
        mode: fields.text("mode"),
        replicas: fields.replicas(lowering, "replicas"),
        labels: fields.mapping("labels"),
        resources: fields.node("resources").map(|node| resources(lowering, node, &path)).unwrap_or_default(),
        restart_policy: fields.node("restart_policy").and_then(|node| restart_policy(lowering, node, &path)),
        ..Deploy::default()
    })
}

fn resources(lowering: &mut Lowering<'_, '_>, node: &Node, path: &str) -> Resources {
    let mut of = |key: &str| {
        let path = format!("{path}.resources.{key}");
        let fields = Fields::new(node.get(key)?, &path)?;
        Some(Limits {
            cpus: fields.cores(lowering, "cpus"),
            memory: fields.size(lowering, "memory"),
            pids: fields.integer(lowering, "pids"),
        })
    };
    Resources { limits: of("limits"), reservations: of("reservations") }
}

fn restart_policy(lowering: &mut Lowering<'_, '_>, node: &Node, path: &str) -> Option<RestartPolicy> {
    let path = format!("{path}.restart_policy");
    let fields = Fields::new(node, &path)?;
    Some(RestartPolicy {
        condition: fields.text("condition"),
        delay: fields.duration(lowering, "delay"),
        max_attempts: fields.optional_count(lowering, "max_attempts"),
        window: fields.duration(lowering, "window"),
    })
}
