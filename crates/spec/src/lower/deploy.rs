//! The `deploy` block.

use std::fmt::Display;

use model::{Deploy, Limits, Placement, PlacementPreference, Resources, RestartPolicy, UpdateConfig};

use super::fields::Fields;
use super::{Lowering, devices};
use crate::tree::Node;

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Deploy> {
    let path = format_args!("services[{service}].deploy");
    let fields = Fields::new(node, &path)?;
    Some(Deploy {
        mode: fields.text("mode"),
        replicas: fields.replicas(lowering, "replicas"),
        labels: fields.mapping("labels"),
        update_config: update(lowering, &fields, "update_config"),
        rollback_config: update(lowering, &fields, "rollback_config"),
        resources: fields.node("resources").map(|node| resources(lowering, node, service)).unwrap_or_default(),
        restart_policy: fields.node("restart_policy").and_then(|node| restart_policy(lowering, node, &path)),
        placement: placement(lowering, &fields),
        endpoint_mode: fields.text("endpoint_mode"),
    })
}

fn update(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, key: &str) -> Option<UpdateConfig> {
    let path = format_args!("{}.{key}", fields.path);
    let fields = Fields::new(fields.node(key)?, &path)?;
    Some(UpdateConfig {
        parallelism: fields.optional_count(lowering, "parallelism"),
        delay: fields.duration(lowering, "delay").unwrap_or_default(),
        failure_action: fields.text("failure_action"),
        monitor: fields.duration(lowering, "monitor").unwrap_or_default(),
        max_failure_ratio: fields.cores(lowering, "max_failure_ratio"),
        order: fields.text("order"),
    })
}

fn placement(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Placement {
    let path = format_args!("{}.placement", fields.path);
    let Some(fields) = fields.node("placement").and_then(|node| Fields::new(node, &path)) else {
        return Placement::default();
    };
    let preferences = fields.node("preferences").and_then(Node::as_seq).unwrap_or_default().iter();
    let preferences = preferences.filter_map(|node| Fields::new(node, &path));
    Placement {
        constraints: fields.texts("constraints"),
        preferences: preferences.map(|fields| PlacementPreference { spread: fields.text("spread") }).collect(),
        max_replicas_per_node: fields.optional_count(lowering, "max_replicas_per_node").unwrap_or_default(),
    }
}

fn resources(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Resources {
    let mut of = |key: &str| {
        let path = format_args!("services[{service}].deploy.resources.{key}");
        let fields = Fields::new(node.get(key)?, &path)?;
        let shown = format!("services.{service}.deploy.resources.{key}.devices");
        Some(Limits {
            cpus: fields.cores(lowering, "cpus"),
            memory: fields.size(lowering, "memory"),
            pids: fields.integer(lowering, "pids"),
            devices: devices::requests(lowering, &fields, "devices", &shown),
            generic_resources: devices::generic(fields.node("generic_resources")),
        })
    };
    Resources { limits: of("limits"), reservations: of("reservations") }
}

fn restart_policy(lowering: &mut Lowering<'_, '_>, node: &Node, path: &dyn Display) -> Option<RestartPolicy> {
    let path = format_args!("{path}.restart_policy");
    let fields = Fields::new(node, &path)?;
    Some(RestartPolicy {
        condition: fields.text("condition"),
        delay: fields.duration(lowering, "delay"),
        max_attempts: fields.optional_count(lowering, "max_attempts"),
        window: fields.duration(lowering, "window"),
    })
}
