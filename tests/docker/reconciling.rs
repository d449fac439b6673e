//! Whether composed does anything by itself, and why something is not as asked for.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand};

#[test]
fn a_paused_stack_is_only_looked_at_until_it_is_resumed() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    let side = stand.container("side");
    stand.composectl(&["pause-reconcile"]).well();
    engine::remove(side.id());
    let status = eventually("it says what it would do", || {
        let status = stand.status();
        (status["pending"].as_array().is_some_and(|pending| !pending.is_empty())).then_some(status)
    });
    assert_eq!(status["phase"], "paused");
    let refused = stand.composectl(&["up", "-d"]);
    assert!(refused.code == 1 && refused.stderr.contains("is paused, so nothing is done"), "{refused}");
    // It is remembered.
    stand.take_daemon().kill();
    stand.start_daemon();
    eventually("the next daemon only looks too", || (stand.status()["phase"] == "paused").then_some(()));
    assert!(stand.find("side").is_none());
    stand.composectl(&["resume"]).well();
    stand.successor("side", &side);
    stand.until_converged();
}

#[test]
fn why_leads_from_what_waits_to_what_everything_hangs_on() {
    let stand = Stand::with_daemon(
        "services:
  db:
    image: composed.local/box:1
    command: [sh, -c, \"echo the disk is on fire; exit 3\"]
  api: {image: \"composed.local/box:1\", depends_on: {db: {condition: service_healthy}}}
  web: {image: \"composed.local/box:1\", depends_on: {api: {condition: service_healthy}}}
",
    );
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    let why = eventually("all of it is known", || {
        let why = stand.composectl(&["why", "web"]).well().stdout;
        (why.contains("the disk is on fire") && why.contains("(3)")).then_some(why)
    });
    let (web, db) = (why.find("web  ").unwrap(), why.find("db  ").unwrap());
    assert!(web < db, "{why}");
    let told: serde_json::Value =
        serde_json::from_str(&stand.composectl(&["why", "web", "--format", "json"]).well().stdout).unwrap();
    let names: Vec<&str> = told["links"].as_array().unwrap().iter().map(|l| l["service"].as_str().unwrap()).collect();
    assert_eq!(names, ["web", "api", "db"]);
    assert_eq!(told["links"][2]["containers"][0]["exit_code"], 3);
    let refused = stand.composectl(&["why", "nope"]);
    assert!(refused.code == 1 && refused.stderr.contains("no such service: nope"), "{refused}");
}

#[test]
fn without_a_daemon_there_is_nobody_to_ask() {
    let stand = Stand::new(STACK);
    for verb in [&["pause-reconcile"][..], &["resume"], &["why", "web"]] {
        assert_eq!(stand.composectl(verb).code, 3, "{verb:?}");
    }
}
