//! Services that use what another service's container has, one situation each.

use super::*;

/// `side` uses the network of `db`.
fn sidecar() -> Desired {
    let mut side = needs(Service { image: "side:1".into(), ..Service::default() }, "db", Condition::Started, true);
    side.network_mode = "service:db".into();
    up(project(&[("db", service("db:1")), ("side", side)]))
}

/// The same, running on the container that `db` has.
fn beside(desired: &Desired) -> Observed {
    let mut observed = converged(desired);
    let resolved = crate::shared::resolve(&observed, &desired.project.services["side"]).into_owned();
    assert_eq!(resolved.network_mode, format!("container:{}", "0".repeat(64)));
    let labels = labels::of_container(&desired.project, &name("side"), &resolved, 1, Some("sha256:side:1"));
    let side = container(&mut observed, "side");
    side.labels = labels;
    side.owners = [ContainerId("0".repeat(64))].into();
    side.networks.clear();
    observed
}

#[test]
fn who_shares_a_network_is_made_after_its_owner() {
    insta::assert_snapshot!(text(&sidecar(), &Observed { images: sidecar().images, ..Observed::default() }), @"
    1 create-network  shop_default  missing
    2 create          shop-db-1     missing  after 1
    3 start           shop-db-1     missing  after 2
    4 create          shop-side-1   missing  after 3
    5 start           shop-side-1   missing  after 3 4
    ");
}

#[test]
fn who_shares_a_network_is_kept_while_its_owner_is() {
    let desired = sidecar();
    assert!(plan(&desired, &beside(&desired)).is_empty());
}

#[test]
fn who_shares_a_network_is_made_anew_after_its_owner() {
    let before = sidecar();
    let observed = beside(&before);
    let mut after = sidecar();
    after.project.services.get_mut("db").unwrap().hostname = "db".into();
    insta::assert_snapshot!(text(&after, &observed), @"
     1 create  000000000000_shop-db-1    configuration changed
     2 stop    shop-side-1               db is about to be replaced
     3 stop    shop-db-1                 replaced  after 1 2
     4 remove  shop-db-1                 replaced  after 3
     5 rename  db/1 to shop-db-1         wrong name  after 4
     6 start   shop-db-1                 configuration changed  after 5
     7 create  000000000000_shop-side-1  configuration changed  after 6
     8 remove  shop-side-1               replaced  after 2 7
     9 rename  side/1 to shop-side-1     wrong name  after 8
    10 start   shop-side-1               configuration changed  after 6 9
    ");
}

#[test]
fn who_shares_with_a_container_that_is_gone_is_made_anew() {
    let desired = sidecar();
    let mut observed = beside(&desired);
    // Somebody removed the owner, and it was made again.
    let mut db = observed.containers.remove(&ContainerId("0".repeat(64))).unwrap();
    db.id = ContainerId("d".repeat(64));
    observed.containers.insert(db.id.clone(), db);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  000000000000_shop-side-1  what it shares with is another container
    2 stop    shop-side-1               replaced  after 1
    3 remove  shop-side-1               replaced  after 2
    4 rename  side/1 to shop-side-1     wrong name  after 3
    5 start   shop-side-1               what it shares with is another container  after 4
    ");
}

#[test]
fn nobody_shares_with_a_service_that_is_not_there() {
    let mut desired = sidecar();
    desired.project.services.get_mut("db").unwrap().scale = Some(0);
    insta::assert_snapshot!(text(&desired, &Observed { images: sidecar().images, ..Observed::default() }), @"
    1 create-network  shop_default  missing
    2 create          shop-side-1   missing
      dependency db failed: it has no container to share with
    3 start           shop-side-1   missing  after 2
    ");
}

#[test]
fn one_container_less_of_an_owner_leaves_who_shares_with_it() {
    let mut desired = sidecar();
    desired.project.services.get_mut("db").unwrap().scale = Some(2);
    let mut observed = beside(&desired);
    let mut second = container(&mut observed, "db").clone();
    second.id = ContainerId("e".repeat(64));
    second.name = "shop-db-2".into();
    second.labels.insert(labels::NUMBER.into(), "2".into());
    observed.containers.insert(second.id.clone(), second);
    desired.project.services.get_mut("db").unwrap().scale = Some(1);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop    shop-db-2  more replicas than wanted
    2 remove  shop-db-2  more replicas than wanted  after 1
    ");
}
