//! What the daemon keeps and reads is for nobody else: modes, owners, and the entries of who asked for what.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use support::daemon::{Daemon, composed};
use support::deadline::eventually;
use support::folder::Folder;
use support::http::call;
use support::programs::{Ended, command, run};

use crate::fake_engine::FakeEngine;

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n";
/// A user that no machine has.
const SOMEBODY: u32 = 74_401;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// A daemon's command, run by a shell that sets the umask before.
fn under(umask: &str, folder: &Folder, flags: &[(&str, &str)]) -> Command {
    let daemon = composed(folder, flags);
    let mut shell = Command::new("/bin/sh");
    shell.current_dir(folder.path()).env_clear();
    shell.envs(daemon.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.args(["-c", r#"umask "$1"; shift; exec "$@""#, "sh", umask]);
    shell.arg(daemon.get_program()).args(daemon.get_args());
    shell
}

/// An entry of the audit: who, of which stack, which generation, what.
type Entry = (String, String, i64, String);

fn audit(folder: &Folder) -> Vec<Entry> {
    let path = folder.join("composed/state/ledger.db");
    let ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut query = ledger.prepare("SELECT who, stack, generation, what FROM audit ORDER BY rowid").unwrap();
    let entries = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    entries.collect::<Result<_, _>>().unwrap()
}

/// Asks at the daemon's socket, from this process.
fn post(daemon: &Daemon, path: &str, body: &serde_json::Value) -> u16 {
    let address = format!("unix://{}", daemon.socket().display());
    call(&address, "POST", path, &body.to_string()).unwrap().0
}

fn myself() -> String {
    format!("uid {} pid {}", rustix::process::geteuid().as_raw(), std::process::id())
}

#[test]
fn what_it_keeps_is_its_owners_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let folder = Folder::new();
        folder.write("compose.yaml", STACK);
        let reading = folder.join("composed/run/reading");
        let mut command = under(umask, &folder, &[("--read-socket", &reading.display().to_string())]);
        let daemon = Daemon::start_as(&folder, &mut command);
        let up = json!({ "source": { "working_dir": folder.path() } });
        assert_eq!(post(&daemon, "/v1/stacks/shop/up", &up), 200);
        let state = folder.join("composed/state");
        assert_eq!(mode(&state), 0o700, "umask {umask}");
        let kept: Vec<_> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(kept.len() >= 3, "a ledger, what SQLite keeps beside it, and a lock: {kept:?}");
        for file in kept {
            assert_eq!(mode(&file), 0o600, "umask {umask}: {}", file.display());
        }
        for socket in [daemon.socket(), reading.clone()] {
            eventually("the socket is open for its group", || (mode(&socket) == 0o660).then_some(()));
        }
        // Who may use the socket has to get there, and nobody else may put one in its place.
        assert_eq!(mode(reading.parent().unwrap()), 0o755, "umask {umask}");
    }
}

#[test]
fn who_asked_for_what_is_written_down_when_it_is_answered() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let up = json!({ "source": { "working_dir": folder.path() } });
    for generation in 1..=8 {
        let daemon = Daemon::start(&folder, "unix:///nowhere/engine.sock");
        assert_eq!(post(&daemon, "/v1/stacks/shop/up", &up), 200);
        daemon.kill();
        assert_eq!(audit(&folder).last(), Some(&(myself(), "shop".into(), generation, "up".into())));
    }
}

#[test]
fn no_name_forges_an_entry() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let daemon = Daemon::start(&folder, "unix:///nowhere/engine.sock");
    let up = json!({ "source": { "working_dir": folder.path() } });
    assert_eq!(post(&daemon, "/v1/stacks/shop/up", &up), 200);
    let forged = "web\n2026-01-01T00:00:00.000000Z  INFO request taken who=\"uid 0 pid 1\"\r\u{1b}[2K\u{202e}";
    // Without a file, names are not looked up in one.
    assert_eq!(post(&daemon, "/v1/stacks/shop/down", &json!({ "services": [forged, "web"] })), 200);
    let entry = audit(&folder).pop().unwrap();
    assert_eq!((entry.0, entry.1, entry.2), (myself(), "shop".to_owned(), 2));
    assert!(!entry.3.chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", entry.3);
    assert_eq!(audit(&folder).len(), 2);
    for verb in ["up", "down", "stop", "start", "restart", "kill", "remove", "run", "exec", "build", "pull"] {
        let body = json!({ "services": [forged], "service": forged, "source": { "working_dir": folder.path() } });
        let _ = post(&daemon, &format!("/v1/stacks/shop/{verb}"), &body);
        let _ = post(&daemon, &format!("/v1/stacks/shop%0A{verb}%1B%5B2K/{verb}"), &body);
    }
    let line_by_line = daemon.log();
    assert!(line_by_line.contains("request taken"), "{line_by_line}");
    for line in line_by_line.lines() {
        assert!(!line.starts_with("2026-01-01") && !line.contains(['\u{1b}', '\u{202e}', '\r']), "{line:?}");
    }
}

/// What the daemon says when it may not start, its settings and their environment file written as given.
fn refused(folder: &Folder) -> Ended {
    run(&mut composed(folder, &[])).in_folder(folder)
}

