//! People's own hands: what they stop stays stopped until they say otherwise.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand};

fn until_held(stand: &Stand, service: &str, reason: &str) {
    eventually(&format!("{service} is held: {reason}"), || {
        let status = stand.status();
        let services = status["services"].as_array()?;
        let found = services.iter().find(|found| found["name"] == service)?;
        found["reasons"].as_array()?.iter().any(|held| held == reason).then_some(())
    });
}

#[test]
fn what_is_stopped_by_hand_stays_stopped_until_it_is_started() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, web) = (stand.container("db"), stand.container("web"));
    engine::stop(web.id());
    until_held(&stand, "web", "stopped by hand");
    assert!(stand.status_text().contains("hold: stopped by hand"));
    // Something else is mended meanwhile; this is not.
    let side = stand.container("side");
    engine::remove(side.id());
    stand.successor("side", &side);
    stand.until_converged();
    assert_eq!(stand.container("web").status(), "exited");
    stand.composectl(&["start", "web"]).well();
    assert!(stand.container("web").is_running());
    assert_eq!(stand.container("web").id(), web.id());
    assert_eq!(stand.container("db").life(), db.life());
}

#[test]
fn what_is_stopped_by_hand_stays_stopped_through_a_restart_of_the_daemon() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    engine::stop(stand.container("web").id());
    until_held(&stand, "web", "stopped by hand");
    stand.take_daemon().kill();
    stand.start_daemon();
    until_held(&stand, "web", "stopped by hand");
    stand.until_converged();
    assert_eq!(stand.container("web").status(), "exited");
    stand.composectl(&["up", "-d"]).well();
    assert!(stand.container("web").is_running());
}

#[test]
fn what_is_stopped_on_request_stays_stopped_through_a_restart_of_the_daemon() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    stand.composectl(&["stop", "web"]).well();
    assert_eq!(stand.container("web").status(), "exited");
    assert!(stand.container("db").is_running() && stand.container("side").is_running());
    stand.take_daemon().kill();
    stand.start_daemon();
    stand.until_converged();
    until_held(&stand, "web", "stopped on request");
    assert_eq!(stand.container("web").status(), "exited");
    stand.composectl(&["start", "web"]).well();
    assert!(stand.container("web").is_running());
    assert_eq!(stand.container("web").id(), web.id());
}

#[test]
fn stop_and_start_of_everything_keep_the_order() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let ids = ["db", "web", "side"].map(|service| stand.container(service).id().to_owned());
    stand.composectl(&["stop"]).well();
    for service in ["db", "web", "side"] {
        assert_eq!(stand.container(service).status(), "exited", "{service}");
    }
    stand.composectl(&["start"]).well();
    let (db, web) = (stand.container("db"), stand.container("web"));
    assert!(db.first_healthy().expect("it was probed anew") < web.started());
    assert_eq!(["db", "web", "side"].map(|service| stand.container(service).id().to_owned()), ids);
}

#[test]
fn restart_starts_anew_what_is_named_and_those_who_follow_it() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    stand.composectl(&["restart", "db"]).well();
    let (db_now, web_now) = (stand.container("db"), stand.container("web"));
    assert!(db_now.id() == db.id() && db_now.started() > db.started());
    assert!(web_now.id() == web.id() && web_now.started() > db_now.started(), "web follows db");
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn starting_one_service_leaves_another_stopped() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    engine::stop(&stand.name("web"));
    engine::stop(&stand.name("side"));
    until_held(&stand, "web", "stopped by hand");
    until_held(&stand, "side", "stopped by hand");
    for ask in [&["start", "web"][..], &["restart", "web"], &["up", "-d", "web"]] {
        stand.composectl(ask).well();
        assert!(stand.container("web").is_running(), "{ask:?}");
        assert_eq!(stand.container("side").status(), "exited", "{ask:?}");
    }
    stand.composectl(&["up", "-d"]).well();
    assert!(stand.container("side").is_running());
}

#[test]
fn stopping_one_service_leaves_another_as_it_is() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    stand.composectl(&["stop", "side"]).well();
    stand.composectl(&["stop", "web"]).well();
    stand.composectl(&["start", "web"]).well();
    assert_eq!(stand.container("side").status(), "exited");
    assert!(stand.container("web").is_running() && stand.container("db").is_running());
    until_held(&stand, "side", "stopped on request");
}

#[test]
fn a_container_that_was_renamed_is_known_all_the_same_and_keeps_that_name_until_it_is_made_anew() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let side = stand.container("side");
    let elsewhere = format!("{}-elsewhere", stand.project);
    engine::rename(side.id(), &elsewhere);
    eventually("it is told", || stand.status_text().contains("renamed from").then_some(()));
    stand.up();
    assert_eq!(engine::container(&elsewhere).unwrap().life(), side.life());
    stand.composectl(&["up", "-d", "--force-recreate", "side"]).well();
    assert_ne!(stand.container("side").id(), side.id());
}

#[test]
fn what_is_paused_stays_paused_and_is_told() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let side = stand.container("side");
    engine::pause(side.id());
    until_held(&stand, "side", "paused");
    assert_eq!(stand.container("side").status(), "paused");
    engine::unpause(side.id());
    eventually("nothing is held any more", || {
        let status = stand.status();
        status["holds"].as_array().filter(|holds| holds.is_empty()).map(|_| ())
    });
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn a_process_that_ends_is_the_engines_to_bring_back_and_one_that_is_killed_by_hand_nobodys() {
    let mortal = STACK.replace(
        "  side:\n",
        "  side:\n    command: [sh, -c, \"until test -e /tmp/end; do sleep 0.1; done; rm /tmp/end; exit 3\"]\n",
    );
    let stand = Stand::with_daemon(&mortal);
    stand.up();
    engine::kill(&stand.name("web"));
    until_held(&stand, "web", "stopped by hand");
    let side = stand.container("side");
    engine::exec(side.id(), &["touch", "/tmp/end"]);
    eventually("the engine starts it again", || {
        stand.find("side").filter(|found| found.is_running() && found.life() != side.life())
    });
    stand.until_converged();
    assert_eq!(stand.container("side").id(), side.id());
    assert_eq!(stand.container("web").status(), "exited");
}
