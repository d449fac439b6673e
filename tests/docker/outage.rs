//! The engine cannot be reached for a while: that is said, nothing is decided from it, and what went meanwhile is
//! brought back.

use support::deadline::eventually;
use support::proxy::Proxy;

use crate::engine;
use crate::stand::{STACK, Stand};

#[test]
fn an_engine_that_comes_back_is_looked_at_and_only_what_is_wrong_is_mended() {
    let mut stand = Stand::new(STACK);
    let proxy = Proxy::start(&stand.folder.join("engine.sock"), &engine::address());
    stand.start_daemon_at(&proxy.address());
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));

    proxy.cut();
    let text = eventually("status says that the engine is away", || {
        Some(stand.status_text()).filter(|text| text.contains("cannot connect to the engine"))
    });
    eventually("and that it stays away", || stand.status_text().contains("blocked").then_some(()));
    assert!(text.contains("help: is the engine running"), "{text}");
    engine::remove(side.id());

    proxy.mend();
    stand.successor("side", &side);
    let status = stand.until_converged();
    assert_eq!(status["failures"], serde_json::json!([]));
    assert_eq!(stand.container("db").life(), db.life());
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn logs_that_are_followed_go_on_when_the_engine_is_back() {
    use rustix::process::Signal;
    use support::programs::Running;
    let mut stand = Stand::new(
        "services:
  count:
    image: composed.local/box:1
    command: [sh, -c, \"i=0; while :; do echo $$i; i=$$((i+1)); sleep 0.1; done\"]
",
    );
    let proxy = Proxy::start(&stand.folder.join("engine.sock"), &engine::address());
    stand.start_daemon_at(&proxy.address());
    stand.up();
    let follow = Running::start(&mut stand.command(&["logs", "-f", "--no-log-prefix"]));
    let until_it_counted = || {
        let before = engine::log(&stand.name("count")).len();
        eventually("it counts on", || (engine::log(&stand.name("count")).len() >= before + 5).then_some(()));
    };
    until_it_counted();
    proxy.cut();
    until_it_counted();
    let missed = engine::log(&stand.name("count")).len();
    proxy.mend();
    eventually("it is told what was said meanwhile", || (follow.said().lines().count() >= missed).then_some(()));
    follow.signal(Signal::INT);
    let ended = follow.end();
    assert_eq!(ended.code, 130, "{ended}");
    let told: Vec<usize> = ended.stdout.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(told, (0..told.len()).collect::<Vec<_>>());
}

#[test]
fn what_is_asked_for_while_the_engine_is_away_is_done_when_it_is_back() {
    let mut stand = Stand::new(STACK);
    let proxy = Proxy::start(&stand.folder.join("engine.sock"), &engine::address());
    stand.start_daemon_at(&proxy.address());
    proxy.cut();
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains("composed goes on trying"), "{ended}");
    proxy.mend();
    stand.until_converged();
    for service in ["db", "web", "side"] {
        assert!(stand.container(service).is_running(), "{service}");
    }
}

#[test]
fn connections_that_break_under_it_again_and_again_do_no_harm() {
    let mut stand = Stand::new(STACK);
    let proxy = Proxy::start(&stand.folder.join("engine.sock"), &engine::address());
    stand.start_daemon_at(&proxy.address());
    stand.up();
    let (db, side) = (stand.container("db"), stand.container("side"));
    let mut web = stand.container("web");
    for round in 0..5 {
        engine::remove(web.id());
        proxy.cut();
        proxy.mend();
        web = stand.successor("web", &web);
        assert_eq!(stand.belongings().containers.len(), 3, "round {round}");
    }
    stand.until_converged();
    assert_eq!(stand.container("db").life(), db.life());
    assert_eq!(stand.container("side").life(), side.life());
}
