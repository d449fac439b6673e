//! Attributes of a service in canonical form, from whatever form they are written in.

use serde_json::{Value, json};

use crate::load::tests::{load_files, project};

/// The body of service `a`, and what its canonical form has beyond an image and the default network.
fn check(body: &str, expected: Value) {
    let project = project(&format!("services:\n  a: {{image: x, {body}}}\n  b: {{image: y, build: .}}\n{REST}"));
    let mut service = serde_json::to_value(&project.services["a"]).unwrap();
    for usual in ["command", "entrypoint", "image", "networks"] {
        service.as_object_mut().unwrap().shift_remove(usual);
    }
    assert_eq!(service, expected, "{body}");
}

const REST: &str = "
secrets: {s: {file: s}}
configs: {c: {content: hello}}
models: {m: {model: ai/m}}
";

/// The body of service `a` is refused with this.
fn refused(body: &str, expected: &str) {
    let loaded = load_files(&[("compose.yaml", &format!("services:\n  a: {{image: x, {body}}}\n{REST}"))]);
    let errors: Vec<&str> = loaded.diagnostics.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(errors, [expected], "{body}");
}

#[test]
fn devices() {
    check(
        "devices: [/dev/a, '/dev/a:/dev/b', '/dev/a:/dev/c:r', {source: /dev/x, target: /dev/y}]",
        json!({"devices": [
            {"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"},
            {"source": "/dev/a", "target": "/dev/b", "permissions": "rwm"},
            {"source": "/dev/a", "target": "/dev/c", "permissions": "r"},
            {"source": "/dev/x", "target": "/dev/y"},
        ]}),
    );
    refused("devices: ['a:b:c:d']", "confusing device mapping, please use long syntax: a:b:c:d");
}

#[test]
fn requests_for_devices_are_for_all_unless_they_say_which() {
    check("gpus: all", json!({"gpus": [{"count": -1}]}));
    check(
        "gpus: [{}, {count: ALL}, {count: '2'}, {device_ids: [a], options: [k=v]}]",
        json!({"gpus": [{"count": -1}, {"count": -1}, {"count": 2}, {"device_ids": ["a"], "options": {"k": "v"}}]}),
    );
    refused(
        "gpus: [{count: 1, device_ids: [a]}]",
        "services.a.gpus.[]: \"count\" and \"device_ids\" attributes are exclusive",
    );
    refused(
        "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: x}]}}}",
        "decoding failed due to the following error(s):\n\n'services[a].deploy.resources.reservations.devices[0].count' \
         invalid value \"x\", the only value allowed is 'all' or a number",
    );
    refused(
        "gpus: [{count: 1.0}]",
        "decoding failed due to the following error(s):\n\n'services[a].gpus[0].count' invalid type float64 for device count",
    );
}

#[test]
fn a_published_port_is_no_fraction_not_even_a_whole_one() {
    check(
        "ports: [{target: 80.0, published: 81}]",
        json!({"ports": [{"mode": "ingress", "target": 80, "published": "81", "protocol": "tcp"}]}),
    );
    refused(
        "ports: [{target: 80, published: 81.0}]",
        "decoding failed due to the following error(s):\n\n'services[a].ports[0].published' expected type 'string', got \
         unconvertible type 'float64'",
    );
}

#[test]
fn secrets_have_a_default_target_and_configs_none() {
    check(
        "secrets: [s, {source: s, target: t, mode: 0440}], configs: [{source: c, mode: '0444', uid: '1'}]",
        json!({
            "configs": [{"source": "c", "uid": "1", "mode": "0444"}],
            "secrets": [
                {"source": "s", "target": "/run/secrets/s"},
                {"source": "s", "target": "t", "mode": "0440"},
            ],
        }),
    );
    refused("secrets: [t]", "service \"a\" refers to undefined secret t: invalid compose project");
    refused("configs: [t]", "service \"a\" refers to undefined config t: invalid compose project");
    refused(
        "build: {context: ., secrets: [t]}",
        "service \"a\" refers to undefined build secret t: invalid compose project",
    );
}

#[test]
fn a_hook_before_the_start_has_the_image_of_the_service() {
    check(
        "pre_start: [{command: a b}, {image: z}], post_start: [{command: [a], environment: [A=1, B]}]",
        json!({
            "pre_start": [{"command": ["a", "b"], "image": "x"}, {"command": null, "image": "z"}],
            "post_start": [{"command": ["a"], "environment": {"A": "1", "B": null}}],
        }),
    );
}

