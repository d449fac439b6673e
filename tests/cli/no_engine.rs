//! Nobody answers: no engine, no daemon, or a socket that is not for this user.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;

use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::{composectl, on_files};

const STACK: [(&str, &str); 1] = [("compose.yaml", "name: shop\nservices:\n  web:\n    image: box\n")];

#[test]
fn up_without_an_engine_says_whom_it_asked() {
    insta::assert_snapshot!(on_files(&STACK, &["up", "-d"]).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at unix://[folder]/none.sock: No such file or directory (os error 2)
    help: is the engine running, and does DOCKER_HOST name its socket?
    ");
}

#[test]
fn every_verb_without_an_engine_says_the_same() {
    let expected = on_files(&STACK, &["up", "-d"]).to_string();
    for verb in [&["ps"][..], &["down"], &["plan"], &["logs"], &["start"], &["stop"], &["restart"], &["up", "--wait"]] {
        assert_eq!(on_files(&STACK, verb).to_string(), expected, "{verb:?}");
    }
}

#[test]
fn an_address_that_is_none_is_told() {
    let folder = Folder::new();
    folder.write(STACK[0].0, STACK[0].1);
    let ended = run(composectl(&folder, &["up", "-d"]).env("DOCKER_HOST", "npipe://elsewhere"));
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    connect to npipe://elsewhere: only `unix://`, `tcp://` and `ssh://` are supported
    help: DOCKER_HOST names the engine, as in `unix:///var/run/docker.sock`
    ");
}

#[test]
fn an_engine_socket_that_is_not_for_this_user_is_told() {
    let folder = Folder::new();
    folder.write(STACK[0].0, STACK[0].1);
    let socket = folder.join("engine.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o0)).unwrap();
    let address = format!("unix://{}", socket.display());
    let Some(ended) = as_nobody(&folder, &["--no-daemon", "up", "-d"], &[("DOCKER_HOST", &address)]) else { return };
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at unix://[folder]/engine.sock: Permission denied (os error 13)
    help: the socket may be opened by root and by its group only: join the group `docker`, or run as root
    ");
}

/// `composectl` with the socket of a daemon.
fn at_socket(folder: &Folder, args: &[&str]) -> Ended {
    let mut command = command("composectl", folder);
    command.env("COMPOSED_SOCKET", folder.join("composed.sock")).args(args);
    run(&mut command).in_folder(folder)
}

#[test]
fn a_daemon_that_is_not_there_ends_with_3() {
    let folder = Folder::new();
    folder.write(STACK[0].0, STACK[0].1);
    insta::assert_snapshot!(at_socket(&folder, &["status"]).to_string(), @"
    exit 3
    --- stderr
    cannot connect to composed at [folder]/composed.sock: No such file or directory (os error 2)
    help: is composed running? `systemctl status composed`; without COMPOSED_SOCKET the command works without a daemon
    ");
    insta::assert_snapshot!(at_socket(&folder, &["up", "-d"]).to_string(), @"
    exit 3
    --- stderr
    cannot connect to composed at [folder]/composed.sock: No such file or directory (os error 2)
    help: is composed running? `systemctl status composed`; without COMPOSED_SOCKET the command works without a daemon
    ");
}

#[test]
fn a_socket_that_somebody_left_behind_ends_with_3() {
    let folder = Folder::new();
    drop(UnixListener::bind(folder.join("composed.sock")).unwrap());
    insta::assert_snapshot!(at_socket(&folder, &["status"]).to_string(), @"
    exit 3
    --- stderr
    cannot connect to composed at [folder]/composed.sock: Connection refused (os error 111)
    help: is composed running? `systemctl status composed`; without COMPOSED_SOCKET the command works without a daemon
    ");
}

#[test]
fn status_without_a_daemon_ends_with_3() {
    let folder = Folder::new();
    let ended = run(&mut composectl(&folder, &["status"]));
    insta::assert_snapshot!(ended.to_string(), @"
    exit 3
    --- stderr
    composed does not run here: nothing is supervised
    help: `systemctl start composed`; `composectl ps` shows a project's containers without it
    ");
}

#[test]
fn a_daemon_socket_that_is_not_for_this_user_ends_with_3() {
    let folder = Folder::new();
    folder.write(STACK[0].0, STACK[0].1);
    let socket = folder.join("composed.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o0)).unwrap();
    let place = socket.display().to_string();
    let Some(ended) = as_nobody(&folder, &["status"], &[("COMPOSED_SOCKET", &place)]) else { return };
    insta::assert_snapshot!(ended.to_string(), @"
    exit 3
    --- stderr
    composed's socket cannot be opened: Permission denied (os error 13)
    help: join the socket's group (see `socket_group` in the settings), or use sudo
    ");
}

/// Runs `composectl` as a user whom no closed socket lets in: root becomes nobody for it.
fn as_nobody(folder: &Folder, args: &[&str], variables: &[(&str, &str)]) -> Option<Ended> {
    let program = support::programs::program("composectl");
    let mut command = Command::new("setpriv");
    if rustix::process::geteuid().is_root() {
        if command.arg("--version").output().is_err() {
            eprintln!("SKIPPED: root gets in everywhere, and there is no `setpriv` to become somebody else");
            return None;
        }
        // Nobody may not reach the folder that it was built in. Another process writes the copy: of this one, a
        // child that another test is just starting would hold it open for writing, and the kernel runs no file
        // that somebody writes ("text file busy").
        let copy = folder.join("composectl");
        assert!(Command::new("cp").arg(&program).arg(&copy).status().unwrap().success());
        for (path, mode) in [(folder.path(), 0o755), (folder.join("home"), 0o777)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    } else {
        command = Command::new(program);
    }
    command.args(args).current_dir(folder.path()).env_clear().env("PATH", std::env::var_os("PATH")?);
    command.env("HOME", folder.join("home")).envs(variables.iter().copied());
    Some(run(&mut command).in_folder(folder))
}
