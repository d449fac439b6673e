//! `doctor`: what it finds, and how it ends.

use std::collections::BTreeMap;
use std::fs::{Permissions, set_permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use support::daemon::{Daemon, composed};
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::composectl;
use crate::fake_engine::{FakeEngine, Streamed};

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n";
const WELL: &str = "{\"Warnings\":null,\"Plugins\":{\"Authorization\":null}}";
const OPEN: &str = "{\"Warnings\":[\"WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\\n  Access to the remote API is equivalent to root access.\"]}";

fn engine(folder: &Folder, told: &'static str) -> FakeEngine {
    FakeEngine::streaming(folder, &[], &[Streamed("GET", "/info", told)])
}

fn doctor(folder: &Folder, daemon: &Daemon, args: &[&str]) -> Ended {
    let mut command = command("composectl", folder);
    run(command.arg("--socket").arg(daemon.socket()).arg("doctor").args(args)).in_folder(folder)
}

/// What is thought of each thing, by the thing. How much the kernel lets be watched is the machine's own.
fn verdicts(ended: &Ended) -> BTreeMap<String, String> {
    let checks: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let text = |check: &serde_json::Value, key: &str| check[key].as_str().unwrap().to_owned();
    let checks = checks.as_array().unwrap().iter().map(|check| (text(check, "subject"), text(check, "verdict")));
    checks.filter(|(subject, _)| subject != "inotify").collect()
}

#[test]
fn without_daemon_and_engine_both_are_told() {
    let folder = Folder::new();
    let ended = run(&mut composectl(&folder, &["doctor"])).in_folder(&folder);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stdout
    warning  daemon: composed does not run here: nothing is supervised
             help: `systemctl start composed`, where stacks are to be kept
    problem  engine: ask the engine's version: cannot connect to the engine at unix://[folder]/none.sock: No such file or directory (os error 2)
             help: is the engine running, and does DOCKER_HOST name its socket?
    ");
}

#[test]
fn where_all_is_well_it_ends_with_0() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let engine = engine(&folder, WELL);
    let reading = folder.join("composed/reading").display().to_string();
    let flags = [("--engine", engine.address.as_str()), ("--read-socket", reading.as_str())];
    let daemon = Daemon::start_as(&folder, &mut composed(&folder, &flags));
    run(command("composectl", &folder).arg("--socket").arg(daemon.socket()).args(["up", "-d"])).well();
    let ended = doctor(&folder, &daemon, &["--format", "json"]).well();
    let well = [
        "daemon",
        "engine",
        "engine's listeners",
        "containers",
        "state folder [folder]/composed/state",
        "socket [folder]/composed/sock",
        "socket [folder]/composed/reading",
        "stack shop",
    ];
    assert_eq!(verdicts(&ended), well.map(|subject| (subject.to_owned(), "ok".to_owned())).into());
    assert_eq!(engine.changes().iter().filter(|call| !call.contains("/create") && !call.contains("/start")).count(), 0);
    // Who may only look may look at this too.
    let looking = run(command("composectl", &folder).args(["--socket", "composed/reading", "doctor"]));
    assert!(looking.code == 0 && looking.stdout.contains("ok       daemon: composed "), "{looking}");
}

#[test]
fn what_is_open_is_told_with_what_shuts_it() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let engine = engine(&folder, OPEN);
    let daemon = Daemon::start(&folder, &engine.address);
    run(command("composectl", &folder).arg("--socket").arg(daemon.socket()).args(["up", "-d"])).well();
    for (name, mode) in [("composed/sock", 0o666), ("composed/state/ledger.db", 0o644), ("compose.yaml", 0o666)] {
        set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap();
    }
    let ended = doctor(&folder, &daemon, &[]);
    assert_eq!(ended.code, 1, "{ended}");
    for line in [
        "problem  engine's listeners: API is accessible on http://0.0.0.0:2375 without encryption.\n         help: ",
        "problem  state folder [folder]/composed/state: others get at [folder]/composed/state/ledger.db (mode 644)\n         help: `chmod go-rwx [folder]/composed/state/ledger.db`\n",
        "problem  socket [folder]/composed/sock: everybody may knock there (mode 666); who is no member is sent away\n         help: `chmod o-rwx [folder]/composed/sock`\n",
        "problem  stack shop: everybody may write [folder]/compose.yaml, so its files are not applied by themselves\n         help: `chmod o-w [folder]/compose.yaml`\n",
    ] {
        assert!(ended.stdout.contains(line), "no {line:?} in {ended}");
    }
}

#[test]
fn a_daemon_that_cannot_be_asked_is_told() {
    let folder = Folder::new();
    let mut command = command("composectl", &folder);
    insta::assert_snapshot!(run(command.args(["--socket", "none.sock", "doctor"])).to_string(), @"
    exit 1
    --- stdout
    problem  daemon: cannot connect to composed at none.sock: No such file or directory (os error 2)
             help: is composed running? `systemctl status composed`; without COMPOSED_SOCKET the command works without a daemon
    ");
}

#[test]
fn a_daemon_of_another_version_is_told() {
    let folder = Folder::new();
    let listener = UnixListener::bind(folder.join("old.sock")).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            let (status, body) = match head[..read].starts_with(b"GET /v1/version ") {
                true => ("200 OK", r#"{"composed":"0.0.9","dialect":"5.5.0","engine":"","engine_api":""}"#),
                false => ("404 Not Found", r#"{"kind":"bad-request","status":404,"title":"there is no such path"}"#),
            };
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    let mut command = command("composectl", &folder);
    let ended = run(command.args(["--socket", "old.sock", "doctor"]));
    let first = format!("problem  daemon: composed is 0.0.9, composectl {}\n", env!("CARGO_PKG_VERSION"));
    assert!(ended.code == 1 && ended.stdout.starts_with(&first), "{ended}");
    assert!(ended.stdout.contains("there is no such path"), "{ended}");
}
