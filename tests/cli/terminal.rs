//! Texts of others on a terminal: of the engine, of labels, of containers. A terminal obeys nothing of theirs; a program
//! behind a pipe gets them as they are.

use std::process::Command;

use serde_json::json;
use support::daemon::Daemon;
use support::deadline::eventually;
use support::folder::Folder;
use support::programs::{command, run};
use support::terminal;

use crate::fake_engine::{FakeEngine, Refusal, Streamed};

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n";
/// Fills the clipboard, sets the title, clears the screen in eight bits, asks for a report, reads backwards, goes back,
/// hides the cursor, links.
const HOSTILE: &str = "a\u{1b}]52;c;Zm9v\u{7}b\u{1b}]0;t\u{1b}\\c\u{9b}2Jd\u{1b}P$q\u{1b}\\e\u{202e}f\u{8}g\u{1b}[?25lh\u{1b}]8;;x\u{7}i\rj\u{2066}k";
const EVENTS: &str = r#"{"Type":"container","Action":"die","Actor":{"ID":"ab","Attributes":{"com.docker.compose.project":"shop","com.docker.compose.service":"web","image":"a\u001b]52;c;Zm9v\u0007b\u001b]0;t\u001b\\c\u009b2Jd\u001bP$q\u001b\\e\u202ef\bg\u001b[?25lh\u001b]8;;x\u0007i\rj\u2066k"}},"time":1,"timeNano":1000000000}
"#;

/// What of it a terminal would obey. The cursor is hidden, and lines are gone back to, by a tree of progress too.
const OBEYED: [&str; 9] =
    ["\u{1b}]", "\u{7}", "\u{9b}", "\u{1b}P", "\u{202e}", "\u{2066}", "\u{8}", "\u{1b}\\", "i\rj"];

fn engine(folder: &Folder) -> FakeEngine {
    let refusals = [Refusal("POST", "/containers/create", 500, HOSTILE)];
    let engine = FakeEngine::streaming(folder, &refusals, &[Streamed("GET", "/events", EVENTS)]);
    let labels = json!({
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "old",
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.project.config_files": HOSTILE,
        "mine": HOSTILE,
    });
    engine.put("shop-old-1", labels);
    engine
}

/// On a terminal nothing is obeyed, and yet all is there; in a pipe it is as it was.
fn check(mut ask: impl FnMut() -> Command, what: &str) {
    let (_, shown) = terminal::run(&mut ask());
    for obeyed in OBEYED {
        assert!(!shown.contains(obeyed), "{what}: {obeyed:?} in {shown:?}");
    }
    assert!(shown.contains("\\u{1b}]52;c;Zm9v\\u{7}") && shown.contains("\\u{202e}"), "{what}: not told: {shown:?}");
    let ended = run(&mut ask());
    let piped = format!("{}{}", ended.stdout, ended.stderr);
    assert!(piped.contains(HOSTILE), "{what}: not as it was: {piped:?}");
}

#[test]
fn a_terminal_obeys_no_text_of_others() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let engine = engine(&folder);
    for args in [
        &["ps", "--format", "table {{.Name}}\t{{.Labels}}"][..],
        &["ps", "--format", "{{.Label \"mine\"}}"],
        &["ls"],
        &["events"],
        &["up", "-d"],
        &["--progress", "plain", "up", "-d"],
        &["--progress", "tty", "create"],
    ] {
        let ask = || {
            let mut command = command("composectl", &folder);
            command.env("DOCKER_HOST", &engine.address).arg("--no-daemon").args(args);
            command
        };
        // A tree of progress is no less drawn in a pipe, where it is asked for.
        check(ask, &format!("{args:?}"));
    }
}

#[test]
fn a_terminal_obeys_nothing_of_what_the_daemon_tells() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let engine = engine(&folder);
    let daemon = Daemon::start(&folder, &engine.address);
    let ask = |args: &[&str]| {
        let mut command = command("composectl", &folder);
        command.arg("--socket").arg(daemon.socket()).args(args);
        command
    };
    let _ = run(&mut ask(&["up", "-d"]));
    eventually("it is refused", || run(&mut ask(&["status"])).stdout.contains("refused").then_some(()));
    check(|| ask(&["status"]), "status");
    check(|| ask(&["why", "web"]), "why");
}
