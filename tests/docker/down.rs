//! `down`: dependents first, networks after containers, volumes only when that was said; with whatever is left
//! of a file. And data that survives everything else.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand};

#[test]
fn down_takes_everything_but_the_data_and_in_reverse_order() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let volume = format!("{}_data", stand.project);
    let ended = stand.composectl(&["down"]).well();
    assert_eq!(ended.stdout, "");
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks), (vec![], vec![]));
    assert_eq!(left.volumes, [volume.as_str()]);
    let events = engine::events(&stand.project, stand.began);
    let at =
        |what: String| events.iter().position(|event| *event == what).unwrap_or_else(|| panic!("{what}: {events:?}"));
    let web_died = at(format!("die {}", stand.name("web")));
    let db_died = at(format!("die {}", stand.name("db")));
    let network = at(format!("destroy {}_default", stand.project));
    assert!(web_died < db_died && db_died < network, "{events:?}");
    // Nothing is kept of it, and a second one is no mistake.
    assert!(stand.composectl(&["status"]).well().stdout.contains("composed keeps no stack"));
    insta::assert_snapshot!(stand.composectl(&["down"]).to_string(), @"exit 0");
    assert!(engine::has_volume(&volume));
}

#[test]
fn down_with_volumes_takes_the_data_too() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    stand.composectl(&["down", "-v"]).well();
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks, left.volumes), (vec![], vec![], vec![]));
}

#[test]
fn the_data_is_there_after_down_and_up() {
    let stand = Stand::with_daemon(&STACK.replace("exec sleep", "cat /data/born; exec sleep"));
    stand.up();
    let born = engine::log(stand.container("db").id());
    stand.composectl(&["down"]).well();
    stand.up();
    assert_eq!(engine::log(stand.container("db").id()), born);
}

#[test]
fn a_broken_file_keeps_nobody_from_taking_a_stack_down() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    stand.folder.write("compose.yaml", &stand.text("services: ["));
    let ended = stand.composectl(&["-p", &stand.project, "down"]);
    assert_eq!(ended.code, 0, "{ended}");
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks), (vec![], vec![]));
    assert_eq!(left.volumes.len(), 1);
}

#[test]
fn a_file_that_is_gone_keeps_nobody_from_taking_a_stack_down() {
    let stand = Stand::new(STACK);
    stand.up();
    std::fs::remove_file(stand.folder.join("compose.yaml")).unwrap();
    stand.composectl(&["-p", &stand.project, "down", "-v"]).well();
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks, left.volumes), (vec![], vec![], vec![]));
}

#[test]
fn an_anonymous_volume_survives_a_recreate() {
    const TEXT: &str = "services:
  db:
    image: composed.local/box:1
    command: [sh, -c, \"test -e /data/born || cat /proc/sys/kernel/random/uuid > /data/born; cat /data/born; exec sleep infinity\"]
    environment: {VERSION: \"1\"}
    volumes: [/data]
";
    let stand = Stand::with_daemon(TEXT);
    stand.up();
    let db = stand.container("db");
    let born = eventually("it says when it was born", || Some(engine::log(db.id())).filter(|log| !log.is_empty()));
    stand.write(&TEXT.replace("\"1\"", "\"2\""));
    let successor = stand.successor("db", &db);
    let again = eventually("it says so again", || Some(engine::log(successor.id())).filter(|log| !log.is_empty()));
    assert_eq!(again, born);
    stand.composectl(&["up", "-d", "--force-recreate"]).well();
    let third = stand.container("db");
    assert!(third.id() != successor.id());
    assert_eq!(eventually("and again", || Some(engine::log(third.id())).filter(|log| !log.is_empty())), born);
    // The engine takes a volume that was handed on for a named one, and leaves it here (as with docker compose).
    stand.composectl(&["down", "-v"]).well();
    let volume = third.0["Mounts"][0]["Name"].as_str().unwrap();
    engine::remove_volume(volume);
}

#[test]
fn an_anonymous_volume_goes_with_down_and_volumes_only() {
    const TEXT: &str = "services:\n  db:\n    image: composed.local/box:1\n    volumes: [/data]\n";
    let stand = Stand::with_daemon(TEXT);
    stand.up();
    let volume = |stand: &Stand| stand.container("db").0["Mounts"][0]["Name"].as_str().unwrap().to_owned();
    let first = volume(&stand);
    stand.composectl(&["down"]).well();
    assert!(engine::has_volume(&first), "data does not go by the way");
    engine::remove_volume(&first);
    stand.up();
    let second = volume(&stand);
    stand.composectl(&["down", "-v"]).well();
    assert!(!engine::has_volume(&second));
}

#[test]
fn down_leaves_what_is_not_in_the_file_and_says_so_unless_it_is_to_go_too() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    stand.write(&STACK.replace("  side:\n", "  other:\n"));
    eventually("it is applied", || stand.find("other").filter(|found| found.is_running()));
    stand.composectl(&["down"]);
    assert_eq!(stand.belongings().containers, [stand.name("side")]);
    stand.composectl(&["down", "--remove-orphans"]).well();
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks), (vec![], vec![]));
}

/// F50: whoever does not listen is given its grace, and all of them at the same time.
#[test]
fn those_that_ignore_their_end_are_given_their_grace_together() {
    const SERVICES: usize = 10;
    let service = |number: usize| {
        format!(
            "  s{number}:
    image: composed.local/box:1
    command: [sh, -c, \"trap '' TERM; touch /ready; while :; do sleep 1; done\"]
    healthcheck: {{test: [CMD, test, -e, /ready], interval: 0.3s}}
    stop_grace_period: 3s
"
        )
    };
    let stand = Stand::with_daemon(&format!("services:\n{}", (0..SERVICES).map(service).collect::<String>()));
    stand.up();
    stand.composectl(&["down"]).well();
    assert!(stand.belongings().containers.is_empty());
    // By what composed says of itself: how fast a busy engine comes to each is the engine's.
    let log = stand.daemon().log();
    let stops: Vec<&str> = log.lines().filter(|line| line.contains("action=\"stop\"")).collect();
    let begun = stops.iter().take_while(|line| line.contains("action started")).count();
    assert_eq!(begun, SERVICES, "all were asked before the first had ended: {stops:#?}");
}
