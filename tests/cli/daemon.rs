//! `composed` without an engine: it starts, answers, says what it lacks, and ends when it is asked to.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;

use support::daemon::{Daemon, composed};
use support::deadline::eventually;
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::fake_engine::{FakeEngine, Refusal};

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n";

fn no_engine(folder: &Folder) -> String {
    format!("unix://{}", folder.join("none.sock").display())
}

fn ask(folder: &Folder, daemon: &Daemon, args: &[&str]) -> Ended {
    run(command("composectl", folder).arg("--socket").arg(daemon.socket()).args(args)).in_folder(folder)
}

/// What `composed` says when it cannot start.
fn check(folder: &Folder, flag: &str, value: &str) -> String {
    run(&mut composed(folder, &[(flag, value)])).in_folder(folder).to_string()
}

#[test]
fn it_starts_without_an_engine_and_keeps_nothing_yet() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    insta::assert_snapshot!(ask(&folder, &daemon, &["status"]).to_string(), @"
    exit 0
    --- stdout
    composed keeps no stack; `composectl up` registers one
    ");
    insta::assert_snapshot!(ask(&folder, &daemon, &["version"]).to_string(), @"
    exit 0
    --- stdout
    Docker Compose version v5.5.0
    as composectl v0.1.0 speaks it
    ");
}

#[test]
fn up_without_an_engine_is_remembered_and_told() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    insta::assert_snapshot!(ask(&folder, &daemon, &["up", "-d"]).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at unix://[folder]/none.sock: No such file or directory (os error 2)
    help: is the engine running, and does DOCKER_HOST name its socket?
    help: composed goes on trying; `composectl status` shows it
    ");
    let status = ask(&folder, &daemon, &["status"]).well();
    assert!(status.stdout.contains("shop  blocked"), "{status}");
    assert!(status.stdout.contains("cannot connect to the engine"), "{status}");
}

#[test]
fn its_socket_is_for_its_group_and_nobody_else() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    let mode = eventually("the mode is set", || {
        let mode = std::fs::metadata(daemon.socket()).ok()?.mode() & 0o777;
        (mode == 0o660).then_some(mode)
    });
    assert_eq!(mode, 0o660);
    assert_eq!(std::fs::metadata(folder.join("composed/state")).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_stack_that_is_not_kept_is_told() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    insta::assert_snapshot!(ask(&folder, &daemon, &["status", "shop"]).to_string(), @"
    exit 1
    --- stderr
    no stack shop is known
    help: `composectl status` lists the stacks composed keeps; run the command where the Compose file is, or name it with -f
    ");
}

#[test]
fn a_terminated_daemon_takes_its_socket_along_and_ends_with_0() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    let socket = daemon.socket();
    // A client that never says anything does not keep it.
    let _silent = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    assert_eq!(daemon.stop(), 0);
    assert!(!socket.exists());
}

#[test]
fn a_killed_daemon_leaves_nothing_in_the_way_of_the_next() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    ask(&folder, &daemon, &["up", "-d"]);
    daemon.kill();
    let daemon = Daemon::start(&folder, &no_engine(&folder));
    let status = ask(&folder, &daemon, &["status"]).well();
    assert!(status.stdout.contains("shop  ") && status.stdout.contains("generation 1"), "{status}");
}

#[test]
fn a_second_daemon_on_one_state_folder_ends_with_1() {
    let folder = Folder::new();
    let _first = Daemon::start(&folder, &no_engine(&folder));
    let other = folder.join("other.sock").display().to_string();
    insta::assert_snapshot!(check(&folder, "--socket", &other), @"
    exit 1
    --- stderr
    Error: another composed uses the state directory [folder]/composed/state
    ");
}

#[test]
fn a_second_daemon_on_one_socket_ends_with_1() {
    let folder = Folder::new();
    let _first = Daemon::start(&folder, &no_engine(&folder));
    let other = folder.join("other").display().to_string();
    insta::assert_snapshot!(check(&folder, "--state-dir", &other), @"
    exit 1
    --- stderr
    Error: cannot listen at [folder]/composed/sock

    Caused by:
        another composed answers at [folder]/composed/sock
    ");
}

#[test]
fn a_group_that_is_none_ends_with_1() {
    insta::assert_snapshot!(check(&Folder::new(), "--socket-group", "no-such-group"), @"
    exit 1
    --- stderr
    Error: there is no group no-such-group; `socket_group` names one, or leave it out
    ");
}

#[test]
fn an_engine_address_that_is_none_ends_with_1() {
    insta::assert_snapshot!(check(&Folder::new(), "--engine", "npipe://elsewhere"), @"
    exit 1
    --- stderr
    Error: connect to npipe://elsewhere: only `unix://`, `tcp://` and `ssh://` are supported
    ");
}

#[test]
fn a_setting_that_nobody_knows_ends_with_1() {
    let folder = Folder::new();
    folder.write("settings.yaml", "log: info\nsokcet: /x\n");
    insta::assert_snapshot!(check(&folder, "--config", "settings.yaml"), @"
    exit 1
    --- stderr
    Error: settings.yaml is no settings file

    Caused by:
        unknown field `sokcet`, expected one of `socket`, `socket_group`, `read_socket`, `read_socket_group`, `state_dir`, `engine`, `log` at line 2 column 1
    ");
}

#[test]
fn a_settings_file_that_is_not_there_ends_with_1() {
    insta::assert_snapshot!(check(&Folder::new(), "--config", "nope.yaml"), @"
    exit 1
    --- stderr
    Error: cannot read nope.yaml

    Caused by:
        No such file or directory (os error 2)
    ");
}

#[test]
fn a_state_folder_that_cannot_be_made_ends_with_1() {
    let folder = Folder::new();
    folder.write("file", "");
    insta::assert_snapshot!(check(&folder, "--state-dir", "file/state"), @"
    exit 1
    --- stderr
    Error: cannot make the state directory file/state

    Caused by:
        Not a directory (os error 20)
    ");
}

#[test]
fn a_socket_of_somebody_else_is_left_alone() {
    let folder = Folder::new();
    let _other = UnixListener::bind(folder.join("theirs.sock")).unwrap();
    std::fs::set_permissions(folder.join("theirs.sock"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let ended = check(&folder, "--socket", "theirs.sock");
    assert!(ended.starts_with("exit 1") && ended.contains("theirs.sock"), "{ended}");
    assert!(folder.join("theirs.sock").exists());
}

#[test]
fn an_engine_that_keeps_its_events_to_itself_is_looked_at_all_the_same() {
    let folder = Folder::new();
    folder.write("compose.yaml", "name: shop\nservices: {web: {image: web:1}}\n");
    let engine = FakeEngine::start(&folder, &[Refusal("GET", "/events", 403, "events are not for everybody")]);
    let daemon = Daemon::start(&folder, &engine.address);
    let mut up = support::programs::command("composectl", &folder);
    let _ = run(up.arg("--socket").arg(daemon.socket()).args(["up", "-d"])).well();
    assert_eq!(engine.running(), ["shop-web-1"]);
}
