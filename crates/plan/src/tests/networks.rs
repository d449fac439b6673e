//! Networks that are gone, other ones or in the way, and who is on them.

use super::*;

#[test]
fn a_container_off_its_network_is_replaced_to_the_end() {
    let desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    container(&mut observed, "web").networks.clear();
    container(&mut observed, "web").restarts_always = true;
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  000000000000_shop-web-1  not attached to network shop_default
    2 stop    shop-web-1               replaced  after 1
    3 remove  shop-web-1               replaced  after 2
    4 rename  web/1 to shop-web-1      wrong name  after 3
    5 start   shop-web-1               not attached to network shop_default  after 4
    ");

    // Half way: the old one is stopped, and not for that the better one.
    let old = container(&mut observed, "web");
    old.state = State::Exited { code: 137, started: Stamp(1), finished: Stamp(9), error: String::new() };
    let mut new = old.clone();
    new.id = ContainerId("e".repeat(64));
    new.name = container::provisional_name(&[old], "shop-web-1");
    new.state = State::Created { error: String::new() };
    // The engine knows a network of what never ran by its name alone.
    new.networks = [("shop_default".into(), String::new())].into();
    observed.containers.insert(new.id.clone(), new);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 remove  shop-web-1           replaced
    2 rename  web/1 to shop-web-1  wrong name  after 1
    3 start   shop-web-1           never started  after 2
    ");
}

#[test]
fn a_changed_network_is_replaced_and_its_containers_recreated() {
    let before = up(web_on_db());
    let observed = converged(&before);
    let mut after = before.clone();
    after.project.networks.get_mut("default").unwrap().internal = true;
    insta::assert_snapshot!(text(&after, &observed), @"
     1 disconnect      shop-db-1                configuration changed
     2 disconnect      shop-web-1               configuration changed
     3 remove-network  shop_default             configuration changed  after 1 2
     4 create-network  shop_default             configuration changed  after 3
     5 create          000000000000_shop-db-1   not attached to network shop_default  after 4
     6 stop            shop-web-1               db is about to be replaced
     7 stop            shop-db-1                replaced  after 5 6
     8 remove          shop-db-1                replaced  after 7
     9 rename          db/1 to shop-db-1        wrong name  after 8
    10 start           shop-db-1                not attached to network shop_default  after 9
    11 create          000000000000_shop-web-1  not attached to network shop_default  after 4
    12 remove          shop-web-1               replaced  after 6 11
    13 rename          web/1 to shop-web-1      wrong name  after 12
    14 start           shop-web-1               not attached to network shop_default  after 10 13
    ");
}

#[test]
fn a_changed_network_with_a_guest_on_it_stays_and_nobody_is_taken_off() {
    let before = up(web_on_db());
    let mut observed = converged(&before);
    let mut after = before.clone();
    after.project.networks.get_mut("default").unwrap().internal = true;
    observed.networks.get_mut("shop_default").unwrap().guests.insert("guest (of no project)".into());
    insta::assert_snapshot!(text(&after, &observed), @"hold network shop_default: still in use by container guest (of no project), which stays");
}

#[test]
fn of_two_networks_of_a_name_one_goes_before_anything_starts_on_it() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let network = observed.networks.get_mut("shop_default").unwrap();
    network.twins = ["n2".into(), "n3".into()].into();
    // Whoever is on the one that stays is left alone.
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 remove-network  shop_default  another network has its name
    2 remove-network  shop_default  another network has its name  after 1
    ");

    // Nobody could be started on either.
    observed.containers.clear();
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 remove-network  shop_default  another network has its name
    2 remove-network  shop_default  another network has its name  after 1
    3 create          shop-web-1    missing  after 2
    4 start           shop-web-1    missing  after 3
    ");

    // Whoever is on the other is taken off it, and made anew as whoever is on none.
    let mut observed = converged(&desired);
    observed.networks.get_mut("shop_default").unwrap().twins = ["n2".into()].into();
    container(&mut observed, "web").networks = [("shop_default".into(), "n2".into())].into();
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 disconnect      shop-web-1               another network has its name
    2 remove-network  shop_default             another network has its name  after 1
    3 create          000000000000_shop-web-1  not attached to network shop_default  after 2
    4 stop            shop-web-1               replaced  after 3
    5 remove          shop-web-1               replaced  after 4
    6 rename          web/1 to shop-web-1      wrong name  after 5
    7 start           shop-web-1               not attached to network shop_default  after 6
    ");

    // Both go with the project, and none of them when it is somebody else's.
    desired.goal = Goal::Down(Down::default());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop            shop-web-1    down was requested
    2 remove          shop-web-1    down was requested  after 1
    3 remove-network  shop_default  down was requested  after 2
    4 remove-network  shop_default  down was requested  after 2
    ");
    let mut external = up(project(&[("web", service("web:1"))]));
    container(&mut observed, "web").networks = [("shop_default".into(), "n1".into())].into();
    external.project.networks.get_mut("default").unwrap().external = true;
    insta::assert_snapshot!(text(&external, &observed), @"");
}

