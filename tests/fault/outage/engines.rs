//! What happens to the engine itself. Each test has one of its own.

use std::sync::Arc;

use rustix::process::Signal;

use super::Outage;
use crate::engine::Engine;

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
