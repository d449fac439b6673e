//! What happens to the engine itself. Each test has one of its own.

use std::sync::Arc;

use rustix::process::Signal;

use support::deadline::eventually;
use support::proxy::{Fault, Request, each};

use super::Outage;
use crate::engine::Engine;
use crate::scenario::TO_RIGHT;

/// F06: it accepts connections and answers nobody.
#[test]
fn an_engine_that_hangs_is_waited_for_and_nothing_is_touched() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    engine.signal(Signal::STOP);
    outage.noticed();
    outage.answers();
    engine.signal(Signal::CONT);
    outage.is_as_before();
}

/// F06, M1: what was asked for while it hung happens once.
#[test]
fn what_is_asked_of_an_engine_that_hangs_is_done_once_when_it_goes_on() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    outage.lose("side");
    engine.signal(Signal::STOP);
    outage.noticed();
    engine.signal(Signal::CONT);
    outage.is_as_before_but("side");
}

/// F04: `kill -9`, its socket left behind, its containers gone on or not.
#[test]
fn an_engine_that_was_killed_is_waited_for_and_what_ended_with_it_is_back() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    engine.kill();
    outage.noticed();
    outage.answers();
    engine.begin();
    outage.is_back();
}

/// F03: a graceful restart ends every container; all of them are desired, so all of them come back, in order.
#[test]
fn an_engine_that_was_restarted_has_its_stack_back() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    engine.stop();
    outage.noticed();
    outage.answers();
    engine.begin();
    outage.is_back();
}

/// F04: nobody was there when it was killed, and nothing is in its events that would tell.
#[test]
fn what_ended_with_an_engine_while_nobody_looked_is_back() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    outage.kill_daemon();
    engine.kill();
    engine.begin();
    assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    outage.is_back();
}

/// F04, F01: what ended with it could not be started at once, and whoever saw it end is dead when it can.
#[test]
fn what_could_not_be_started_after_an_engine_ended_is_remembered() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    let is_start = |request: &Request| request.path.ends_with("/start");
    let refusal = Fault::Answer(500, r#"{"message": "not now"}"#.to_owned());
    outage.site.proxy.rules(vec![each(is_start, refusal)]);
    engine.kill();
    outage.noticed();
    engine.begin();
    // The first heard its end, the second knows of it from the ledger; by the third it is history.
    for _ in 0..3 {
        let count = outage.site.proxy.count();
        let tried = || outage.site.proxy.changes_since(count).iter().any(|call| is_start(&call.request));
        eventually("it tries to start what ended", || tried().then_some(()));
        outage.kill_daemon();
        assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    }
    outage.site.proxy.rules(Vec::new());
    outage.is_back();
}

/// F04: composed has heard nothing since it began.
#[test]
fn an_engine_that_was_killed_before_it_said_anything_has_its_stack_back() {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    outage.kill_daemon();
    assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    eventually("it has found all well", || (outage.answers()["phase"] == "converged").then_some(()));
    engine.kill();
    engine.begin();
    outage.is_back();
}

