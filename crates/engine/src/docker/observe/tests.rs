//! The engine's words for a container in ours.

use plan::Stamp;
use serde_json::{Value, json};

use super::*;

fn told(change: impl FnOnce(&mut Value)) -> Container {
    let mut inspected = json!({
        "Id": "ab", "Name": "/shop-web-1", "Created": "1970-01-01T00:00:01.5Z", "Path": "sh", "Args": ["-c", "a b"],
        "State": {"Status": "running", "Running": true, "StartedAt": "1970-01-01T00:00:02Z", "FinishedAt": "0001-01-01T00:00:00Z"},
        "Config": {"Image": "box:1", "Labels": null},
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped"}},
        "NetworkSettings": {"Networks": {"a": {"NetworkID": "n"}}, "Ports": null},
        "Mounts": [{"Type": "volume", "Name": "v", "Destination": "/d"}, {"Type": "bind", "Destination": "/b"}],
    });
    change(&mut inspected);
    container(serde_json::from_value(inspected).unwrap())
}

#[test]
fn a_container_is_told_in_our_words() {
    let seen = told(|_| {});
    assert_eq!(
        (seen.name.as_str(), seen.created, seen.command.as_str()),
        ("shop-web-1", Stamp(1_500_000_000), "sh -c 'a b'")
    );
    assert_eq!(seen.state, State::Running { started: Stamp(2_000_000_000) });
    assert!(seen.restarts_always && seen.labels.is_empty() && seen.health == Health::None);
    assert_eq!((seen.networks["a"].as_str(), seen.volumes.len(), seen.volumes["/d"].as_str()), ("n", 1, "v"));
}

#[test]
fn every_state_has_its_word() {
    let check = |status: &str, running: bool, expected| {
        let seen = told(|inspected| {
            let state = &mut inspected["State"];
            (state["Status"], state["Running"], state["ExitCode"]) = (status.into(), running.into(), 3.into());
            state["Error"] = "why".into();
        });
        assert_eq!(seen.state, expected, "{status}");
    };
    let (started, finished) = (Stamp(2_000_000_000), Stamp(0));
    check("created", false, State::Created { error: "why".into() });
    check("running", true, State::Running { started });
    check("paused", true, State::Paused);
    check("restarting", true, State::Restarting { code: 3 });
    check("exited", false, State::Exited { code: 3, started, finished, error: "why".into() });
    check("removing", false, State::Removing);
    check("dead", false, State::Dead);
    check("stopping", true, State::Running { started });
    check("stopped", false, State::Exited { code: 3, started, finished, error: "why".into() });
}

#[test]
fn health_is_the_checks_and_none_without_one() {
    for (status, expected) in [
        ("none", Health::None),
        ("starting", Health::Starting),
        ("healthy", Health::Healthy),
        ("unhealthy", Health::Unhealthy),
        ("feverish", Health::None),
    ] {
        assert_eq!(told(|inspected| inspected["State"]["Health"] = json!({"Status": status})).health, expected);
    }
}

#[test]
fn who_was_killed_for_its_memory_is_told() {
    assert!(told(|inspected| inspected["State"]["OOMKilled"] = json!(true)).out_of_memory);
    assert!(!told(|_| {}).out_of_memory);
}

#[test]
fn ports_read_as_docker_shows_them() {
    let seen = told(|inspected| {
        inspected["NetworkSettings"]["Ports"] = json!({
            "8080/tcp": null,
            "443/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8443"}, {"HostIp": "::", "HostPort": "8443"}],
            "80/udp": [],
        });
    });
    assert_eq!(seen.ports, ["80/udp", "0.0.0.0:8443->443/tcp", "[::]:8443->443/tcp", "8080/tcp"]);
}
