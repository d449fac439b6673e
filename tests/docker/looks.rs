//! The verbs that look, on a real engine: that they see what is there, with a daemon and without, and end as
//! docker compose's do.

use rustix::process::Signal;
use serde_json::Value;
use support::deadline::eventually;
use support::programs::Running;

use crate::engine;
use crate::stand::{STACK, Stand};

/// What a stack that runs shows to each verb.
fn check(stand: &Stand) {
    stand.up();
    let said = |args: &[&str]| stand.composectl(args).well().stdout;
    let row: Value = serde_json::from_str(&said(&["ps", "--format", "json", "db"])).unwrap();
    assert_eq!(
        (&row["Name"], &row["Health"], &row["LocalVolumes"]),
        (&stand.name("db").into(), &"healthy".into(), &"1".into())
    );
    let listed: Value =
        serde_json::from_str(&said(&["ls", "--format", "json", "--filter", &format!("name=^{}$", stand.project)]))
            .unwrap();
    assert_eq!((&listed[0]["Name"], &listed[0]["Status"]), (&stand.project.as_str().into(), &"running(3)".into()));
    let images: Value = serde_json::from_str(&said(&["images", "--format", "json", "web"])).unwrap();
    assert_eq!((&images[0]["Repository"], &images[0]["Tag"]), (&"composed.local/box".into(), &"1".into()));
    assert_eq!(images[0]["ContainerName"], stand.name("web"));
    assert_eq!(said(&["volumes", "-q"]), format!("{}_data\n", stand.project));
    assert_eq!(said(&["volumes", "-q", "web"]), "");
    let top = said(&["top", "web"]);
    assert!(top.starts_with("SERVICE  #  ") && top.contains("httpd -f -p 80"), "{top}");
    let mut names: Vec<String> =
        said(&["stats", "--no-stream", "--format", "{{.Name}}"]).lines().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["db", "side", "web"].map(|service| stand.name(service)));
    let version: Value = serde_json::from_str(&said(&["version", "-f", "json"])).unwrap();
    assert_eq!(version["version"], "v5.5.0");
}

#[test]
fn what_is_there_is_seen() {
    check(&Stand::new(STACK));
}

#[test]
fn what_is_there_is_seen_by_way_of_a_daemon() {
    check(&Stand::with_daemon(STACK));
}

#[test]
fn events_go_on_until_they_are_interrupted() {
    let stand = Stand::new(STACK);
    stand.up();
    let events = Running::start(&mut stand.command(&["events", "--json", "--since", "1h", "web"]));
    eventually("the past is told", || events.said().contains("\"start\"").then_some(()));
    engine::stop(stand.container("web").id());
    eventually("the end is told", || events.said().contains("\"die\"").then_some(()));
    events.signal(Signal::INT);
    let ended = events.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (130, ""));
    for line in ended.stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&event["service"], &event["type"]), (&"web".into(), &"container".into()));
        let attributes = event["attributes"].as_object().unwrap();
        assert!(attributes.keys().all(|key| !key.starts_with("com.docker.compose.")), "{line}");
    }
}

#[test]
fn events_of_the_past_end_with_an_error() {
    let stand = Stand::new(STACK);
    stand.up();
    let ended = stand.composectl(&["events", "--since", "1h", "--until", "0s", "side"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, "EOF\n"));
    assert!(ended.stdout.contains(" container start "), "{ended}");
}

#[test]
fn stats_go_on_until_they_are_interrupted() {
    let stand = Stand::new(STACK);
    stand.up();
    let stats = Running::start(&mut stand.command(&["stats", "--format", "{{.Name}}", "web"]));
    eventually("it is measured twice", || (stats.said().lines().count() >= 2).then_some(()));
    stats.signal(Signal::INT);
    assert_eq!(stats.end().code, 130);
}

/// Both end by themselves, long after somebody could begin to wait.
const ENDING: &str = "services:
  first:
    image: composed.local/box:1
    command: [sh, -c, \"sleep 5; exit 2\"]
  last:
    image: composed.local/box:1
    command: [sh, -c, \"sleep 7; exit 3\"]
";

#[test]
fn wait_ends_with_the_code_of_the_last() {
    let stand = Stand::new(ENDING);
    stand.composectl(&["up", "-d"]).well();
    let (first, last) = (stand.container("first"), stand.container("last"));
    let ended = stand.composectl(&["wait", "first", "last"]);
    let line = |id: &str, code: i32| format!("container \"{id}\" exited with status code {code}\n");
    assert_eq!((ended.code, ended.stdout), (3, line(first.id(), 2) + &line(last.id(), 3)));
    let again = stand.composectl(&["wait", "first"]);
    assert_eq!(again.to_string(), format!("exit 1\n--- stderr\nno containers for project \"{}\"\n", stand.project));
}

#[test]
fn wait_takes_the_project_down() {
    let stand = Stand::new(ENDING);
    stand.composectl(&["up", "-d"]).well();
    assert_eq!(stand.composectl(&["wait", "--down-project", "first"]).code, 2);
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks), (vec![], vec![]));
}
