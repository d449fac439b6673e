//! Engines behind `ssh`, with a program of that name that leads to the fake engine.

use std::path::Path;

use support::daemon::{Daemon, composed};
use support::folder::Folder;
use support::login::Login;
use support::programs::{Ended, run};

use crate::composectl;
use crate::fake_engine::FakeEngine;

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box:1\n";

fn login(folder: &Folder, address: &str) -> Login {
    folder.write("compose.yaml", STACK);
    Login::new(folder, Path::new(env!("CARGO_BIN_EXE_fake-ssh")), address)
}

fn at(folder: &Folder, login: &Login, host: &str, says: Option<&str>, args: &[&str]) -> Ended {
    let mut command = composectl(folder, args);
    login.lead(&mut command).env("DOCKER_HOST", host);
    if let Some(says) = says {
        command.env("FAKE_SSH_SAYS", says);
    }
    run(&mut command)
}

#[test]
fn a_stack_is_brought_up_through_a_login() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    let login = login(&folder, &engine.address);
    let _ = at(&folder, &login, "ssh://me@away:22/run/x.sock", None, &["up", "-d"]).well();
    assert_eq!(engine.running(), ["shop-web-1"]);
    let expected =
        "-o ConnectTimeout=30 -T -l me -p 22 -- away docker --host unix:///run/x.sock system dial-stdio".to_owned();
    assert!(!login.calls().is_empty() && login.calls().iter().all(|call| *call == expected), "{:?}", login.calls());
}

#[test]
fn a_daemon_keeps_a_stack_through_a_login() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    let login = login(&folder, &engine.address);
    let mut command = composed(&folder, &[("--engine", "ssh://away")]);
    let daemon = Daemon::start_as(&folder, login.lead(&mut command));
    let mut up = support::programs::command("composectl", &folder);
    let _ = run(up.arg("--socket").arg(daemon.socket()).args(["up", "-d"])).well();
    assert_eq!(engine.running(), ["shop-web-1"]);
}

#[test]
fn what_ssh_says_is_told() {
    let folder = Folder::new();
    let login = login(&folder, "unix:///nowhere");
    let says = "Welcome\n\nme@away: Permission denied (publickey).";
    insta::assert_snapshot!(at(&folder, &login, "ssh://me@away", Some(says), &["ps"]).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at ssh://me@away: ssh: Welcome; me@away: Permission denied (publickey).
    help: `ssh me@away docker version` must work without asking anything
    ");
}

#[test]
fn a_machine_without_ssh_is_told() {
    let folder = Folder::new();
    let login = login(&folder, "unix:///nowhere");
    let mut command = composectl(&folder, &["ls"]);
    login.lead(&mut command).env("DOCKER_HOST", "ssh://away").env("PATH", "/nowhere");
    insta::assert_snapshot!(run(&mut command).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at ssh://away: the program `ssh` cannot be run: No such file or directory (os error 2)
    help: `ssh away docker version` must work without asking anything
    ");
}

#[test]
fn nothing_is_run_for_what_is_no_login() {
    let folder = Folder::new();
    let login = login(&folder, "unix:///nowhere");
    insta::assert_snapshot!(at(&folder, &login, "ssh://me:secret@away", None, &["ls"]).to_string(), @"
    exit 1
    --- stderr
    connect to ssh://me:…@away: invalid SSH URL: plain-text password is not supported
    help: DOCKER_HOST names the engine, as in `unix:///var/run/docker.sock`
    ");
    insta::assert_snapshot!(at(&folder, &login, "ssh://-oProxyCommand=x", None, &["ls"]).to_string(), @"
    exit 1
    --- stderr
    connect to ssh://-oProxyCommand=x: invalid SSH URL: the host begins with `-`
    help: DOCKER_HOST names the engine, as in `unix:///var/run/docker.sock`
    ");
    assert_eq!(login.calls(), [""; 0]);
}
