//! docker compose and composed see each other's containers as their own, and neither recreates the other's.

use std::process::Command;

use support::programs::{Ended, run};

use crate::engine;
use crate::stand::{STACK, Stand};

/// `docker compose` in the stand's folder; `None`, and said aloud, where there is none.
fn docker_compose(stand: &Stand, args: &[&str]) -> Option<Ended> {
    let version = Command::new("docker").args(["compose", "version", "--short"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no `docker compose` here");
        return None;
    }
    let mut command = Command::new("docker");
    command.arg("compose").args(args).current_dir(stand.folder.path()).env("DOCKER_HOST", engine::address());
    for name in ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "GREETING"] {
        command.env_remove(name);
    }
    Some(run(&mut command))
}

/// The services that `docker compose ps` lists, and whether it calls them running.
fn listed(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = text
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("a line is an object");
            (
                row["Service"].as_str().unwrap_or_default().to_owned(),
                row["State"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn docker_compose_lists_ours_as_its_own_and_takes_it_down() {
    let stand = Stand::new(STACK);
    stand.up();
    let Some(ps) = docker_compose(&stand, &["ps", "--format", "json"]) else { return };
    let running = ["db", "side", "web"].map(|service| (service.to_owned(), "running".to_owned()));
    assert_eq!(listed(&ps.well().stdout), running);
    docker_compose(&stand, &["down", "-v"]).unwrap().well();
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks, left.volumes), (vec![], vec![], vec![]));
}

/// A stack that docker compose made is taken over as it is.
fn check(text: &str) {
    let stand = Stand::new(text);
    stand.folder.write("html/index.html", "hello\n");
    let Some(up) = docker_compose(&stand, &["up", "-d", "--wait"]) else { return };
    up.well();
    let services = ["db", "web", "side"];
    let before = services.map(|service| stand.container(service).life());
    assert_eq!(stand.composectl(&["plan"]).well().stdout, "nothing to do\n");
    stand.up();
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    let mut stand = stand;
    stand.start_daemon();
    stand.up();
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    // What has to be made anew is made as it was, beside what stays.
    let web = stand.container("web");
    engine::remove(web.id());
    stand.successor("web", &web);
    stand.until_converged();
    assert_eq!(stand.container("db").life(), before[0]);
}

#[test]
fn a_stack_of_docker_compose_is_taken_over_without_recreating() {
    check(STACK);
}

#[test]
fn a_stack_of_docker_compose_with_binds_is_taken_over_without_recreating() {
    check(&STACK.replace(
        "    environment:\n",
        "    volumes:\n      - ./html:/www:ro\n      - {type: bind, source: ./html, target: /more}\n    environment:\n",
    ));
}
