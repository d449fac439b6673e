//! Services and what only they have.

use super::deploy::DEPLOY;
use super::resources::GPU;
use super::{
    BOOL, COMMAND, INTEGER, LIST_OR_MAP, NUMBER, OPTIONS, Object, STRING, STRING_OR_SET, STRING_SET, STRINGS, Shape,
    Type, key, later, object,
};

pub(super) static SERVICES: Shape = Shape::Named(&Shape::Object(&SERVICE));

static SERVICE: Object = object(&[
    key("annotations", &LIST_OR_MAP),
    key("attach", &BOOL),
    key("blkio_config", &BLKIO),
    key("build", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Object(&BUILD)])),
    key("cap_add", &STRING_SET),
    key("cap_drop", &STRING_SET),
    key("cgroup", &Shape::Words(&["host", "private"])),
    key("cgroup_parent", &STRING),
    key("command", &COMMAND),
    key("configs", &FILE_MOUNTS),
    key("container_name", &Shape::Pattern("[a-zA-Z0-9][a-zA-Z0-9_.-]+", has_container_name)),
    key("cpu_count", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Bounded(0, i128::MAX)])),
    key("cpu_percent", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Bounded(0, 100)])),
    key("cpu_period", &NUMBER),
    key("cpu_quota", &NUMBER),
    key("cpu_rt_period", &NUMBER),
    key("cpu_rt_runtime", &NUMBER),
    key("cpu_shares", &NUMBER),
    key("cpus", &NUMBER),
    key("cpuset", &STRING),
    key("credential_spec", &CREDENTIAL_SPEC),
    key("depends_on", &Shape::OneOf(&[Shape::Set(&STRING), Shape::Named(&Shape::Object(&DEPENDENCY))])),
    key("deploy", &DEPLOY),
    key("develop", &DEVELOP),
    key("device_cgroup_rules", &STRING_SET),
    key("devices", &Shape::List(&Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Object(&DEVICE)]))),
    key("dns", &STRING_OR_SET),
    key("dns_opt", &STRING_SET),
    key("dns_search", &STRING_OR_SET),
    key("domainname", &STRING),
    key("entrypoint", &COMMAND),
    key("env_file", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::List(&ENV_FILE_ITEM)])),
    key("environment", &LIST_OR_MAP),
    key("expose", &Shape::Set(&Shape::Types(&[Type::String, Type::Number]))),
    key("extends", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Object(&EXTENDS)])),
    key("external_links", &STRING_SET),
    key("extra_hosts", &EXTRA_HOSTS),
    key("gpus", &Shape::OneOf(&[Shape::Words(&["all"]), Shape::List(&Shape::Open(&GPU))])),
    key("group_add", &Shape::Set(&Shape::Types(&[Type::String, Type::Number]))),
    key("healthcheck", &Shape::Object(&HEALTHCHECK)),
    key("hostname", &STRING),
    key("image", &STRING),
    key("init", &BOOL),
    key("ipc", &STRING),
    key("isolation", &STRING),
    key("label_file", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::List(&STRING)])),
    key("labels", &LIST_OR_MAP),
    key("links", &STRING_SET),
    key("logging", &Shape::Object(&LOGGING)),
    key("mac_address", &STRING),
    key("mem_limit", &NUMBER),
    key("mem_reservation", &INTEGER),
    key("mem_swappiness", &INTEGER),
    key("memswap_limit", &NUMBER),
    key(
        "models",
        &Shape::OneOf(&[
            Shape::Set(&STRING),
            Shape::Named(&Shape::OneOf(&[Shape::Object(&MODEL_USE), Shape::Types(&[Type::Null])])),
        ]),
    ),
    key("network_mode", &STRING),
    key(
        "networks",
        &Shape::OneOf(&[
            Shape::Set(&STRING),
            Shape::Named(&Shape::OneOf(&[Shape::Object(&NETWORK_USE), Shape::Types(&[Type::Null])])),
        ]),
    ),
    key("oom_kill_disable", &BOOL),
    key("oom_score_adj", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Bounded(-1000, 1000)])),
    key("pid", &Shape::Types(&[Type::String, Type::Null])),
    key("pids_limit", &NUMBER),
    key("platform", &STRING),
    key("ports", &Shape::Set(&PORT)),
    key("post_start", &Shape::List(&Shape::Object(&HOOK))),
    key("pre_start", &Shape::List(&Shape::Object(&PRE_START))),
    key("pre_stop", &Shape::List(&Shape::Object(&HOOK))),
    key("privileged", &BOOL),
    key("profiles", &STRING_SET),
    key("provider", &Shape::Object(&PROVIDER)),
    key("pull_policy", &Shape::Pattern(PULL_POLICIES, has_pull_policy)),
    key("pull_refresh_after", &STRING),
    key("read_only", &BOOL),
    key("restart", &STRING),
    key("runtime", &STRING),
    key("scale", &INTEGER),
    key("secrets", &FILE_MOUNTS),
    key("security_opt", &STRING_SET),
    key("shm_size", &NUMBER),
    key("stdin_open", &BOOL),
    key("stop_grace_period", &STRING),
    key("stop_signal", &STRING),
    key("storage_opt", &Shape::Keyed(&Shape::Any)),
    key("sysctls", &LIST_OR_MAP),
    key("tmpfs", &STRING_OR_SET),
    key("tty", &BOOL),
    key("ulimits", &ULIMITS),
    key("use_api_socket", &Shape::Types(&[Type::Boolean])),
    key("user", &STRING),
    key("userns_mode", &STRING),
    key("uts", &STRING),
    key("volumes", &Shape::Set(&Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Object(&MOUNT)]))),
    key("volumes_from", &STRING_SET),
    key("working_dir", &STRING),
]);

