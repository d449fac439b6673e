//! What is remarked on, and what is not.

use crate::load::tests::shown;
use crate::{MemoryFiles, Request};

fn check_files(files: &[(&str, &str)], expected: &[&str]) {
    let memory = files
        .iter()
        .fold(MemoryFiles::default(), |memory, (name, text)| memory.with(std::path::Path::new("/p").join(name), *text));
    let loaded = crate::check(&Request { working_dir: "/p".into(), ..Request::default() }, &memory);
    assert!(loaded.project.is_some(), "{}", shown(&loaded));
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|found| {
            let at = found.primary.as_ref().map(|label| loaded.sources.locate(label.span));
            let at = at.map(|at| format!("{}:{}:{}", at.file, at.line, at.column)).unwrap_or_default();
            assert!(found.help.is_some(), "{} has no remedy", found.code);
            assert!(super::LINTS.contains(&found.code), "{} is not listed", found.code);
            format!("{} {at}", found.code)
        })
        .collect();
    assert_eq!(found, expected, "{}", shown(&loaded));
}

/// The text is below `services:`.
fn check(text: &str, expected: &[&str]) {
    check_files(&[("compose.yaml", &format!("services:\n{text}"))], expected);
}

#[test]
fn images_without_a_version() {
    check(
        "  a: {image: nginx}\n  b: {image: 'reg:5000/x/y:latest'}\n",
        &["floating-image compose.yaml:2:14", "floating-image compose.yaml:3:14"],
    );
    check("  a: {image: 'nginx:1'}\n  b: {image: 'x@sha256:1'}\n  c: {image: c, build: .}\n", &[]);
}

#[test]
fn ports_that_everybody_reaches() {
    check(
        "  a:\n    image: 'x:1'\n    ports: ['80:80', '127.0.0.1:81:81', '90']\n",
        &["published-everywhere compose.yaml:4:13", "published-everywhere compose.yaml:4:41"],
    );
}

#[test]
fn ports_that_two_services_want() {
    let two =
        |a: &str, b: &str| format!("  a: {{image: 'x:1', ports: ['{a}']}}\n  b: {{image: 'x:1', ports: ['{b}']}}\n");
    check(&two("127.0.0.1:80:80", "127.0.0.1:80:81"), &["published-twice compose.yaml:3:29"]);
    check(
        &two("127.0.0.1:80:80", "80:81"),
        &["published-everywhere compose.yaml:3:29", "published-twice compose.yaml:3:29"],
    );
    check(&two("127.0.0.1:80:80", "127.0.0.2:80:80"), &[]);
    check(&two("127.0.0.1:80:80", "127.0.0.1:80:80/udp"), &[]);
}

#[test]
fn binds_of_nothing() {
    let text = "services:\n  a:\n    image: 'x:1'\n    volumes: ['./here:/a', './gone:/b', 'v:/c']\nvolumes: {v: {}}\n";
    check_files(&[("compose.yaml", text), ("here/x", "")], &["missing-bind-source compose.yaml:4:28"]);
}

#[test]
fn health_that_may_never_come() {
    let waits = "  a: {image: 'x:1', depends_on: {b: {condition: service_healthy}}}\n";
    let check_b = |b: &str, expected: &[&str]| check(&format!("{waits}  b: {{image: 'x:1'{b}}}\n"), expected);
    check_b("", &["doubtful-health compose.yaml:2:34"]);
    check_b(", healthcheck: {interval: 5s}", &["doubtful-health compose.yaml:2:34"]);
    check_b(", healthcheck: {disable: true}", &["unhealthy-never compose.yaml:2:34"]);
    check_b(", healthcheck: {test: [NONE]}", &["unhealthy-never compose.yaml:2:34"]);
    check_b(", healthcheck: {test: x}", &[]);
}

#[test]
fn dependencies_that_stay_down() {
    let pair = |a: &str, b: &str| format!("  a: {{image: 'x:1', depends_on: [b]{a}}}\n  b: {{image: 'x:1'{b}}}\n");
    check(&pair(", restart: always", ""), &["no-restart compose.yaml:3:3"]);
    check(&pair(", restart: always", ", restart: 'no'"), &["no-restart compose.yaml:3:30"]);
    check(&pair("", ""), &[]);
    check(&pair(", restart: always", ", restart: on-failure"), &[]);
    let job = "  a: {image: 'x:1', restart: always, depends_on: {b: {condition: service_completed_successfully}}}\n  b: {image: 'x:1'}\n";
    check(job, &[]);
}

#[test]
fn variables_that_nobody_asks_for() {
    let stack = "services: {a: {image: 'x:${TAG}', environment: [TOKEN]}}\n";
    check_files(
        &[("compose.yaml", stack), (".env", "TAG=1\nTOKEN=x\n# OLD=1\nexport TAGG=2\nCOMPOSE_PROFILES=a\nREST=$TAG\n")],
        &["unused-variable .env:4:8", "unused-variable .env:6:1"],
    );
    let whole = "services: {a: {image: 'x:1', env_file: .env}}\n";
    check_files(&[("compose.yaml", whole), (".env", "A=1\n")], &[]);
}

#[test]
fn dollars_in_files_of_variables() {
    check_files(
        &[("compose.yaml", "services: {a: {image: 'x:1', env_file: e}}\n"), ("e", "A=pa$word\nB='pa$word'\n")],
        &["env-file-dollar e:1:5"],
    );
}

#[test]
fn warnings_of_loading_are_remarks_too() {
    check_files(
        &[("compose.yaml", "version: '3'\nservices: {a: {image: 'x:$TAG', tty: 'yes', command: a ; b}}\n")],
        &[
            "unset-variable compose.yaml:2:26",
            "yaml-1.1-boolean compose.yaml:2:38",
            "obsolete-version compose.yaml:1:1",
            "command-cut compose.yaml:2:54",
        ],
    );
}
