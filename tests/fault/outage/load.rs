//! Far more happens than is of interest, and far more has to be done than can be done at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use support::deadline::{eventually, eventually_within};
use support::proxy::{Call, Fault, Flood, at_once, each};

use super::Outage;
use crate::api::text;
use crate::engine::Engine;
use crate::number::number;
use crate::site::{Mode, Site};

/// F10: thousands of events a second, of strangers and of a container of ours. They are no calls, and what is lost
/// meanwhile comes back.
#[test]
fn thousands_of_events_a_second_are_no_calls_and_what_is_lost_comes_back() {
    let outage = Outage::new(&Engine::shared());
    let api = outage.site.api();
    let own = text(&api.container(&format!("{}-web-1", outage.site.project))["Id"]);
    let event = |kind: &str, action: &str, id: &str, attributes: serde_json::Value| {
        json!({ "Type": kind, "Action": action, "Actor": { "ID": id, "Attributes": attributes }, "time": 1 })
            .to_string()
    };
    let of = |project: &str| json!({ "com.docker.compose.project": project, "name": "x" });
    let stranger = "f".repeat(64);
    let events = vec![
        event("container", "exec_start: true", &own, of(&outage.site.project)),
        event("container", "health_status: healthy", &own, of(&outage.site.project)),
        event("container", "die", &stranger, of("strangers")),
        event("container", "start", &stranger, json!({ "name": "x" })),
        event("network", "connect", &stranger, json!({ "name": "bridge", "container": stranger })),
        event("volume", "mount", "data", json!({ "container": stranger })),
    ];
    let flood = Flood { events: Arc::new(events), ..Flood::default() };
    let rule = Fault::Flood(flood.clone());
    outage.site.proxy.rules(vec![each(|request| request.path == "/events", rule)]);
    outage.site.proxy.drop_connections();
    let said = || flood.said.load(Ordering::Relaxed);
    eventually("it is under water", || (said() > 2000).then_some(()));
    let (count, before, began) = (outage.site.proxy.count(), said(), Instant::now());
    outage.lose("side");
    outage.is_as_before_but("side");
    eventually("ten thousand more", || (said() > before + 10_000).then_some(()));
    let (events, seconds) = (said() - before, began.elapsed().as_secs_f64());
    let calls = outage.site.proxy.calls().split_off(count);
    let lists = calls.iter().filter(|call| call.request.path == "/containers/json").count();
    println!("{events} events in {seconds:.1} s: {} calls, {lists} of them lists", calls.len());
    assert!(calls.len() * 20 < events, "{} calls for {events} events", calls.len());
    assert!((lists as f64) < 10.0 + 2.0 * seconds, "{lists} lists in {seconds} s");
}

/// How many calls of a kind are let through at a time.
const LANE: usize = 8;

/// A stack of two, one of which follows the other.
fn stack(project: &str) -> String {
    let image = crate::engine::BOX;
    format!("name: {project}\nservices:\n  a: {{image: \"{image}\"}}\n  b: {{image: \"{image}\", depends_on: [a]}}\n")
}

/// F56: many projects have everything to be done at the same moment. `PROJECTS=n` says how many.
#[test]
fn many_projects_at_once_are_bounded_and_none_waits_for_all_others() {
    let engine = Arc::new(Engine::start());
    let site = Site::new(&engine, &Mode::Daemon);
    let many = usize::try_from(number("PROJECTS", 12)).expect("a number of projects");
    let daemon = site.answering_daemon().expect("composed goes on");
    let projects: Vec<String> = (0..many).map(|number| format!("{}p{number}z", site.project)).collect();
    for project in &projects {
        site.folder.write(&format!("{project}/compose.yaml"), &stack(project));
    }
    for some in projects.chunks(LANE) {
        let ups: Vec<_> = some.iter().map(|name| site.start(&format!("{name}/compose.yaml"), &["up", "-d"])).collect();
        for up in ups {
            assert_eq!(up.wait(), Some(0), "{}", site.told());
        }
    }
    // Everything is gone while nobody looks.
    daemon.kill();
    let _ = daemon.wait();
    projects.iter().for_each(|project| site.api().remove_all(project));
    let count = site.proxy.count();
    site.answering_daemon().expect("composed goes on");
    let made = until_all_run(&site, &projects);
    is_bounded(&site.proxy.calls()[count..]);
    is_fair(&site.proxy.changes_since(count), &projects);
    // And all of it ends with the engine.
    engine.stop();
    eventually("it is noticed", || {
        let all = site.ask("/v1/stacks").expect("composed answers");
        all.as_array().into_iter().flatten().any(|stack| stack["phase"] != "converged").then_some(())
    });
    let count = site.proxy.count();
    engine.begin();
    let back = until_all_run(&site, &projects);
    is_bounded(&site.proxy.calls()[count..]);
    println!("{many} projects: {made}; {back} after their engine began anew");
    assert_eq!(site.api().names().len(), 2 * many);
}

/// Waits for every project, asking all the time; says how that went.
fn until_all_run(site: &Site, projects: &[String]) -> String {
    let (began, mut slowest) = (Instant::now(), Duration::ZERO);
    eventually_within(Duration::from_secs(240), "all of them run", || {
        let asked = Instant::now();
        let all = site.ask("/v1/stacks").unwrap_or_else(|| panic!("composed answers: {}", site.told()));
        slowest = slowest.max(asked.elapsed());
        let all = all.as_array().cloned().unwrap_or_default();
        let is_running = |stack: &&serde_json::Value| {
            let services = stack["services"].as_array().into_iter().flatten();
            stack["phase"] == "converged"
                && services.clone().count() == 2
                && services
                    .flat_map(|service| service["containers"].as_array())
                    .flatten()
                    .filter(|c| c["state"] == "running")
                    .count()
                    == 2
        };
        (all.iter().filter(is_running).count() == projects.len()).then_some(())
    });
    format!("all run after {:.1} s, the slowest answer took {} ms", began.elapsed().as_secs_f64(), slowest.as_millis())
}

fn is_bounded(calls: &[Call]) {
    let is_stream = |call: &&Call| call.request.path == "/events";
    let (changes, questions): (Vec<&Call>, Vec<&Call>) = calls
        .iter()
        .filter(|call| !is_stream(call) && call.answered.is_some())
        .partition(|call| call.request.changes());
    let (changes, questions) = (at_once(changes), at_once(questions));
    println!("{changes} changes and {questions} questions at once, at most, of {} calls", calls.len());
    assert!(changes <= LANE && questions <= LANE, "{changes} changes and {questions} questions at once");
    assert!(changes > 1, "and not one after the other");
}

/// When the last project has its first container, the others are not all done.
fn is_fair(changes: &[Call], projects: &[String]) {
    let creates: Vec<&Call> = changes.iter().filter(|call| call.request.path == "/containers/create").collect();
    let of = |project: &str| {
        creates.iter().filter(|call| call.request.query.contains(project)).map(|call| call.at).collect::<Vec<_>>()
    };
    let firsts = projects.iter().filter_map(|project| of(project).into_iter().min());
    let last = firsts.max().expect("something was made");
    let starts = |project: &str| {
        let starts = changes.iter().filter(|call| call.request.path.ends_with("/start") && call.at < last);
        starts.filter(|call| call.request.path.contains(project)).count()
    };
    let done = projects.iter().filter(|project| starts(project) == 2).count();
    println!("{done} of {} were done when the last one began", projects.len());
    assert!(done * 2 < projects.len(), "{done} of {} were done when the last one began", projects.len());
}
