//! The `deploy` block (Compose Deploy Specification).

use super::resources::{GENERIC_RESOURCES, RESERVED_DEVICE};
use super::{INTEGER, LIST_OR_MAP, NUMBER, Object, STRING, STRINGS, Shape, key, object};

pub(super) static DEPLOY: Shape = Shape::Object(&Object {
    nullable: true,
    ..object(&[
        key("mode", &STRING),
        key("endpoint_mode", &STRING),
        key("replicas", &INTEGER),
        key("labels", &LIST_OR_MAP),
        key("update_config", &UPDATE),
        key("rollback_config", &UPDATE),
        key("resources", &RESOURCES),
        key("restart_policy", &RESTART_POLICY),
        key("placement", &PLACEMENT),
    ])
});

static UPDATE: Shape = Shape::Object(&object(&[
    key("parallelism", &INTEGER),
    key("delay", &STRING),
    key("failure_action", &STRING),
    key("monitor", &STRING),
    key("max_failure_ratio", &NUMBER),
    key("order", &Shape::Words(&["start-first", "stop-first"])),
]));

static RESOURCES: Shape = Shape::Object(&object(&[key("limits", &LIMITS), key("reservations", &RESERVATIONS)]));

static LIMITS: Shape = Shape::Object(&object(&[key("cpus", &NUMBER), key("memory", &STRING), key("pids", &INTEGER)]));

static RESERVATIONS: Shape = Shape::Object(&object(&[
    key("cpus", &NUMBER),
    key("memory", &STRING),
    key("generic_resources", &GENERIC_RESOURCES),
    key("devices", &Shape::List(&Shape::Object(&RESERVED_DEVICE))),
]));

static RESTART_POLICY: Shape = Shape::Object(&object(&[
    key("condition", &STRING),
    key("delay", &STRING),
    key("max_attempts", &INTEGER),
    key("window", &STRING),
]));

static PLACEMENT: Shape = Shape::Object(&object(&[
    key("constraints", &STRINGS),
    key("preferences", &Shape::List(&Shape::Object(&object(&[key("spread", &STRING)])))),
    key("max_replicas_per_node", &INTEGER),
]));
