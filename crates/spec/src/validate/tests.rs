//! What does not fit together, in docker compose's words.

use crate::load::tests::{load_files, shown};

fn check(text: &str, expected: &[&str]) {
    let loaded = load_files(&[("compose.yaml", text)]);
    let messages: Vec<&str> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, expected, "{text}");
    assert_eq!(loaded.project.is_none(), !expected.is_empty());
}

/// The text is the body of service `a`, which has an image.
fn check_service(text: &str, expected: &[&str]) {
    check(&format!("services: {{a: {{image: x, {text}}}}}"), expected);
}

fn shown_of(text: &str) -> String {
    shown(&load_files(&[("compose.yaml", text)]))
}

#[test]
fn references_to_nothing() {
    let text = "services:\n  web:\n    image: x\n    networks: [frnt]\n    volumes: ['dta:/d']\n    depends_on: [dbb]\n  db: {image: x}\nnetworks: {front: {}}\nvolumes: {data: {}}\n";
    insta::assert_snapshot!(shown_of(text), @r#"
    error[undefined-network]: service "web" refers to undefined network frnt: invalid compose project
     --> compose.yaml:4:16
      |
    4 |     networks: [frnt]
      |                ^^^^ no network named `frnt`
      |
      = help: a network with a similar name is defined: `front`

    error[undefined-service]: service "web" depends on undefined service "dbb": invalid compose project
     --> compose.yaml:6:18
      |
    6 |     depends_on: [dbb]
      |                  ^^^ no service named `dbb`
      |
      = help: a service with a similar name is defined: `db`

    error[undefined-volume]: service "web" refers to undefined volume dta: invalid compose project
     --> compose.yaml:5:15
      |
    5 |     volumes: ['dta:/d']
      |               ^^^^^^^^ no volume named `dta`
      |
      = help: a volume with a similar name is defined: `data`
    "#);
}

#[test]
fn a_service_that_nothing_can_be_made_from() {
    insta::assert_snapshot!(shown_of("services:\n  web:\n    ports: ['80:80']\n"), @r#"
    error[no-image]: service "web" has neither an image nor a build context specified: invalid compose project
     --> compose.yaml:2:3
      |
    2 |   web:
      |   ^^^ nothing to make a container from
      |
      = help: add `image:` or `build:`
    "#);
}

#[test]
fn services_that_wait_for_each_other() {
    let text = "services:\n  a: {image: x, depends_on: [b]}\n  b:\n    image: x\n    depends_on:\n      c: {condition: service_healthy}\n  c: {image: x, depends_on: [b]}\n";
    insta::assert_snapshot!(shown_of(text), @r#"
    error[dependency-cycle]: dependency cycle detected: b -> c -> b
     --> compose.yaml:6:7
      |
    6 |       c: {condition: service_healthy}
      |       ^ `b` waits for `c`
    7 |   c: {image: x, depends_on: [b]}
      |                              - `c` waits for `b`
      |
      = help: remove one of these entries: none of the services could ever start
    "#);
}

#[test]
fn dependencies_that_a_profile_leaves_out() {
    let text = |required| {
        format!(
            "services: {{a: {{image: x, depends_on: {{b: {{condition: service_started, required: {required}}}}}}}, b: {{image: x, profiles: [p]}}}}"
        )
    };
    check(&text("true"), &["service \"a\" depends on undefined service \"b\": invalid compose project"]);
    check(&text("false"), &[]);
}

#[test]
fn keys_that_exclude_each_other() {
    check_service(
        "network_mode: host, networks: [default]",
        &["service a declares mutually exclusive `network_mode` and `networks`: invalid compose project"],
    );
    check_service(
        "build: {context: ., dockerfile: a, dockerfile_inline: b}",
        &["service \"a\" declares mutualy exclusive dockerfile and dockerfile_inline: invalid compose project"],
    );
    check_service(
        "scale: 2, deploy: {replicas: 3}",
        &["services.a: can't set distinct values on 'scale' and 'deploy.replicas': invalid compose project"],
    );
    check_service(
        "cpus: 0.1, deploy: {resources: {limits: {pids: 10}}}",
        &[
            "services.a: can't set distinct values on 'cpus' and 'deploy.resources.limits.cpus': invalid compose project",
        ],
    );
    check_service("mem_limit: 1g, deploy: {resources: {limits: {memory: 1024m}}}", &[]);
}

#[test]
fn one_name_for_two_containers() {
    check_service(
        "container_name: foo, scale: 2",
        &["services.scale: can't set container_name and a as container name must be unique: invalid compose project"],
    );
    check(
        "services: {a: {image: x, container_name: foo}, b: {image: x, container_name: foo}}",
        &["services.b: container name \"foo\" is already in use by service {}\""],
    );
}

#[test]
fn checks_and_mounts() {
    check_service(
        "healthcheck: {test: [curl, x]}",
        &["healthcheck.test must start either by \"CMD\", \"CMD-SHELL\" or \"NONE\""],
    );
    check_service("healthcheck: {test: curl x}", &[]);
    check_service(
        "volumes: [/x], tmpfs: ['/x:size=1m']",
        &["services.a.volumes[0]: target /x already mounted as services.a.tmpfs[0]"],
    );
    check_service(
        "volumes: [{type: bind, target: /x}]",
        &["invalid mount config for type \"bind\": field Source must not be empty"],
    );
}

#[test]
fn a_network_is_no_extension() {
    check(
        "services: {a: {image: x, networks: [x-n]}}\nnetworks: {x-n: {}}",
        &["service \"a\" refers to undefined network #extensions: invalid compose project"],
    );
}