#[test]
fn watched_paths() {
    check(
        "develop: {watch: [{path: ./s, action: sync, target: /t, ignore: n, include: [i]}]}",
        json!({"develop": {"watch": [{
            "path": "/p/s", "action": "sync", "target": "/t", "exec": {"command": null}, "include": ["i"], "ignore": ["n"],
        }]}}),
    );
    refused(
        "develop: {watch: [{path: ./s, action: sync}]}",
        "services.a.develop.watch: target is required for non-rebuild actions: invalid compose project",
    );
    refused(
        "develop: {watch: [{path: '', action: rebuild}]}",
        "services.a.develop.watch.[].path: value can't be blank",
    );
}

#[test]
fn dependencies_that_nobody_wrote_down() {
    let implied = json!({"b": {"condition": "service_started", "restart": true, "required": true}});
    check("links: ['b:alias']", json!({"depends_on": implied, "links": ["b:alias"]}));
    check("pid: 'service:b'", json!({"depends_on": implied, "pid": "service:b"}));
    check(
        "volumes_from: ['b:ro', 'container:z']",
        json!({
            "depends_on": {"b": {"condition": "service_started", "required": true}},
            "volumes_from": ["b:ro", "container:z"],
        }),
    );
    let written = json!({"b": {"condition": "service_healthy", "required": true}});
    check("links: [b], depends_on: {b: {condition: service_healthy}}", json!({"depends_on": written, "links": ["b"]}));
    refused("links: [z]", "service \"a\" depends on undefined service \"z\": invalid compose project");
}

#[test]
fn what_a_build_takes() {
    check(
        "build: {context: ., ssh: [default, k=./id], additional_contexts: {b: 'service:b', d: ./d, i: 'docker-image://i'}, \
         sbom: true, shm_size: 1k, ulimits: {core: 0}}",
        json!({"build": {
            "context": "/p", "dockerfile": "Dockerfile", "sbom": "true", "ssh": ["default", "k: /p/id"],
            "additional_contexts": {"b": "service:b", "d": "/p/d", "i": "docker-image://i"},
            "shm_size": "1024", "ulimits": {"core": {}},
        }}),
    );
    refused(
        "build: {additional_contexts: [n]}",
        "services.a.build.additional_contexts: invalid value n, expected key=value",
    );
    refused("build: {ulimits: {n: '5'}}", "services.a.build.ulimits.n: invalid type string for external");
    refused("build: {ssh: [k]}", "invalid ssh key \"k\"");
    refused(
        "build: {additional_contexts: {n: 'service:z'}}",
        "service \"a\" declares unknown service \"z\" as additional contexts n",
    );
    refused(
        "platform: linux/arm64, build: {platforms: [linux/amd64]}",
        "service.build.platforms MUST include service.platform \"linux/arm64\": invalid compose project",
    );
}

#[test]
fn models_and_providers() {
    check("models: [m]", json!({"models": {"m": null}}));
    check("models: {m: {endpoint_var: E}}", json!({"models": {"m": {"endpoint_var": "E"}}}));
    refused("models: [z]", "service \"a\" refers to undefined model z: invalid compose project");
    check(
        "provider: {type: t, options: {a: 1, b: [true, x], c: []}}",
        json!({"provider": {"type": "t", "options": {"a": ["1"], "b": ["true", "x"]}}}),
    );
}

#[test]
fn shares_of_block_devices_are_numbers_of_16_bits() {
    check("blkio_config: {weight: 70000}", json!({"blkio_config": {"weight": 4464}}));
    refused(
        "blkio_config: {weight: '3'}",
        "decoding failed due to the following error(s):\n\n'services[a].blkio_config.weight' \
         expected type 'uint16', got unconvertible type 'string'",
    );
    refused(
        "blkio_config: {device_read_bps: [{rate: 1zz}]}",
        "decoding failed due to the following error(s):\n\n'services[a].blkio_config.device_read_bps[0].Rate' \
         invalid suffix: 'zz'",
    );
}

#[test]
fn replicas_follow_the_scale() {
    check(
        "scale: 3, deploy: {mode: global}",
        json!({"deploy": {"mode": "global", "replicas": 3, "resources": {}, "placement": {}}, "scale": 3}),
    );
}

#[test]
fn sources_of_secrets_and_configs() {
    let check = |rest: &str, expected: &str| {
        let loaded = load_files(&[("compose.yaml", &format!("services: {{a: {{image: x}}}}\n{rest}"))]);
        let errors: Vec<&str> = loaded.diagnostics.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(errors, [expected]);
    };
    check("secrets: {s: {name: n}}", "secrets.s: one of file|environment must be set");
    check("secrets: {s: {file: f, environment: E}}", "secrets.s: file|environment attributes are mutually exclusive");
    check(
        "secrets: {s: {driver: d}}",
        "secret \"s\" must declare either `file` or `environment`: invalid compose project",
    );
    check("configs: {c: {}}", "configs.c: one of file|environment|content must be set");
}
