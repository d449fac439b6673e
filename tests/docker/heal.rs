//! What somebody removes behind its back is brought back, with its data, and those who follow it with it.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand, both};

#[test]
fn a_removed_container_is_back_and_nobody_else_is_touched() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    engine::remove(web.id());
    let successor = stand.successor("web", &web);
    assert_eq!(successor.variable("GREETING").as_deref(), Some("hello"));
    stand.until_converged();
    assert_eq!(stand.container("db").life(), db.life());
    assert_eq!(stand.container("side").life(), side.life());
    assert_eq!(stand.status()["generation"], 1, "mending is no new wish");
}

#[test]
fn a_removed_database_is_back_with_its_data_and_its_dependent_restarts() {
    let stand = Stand::with_daemon(&STACK.replace("exec sleep", "cat /data/born; exec sleep"));
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    let born = engine::log(db.id());
    engine::remove(db.id());
    let successor = stand.successor("db", &db);
    // What the first one wrote is what the second one reads.
    assert_eq!(
        eventually("it says when it was born", || Some(engine::log(successor.id())).filter(|log| !log.is_empty())),
        born
    );
    let restarted = eventually("web is restarted", || {
        stand.find("web").filter(|found| found.is_running() && found.life() != web.life())
    });
    assert_eq!(restarted.id(), web.id(), "a restart is no recreate");
    let db = stand.container("db");
    assert!(db.first_healthy().expect("it was probed") < restarted.started());
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn a_container_that_was_taken_off_its_network_is_put_on_it_again() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    let network = format!("{}_default", stand.project);
    engine::disconnect(&network, &stand.name("side"));
    let successor = stand.successor("side", &side);
    assert!(successor.0["NetworkSettings"]["Networks"][&network].is_object(), "{successor:?}");
    stand.until_converged();
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn a_stack_that_was_removed_without_its_daemon_is_back_with_its_network() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    stand.take_daemon().kill();
    let network = format!("{}_default", stand.project);
    stand.belongings().containers.iter().for_each(|name| engine::remove(name));
    engine::remove_network(&network);
    stand.start_daemon();
    eventually("everybody is back", || {
        let all = ["db", "web", "side"].map(|service| stand.find(service));
        all.iter().all(|found| found.as_ref().is_some_and(|found| found.is_running())).then_some(())
    });
    stand.until_converged();
    for service in ["db", "web", "side"] {
        assert!(stand.container(service).0["NetworkSettings"]["Networks"][&network].is_object(), "{service}");
    }
}