static BUILD: Object = object(&[
    later("additional_contexts", &LIST_OR_MAP),
    key("args", &LIST_OR_MAP),
    key("cache_from", &STRINGS),
    later("cache_to", &STRINGS),
    key("context", &STRING),
    key("dockerfile", &STRING),
    key("dockerfile_inline", &STRING),
    later("entitlements", &STRINGS),
    key("extra_hosts", &EXTRA_HOSTS),
    key("isolation", &STRING),
    key("labels", &LIST_OR_MAP),
    key("network", &STRING),
    key("no_cache", &BOOL),
    later("no_cache_filter", &STRING_OR_SET),
    key("platforms", &STRINGS),
    later("privileged", &BOOL),
    key("provenance", &BOOL),
    key("pull", &BOOL),
    key("sbom", &BOOL),
    later("secrets", &FILE_MOUNTS),
    key("shm_size", &INTEGER),
    later("ssh", &LIST_OR_MAP),
    key("tags", &STRINGS),
    key("target", &STRING),
    key("ulimits", &ULIMITS),
]);

static DEPENDENCY: Object = Object {
    required: &["condition"],
    ..object(&[
        key("condition", &Shape::Words(&["service_started", "service_healthy", "service_completed_successfully"])),
        key("restart", &BOOL),
        key("required", &Shape::Types(&[Type::Boolean])),
    ])
};

static ENV_FILE_ITEM: Shape = Shape::OneOf(&[
    Shape::Types(&[Type::String]),
    Shape::Object(&Object {
        required: &["path"],
        extensions: false,
        ..object(&[key("path", &STRING), key("format", &STRING), key("required", &BOOL)])
    }),
]);

static EXTRA_HOSTS: Shape = Shape::OneOf(&[
    Shape::Keyed(&Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::List(&STRING)])),
    Shape::Set(&STRING),
]);

static HEALTHCHECK: Object = object(&[
    key("disable", &BOOL),
    key("interval", &STRING),
    key("retries", &NUMBER),
    key("test", &Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::List(&STRING)])),
    key("timeout", &STRING),
    key("start_period", &STRING),
    key("start_interval", &STRING),
]);

static LOGGING: Object = object(&[
    key("driver", &STRING),
    key("options", &Shape::Keyed(&Shape::Types(&[Type::String, Type::Number, Type::Null]))),
]);

static NETWORK_USE: Object = object(&[
    key("aliases", &STRING_SET),
    key("interface_name", &STRING),
    key("ipv4_address", &STRING),
    key("ipv6_address", &STRING),
    key("link_local_ips", &STRING_SET),
    key("mac_address", &STRING),
    key("driver_opts", &OPTIONS),
    key("priority", &Shape::Types(&[Type::Number])),
    key("gw_priority", &Shape::Types(&[Type::Number])),
]);

static PORT: Shape = Shape::OneOf(&[
    Shape::Types(&[Type::Number]),
    Shape::Types(&[Type::String]),
    Shape::Object(&object(&[
        key("name", &STRING),
        key("mode", &STRING),
        key("host_ip", &STRING),
        key("target", &INTEGER),
        key("published", &INTEGER),
        key("protocol", &STRING),
        key("app_protocol", &STRING),
    ])),
]);

static ULIMITS: Shape = Shape::Lower(&Shape::OneOf(&[
    Shape::Types(&[Type::Integer, Type::String]),
    Shape::Object(&Object {
        required: &["soft", "hard"],
        forgets_extensions: true,
        ..object(&[key("soft", &INTEGER), key("hard", &INTEGER)])
    }),
]));

