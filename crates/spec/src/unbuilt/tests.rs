//! What may be looked at and not acted on.

use crate::load::tests::load_files;

/// The text loads; what of it is told as not built.
fn check(text: &str, expected: &[&str]) {
    let loaded = load_files(&[("compose.yaml", text)]);
    assert!(loaded.project.is_some(), "{text}: {:?}", loaded.diagnostics);
    let messages: Vec<&str> = loaded.unbuilt.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, expected, "{text}");
}

#[test]
fn keys_by_their_mark() {
    check(
        "services: {a: {image: x, build: {ssh: [default], privileged: true}}}",
        &["services.a.build.privileged is not supported yet", "services.a.build.ssh is not supported yet"],
    );
}

#[test]
fn keys_that_ask_for_nothing_are_left_alone() {
    check("services: {a: {image: x, pre_stop: [], build: {ssh: [], privileged: false}}}", &[]);
}

#[test]
fn services_that_are_not_enabled_are_left_alone() {
    check("services: {a: {image: x, profiles: [p], build: {privileged: true}}, b: {image: x}}", &[]);
}

#[test]
fn namespaces_and_volumes_of_another_service() {
    check(
        "services: {a: {image: x, network_mode: 'service:b', uts: 'service:b', volumes_from: [b:ro]}, b: {image: x}}",
        &["services.a.uts: service:b is not supported yet"],
    );
}

#[test]
fn secrets_and_configs_that_cannot_be_brought_in() {
    let text = "
services:
  a: {image: x, secrets: [f, v, o], configs: [t, g]}
  b: {image: x, read_only: true, secrets: [f], configs: [t]}
  c: {image: x, secrets: [{source: f, mode: 0400}]}
secrets: {f: {file: ./f}, v: {environment: V}, o: {external: true}}
configs: {t: {content: hello}, g: {file: g, template_driver: golang}}
";
    check(
        text,
        &[
            "environment variable \"V\" required by secret \"p_v\" is not set",
            "unsupported external secret o",
            "unsupported external config g",
            "cannot create config \"p_t\" in read-only service b: `file` is the sole supported option",
            "secrets `uid`, `gid` and `mode` are not supported, they will be ignored",
        ],
    );
}
