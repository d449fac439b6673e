//! An engine that takes its time. It is waited for, nothing is asked of it twice, and what does not hang together does
//! not wait for one another.

use std::time::Duration;

use support::deadline::{eventually, eventually_within};
use support::proxy::{Call, Fault, Request, at_once, each};

use super::Outage;
use crate::engine::Engine;
use crate::scenario::{Service, Stack};
use crate::site::{Mode, Site};

const fn service(name: &'static str) -> Service {
    Service { name, version: "1", replicas: 1, volumes: &[], scratch: false, after: None }
}

/// Services that have nothing to do with each other.
const APART: Stack = Stack { services: &[service("a"), service("b"), service("c"), service("d")], tier: "1" };

/// F11: five seconds a call.
#[test]
fn what_does_not_hang_together_is_asked_of_a_slow_engine_at_once_and_once() {
    let site = Site::new(&Engine::shared(), &Mode::Daemon);
    site.answering_daemon().expect("composed goes on");
    site.write("compose.yaml", &APART);
    let slow = |request: &Request| request.path != "/events";
    site.proxy.rules(vec![each(slow, Fault::Delay(Duration::from_secs(5)))]);
    let before = site.proxy.count();
    let up = site.start("compose.yaml", &["up", "-d"]);
    let code = eventually_within(Duration::from_secs(150), "up ends", || {
        assert!(site.ask("/v1/stacks").is_some(), "composed answers meanwhile");
        up.ended()
    });
    assert_eq!(code, 0, "{}", site.told());
    let changes = site.proxy.changes_since(before);
    let of = |end: &str| -> Vec<&Call> { changes.iter().filter(|call| call.request.path.ends_with(end)).collect() };
    let (creates, starts) = (of("/containers/create"), of("/start"));
    assert_eq!((creates.len(), starts.len()), (4, 4), "{}", site.told());
    assert_eq!(changes.len(), 9, "a network, and each of these once: {}", site.told());
    assert_eq!((at_once(creates), at_once(starts)), (4, 4), "{}", site.told());
}

/// F19: a registry that says nothing any more. The pull is given up and told; who was to be replaced serves on.
#[test]
fn a_pull_that_stalls_is_given_up_and_the_old_keeps_serving() {
    let outage = Outage::new(&Engine::shared());
    let is_pull = |request: &Request| request.path == "/images/create";
    let beginning = r#"{"status":"Pulling from absent","id":"1"}"#.to_owned();
    outage.site.proxy.rules(vec![each(is_pull, Fault::Silence(beginning))]);
    let text = super::SAME.before.expect("there is something").text(&outage.site.project);
    let side = format!("  side:\n    image: {}", crate::engine::BOX);
    assert!(text.contains(&side), "{text}");
    outage.site.folder.write("next.yaml", &text.replace(&side, "  side:\n    image: composed.local/absent:1"));
    let up = outage.site.start("next.yaml", &["up", "-d"]);
    let pulls = || outage.site.proxy.calls().iter().filter(|call| is_pull(&call.request)).count();
    eventually("it is pulled", || (pulls() == 1).then_some(()));
    let untouched = || {
        let wrong = outage.before.wrong(&outage.site.engine, &super::SAME, &outage.hashes);
        assert_eq!(wrong, Vec::<String>::new(), "{}", outage.site.told());
    };
    let told = eventually_within(Duration::from_secs(100), "it is given up and told", || {
        let failures = outage.answers()["failures"].to_string();
        failures.contains("pull").then_some(failures)
    });
    assert!(told.contains("composed.local/absent:1: no answer within 60 s"), "{told}");
    untouched();
    outage.site.proxy.rules(Vec::new());
    outage.site.proxy.drop_connections();
    assert_eq!(outage.site.run("compose.yaml", &["up", "-d"]), Ok(0), "{}", outage.site.told());
    let code = up.wait();
    assert!(matches!(code, Some(1 | 3)), "it was refused, or overtaken: {code:?} {}", outage.site.told());
    outage.is_as_before();
}
