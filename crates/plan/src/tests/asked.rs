//! What operators ask beyond the file: made and not started, gone in part, taken as it is.

use model::{Duration, Volume, VolumeKey};

use super::*;

#[test]
fn what_is_only_to_be_made_is_not_started_and_nobody_is_stopped_for_it() {
    let mut desired = up(web_on_db());
    desired.policy.unstarted = [name("db"), name("web")].into();
    insta::assert_snapshot!(text(&desired, &Observed { images: desired.images.clone(), ..Observed::default() }), @"
      1 create-network  shop_default  missing
      2 create          shop-db-1     missing  after 1
      3 create          shop-web-1    missing  after 1
    hold container shop-db-1: created and not started; `start` starts it
    hold container shop-web-1: created and not started; `start` starts it
    ");
    let mut observed = converged(&desired);
    container(&mut observed, "db").state = State::Created { error: String::new() };
    insta::assert_snapshot!(text(&desired, &observed), @"hold container shop-db-1: created and not started; `start` starts it");
    desired.project.services.get_mut("db").unwrap().hostname = "db".into();
    container(&mut observed, "db").state = State::Running { started: Stamp(1) };
    insta::assert_snapshot!(text(&desired, &observed), @"
      1 create  000000000000_shop-db-1  configuration changed
      2 stop    shop-db-1               replaced  after 1
      3 remove  shop-db-1               replaced  after 2
      4 rename  db/1 to shop-db-1       wrong name  after 3
    hold container shop-db-1: created and not started; `start` starts it
    ");
}

#[test]
fn who_works_on_what_is_there_takes_all_of_it() {
    let mut desired = up(web_on_db());
    desired.policy.existing_only = true;
    let mut observed = converged(&desired);
    let mut third = container(&mut observed, "web").clone();
    third.id = ContainerId("f".repeat(64));
    third.name = "shop-web-3".into();
    third.labels.insert(labels::NUMBER.into(), "3".into());
    third.state = State::Created { error: String::new() };
    observed.containers.insert(third.id.clone(), third);
    insta::assert_snapshot!(text(&desired, &observed), @"  1 start  shop-web-3  never started");
}

#[test]
fn a_container_that_somebody_renamed_keeps_its_name_and_one_in_mid_walk_does_not() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    container(&mut observed, "web").name = "mine".into();
    insta::assert_snapshot!(text(&desired, &observed), @"hold container mine: renamed from shop-web-1; `up --force-recreate` names it anew");
    container(&mut observed, "web").name = "0123456789ab_shop-web-1".into();
    insta::assert_snapshot!(text(&desired, &observed), @"  1 rename  web/1 to shop-web-1  wrong name");
}

#[test]
fn some_services_go_and_their_networks_as_far_as_nobody_uses_them() {
    let mut desired = up(web_on_db());
    let observed = converged(&desired);
    let down = Down { services: Some([name("web")].into()), ..Down::default() };
    desired.goal = Goal::Down(down);
    insta::assert_snapshot!(text(&desired, &observed), @"
      1 stop    shop-web-1  down was requested
      2 remove  shop-web-1  down was requested  after 1
    hold network shop_default: still in use by container shop-db-1, which stays
    ");
}

#[test]
fn dependents_end_first_also_through_a_service_that_has_no_container() {
    let middle = needs(service("api:1"), "db", Condition::Started, false);
    let last = needs(service("web:1"), "api", Condition::Started, false);
    let mut desired = up(project(&[("db", service("db:1")), ("api", middle), ("web", last)]));
    let mut observed = converged(&desired);
    observed.containers.retain(|_, c| c.label(labels::SERVICE) != "api");
    desired.goal = Goal::Down(Down::default());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop            shop-web-1    down was requested
    2 remove          shop-web-1    down was requested  after 1
    3 stop            shop-db-1     down was requested  after 2
    4 remove          shop-db-1     down was requested  after 3
    5 remove-network  shop_default  down was requested  after 2 4
    ");
}

#[test]
fn images_go_when_asked_and_what_somebody_uses_stays() {
    let mut desired = up(web_on_db());
    let mut observed = converged(&desired);
    observed.containers.clear();
    let images = desired.images.keys().cloned().collect();
    let left = [Left::Image("web:1".to_owned()), Left::Network("shop_default".to_owned())].into();
    desired.goal = Goal::Down(Down { images, left, ..Down::default() });
    insta::assert_snapshot!(text(&desired, &observed), @"
      1 remove-image  db:1  down was requested
    hold network shop_default: still in use
    hold image web:1: still in use
    ");
}

fn with_volume() -> Desired {
    let mut web = service("web:1");
    web.volumes = vec![model::Mount {
        kind: model::MountKind::Volume,
        source: "data".into(),
        target: "/d".into(),
        ..model::Mount::default()
    }];
    let mut project = project(&[("web", web)]);
    let volume = Volume { name: "shop_data".into(), ..Volume::default() };
    project.volumes.insert(VolumeKey::new("data").unwrap(), volume);
    up(project)
}

#[test]
fn a_changed_volume_is_made_anew_with_consent_alone() {
    let mut desired = with_volume();
    desired.policy.grace = Some(Duration::from_secs(1));
    let mut observed = converged(&desired);
    container(&mut observed, "web").volumes = [("/d".into(), "shop_data".into())].into();
    let labels = [(labels::PROJECT, "shop"), (labels::VOLUME, "data"), (labels::CONFIG_HASH, "other")];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    observed.volumes.insert("shop_data".into(), observed::Volume { labels });
    insta::assert_snapshot!(text(&desired, &observed), @"hold volume shop_data: its definition changed; recreating it would lose the data of shop_data");
    desired.policy.replaces_volumes = true;
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop           shop-web-1  volume shop_data is made anew
    2 remove         shop-web-1  volume shop_data is made anew  after 1
    3 remove-volume  shop_data   configuration changed  after 2
    4 create-volume  shop_data   configuration changed  after 3
    5 create         shop-web-1  missing  after 4
    6 start          shop-web-1  missing  after 5
    ");
}

#[test]
fn what_nobody_made_for_the_project_is_used_and_named() {
    let desired = with_volume();
    let mut observed = converged(&desired);
    container(&mut observed, "web").volumes = [("/d".into(), "shop_data".into())].into();
    let labels = [(labels::PROJECT.to_owned(), "elsewhere".to_owned())].into();
    observed.volumes.insert("shop_data".into(), observed::Volume { labels });
    observed.networks.get_mut("shop_default").unwrap().labels.clear();
    insta::assert_snapshot!(text(&desired, &observed), @"
    hold network shop_default: not made by compose; set `external: true` to say so
    hold volume shop_data: made for project elsewhere; set `external: true` to say so
    ");
}

#[test]
fn nothing_is_made_for_a_service_that_lacks_what_somebody_else_has_to_make() {
    let mut desired = up(web_on_db());
    let out = Network { name: "out".into(), external: true, ..Network::default() };
    desired.project.networks.insert(NetworkKey::new("out").unwrap(), out);
    let key = NetworkKey::new("out").unwrap();
    for service in desired.project.services.values_mut() {
        service.networks.insert(key.clone(), None);
    }
    let observed = Observed { images: desired.images.clone(), ..Observed::default() };
    assert_eq!(plan(&desired, &observed).steps.iter().filter(|step| step.is_ready()).count(), 0);
}

#[test]
fn who_runs_already_says_what_it_would_wait_for() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    container(&mut observed, "db").health = Health::Starting;
    insta::assert_snapshot!(text(&desired, &observed), @"hold container shop-web-1: waiting for db to be healthy");
}

#[test]
fn with_some_services_only_the_volumes_of_these_alone_go() {
    let mut desired = with_volume();
    let other = desired.project.services[&name("web")].clone();
    let observed = |desired: &Desired| {
        let mut observed = converged(desired);
        observed.containers.clear();
        let labels = [(labels::PROJECT.to_owned(), "shop".to_owned())].into();
        observed.volumes.insert("shop_data".into(), observed::Volume { labels });
        observed
    };
    let down = Down { services: Some([name("web")].into()), volumes: true, ..Down::default() };
    desired.goal = Goal::Down(down);
    let verbs = |desired: &Desired| -> Vec<&str> {
        plan(desired, &observed(desired)).steps.iter().map(|step| step.action.verb()).collect()
    };
    assert_eq!(verbs(&desired), ["remove-network", "remove-volume"]);
    desired.project.services.insert(name("other"), other);
    assert_eq!(verbs(&desired), ["remove-network"]);
}