#[test]
fn what_is_started_waits_for_its_network() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    observed.networks.clear();
    let web = container(&mut observed, "web");
    web.state = State::Created { error: String::new() };
    web.networks = [("shop_default".into(), String::new())].into();
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create-network  shop_default  missing
    2 start           shop-web-1    never started  after 1
    ");

    // One that ended is bound to the network it was on, and that is gone.
    let web = container(&mut observed, "web");
    web.state = State::Exited { code: 0, started: Stamp(1), finished: Stamp(50), error: String::new() };
    web.networks = [("shop_default".into(), "n1".into())].into();
    desired.policy.start.insert(web.id.clone());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create-network  shop_default             missing
    2 create          000000000000_shop-web-1  not attached to network shop_default  after 1
    3 remove          shop-web-1               replaced  after 2
    4 rename          web/1 to shop-web-1      wrong name  after 3
    5 start           shop-web-1               not attached to network shop_default  after 4
    ");
}

#[test]
fn a_container_that_was_taken_off_its_network_is_replaced_to_the_end() {
    let desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.networks.clear();
    let mut new = web.clone();
    new.id = ContainerId("e".repeat(64));
    new.name = container::provisional_name(&[web], "shop-web-1");
    new.state = State::Created { error: String::new() };
    new.networks = [("shop_default".into(), String::new())].into();
    web.state = State::Exited { code: 143, started: Stamp(1), finished: Stamp(50), error: String::new() };
    observed.containers.insert(new.id.clone(), new.clone());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 remove  shop-web-1           replaced
    2 rename  web/1 to shop-web-1  wrong name  after 1
    3 start   shop-web-1           never started  after 2
    ");

    // Alone, it ended and stays so: it needs no network for that.
    observed.containers.remove(&new.id);
    insta::assert_snapshot!(text(&desired, &observed), @"hold container shop-web-1: exited (143), its restart policy leaves it so");
}

#[test]
fn a_start_that_failed_halfway_binds_to_networks_by_their_ids() {
    let desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.state = State::Created { error: "network shop_back not found".into() };
    web.networks.insert("shop_default".into(), "gone".into());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  000000000000_shop-web-1  not attached to network shop_default
    2 remove  shop-web-1               replaced  after 1
    3 rename  web/1 to shop-web-1      wrong name  after 2
    4 start   shop-web-1               not attached to network shop_default  after 3
    ");
}

#[test]
fn what_the_engine_could_not_start_again_for_want_of_a_network_is_made_anew() {
    let desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.restarts_always = true;
    web.networks.insert("shop_default".into(), "gone".into());
    let ended = |error: &str| State::Exited { code: 137, started: Stamp(1), finished: Stamp(9), error: error.into() };
    web.state = ended("network gone not found");
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  000000000000_shop-web-1  not attached to network shop_default
    2 remove  shop-web-1               replaced  after 1
    3 rename  web/1 to shop-web-1      wrong name  after 2
    4 start   shop-web-1               not attached to network shop_default  after 3
    ");
    container(&mut observed, "web").state = ended("");
    insta::assert_snapshot!(text(&desired, &observed), @"hold container shop-web-1: stopped by hand");
}
