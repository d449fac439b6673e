//! What an interrupted walk, a failed removal or a smaller scale leaves behind.

use super::*;

#[test]
fn what_was_started_again_after_its_walk_was_given_up_and_ended_by_itself_is_done() {
    let desired = up(web_on_db());
    let (mut observed, old) = edited_in_mid_walk(&desired);
    let old = observed.containers.get_mut(&old).unwrap();
    old.restarts_always = false;
    assert!(plan(&desired, &observed).to_string().contains("its replacement is no longer wanted"));
    // It was, after its successor was made.
    let old = observed.containers.values_mut().find(|container| container.name == "shop-web-1").unwrap();
    old.state = State::Exited { code: 0, started: Stamp(60), finished: Stamp(61), error: String::new() };
    insta::assert_snapshot!(plan(&desired, &observed), @"
      1 remove  000000000000_shop-web-1  replaced
    hold container shop-web-1: exited (0), its restart policy leaves it so
    ");
}

#[test]
fn somebody_elses_start_is_ended_before_the_one_that_is_wanted_is_started_again() {
    let desired = up(web_on_db());
    let (mut observed, old) = edited_in_mid_walk(&desired);
    observed.containers.get_mut(&old).unwrap().restarts_always = false;
    let mut third = observed.containers[&old].clone();
    (third.id, third.name) = (ContainerId("3".repeat(64)), "shop-web-1-by-hand".into());
    third.labels.insert(labels::CONFIG_HASH.into(), "another".into());
    third.state = State::Running { started: Stamp(70) };
    observed.containers.insert(third.id.clone(), third);
    insta::assert_snapshot!(plan(&desired, &observed), @"
    1 stop    shop-web-1-by-hand       replaced
    2 remove  shop-web-1-by-hand       replaced  after 1
    3 start   shop-web-1               its replacement is no longer wanted  after 2
    4 remove  000000000000_shop-web-1  replaced  after 3
    ");
}

#[test]
fn a_place_that_only_a_dead_one_has_is_the_first_to_go() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let first = container(&mut observed, "web");
    let mut second = first.clone();
    first.state = State::Dead;
    (second.id, second.name) = (ContainerId("2".repeat(64)), "shop-web-2".into());
    second.labels.insert(labels::NUMBER.into(), "2".into());
    observed.containers.insert(second.id.clone(), second);
    desired.project.services.get_mut("web").unwrap().image = "web:2".into();
    desired.images.insert("web:2".into(), "sha256:web:2".into());
    observed.images.clone_from(&desired.images);
    insta::assert_snapshot!(plan(&desired, &observed), @"
    1 remove  shop-web-1               half removed
    2 create  222222222222_shop-web-2  configuration changed, image changed
    3 stop    shop-web-2               replaced  after 2
    4 remove  shop-web-2               replaced  after 3
    5 rename  web/2 to shop-web-2      wrong name  after 4
    6 start   shop-web-2               configuration changed, image changed  after 5
    ");
}

#[test]
fn nobody_waits_for_one_that_is_too_many() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    let db = container(&mut observed, "db");
    db.health = Health::Healthy;
    let mut second = db.clone();
    (second.id, second.name) = (ContainerId("2".repeat(64)), "shop-db-2".into());
    second.labels.insert(labels::NUMBER.into(), "2".into());
    second.state = State::Exited { code: 143, started: Stamp(1), finished: Stamp(9), error: String::new() };
    observed.containers.insert(second.id.clone(), second);
    container(&mut observed, "web").state = State::Created { error: String::new() };
    insta::assert_snapshot!(plan(&desired, &observed), @"
    1 remove  shop-db-2   more replicas than wanted
    2 start   shop-web-1  never started
    ");
}