/// F03, F04: an engine without a default network has no name for its lives; then what it remembers tells them apart.
#[test]
fn an_engine_without_a_name_for_its_lives_is_told_apart_by_what_it_remembers() {
    for end in [Engine::kill, Engine::stop] {
        let engine = Arc::new(Engine::with_settings(r#"{"bridge": "none"}"#));
        let outage = Outage::new(&engine);
        end(&engine);
        outage.noticed();
        engine.begin();
        outage.is_back();
    }
}

/// F08: another engine answers at the same place; nothing is done to it until somebody says so.
#[test]
fn another_engine_in_its_place_is_only_looked_at_until_somebody_says_so() {
    let (engine, other) = (Arc::new(Engine::start()), Engine::start());
    let outage = Outage::new(&engine);
    let count = outage.site.proxy.count();
    // Engines of one machine may share a name (20.10: /etc/docker/key.json); this one has its own.
    let lead_to_other = || {
        let name = Fault::Says(r#"{"ID": "another"}"#.to_owned());
        outage.site.proxy.rules(vec![each(|request| request.path == "/info", name)]);
        outage.site.proxy.lead_to(&other.address());
    };
    lead_to_other();
    let caution = || outage.answers()["findings"].to_string().contains("another engine answers");
    eventually("it is told", || caution().then_some(()));
    eventually("it is only looked at", || (outage.answers()["phase"] == "paused").then_some(()));
    let stopped = outage.site.run("compose.yaml", &["stop"]);
    assert_eq!(stopped, Ok(1), "{}", outage.site.told());
    outage.site.quiet(super::QUIET).expect("nothing is done");
    assert!(outage.site.proxy.changes_since(count).is_empty(), "{}", outage.site.told());
    // The former one comes back, and all is as it was.
    outage.site.proxy.rules(Vec::new());
    outage.site.proxy.lead_to(&engine.address());
    eventually("it is kept true again", || (outage.answers()["phase"] == "converged").then_some(()));
    outage.lose("side");
    outage.is_as_before_but("side");
    // Whoever brings it up means the engine that is there.
    lead_to_other();
    eventually("it is told again", || caution().then_some(()));
    assert_eq!(outage.site.run("compose.yaml", &["up", "-d"]), Ok(0), "{}", outage.site.told());
    assert!(!caution(), "{}", outage.site.told());
    let there = crate::api::Api::new(&other.address()).container(&format!("{}-web-1", outage.site.project));
    assert_eq!(there["State"]["Running"], true, "{}", outage.site.told());
}

/// F05: containers outlive an engine with `live-restore`, so nothing is started again.
#[test]
fn what_outlived_its_engine_is_not_touched() {
    let engine = Arc::new(Engine::with_settings(r#"{"live-restore": true}"#));
    let outage = Outage::new(&engine);
    engine.kill();
    outage.noticed();
    engine.begin();
    outage.is_as_before();
}

/// F21: its disk is full. Who runs goes on, what cannot be made is told, and made once there is room.
#[test]
fn on_a_full_disk_of_the_engine_the_old_serve_until_there_is_room() {
    let engine = Arc::new(Engine::on_a_disk_of("64m"));
    let disk = engine.disk.as_ref().expect("it has one");
    let outage = Outage::new(&engine);
    outage.site.write("right.yaml", &TO_RIGHT.after.expect("there is something"));
    let hashes = outage.site.hashes("right.yaml");
    disk.fill();
    assert_eq!(outage.site.run("right.yaml", TO_RIGHT.verb), Ok(1), "{}", outage.site.told());
    let failures = outage.answers()["failures"].to_string();
    assert!(failures.contains("no space left on device"), "{failures}");
    let untouched = outage.before.wrong(&outage.site.engine, &super::SAME, &outage.hashes);
    assert_eq!(untouched, Vec::<String>::new(), "the old ones run on: {}", outage.site.told());
    disk.empty();
    let outage = Outage { hashes, ..outage };
    outage.becomes(&TO_RIGHT, &outage.before);
}

/// Brings up another file, ends the engine by `end` when some of it is done, and starts it again.
fn in_the_middle_of_an_up(end: fn(&Engine)) {
    let engine = Arc::new(Engine::start());
    let outage = Outage::new(&engine);
    outage.site.write("right.yaml", &TO_RIGHT.after.expect("there is something"));
    let hashes = outage.site.hashes("right.yaml");
    let began = outage.site.proxy.count();
    let up = outage.site.start("right.yaml", TO_RIGHT.verb);
    eventually("some of it is done", || (outage.site.proxy.changes_since(began).len() >= 4).then_some(()));
    end(&engine);
    outage.answers();
    engine.begin();
    // It may have given up, and the daemon has not.
    let code = up.wait();
    assert!(matches!(code, Some(0 | 1)), "up ended with {code:?}: {}", outage.site.told());
    let outage = Outage { hashes, ..outage };
    outage.becomes(&TO_RIGHT, &outage.before);
}

/// F04, within an `up`.
#[test]
fn an_up_goes_on_when_its_engine_was_killed() {
    in_the_middle_of_an_up(Engine::kill);
}

/// F03, within an `up`.
#[test]
fn an_up_goes_on_when_its_engine_was_restarted() {
    in_the_middle_of_an_up(Engine::stop);
}
