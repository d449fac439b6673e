//! The end of a daemon is not the end of what it keeps.

use rustix::process::Signal;
use support::deadline::eventually;
use support::programs::{command, run};

use crate::engine;
use crate::stand::{STACK, Stand};

#[test]
fn a_terminated_daemon_ends_with_0_and_containers_keep_running() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    let services = ["db", "web", "side"];
    let before = services.map(|service| stand.container(service).life());
    assert_eq!(stand.take_daemon().stop(), 0);
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    assert!(services.iter().all(|service| stand.container(service).is_running()));
    stand.start_daemon();
    stand.until_converged();
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    assert_eq!(stand.status()["generation"], 1);
}

#[test]
fn a_daemon_that_is_terminated_in_the_middle_leaves_it_to_the_next() {
    let slow = STACK.replace(
        "command: [httpd, -f, -p, \"80\"]",
        "command: [sleep, infinity]\n    stop_signal: SIGTERM\n    stop_grace_period: 2s",
    );
    let mut stand = Stand::with_daemon(&slow);
    stand.up();
    let web = stand.container("web");
    stand.write(&slow.replace(":-hello", ":-good day"));
    let provisional = format!("{}_{}", &web.id()[..12], stand.name("web"));
    eventually("the new one is there beside the old", || engine::container(&provisional));
    assert_eq!(stand.take_daemon().stop(), 0);
    stand.start_daemon();
    let successor = stand.successor("web", &web);
    assert_eq!(successor.variable("GREETING").as_deref(), Some("good day"));
    stand.until_converged();
    assert_eq!(stand.belongings().containers.len(), 3);
}

#[test]
fn a_client_that_waits_is_told_that_the_daemon_ended() {
    let never = STACK.replace("test: [CMD, test, -e, /tmp/ready]", "test: [CMD, test, -e, /tmp/never]");
    let mut stand = Stand::with_daemon(&never);
    let up = support::programs::Running::start(&mut stand.command(&["up", "--wait"]));
    eventually("web waits for db", || {
        let pending = stand.status()["pending"].clone();
        let waits = pending.as_array()?.iter().any(|step| step["waits"].as_array().is_some_and(|all| !all.is_empty()));
        waits.then_some(())
    });
    assert_eq!(stand.take_daemon().stop(), 0);
    let ended = up.end();
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains("composed ended the connection"), "{ended}");
}

#[test]
fn a_hang_up_reads_the_files_again() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    stand.daemon().signal(Signal::HUP);
    eventually("it goes on", || Some(stand.status()).filter(|status| status["phase"] == "converged"));
    assert_eq!(stand.status()["generation"], 1);
}

#[test]
fn several_stacks_are_kept_side_by_side() {
    let stand = Stand::with_daemon(STACK);
    let other = Stand::new("services:\n  side: {image: \"composed.local/box:1\"}\n");
    stand.up();
    let file = other.folder.join("compose.yaml").display().to_string();
    stand.composectl(&["-f", &file, "up", "-d"]).well();
    let text = stand.composectl(&["status"]).well().stdout;
    assert!(text.contains(&stand.project) && text.contains(&other.project), "{text}");
    let json = stand.composectl(&["status", "--format", "json", &stand.project]).well().stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), serde_json::json!([stand.status()]));
    let (web, side) = (stand.container("web"), other.container("side"));
    engine::remove(side.id());
    other.successor("side", &side);
    assert_eq!(stand.container("web").life(), web.life());
    stand.composectl(&["-f", &file, "down"]).well();
    assert_eq!(other.belongings().containers, [""; 0]);
    assert!(stand.container("web").is_running());
}

#[test]
fn who_may_only_look_changes_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut stand = Stand::new(STACK);
    let read = stand.folder.join("read.sock");
    stand.folder.write("composed/composed.yaml", &format!("read_socket: {}\n", read.display()));
    stand.start_daemon();
    for socket in [&read, &stand.daemon().socket()] {
        assert_eq!(std::fs::metadata(socket).unwrap().permissions().mode() & 0o777, 0o660, "{}", socket.display());
    }
    stand.up();
    let ask = |verb: &[&str]| {
        let mut asked = command("composectl", &stand.folder);
        run(asked.env("COMPOSED_SOCKET", &read).args(verb))
    };
    let web = stand.container("web");
    for verb in [&["status"][..], &["ps"], &["why", "web"], &["logs", "web"], &["ls"]] {
        ask(verb).well();
    }
    for verb in [
        &["up", "-d"][..],
        &["down"],
        &["stop", "web"],
        &["kill"],
        &["exec", "-T", "web", "true"],
        &["plan"],
        &["pause-reconcile"],
        &["cp", "web:/etc/hostname", "."],
        &["run", "--rm", "web", "true"],
    ] {
        let ended = ask(verb);
        assert!(ended.code != 0 && ended.stderr.contains("for looking only"), "{verb:?}: {ended}");
    }
    assert_eq!(stand.container("web").life(), web.life());
}