#[test]
fn settings_that_everybody_may_write_are_not_followed() {
    for name in ["composed/composed.yaml", "composed/composed.env"] {
        let folder = Folder::new();
        folder.write(name, "");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o666)).unwrap();
        let expected = format!(
            "exit 1\n--- stderr\nError: everybody may write [folder]/{name}, which decides what composed does; `chmod o-w [folder]/{name}`\n"
        );
        assert_eq!(refused(&folder).to_string(), expected);
    }
    let folder = Folder::new();
    folder.write("composed/composed.yaml", "");
    fs::set_permissions(folder.join("composed"), fs::Permissions::from_mode(0o777)).unwrap();
    insta::assert_snapshot!(refused(&folder).to_string(), @"
    exit 1
    --- stderr
    Error: everybody may write [folder]/composed, which decides what composed does; `chmod o-w [folder]/composed`
    ");
}

#[test]
fn settings_and_a_state_folder_of_somebody_else_are_not_used() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can give a file away");
        return;
    }
    let given_away = |name: &str| {
        let folder = Folder::new();
        folder.write("composed/composed.yaml", "");
        folder.write("composed/composed.env", "");
        fs::create_dir(folder.join("composed/state")).unwrap();
        chown(folder.join(name), Some(SOMEBODY), None).unwrap();
        refused(&folder).to_string()
    };
    for name in ["composed/composed.yaml", "composed/composed.env", "composed/state"] {
        let expected = format!(
            "exit 1\n--- stderr\nError: [folder]/{name} belongs to user {SOMEBODY}, and decides what composed does; `chown root [folder]/{name}`\n"
        );
        assert_eq!(given_away(name), expected);
    }
}

/// A link may lead anywhere: what it leads to counts as well as where it lies.
#[test]
fn settings_behind_a_link_are_looked_at_there() {
    let folder = Folder::new();
    folder.write("open/settings.yaml", "");
    fs::set_permissions(folder.join("open"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(folder.join("composed")).unwrap();
    std::os::unix::fs::symlink(folder.join("open/settings.yaml"), folder.join("composed/composed.yaml")).unwrap();
    insta::assert_snapshot!(refused(&folder).to_string(), @"
    exit 1
    --- stderr
    Error: everybody may write [folder]/open, which decides what composed does; `chmod o-w [folder]/open`
    ");
}

/// A mistake is shown with its line, and lines have passwords in them. Whoever may only look could not read the file.
#[test]
fn who_may_only_look_gets_the_place_of_a_mistake_and_not_the_line() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let reading = folder.join("composed/reading");
    let daemon =
        Daemon::start_as(&folder, &mut composed(&folder, &[("--read-socket", &reading.display().to_string())]));
    let up = json!({ "source": { "working_dir": folder.path() } });
    assert_eq!(post(&daemon, "/v1/stacks/shop/up", &up), 200);
    folder.write("compose.yaml", &format!("{STACK}    enviroment: [PASSWORD=hunter22]\n"));
    daemon.signal(rustix::process::Signal::HUP);
    let get = |socket: &Path, path: &str| {
        let (status, body) = call(&format!("unix://{}", socket.display()), "GET", path, "").unwrap();
        assert_eq!(status, 200);
        String::from_utf8(body).unwrap()
    };
    eventually("the mistake is told", || get(&daemon.socket(), "/v1/stacks/shop").contains("hunter22").then_some(()));
    for path in ["/v1/stacks", "/v1/stacks/shop"] {
        let seen = get(&reading, path);
        assert!(seen.contains("compose.yaml") && seen.contains("\"line\":5"), "{path}: {seen}");
        assert!(!seen.contains("hunter22") && !seen.contains("enviroment"), "{path}: {seen}");
    }
    let mut following = UnixStream::connect(&reading).unwrap();
    following.write_all(b"GET /v1/stacks/shop/events HTTP/1.0\r\n\r\n").unwrap();
    let mut first = String::new();
    for line in BufReader::new(following).lines().map_while(Result::ok) {
        first += &line;
        if line.contains("\"report\"") {
            break;
        }
    }
    assert!(first.contains("compose.yaml") && !first.contains("hunter22"), "{first}");
}

#[test]
fn what_makes_no_generation_is_written_down_too() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let engine = FakeEngine::start(&folder, &[]);
    let daemon = Daemon::start(&folder, &engine.address);
    let ask = |args: &[&str]| run(command("composectl", &folder).arg("--socket").arg(daemon.socket()).args(args));
    ask(&["up", "-d"]).well();
    for args in [
        &["pause", "web"][..],
        &["unpause", "web"],
        &["exec", "-T", "web", "true"],
        &["commit", "web", "mine:1"],
        &["pull", "web"],
        &["run", "--rm", "-T", "web", "true"],
        &["kill", "-s", "HUP", "web"],
    ] {
        // Whether the engine does it is another matter: this one knows few verbs.
        let _ = ask(args);
    }
    daemon.kill();
    let entries = audit(&folder);
    let uid = format!("uid {} pid ", rustix::process::geteuid().as_raw());
    for (who, stack, generation, what) in entries.iter().filter(|(who, ..)| who != "the daemon") {
        assert!(who.starts_with(&uid) && stack == "shop" && *generation >= 1, "{who} {stack} {generation} {what}");
    }
    let whats: Vec<&str> = entries.iter().map(|(.., what)| what.as_str()).collect();
    for start in
        ["pause 0", "unpause 0", "exec in container 0", "commit of container 0", "pull web", "run web", "kill HUP 0"]
    {
        assert!(whats.iter().any(|what| what.starts_with(start)), "{start} is not in {whats:?}");
    }
}