#[test]
fn what_killed_itself_is_the_business_of_its_restart_policy() {
    let stand = Stand::with_daemon(
        "services:
  once:
    image: composed.local/box:1
    command: [sh, -c, \"exit 0\"]
  job:
    image: composed.local/box:1
    depends_on: [once]
",
    );
    stand.composectl(&["up", "-d"]).well();
    let once = eventually("once has ended", || stand.find("once").filter(|found| found.status() == "exited"));
    let job = stand.container("job");
    engine::remove(job.id());
    stand.successor("job", &job);
    stand.until_converged();
    assert_eq!(stand.container("once").life(), once.life(), "what ended well is not run again");
    assert!(stand.status_text().contains("exited (0), its restart policy leaves it so"));
}

/// F44: what the kernel killed is told so, to people and programs, and is its restart policy's business.
#[test]
fn what_was_killed_for_its_memory_is_told() {
    let stand = Stand::with_daemon(
        "services:
  greedy:
    image: composed.local/box:1
    command: [sh, -c, \"until test -e /go; do sleep 0.05; done; exec tail /dev/zero\"]
    mem_limit: 16m
    memswap_limit: 16m
  frugal:
    image: composed.local/box:1
    command: [sh, -c, \"exit 137\"]
",
    );
    stand.composectl(&["up", "-d"]).well();
    // The engine listens for the kernel's word from the end of the start on; who dies before that died of nothing.
    engine::exec(stand.container("greedy").id(), &["touch", "/go"]);
    let status = eventually("it is told", || {
        Some(stand.status_text()).filter(|text| text.contains("killed for its memory") && !text.contains("Up "))
    });
    assert_eq!(status.matches("killed for its memory").count(), 1, "only of the one: {status}");
    let why = stand.composectl(&["why", "greedy"]).well().stdout;
    assert!(why.contains("killed for its memory"), "{why}");
    let why: serde_json::Value =
        serde_json::from_str(&stand.composectl(&["why", "--format", "json", "greedy"]).well().stdout).unwrap();
    assert_eq!(why["links"][0]["containers"][0]["out_of_memory"], true, "{why}");
    let killed = stand.container("greedy");
    stand.until_converged();
    assert_eq!(stand.container("greedy").life(), killed.life());
}

/// A service that is healthy as long as `/ok` is there, which each start makes anew.
const CHECKED: &str = "services:
  web:
    image: composed.local/box:1
    command: [sh, -c, \"touch /ok; exec sleep infinity\"]
    healthcheck: {test: [CMD, test, -e, /ok], interval: 0.3s, retries: 1}
";

#[test]
fn what_is_unhealthy_is_restarted_where_the_file_asks_for_it() {
    let stand = Stand::with_daemon(&format!("{CHECKED}    x-composed: {{heal: {{after: 0s}}}}\n"));
    stand.composectl(&["up", "-d", "--wait"]).well();
    let web = stand.container("web");
    engine::exec(web.id(), &["rm", "/ok"]);
    let healed = eventually("it is restarted", || stand.find("web").filter(|found| found.life() != web.life()));
    assert_eq!(healed.id(), web.id(), "a restart is no recreate");
    eventually("it is healthy", || (stand.container("web").0["State"]["Health"]["Status"] == "healthy").then_some(()));
}

#[test]
fn what_is_unhealthy_is_left_alone_where_nobody_asks() {
    let stand = Stand::with_daemon(CHECKED);
    stand.composectl(&["up", "-d", "--wait"]).well();
    let web = stand.container("web");
    engine::exec(web.id(), &["rm", "/ok"]);
    eventually("it is unhealthy, and composed knows", || stand.status_text().contains("unhealthy").then_some(()));
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn a_place_that_somebody_keeps_emptying_is_filled_less_and_less_often() {
    let stand = Stand::with_daemon("services:\n  web: {image: \"composed.local/box:1\"}\n");
    stand.up();
    // The first was made by `up`; each that comes back is removed as soon as it runs.
    for _ in 0..3 {
        let web = stand.container("web");
        engine::remove(web.id());
        stand.successor("web", &web);
    }
    engine::remove(stand.container("web").id());
    let status = eventually("it says that it leaves it for a while", || {
        Some(stand.status_text()).filter(|text| text.contains("times in a row (missing)"))
    });
    assert!(status.contains("something undoes it"), "{status}");
    stand.up();
    assert!(stand.container("web").is_running(), "who asks need not wait");
}

/// F27: neither can know that there is another; each takes the other's container for a drifted one.
#[test]
fn two_daemons_that_were_given_one_project_do_not_fight_without_end() {
    let web = |greeting: &str| {
        format!("services:\n  web: {{image: \"composed.local/box:1\", environment: {{GREETING: {greeting}}}}}\n")
    };
    let one = Stand::with_daemon(&web("hello"));
    let mut other = Stand::new("");
    other.project.clone_from(&one.project);
    other.write(&web("goodbye"));
    other.start_daemon();
    one.up();
    other.composectl(&["up", "-d"]);
    let told = |stand: &Stand| stand.status_text().contains("something undoes it");
    eventually("one leaves it to the other for a while", || (told(&one) || told(&other)).then_some(()));
    let events = engine::events(&one.project, one.began);
    let made = events.iter().filter(|event| event.starts_with("create")).count();
    // Each has four tries before the pauses begin; what they do to each other in the middle of one may cost a few more.
    assert!(made <= 12, "{made} containers were made: {events:?}");
    // Once there is one of them, what was asked for is so.
    other.take_daemon().kill();
    one.up();
    assert_eq!(one.container("web").variable("GREETING").as_deref(), Some("hello"));
    one.until_converged();
}

#[test]
fn a_job_that_is_done_is_ready_and_not_run_again() {
    let stand = Stand::new(
        "services:
  migrate: {image: \"composed.local/box:1\", command: [sh, -c, \"exit 0\"], x-composed: {job: true}}
  web: {image: \"composed.local/box:1\"}
",
    );
    stand.composectl(&["up", "-d", "--wait"]).well();
    let done = stand.container("migrate");
    stand.composectl(&["up", "-d", "--wait"]).well();
    assert_eq!(stand.container("migrate").life(), done.life());
    stand.composectl(&["up", "-d", "migrate"]).well();
    assert_ne!(stand.container("migrate").life(), done.life(), "who names it wants it run");
}

/// F45: a check that says more than anybody keeps, and changes its mind every second; nobody asked for healing.
#[test]
fn a_health_check_that_floods_and_flaps_restarts_nobody() {
    let stand = Stand::with_daemon(
        "services:
  web:
    image: composed.local/box:1
    healthcheck:
      test: [CMD-SHELL, \"head -c 10485760 /dev/zero | tr '\\\\0' x; if test -e /ok; then rm /ok; exit 1; fi; touch /ok\"]
      interval: 1s
      retries: 1
  follower:
    image: composed.local/box:1
    depends_on: [web]
",
    );
    stand.composectl(&["up", "-d"]).well();
    stand.until_converged();
    let before = (stand.container("web").life(), stand.container("follower").life());
    let memory = stand.daemon().memory("VmRSS");
    let flaps = || {
        let events = engine::events(&stand.project, stand.began);
        events.iter().filter(|event| event.starts_with("health_status")).count()
    };
    eventually("it has flapped six times", || (flaps() >= 6).then_some(()));
    stand.until_converged();
    assert_eq!((stand.container("web").life(), stand.container("follower").life()), before);
    let most = stand.daemon().memory("VmHWM");
    assert!(most < memory + (32 << 10), "{memory} KiB before, {most} KiB at most");
    println!("{} flaps with 10 MiB of output each: {memory} KiB before, {most} KiB at most", flaps());
}

#[test]
fn of_two_networks_of_a_name_one_is_left_whoever_comes_next() {
    both(STACK, |stand| {
        stand.up();
        let network = format!("{}_default", stand.project);
        let life = stand.container("db").life();
        if !engine::twin_network(&network) {
            return println!("not tried: this engine never gives a name twice");
        }
        let is_one = || stand.belongings().networks.iter().filter(|name| **name == network).count() == 1;
        match stand.has_daemon() {
            true => eventually("the other one goes", || is_one().then_some(())),
            false => {
                stand.up();
                assert!(is_one(), "{:?}", stand.belongings().networks);
            }
        }
        assert_eq!(stand.container("db").life(), life, "whoever is on the one in use stays");

        // As after an end in the middle: two, and nobody runs on either.
        stand.composectl(&["stop"]).well();
        for service in ["web", "db", "side"] {
            engine::remove(stand.container(service).id());
        }
        assert!(engine::twin_network(&network));
        stand.up();
        assert!(is_one(), "{:?}", stand.belongings().networks);
        assert!(stand.container("web").is_running());

        // And of two both go with the project.
        assert!(engine::twin_network(&network));
        stand.composectl(&["down", "-t", "0"]).well();
        assert!(stand.belongings().networks.is_empty());
    });
}
