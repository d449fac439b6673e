//! run: what it brings up before, what it makes, and what it leaves; through a daemon and without one.

use std::process::Stdio;

use support::deadline::eventually;
use support::programs::{Ended, run, send, wait};

use crate::engine;
use crate::stand::Stand;

const JOBS: &str = "services:
  db:
    image: composed.local/box:1
    healthcheck: {test: [CMD, test, -e, /tmp/ready], interval: 300ms}
    command: [sh, -c, \"sleep 0.5; touch /tmp/ready; exec sleep infinity\"]
  fails:
    image: composed.local/box:1
    command: [sh, -c, exit 4]
  web:
    image: composed.local/box:1
    restart: always
    ports: [\"80\"]
    environment: {A: file, B: file}
    volumes: [/anonymous]
    depends_on: {db: {condition: service_healthy}}
  bad:
    image: composed.local/box:1
    depends_on: {fails: {condition: service_completed_successfully}}
";

fn piped(stand: &Stand, args: &[&str]) -> Ended {
    run(stand.command(args).stdin(Stdio::null()))
}

fn of_run(stand: &Stand) -> Vec<String> {
    stand.belongings().containers.into_iter().filter(|name| name.contains("-run-")).collect()
}

fn runs(stand: &Stand) {
    let said = piped(stand, &["run", "--rm", "-e", "A=mine", "web", "sh", "-c", "echo $A $B; echo bad >&2; exit 7"]);
    assert_eq!((said.code, said.stdout.as_str()), (7, "mine file\n"), "{said}");
    assert!(said.stderr.ends_with("bad\n"), "{said}");
    // What it depends on is there and healthy, itself and its neighbours are not.
    assert_eq!(stand.belongings().containers, [stand.name("db")]);
    assert_eq!(stand.container("db").0["State"]["Health"]["Status"], "healthy");
    assert_eq!(stand.belongings().volumes, Vec::<String>::new());
    // A dependency that cannot come.
    let bad = piped(stand, &["run", "--rm", "bad", "true"]);
    assert!(bad.code == 1 && bad.stderr.contains("service \"fails\" didn't complete successfully: exit 4"), "{bad}");
    let none = piped(stand, &["run", "--rm", "web", "nosuchcmd"]);
    assert!(none.code == 1 && none.stderr.contains("executable file not found in $PATH"), "{none}");
    assert_eq!(of_run(stand), Vec::<String>::new());
    // Without --rm it stays, as no replica.
    let id = piped(stand, &["run", "-d", "--name", &format!("{}-mine", stand.project), "web", "sleep", "50"]).well();
    let found = engine::container(id.stdout.trim()).unwrap();
    assert!(found.is_running());
    let labels = &found.0["Config"]["Labels"];
    assert_eq!(labels["com.docker.compose.oneoff"], "True");
    assert!(labels["com.docker.compose.container-number"].is_null());
    // 20.10 keeps the name that nobody gave.
    assert!(["", "no"].contains(&found.0["HostConfig"]["RestartPolicy"]["Name"].as_str().unwrap()));
    stand.composectl(&["up", "-d", "web"]).well();
    assert_eq!(engine::container(found.id()).unwrap().0["State"]["StartedAt"], found.0["State"]["StartedAt"]);
    // The name is its own.
    let taken = piped(stand, &["run", "--name", &format!("{}-mine", stand.project), "web", "sleep", "50"]);
    assert!(taken.code == 1 && taken.stderr.contains("in use"), "{taken}");
    engine::remove(found.id());
}

#[test]
fn a_command_has_a_container_of_its_own() {
    runs(&Stand::new(JOBS));
    runs(&Stand::with_daemon(JOBS));
}

#[test]
fn a_signal_is_the_containers_and_it_goes_in_the_end() {
    for stand in [Stand::new(JOBS), Stand::with_daemon(JOBS)] {
        let script = "trap 'echo caught; exit 3' INT; echo begun; while :; do sleep 0.1; done";
        let mut command = stand.command(&["run", "--rm", "--no-deps", "web", "sh", "-c", script]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        send(&child, rustix::process::Signal::INT);
        assert_eq!(wait(&mut child, std::time::Duration::from_secs(20)), Some(3));
        let mut rest = String::new();
        std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut rest).unwrap();
        assert_eq!(rest, "caught\n");
        assert_eq!(of_run(&stand), Vec::<String>::new());
    }
}

#[test]
fn input_that_nobody_reads_holds_back_no_signal() {
    let stand = Stand::with_daemon(JOBS);
    let script = "trap 'exit 3' INT; echo begun; while :; do sleep 0.1; done";
    let mut command = stand.command(&["run", "--rm", "--no-deps", "web", "sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Far more than the pipes, the window and the engine hold.
    let feeding = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &vec![b'x'; 8 << 20]).is_err());
    let mut said = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
    send(&child, rustix::process::Signal::INT);
    assert_eq!(wait(&mut child, std::time::Duration::from_secs(20)), Some(3));
    assert!(feeding.join().unwrap(), "not all of it was taken");
}

#[test]
fn whatever_becomes_of_the_client_the_container_goes() {
    let stand = Stand::with_daemon(JOBS);
    let script = "echo begun; cat; sleep 1";
    let mut command = stand.command(&["run", "--rm", "--no-deps", "web", "sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
    assert_eq!(of_run(&stand).len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("the container is gone", || of_run(&stand).is_empty().then_some(()));
    assert_eq!(stand.belongings().volumes, Vec::<String>::new());
    // Nothing is kept of a stack of which nothing was brought up.
    assert!(stand.status()["is_supervised"] != true, "{}", stand.status());
}
