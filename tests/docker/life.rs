//! The verbs and flags that make, start, scale and take away, with a daemon and without one.

use crate::engine;
use crate::stand::{STACK, Stand, both};

const CHAIN: &str = "services:
  db: {image: \"composed.local/box:1\"}
  web: {image: \"composed.local/box:1\", depends_on: [db]}
";

#[test]
fn what_is_created_runs_once_it_is_started() {
    both(CHAIN, |stand| {
        assert_eq!(stand.composectl(&["start"]).code, 1);
        stand.composectl(&["create"]).well();
        let statuses = || ["db", "web"].map(|service| stand.container(service).status().to_owned());
        assert_eq!(statuses(), ["created", "created"]);
        stand.composectl(&["start"]).well();
        assert_eq!(statuses(), ["running", "running"]);
        let lives = ["db", "web"].map(|service| stand.container(service).life());
        stand.composectl(&["create"]).well();
        stand.composectl(&["create", "--force-recreate", "web"]).well();
        assert_eq!(stand.container("db").life(), lives[0]);
        assert_eq!(statuses(), ["running", "created"]);
    });
}

#[test]
fn without_dependencies_nobody_else_is_made() {
    both(CHAIN, |stand| {
        stand.composectl(&["up", "-d", "--no-deps", "web"]).well();
        assert!(stand.container("web").is_running() && stand.find("db").is_none());
        assert_eq!(stand.container("web").label("com.docker.compose.depends_on"), "");
    });
}

#[test]
fn one_service_is_scaled_and_the_others_stay_as_they_were_scaled() {
    both(CHAIN, |stand| {
        stand.up();
        stand.composectl(&["scale", "db=2"]).well();
        stand.composectl(&["scale", "web=3", "--no-deps"]).well();
        assert_eq!(stand.belongings().containers.len(), 5);
        assert_eq!(stand.composectl(&["scale", "web"]).code, 1);
        stand.composectl(&["scale", "web=0", "--no-deps"]).well();
        assert_eq!(stand.belongings().containers.len(), 2);
    });
}

#[test]
fn a_service_that_is_taken_down_stays_away_and_the_others_stay() {
    both(STACK, |stand| {
        stand.up();
        let db = stand.container("db").life();
        stand.composectl(&["down", "web"]).well();
        assert!(stand.find("web").is_none());
        assert_eq!(stand.container("db").life(), db);
        stand.composectl(&["up", "-d", "db"]).well();
        assert!(stand.find("web").is_none());
        stand.up();
        assert!(stand.container("web").is_running());
    });
}

#[test]
fn who_follows_restarts_is_restarted_too_unless_told_otherwise() {
    let stack = "services:
  db: {image: \"composed.local/box:1\"}
  web: {image: \"composed.local/box:1\", depends_on: {db: {condition: service_started, restart: true}}}
";
    both(stack, |stand| {
        stand.up();
        let before = stand.container("web").life();
        stand.composectl(&["restart", "-t", "0", "--no-deps", "db"]).well();
        assert_eq!(stand.container("web").life(), before);
        stand.composectl(&["restart", "-t", "0", "db"]).well();
        assert_ne!(stand.container("web").life(), before);
    });
}

#[test]
fn a_service_that_ends_at_once_is_not_up() {
    let stack = "services: {shot: {image: \"composed.local/box:1\", command: [sh, -c, 'exit 0']}}\n";
    both(stack, |stand| {
        let ended = stand.composectl(&["up", "--wait"]);
        assert_eq!((ended.code, ended.stderr.contains("exited (0)")), (1, true), "{ended}");
    });
}

#[test]
fn what_waited_for_a_one_shot_waits_for_it_again() {
    let stack = "services:
  init: {image: \"composed.local/box:1\", command: [sh, -c, 'sleep 0.5']}
  web: {image: \"composed.local/box:1\", depends_on: {init: {condition: service_completed_successfully}}}
";
    both(stack, |stand| {
        stand.composectl(&["up", "-d"]).well();
        let before = stand.container("init").life();
        stand.composectl(&["up", "-d", "web"]).well();
        let init = stand.container("init");
        assert_eq!(init.status(), "exited");
        assert_ne!(init.life(), before);
    });
}

#[test]
fn the_data_of_a_changed_volume_is_lost_with_consent_alone() {
    let stack = |label: &str| {
        format!(
            "services: {{a: {{image: \"composed.local/box:1\", volumes: ['data:/d']}}}}\nvolumes: {{data: {{labels: {{l: {label}}}}}}}\n"
        )
    };
    both(&stack("one"), |stand| {
        stand.composectl(&["up", "-d"]).well();
        engine::exec(stand.container("a").id(), &["sh", "-c", "echo kept > /d/f"]);
        stand.write(&stack("two"));
        stand.composectl(&["up", "-d"]).well();
        let read = || stand.composectl(&["exec", "-T", "a", "cat", "/d/f"]);
        assert_eq!(read().stdout, "kept\n");
        stand.composectl(&["up", "-d", "-y"]).well();
        assert_eq!(read().code, 1);
        stand.composectl(&["down", "-v"]).well();
    });
}

const TWO_ENDS: &str = "services:
  one: {image: \"composed.local/box:1\", command: [sh, -c, 'echo from one; echo bad >&2']}
  two: {image: \"composed.local/box:1\", command: [sh, -c, 'echo from two; sleep 300; exit 3']}
";

#[test]
fn an_up_that_stays_shows_the_output_and_ends_with_its_containers() {
    both(TWO_ENDS, |stand| {
        let ended = stand.composectl(&["up", "--no-color", "--attach", "one"]);
        assert_eq!(ended.code, 0, "{ended}");
        assert_eq!(ended.stdout, "Attaching to one-1\none-1  | from one\n\r\u{1b}[Kone-1 exited with code 0\n");
        assert!(ended.stderr.lines().any(|line| line == "one-1  | bad"), "{ended}");
        assert!(stand.container("two").is_running());
    });
}

#[test]
fn the_first_to_end_ends_the_others_and_gives_the_exit_code() {
    both(TWO_ENDS, |stand| {
        let ended = stand.composectl(&["up", "-t", "0", "--abort-on-container-exit"]);
        assert_eq!(ended.code, 0, "{ended}");
        assert_eq!(stand.container("two").status(), "exited");
        let ended = stand.composectl(&["up", "-t", "0", "--exit-code-from", "two"]);
        assert_eq!(ended.code, 137, "{ended}");
        assert_eq!(stand.composectl(&["up", "-d", "--abort-on-container-exit"]).code, 1);
    });
}

#[test]
fn a_restart_says_what_it_does_not_apply_and_applies_it_when_asked() {
    let stand = Stand::new(STACK);
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    stand.write(&STACK.replace(":-hello", ":-good day"));
    let ended = stand.composectl(&["restart", "web"]).well();
    let told = "service web: configuration changed since its container was made";
    assert!(ended.stderr.contains(told), "{ended}");
    assert_eq!(stand.container("web").id(), web.id());
    let ended = stand.composectl(&["restart", "--apply"]).well();
    assert!(!ended.stderr.contains("changed since"), "{ended}");
    assert_eq!(stand.container("web").variable("GREETING").as_deref(), Some("good day"));
    for (service, before) in [("db", db), ("side", side)] {
        let now = stand.container(service);
        assert!(now.id() == before.id() && now.life() != before.life(), "{service}");
    }
    let ended = stand.composectl(&["restart"]).well();
    assert!(!ended.stderr.contains("changed since"), "{ended}");
}

#[test]
fn a_restart_without_those_who_follow_stays_so_for_the_next_daemon() {
    let mut stand = Stand::with_daemon(
        "services:
  db: {image: \"composed.local/box:1\"}
  web: {image: \"composed.local/box:1\", depends_on: {db: {condition: service_started, restart: true}}}
",
    );
    stand.up();
    let web = stand.container("web");
    stand.composectl(&["restart", "--no-deps", "db"]).well();
    stand.until_converged();
    stand.take_daemon().kill();
    stand.start_daemon();
    stand.until_converged();
    assert_eq!(stand.container("web").life(), web.life());
}