static MOUNT: Object = Object {
    required: &["type"],
    ..object(&[
        key("type", &Shape::Words(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
        key("source", &STRING),
        key("target", &STRING),
        key("read_only", &BOOL),
        key("consistency", &STRING),
        key(
            "bind",
            &Shape::Object(&object(&[
                key("propagation", &STRING),
                key("create_host_path", &BOOL),
                key("recursive", &Shape::Words(&["enabled", "disabled", "writable", "readonly"])),
                key("selinux", &Shape::Words(&["z", "Z"])),
            ])),
        ),
        key(
            "volume",
            &Shape::Object(&object(&[key("labels", &LIST_OR_MAP), key("nocopy", &BOOL), key("subpath", &STRING)])),
        ),
        key(
            "tmpfs",
            &Shape::Object(&object(&[
                key("size", &Shape::OneOf(&[Shape::Bounded(0, i128::MAX), Shape::Types(&[Type::String])])),
                key("mode", &NUMBER),
            ])),
        ),
        key("image", &Shape::Object(&object(&[key("subpath", &STRING)]))),
    ])
};

static BLKIO: Shape = Shape::Object(&Object {
    extensions: false,
    ..object(&[
        key("device_read_bps", &BLKIO_RATES),
        key("device_read_iops", &BLKIO_RATES),
        key("device_write_bps", &BLKIO_RATES),
        key("device_write_iops", &BLKIO_RATES),
        key("weight", &INTEGER),
        key(
            "weight_device",
            &Shape::List(&Shape::Object(&Object {
                extensions: false,
                ..object(&[key("path", &STRING), key("weight", &INTEGER)])
            })),
        ),
    ])
});

static BLKIO_RATES: Shape = Shape::List(&Shape::Object(&Object {
    extensions: false,
    ..object(&[key("path", &STRING), key("rate", &INTEGER)])
}));

static FILE_MOUNTS: Shape = Shape::List(&Shape::OneOf(&[
    Shape::Types(&[Type::String]),
    Shape::Object(&object(&[
        key("source", &STRING),
        key("target", &STRING),
        key("uid", &STRING),
        key("gid", &STRING),
        key("mode", &NUMBER),
    ])),
]));

static CREDENTIAL_SPEC: Shape =
    Shape::Object(&object(&[key("config", &STRING), key("file", &STRING), key("registry", &STRING)]));

static DEVELOP: Shape = Shape::Object(&Object {
    nullable: true,
    ..object(&[key(
        "watch",
        &Shape::List(&Shape::Object(&Object {
            required: &["path", "action"],
            ..object(&[
                key("path", &STRING),
                key("action", &Shape::Words(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
                key("target", &STRING),
                key("ignore", &STRING_OR_SET),
                key("include", &STRING_OR_SET),
                key("initial_sync", &Shape::Types(&[Type::Boolean])),
                key("exec", &Shape::Object(&HOOK)),
            ])
        })),
    )])
});

static DEVICE: Object = Object {
    required: &["source"],
    ..object(&[key("source", &STRING), key("target", &STRING), key("permissions", &STRING)])
};

static EXTENDS: Object =
    Object { required: &["service"], extensions: false, ..object(&[key("service", &STRING), key("file", &STRING)]) };

static MODEL_USE: Object = object(&[key("endpoint_var", &STRING), key("model_var", &STRING)]);

static HOOK: Object = Object {
    required: &["command"],
    ..object(&[
        key("command", &COMMAND),
        key("user", &STRING),
        key("privileged", &BOOL),
        key("working_dir", &STRING),
        key("environment", &LIST_OR_MAP),
    ])
};

static PRE_START: Object = object(&[
    key("command", &COMMAND),
    key("image", &STRING),
    key("user", &STRING),
    key("privileged", &BOOL),
    key("working_dir", &STRING),
    key("environment", &LIST_OR_MAP),
    key("per_replica", &BOOL),
]);

static PROVIDER: Object = Object {
    required: &["type"],
    ..object(&[
        key("type", &STRING),
        key(
            "options",
            &Shape::Keyed(&Shape::OneOf(&[
                Shape::Types(&[Type::String, Type::Number, Type::Boolean]),
                Shape::List(&Shape::Types(&[Type::String, Type::Number, Type::Boolean])),
            ])),
        ),
    ])
};

const PULL_POLICIES: &str = "always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+";

/// Like the pattern, anywhere in the text.
fn has_pull_policy(text: &str) -> bool {
    let words = ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
    words.iter().any(|word| text.contains(word))
        || text.match_indices("every_").any(|(at, word)| {
            let rest = &text[at + word.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest[digits..].starts_with(['w', 'd', 'h', 'm', 's'])
        })
}

/// Like `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, anywhere in the text.
fn has_container_name(text: &str) -> bool {
    let tail = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && tail(pair[1]))
}
