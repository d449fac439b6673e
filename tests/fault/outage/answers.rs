//! What happens to the engine's answers. The engine is shared; the harm is done on the way.

use std::time::Duration;

use support::proxy::{Events, Fault, Point, Request, each, nth};
use support::world::Dice;

use super::Outage;
use crate::engine::Engine;

fn outage() -> Outage {
    Outage::new(&Engine::shared())
}

fn is_list(request: &Request) -> bool {
    request.method == "GET" && request.path == "/containers/json"
}

fn is_events(request: &Request) -> bool {
    request.path == "/events"
}

/// Any answer but a stream's.
fn is_question(request: &Request) -> bool {
    request.method == "GET" && !is_events(request)
}

/// One of the stack goes while questions are answered badly; it comes back when they are answered well again, and
/// nothing else is touched.
fn survives(fault: Fault, matches: fn(&Request) -> bool) {
    let outage = outage();
    outage.site.proxy.rules(vec![each(matches, fault)]);
    // Every stream of events ends with its connection: all has to be asked for anew.
    outage.site.proxy.drop_connections();
    outage.noticed();
    outage.lose("side");
    outage.answers();
    outage.site.proxy.rules(Vec::new());
    outage.is_as_before_but("side");
}

/// F07, F33: bytes that are no JSON.
#[test]
fn garbage_is_no_answer() {
    survives(Fault::Garble, is_question);
}

/// F07: the connection ends within a body.
#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    survives(Fault::Truncate(20), is_question);
}

/// F07: the head came, the rest never does.
#[test]
fn an_answer_that_stalls_is_given_up() {
    survives(Fault::Stall(20), is_list);
}

/// F03: an engine that ended within a start can lose track of that container, and never starts it again. It was seen of
/// 20.10.24.
#[test]
fn a_container_that_the_engine_lost_track_of_is_made_anew() {
    let outage = outage();
    let mut lost: Option<String> = None;
    let message = "failed to create task for container: task 3fa0c9 already exists: unknown";
    outage.site.proxy.rules(vec![Box::new(move |request| {
        let is_start = request.method == "POST" && request.path.ends_with("/start");
        let is_lost = is_start && *lost.get_or_insert_with(|| request.path.clone()) == request.path;
        is_lost.then(|| Fault::Answer(500, message.to_owned()))
    })]);
    outage.lose("side");
    outage.is_as_before_but("side");
    let log = std::fs::read_to_string(outage.site.log()).unwrap_or_default();
    assert!(log.contains("the engine lost track of it and cannot start it"), "{log}");
}

/// F12: every question is refused.
#[test]
fn an_engine_that_refuses_to_say_what_there_is_decides_nothing() {
    survives(Fault::Answer(500, "something is broken".to_owned()), is_question);
    survives(Fault::Answer(503, "not now".to_owned()), is_question);
}

/// F12: a tenth of all calls fails, before or after their effect, or is refused.
#[test]
fn a_tenth_of_all_calls_fails_and_it_converges() {
    let outage = outage();
    let mut dice = Dice::new(crate::number::number("SEED", 1));
    outage.site.proxy.rules(vec![Box::new(move |request| {
        let faults = [
            Fault::Answer(500, "something is broken".to_owned()),
            Fault::Drop(Point::Before),
            Fault::Drop(Point::AfterEffect),
        ];
        (!is_events(request) && dice.chance(10)).then(|| dice.pick(&faults).clone())
    })]);
    outage.site.write("compose.yaml", &crate::scenario::TO_RIGHT.after.expect("there is something"));
    let outage = Outage { hashes: outage.site.hashes("compose.yaml"), ..outage };
    let code = outage.site.run("compose.yaml", &["up", "-d"]);
    let wrong = || outage.before.wrong(&outage.site.engine, &crate::scenario::TO_RIGHT, &outage.hashes);
    let right = outage.site.until_right(wrong);
    assert!(right.is_ok(), "{code:?} {}\n{}", right.unwrap_err(), outage.site.told());
    outage.site.proxy.rules(Vec::new());
    outage.becomes(&crate::scenario::TO_RIGHT, &outage.before);
}

/// F09: no event arrives; what went is found all the same.
#[test]
fn without_events_what_went_is_found() {
    events(Events::Dropped);
}

/// F09: every second event is lost.
#[test]
fn with_half_of_the_events_what_went_is_found() {
    events(Events::Halved);
}

/// F09: every event arrives twice; nothing happens twice.
#[test]
fn with_each_event_twice_everything_happens_once() {
    events(Events::Doubled);
}

fn events(what: Events) {
    let outage = outage();
    outage.site.proxy.rules(vec![each(is_events, Fault::Events(what))]);
    let listening = outage.site.proxy.count();
    outage.site.proxy.drop_connections();
    support::deadline::eventually("it listens again", || {
        outage.site.proxy.calls()[listening..].iter().any(|call| is_events(&call.request)).then_some(())
    });
    outage.lose("side");
    outage.is_as_before_but("side");
    let creates = |path: &Request| path.path == "/containers/create";
    let made = outage.site.proxy.changes_since(listening).iter().filter(|call| creates(&call.request)).count();
    assert_eq!(made, 1, "{}", outage.site.told());
}

/// F21: the engine's disk is full; what is replaced keeps running until its successor can be made.
#[test]
fn on_a_full_disk_the_old_keeps_running_until_there_is_room() {
    let outage = outage();
    let full = Fault::Answer(500, "write /var/lib/docker: no space left on device".to_owned());
    outage.site.proxy.rules(vec![each(|request| request.path == "/containers/create", full)]);
    outage.site.write("compose.yaml", &crate::scenario::TO_RIGHT.after.expect("there is something"));
    let hashes = outage.site.hashes("compose.yaml");
    assert_eq!(outage.site.run("compose.yaml", &["up", "-d"]), Ok(1), "{}", outage.site.told());
    outage.answers();
    let untouched = outage.before.wrong(&outage.site.engine, &super::SAME, &outage.hashes);
    assert_eq!(untouched, Vec::<String>::new(), "the old ones run on: {}", outage.site.told());
    outage.site.proxy.rules(Vec::new());
    let outage = Outage { hashes, ..outage };
    outage.becomes(&crate::scenario::TO_RIGHT, &outage.before);
}

/// F11: every call takes its time; that is no failure, and nothing is asked twice.
#[test]
fn an_engine_that_is_slow_is_waited_for() {
    let outage = outage();
    outage
        .site
        .proxy
        .rules(vec![each(|request: &Request| !is_events(request), Fault::Delay(Duration::from_millis(700)))]);
    let before = outage.site.proxy.count();
    outage.lose("side");
    outage.is_as_before_but("side");
    assert_eq!(outage.site.proxy.changes_since(before).len(), 2, "one create, one start: {}", outage.site.told());
}

/// F14: the engine says no to one call, as when somebody else was faster; it is looked at again.
#[test]
fn a_conflict_is_looked_at_again() {
    let outage = outage();
    let conflict = Fault::Answer(409, "Conflict. The name is already in use".to_owned());
    outage.site.proxy.rules(vec![nth(1, |request: &Request| request.path == "/containers/create", conflict)]);
    outage.lose("side");
    outage.is_as_before_but("side");
}
