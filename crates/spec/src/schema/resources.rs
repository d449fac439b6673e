//! Top-level elements but services.

use super::{
    BOOL, Key, LIST_OR_MAP, NUMBER, OPTIONS, Object, STRING, STRING_OR_SET, STRINGS, Shape, Type, key, object,
};

static EXTERNAL_TABLE: Object = object(&[key("name", &STRING)]);
static EXTERNAL: Shape = Shape::TypesOr(&[Type::Boolean, Type::String], &EXTERNAL_TABLE);
/// The schema leaves the old form of secrets and configs open.
static OPEN_EXTERNAL_TABLE: Object = Object { open: true, ..object(&[key("name", &STRING)]) };
static OPEN_EXTERNAL: Shape = Shape::TypesOr(&[Type::Boolean, Type::String], &OPEN_EXTERNAL_TABLE);

pub(super) static NETWORKS: Shape = Shape::Named(&Shape::Object(&NETWORK));

static NETWORK: Object = Object {
    nullable: true,
    ..object(&[
        key("name", &STRING),
        key("driver", &STRING),
        key("driver_opts", &OPTIONS),
        key("ipam", &Shape::Object(&IPAM)),
        key("external", &EXTERNAL),
        key("internal", &BOOL),
        key("enable_ipv4", &BOOL),
        key("enable_ipv6", &BOOL),
        key("attachable", &BOOL),
        key("labels", &LIST_OR_MAP),
    ])
};

static IPAM: Object = object(&[
    key("driver", &STRING),
    key("config", &Shape::List(&Shape::Object(&IPAM_POOL))),
    key("options", &Shape::Keyed(&STRING)),
]);

static IPAM_POOL: Object = Object {
    forgets_extensions: true,
    ..object(&[
        key("subnet", &STRING),
        key("ip_range", &STRING),
        key("gateway", &STRING),
        key("aux_addresses", &Shape::Keyed(&STRING)),
    ])
};

pub(super) static VOLUMES: Shape = Shape::Named(&Shape::Object(&VOLUME));

static VOLUME: Object = Object {
    nullable: true,
    ..object(&[
        key("name", &STRING),
        key("driver", &STRING),
        key("driver_opts", &OPTIONS),
        key("external", &EXTERNAL),
        key("labels", &LIST_OR_MAP),
    ])
};

pub(super) static SECRETS: Shape = Shape::Named(&Shape::Object(&SECRET));

static SECRET: Object = object(&[
    key("name", &STRING),
    key("environment", &STRING),
    key("file", &STRING),
    key("external", &OPEN_EXTERNAL),
    key("labels", &LIST_OR_MAP),
    key("driver", &STRING),
    key("driver_opts", &OPTIONS),
    key("template_driver", &STRING),
]);

pub(super) static CONFIGS: Shape = Shape::Named(&Shape::Object(&CONFIG));

static CONFIG: Object = object(&[
    key("name", &STRING),
    key("content", &STRING),
    key("environment", &STRING),
    key("file", &STRING),
    key("external", &OPEN_EXTERNAL),
    key("labels", &LIST_OR_MAP),
    key("template_driver", &STRING),
]);

pub(super) static MODELS: Shape = Shape::Named(&Shape::Object(&MODEL));

static MODEL: Object = Object {
    required: &["model"],
    ..object(&[
        key("name", &STRING),
        key("model", &STRING),
        key("context_size", &Shape::Types(&[Type::Integer])),
        key("runtime_flags", &STRINGS),
    ])
};

pub(super) static INCLUDE: Shape =
    Shape::List(&Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Object(&INCLUDE_ENTRY)]));

static INCLUDE_ENTRY: Object = Object {
    extensions: false,
    ..object(&[key("path", &STRING_OR_SET), key("env_file", &STRING_OR_SET), key("project_directory", &STRING)])
};

const DEVICE_KEYS: &[Key] = &[
    key("capabilities", &super::STRING_SET),
    key("count", &super::INTEGER),
    key("device_ids", &super::STRING_SET),
    key("driver", &STRING),
    key("options", &LIST_OR_MAP),
];

/// `gpus`.
pub(super) static GPU: Object = Object { forgets_extensions: true, ..object(DEVICE_KEYS) };

/// Devices of a reservation.
pub(super) static RESERVED_DEVICE: Object =
    Object { required: &["capabilities"], forgets_extensions: true, ..object(DEVICE_KEYS) };

pub(super) static GENERIC_RESOURCES: Shape = Shape::List(&Shape::Object(&GENERIC_RESOURCE));

static GENERIC_RESOURCE: Object = object(&[key("discrete_resource_spec", &Shape::Object(&DISCRETE))]);

static DISCRETE: Object = object(&[key("kind", &STRING), key("value", &NUMBER)]);
