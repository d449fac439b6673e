//! kill, pause, unpause and rm: what they do to containers stays done, also where a daemon keeps the stack.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand};

fn until_held(stand: &Stand, service: &str, reason: &str) {
    eventually(&format!("{service} is held: {reason}"), || {
        let status = stand.status();
        let found = status["services"].as_array()?.iter().find(|found| found["name"] == service)?;
        found["reasons"].as_array()?.iter().any(|held| held == reason).then_some(())
    });
}

/// Something else is mended meanwhile.
fn mends(stand: &Stand) {
    let side = stand.container("side");
    engine::remove(side.id());
    stand.successor("side", &side);
    stand.until_converged();
}

#[test]
fn what_is_killed_stays_so_until_it_is_started() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    let ended = stand.composectl(&["kill", "web"]).well();
    let name = stand.name("web");
    assert_eq!(ended.stderr, format!(" Container {name} Killing \n Container {name} Killed \n"));
    until_held(&stand, "web", "stopped by hand");
    mends(&stand);
    assert_eq!(stand.container("web").status(), "exited");
    stand.composectl(&["start", "web"]).well();
    assert!(stand.container("web").is_running());
    assert_eq!(stand.container("web").id(), web.id());
}

#[test]
fn what_is_paused_stays_so_until_it_is_thawed() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    assert_eq!(
        stand.composectl(&["pause", "web"]).well().stderr,
        format!(" Container {} Paused \n", stand.name("web"))
    );
    until_held(&stand, "web", "paused");
    mends(&stand);
    assert_eq!(stand.container("web").status(), "paused");
    let again = stand.composectl(&["pause", "web"]);
    assert!(again.code == 1 && again.stderr.trim_end().ends_with("is already paused"), "{again}");
    stand.composectl(&["unpause", "web"]).well();
    eventually("web runs on", || stand.container("web").is_running().then_some(()));
    assert_eq!(stand.container("web").id(), web.id());
}

#[test]
fn what_is_removed_is_not_made_anew_until_up() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let ended = stand.composectl(&["rm", "-sf", "web"]).well();
    assert_eq!(ended.stdout, format!("Going to remove {}\n", stand.name("web")));
    mends(&stand);
    assert!(stand.find("web").is_none());
    stand.up();
    assert!(stand.container("web").is_running());
}

#[test]
fn without_a_daemon_it_is_the_same() {
    let stand = Stand::new(STACK);
    stand.up();
    insta::assert_snapshot!(stand.composectl(&["rm", "web"]).to_string(), @"
    exit 0
    --- stderr
    No stopped containers
    ");
    stand.composectl(&["kill", "-s", "SIGKILL"]).well();
    insta::assert_snapshot!(stand.composectl(&["kill"]).to_string(), @"
    exit 0
    --- stderr
    No container to kill
    ");
    // Nobody says yes.
    let names = ["db", "side", "web"].map(|service| stand.name(service));
    let asked = stand.composectl(&["rm"]).well();
    assert_eq!(asked.stdout, format!("Going to remove {}", names.join(", ")));
    assert_eq!(stand.belongings().containers.len(), 3);
    stand.composectl(&["-p", &stand.project, "rm", "-f"]).well();
    assert_eq!(stand.belongings().containers.len(), 0);
    let refused = stand.composectl(&["kill", "nope"]).to_string();
    assert_eq!(refused, "exit 1\n--- stderr\nno such service: nope\n");
}
