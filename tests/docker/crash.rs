//! `kill -9` at the worst moments: whoever starts next finishes what was begun, and touches nothing else.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand};

#[test]
fn what_went_while_the_daemon_was_dead_is_back_and_nothing_else_is_touched() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    stand.take_daemon().kill();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    engine::remove(side.id());
    stand.start_daemon();
    stand.successor("side", &side);
    stand.until_converged();
    assert_eq!(stand.container("db").life(), db.life());
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn what_was_edited_while_the_daemon_was_dead_is_applied() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    stand.take_daemon().kill();
    let (db, web) = (stand.container("db"), stand.container("web"));
    stand.write(&STACK.replace(":-hello", ":-good day"));
    stand.start_daemon();
    assert_eq!(stand.successor("web", &web).variable("GREETING").as_deref(), Some("good day"));
    stand.until_converged();
    assert_eq!(stand.container("db").life(), db.life());
}

#[test]
fn what_was_broken_while_the_daemon_was_dead_changes_nothing_and_what_is_missing_comes_back() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    stand.take_daemon().kill();
    let (db, side) = (stand.container("db"), stand.container("side"));
    stand.write("services: [");
    engine::remove(side.id());
    stand.start_daemon();
    stand.successor("side", &side);
    eventually("the mistake is told", || {
        stand.status()["findings"].as_array().filter(|all| !all.is_empty()).map(|_| ())
    });
    assert_eq!(stand.container("db").life(), db.life());
}

/// A service that takes its time to stop, so that there is a middle to be killed in.
const SLOW: &str = "services:
  slow:
    image: composed.local/box:1
    command: [sleep, infinity]
    environment: {VERSION: \"1\"}
    stop_signal: SIGTERM
    stop_grace_period: 2s
  side:
    image: composed.local/box:1
";

#[test]
fn a_recreate_that_was_killed_in_the_middle_is_finished() {
    let mut stand = Stand::with_daemon(SLOW);
    stand.up();
    let (slow, side) = (stand.container("slow"), stand.container("side"));
    stand.write(&SLOW.replace("\"1\"", "\"2\""));
    let provisional = format!("{}_{}", &slow.id()[..12], stand.name("slow"));
    eventually("the new one is there beside the old", || engine::container(&provisional));
    stand.take_daemon().kill();
    stand.start_daemon();
    let successor = stand.successor("slow", &slow);
    assert_eq!(successor.variable("VERSION").as_deref(), Some("2"));
    stand.until_converged();
    assert_eq!(stand.belongings().containers, [stand.name("side"), stand.name("slow")]);
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn a_daemon_that_dies_again_and_again_gets_there_in_the_end() {
    let mut stand = Stand::with_daemon(SLOW);
    stand.up();
    let slow = stand.container("slow");
    stand.take_daemon().kill();
    stand.write(&SLOW.replace("\"1\"", "\"2\""));
    // Each life ends as soon as the engine shows the next thing it did.
    let mut seen = stand.belongings().containers;
    for _ in 0..4 {
        stand.start_daemon();
        let now = eventually("it did something, or is done", || {
            let now = stand.belongings().containers;
            let is_done = stand.status()["phase"] == "converged" && stand.container("slow").id() != slow.id();
            (now != seen || is_done).then_some(now)
        });
        seen = now;
        stand.take_daemon().kill();
    }
    stand.start_daemon();
    let successor = stand.successor("slow", &slow);
    assert_eq!(successor.variable("VERSION").as_deref(), Some("2"));
    stand.until_converged();
    assert_eq!(stand.belongings().containers, [stand.name("side"), stand.name("slow")]);
}

#[test]
fn an_up_that_was_killed_in_the_middle_is_finished_by_the_next_daemon() {
    let mut stand = Stand::with_daemon(STACK);
    let up = support::programs::Running::start(&mut stand.command(&["up", "-d"]));
    eventually("something is there", || stand.find("db"));
    stand.take_daemon().kill();
    let ended = up.end();
    assert_eq!(ended.code, 1, "{ended}");
    stand.start_daemon();
    stand.until_converged();
    for service in ["db", "web", "side"] {
        assert!(stand.container(service).is_running(), "{service}");
    }
}

#[test]
fn a_down_that_was_killed_in_the_middle_is_finished_by_the_next_daemon() {
    let mut stand = Stand::with_daemon(SLOW);
    stand.up();
    let down = support::programs::Running::start(&mut stand.command(&["down"]));
    eventually("side is gone", || stand.find("side").is_none().then_some(()));
    stand.take_daemon().kill();
    assert_eq!(down.end().code, 1);
    stand.start_daemon();
    eventually("everything is gone", || {
        let left = stand.belongings();
        (left.containers.is_empty() && left.networks.is_empty()).then_some(())
    });
}

#[test]
fn a_ledger_that_is_lost_or_torn_stops_nothing_and_is_taken_from_labels() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    let before = ["db", "web", "side"].map(|service| stand.container(service).life());
    let ledger = stand.folder.join("composed/state/ledger.db");
    let told = |stand: &Stand| stand.status()["findings"].to_string().contains("the ledger was lost");
    for is_torn in [true, false] {
        stand.take_daemon().kill();
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", ledger.display()));
        }
        if is_torn {
            std::fs::write(&ledger, "this is no database, whatever it was once").unwrap();
        }
        stand.start_daemon();
        eventually("it is known again", || {
            let report = engine::ask_daemon(&stand.daemon().socket(), &format!("/v1/stacks/{}", stand.project))?;
            report["findings"].to_string().contains("the ledger was lost").then_some(())
        });
        eventually("it is only looked at", || (stand.status()["phase"] == "paused").then_some(()));
        let side = stand.container("side");
        assert_eq!(["db", "web", "side"].map(|service| stand.container(service).life()), before);
        // Whoever brings it up says what was lost, and it is kept again.
        stand.up();
        assert_eq!(stand.container("side").life(), side.life());
        assert!(!told(&stand));
    }
}

#[test]
fn orphans_that_an_up_was_to_remove_go_also_when_the_daemon_died_meanwhile() {
    let mut stand = Stand::with_daemon(SLOW);
    stand.up();
    let side = stand.container("side");
    stand.folder.write("after.yaml", &stand.text(&SLOW.replace("  slow:", "  calm:")));
    let args = ["-f", "after.yaml", "up", "-d", "--remove-orphans"];
    let up = support::programs::Running::start(&mut stand.command(&args));
    eventually("the new one is there", || stand.find("calm"));
    stand.take_daemon().kill();
    assert_eq!(up.end().code, 1);
    stand.start_daemon();
    eventually("the old one is gone", || stand.find("slow").is_none().then_some(()));
    stand.until_converged();
    assert_eq!(stand.belongings().containers, [stand.name("calm"), stand.name("side")]);
    assert_eq!(stand.container("side").life(), side.life());
}
