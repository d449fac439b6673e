//! What `up` is told: how many, what else goes, what is recreated although nothing differs, and what is not.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{STACK, Stand, both};

fn names(stand: &Stand, numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|number| format!("{}-side-{number}", stand.project)).collect()
}

fn replicas(stand: &Stand) -> Vec<String> {
    let all = stand.belongings().containers;
    all.into_iter().filter(|name| name.starts_with(&format!("{}-side-", stand.project))).collect()
}

#[test]
fn a_service_is_scaled_up_and_down() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    stand.composectl(&["up", "-d", "--scale", "side=3"]).well();
    assert_eq!(replicas(&stand), names(&stand, &[1, 2, 3]));
    // It stays scaled, whoever removes one.
    let second = engine::container(&names(&stand, &[2])[0]).unwrap();
    engine::remove(second.id());
    eventually("there are three again", || {
        let all = replicas(&stand);
        let is_up = all.iter().all(|name| engine::container(name).is_some_and(|found| found.is_running()));
        (all.len() == 3 && is_up).then_some(())
    });
    stand.until_converged();
    stand.composectl(&["up", "-d", "--scale", "side=1"]).well();
    assert_eq!(replicas(&stand), names(&stand, &[1]));
    assert_eq!(stand.container("side").life(), side.life(), "the first stays");
    assert_eq!(stand.container("web").life(), web.life());
    stand.composectl(&["up", "-d", "--scale", "side=0"]).well();
    assert_eq!(replicas(&stand), [""; 0]);
}

#[test]
fn an_orphan_is_told_and_goes_when_that_is_said() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    let without = STACK.replace("  side:\n    image: composed.local/box:1\n    restart: unless-stopped\n", "");
    assert!(!without.contains("side"));
    stand.write(&without);
    stand.composectl(&["up", "-d"]).well();
    assert_eq!(stand.container("side").life(), side.life());
    let text = stand.status_text();
    assert!(text.contains(&format!("container {}: no such service in the file", stand.name("side"))), "{text}");
    stand.composectl(&["up", "-d", "--remove-orphans"]).well();
    assert!(stand.find("side").is_none());
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn force_recreate_replaces_what_is_named() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, side) = (stand.container("db"), stand.container("side"));
    stand.composectl(&["up", "-d", "--force-recreate", "side"]).well();
    assert!(stand.container("side").id() != side.id());
    assert_eq!(stand.container("db").life(), db.life());
    let ids = ["db", "web", "side"].map(|service| stand.container(service).id().to_owned());
    stand.composectl(&["up", "--wait", "--force-recreate"]).well();
    for (service, id) in ["db", "web", "side"].iter().zip(&ids) {
        assert!(stand.container(service).id() != id, "{service}");
    }
    // Once, and not for ever.
    let now = ["db", "web", "side"].map(|service| stand.container(service).life());
    stand.up();
    assert_eq!(["db", "web", "side"].map(|service| stand.container(service).life()), now);
}

#[test]
fn no_recreate_leaves_what_differs() {
    let mut stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    stand.take_daemon().kill();
    stand.write(&STACK.replace(":-hello", ":-good day"));
    // Without a daemon, which would apply the save by itself.
    stand.composectl(&["up", "-d", "--no-recreate"]).well();
    assert_eq!(stand.container("web").life(), web.life());
    stand.composectl(&["up", "-d"]).well();
    assert!(stand.container("web").id() != web.id());
}

#[test]
fn an_image_that_moved_under_its_tag_is_taken_by_up_and_by_nothing_else() {
    let mut stand = Stand::new("");
    let image = stand.tag("composed.local/box:1");
    stand
        .write(&STACK.replace("  side:\n    image: composed.local/box:1\n", &format!("  side:\n    image: {image}\n")));
    stand.start_daemon();
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    stand.tag("composed.local/box:2");
    // The daemon looks at everything and mends what is wrong: this is not.
    engine::remove(web.id());
    let web = stand.successor("web", &web);
    stand.until_converged();
    assert_eq!(stand.container("side").life(), side.life());
    stand.composectl(&["up", "-d"]).well();
    let moved = stand.container("side");
    assert!(moved.id() != side.id());
    assert_eq!(moved.0["Image"], engine::image_id("composed.local/box:2"));
    assert_eq!(moved.label("com.docker.compose.image"), engine::image_id("composed.local/box:2"));
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn names_are_joined_as_docker_compose_1_did_where_that_is_asked_for() {
    both("services:\n  a: {image: \"composed.local/box:1\"}\n", |stand| {
        stand.composectl(&["--compatibility", "up", "-d"]).well();
        let names = [format!("{}_a_1", stand.project)];
        assert_eq!(stand.belongings().containers, names);
        stand.composectl(&["--compatibility", "up", "-d", "--scale", "a=2"]).well();
        assert_eq!(stand.belongings().containers.len(), 2);
    });
}

#[test]
fn what_no_service_uses_is_made_where_that_is_asked_for() {
    both("services:\n  a: {image: \"composed.local/box:1\"}\nnetworks: {spare: {}}\nvolumes: {more: {}}\n", |stand| {
        stand.composectl(&["up", "-d"]).well();
        assert_eq!((stand.belongings().networks.len(), stand.belongings().volumes.len()), (1, 0));
        stand.composectl(&["--all-resources", "up", "-d"]).well();
        let name = &stand.project;
        assert_eq!(stand.belongings().networks, [format!("{name}_default"), format!("{name}_spare")]);
        assert_eq!(stand.belongings().volumes, [format!("{name}_more")]);
        stand.composectl(&["--all-resources", "down", "-v"]).well();
        assert_eq!((stand.belongings().networks.len(), stand.belongings().volumes.len()), (0, 0));
    });
}
