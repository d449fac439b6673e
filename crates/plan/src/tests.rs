//! Plans as text, one situation each.

use std::collections::BTreeMap;

use model::{Condition, Dependency, Network, NetworkKey, Project, ProjectName, Service, ServiceName, hash};

use crate::*;

mod around;
mod asked;
mod leftovers;
mod networks;
mod shared;

fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

/// A project `shop` with a default network; each service is `name` or `name<dep`, healthy or started.
fn project(services: &[(&str, Service)]) -> Project {
    Project {
        working_dir: "/srv/shop".into(),
        config_files: vec!["/srv/shop/compose.yaml".into()],
        services: services.iter().map(|(text, service)| (name(text), Box::new(service.clone()))).collect(),
        networks: [(
            NetworkKey::new("default").unwrap(),
            Network { name: "shop_default".into(), ..Network::default() },
        )]
        .into(),
        ..Project::named(ProjectName::new("shop").unwrap())
    }
}

fn service(image: &str) -> Service {
    Service {
        image: image.into(),
        networks: [(NetworkKey::new("default").unwrap(), None)].into(),
        ..Service::default()
    }
}

fn needs(mut service: Service, on: &str, condition: Condition, restart: bool) -> Service {
    service.depends_on.insert(name(on), Dependency { condition, restart, required: true });
    service
}

fn web_on_db() -> Project {
    project(&[("db", service("db:1")), ("web", needs(service("web:1"), "db", Condition::Healthy, true))])
}

fn up(project: Project) -> Desired {
    let images = project.services.values().map(|s| (s.image.clone(), format!("sha256:{}", s.image))).collect();
    Desired { project, previous: None, goal: Goal::Up, policy: Policy::default(), images }
}

/// The world after the project was brought up once.
fn converged(desired: &Desired) -> Observed {
    let mut observed = Observed { images: desired.images.clone(), ..Observed::default() };
    for (key, network) in &desired.project.networks {
        let labels = [
            (labels::PROJECT.into(), "shop".into()),
            (labels::NETWORK.into(), key.to_string()),
            (labels::CONFIG_HASH.into(), hash::network(network)),
        ];
        observed.networks.insert(
            network.name.clone(),
            observed::Network { id: "n1".into(), labels: labels.into(), ..Default::default() },
        );
    }
    for (at, (name, service)) in desired.project.services.iter().enumerate() {
        let id = ContainerId(format!("{at:0>64}"));
        let image = desired.images.get(&service.image).map(String::as_str);
        observed.containers.insert(
            id.clone(),
            Container {
                id,
                name: format!("shop-{name}-1"),
                image: service.image.clone(),
                labels: labels::of_container(&desired.project, name, service, 1, image),
                state: State::Running { started: Stamp(at as i64 + 1) },
                health: if name.as_str() == "db" { Health::Healthy } else { Health::None },
                restarts_always: false,
                out_of_memory: false,
                networks: [("shop_default".into(), "n1".into())].into(),
                volumes: BTreeMap::new(),
                created: Stamp(at as i64),
                owners: Default::default(),
                ports: Vec::new(),
                command: String::new(),
            },
        );
    }
    observed
}

fn container<'a>(observed: &'a mut Observed, service: &str) -> &'a mut Container {
    observed.containers.values_mut().find(|c| c.label(labels::SERVICE) == service).unwrap()
}

fn text(desired: &Desired, observed: &Observed) -> String {
    let plan = plan(desired, observed);
    assert_eq!(check::violations(desired, observed, &plan), Vec::<String>::new());
    plan.to_string()
}

#[test]
fn everything_is_missing() {
    let mut desired = up(web_on_db());
    desired.images.remove("web:1");
    insta::assert_snapshot!(text(&desired, &Observed::default()), @"
    1 create-network  shop_default  missing
    2 create          shop-db-1     missing  after 1
    3 start           shop-db-1     missing  after 2
    4 pull            web:1         missing
    5 create          shop-web-1    missing  after 1 4
    6 start           shop-web-1    missing  after 3 5
      waiting for db to be healthy
    ");
}

#[test]
fn nothing_is_left_to_do() {
    let desired = up(web_on_db());
    insta::assert_snapshot!(text(&desired, &converged(&desired)), @"");
}

#[test]
fn a_removed_container_is_made_again_and_those_who_follow_it_restart() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    observed.containers.retain(|_, c| c.label(labels::SERVICE) != "db");
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create   shop-db-1   missing
    2 start    shop-db-1   missing  after 1
    3 restart  shop-web-1  db started after it  after 2
      waiting for db to be healthy
    ");
}

#[test]
fn who_stays_to_watch_follows_a_plain_restart_too() {
    let mut desired = up(web_on_db());
    desired.policy.follows_restarts = true;
    let mut observed = converged(&desired);
    container(&mut observed, "db").state = State::Running { started: Stamp(99) };
    insta::assert_snapshot!(text(&desired, &observed), @"  1 restart  shop-web-1  db started after it");
    container(&mut observed, "db").health = Health::Starting;
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 restart  shop-web-1  db started after it
      waiting for db to be healthy
    ");
    container(&mut observed, "db").health = Health::Unhealthy;
    insta::assert_snapshot!(text(&desired, &observed), @"");
}

#[test]
fn a_changed_service_is_walked_to_its_new_container() {
    let before = up(web_on_db());
    let mut observed = converged(&before);
    let mut after = up(web_on_db());
    after.previous = Some(before.project.clone());
    after.project.services.get_mut("db").unwrap().environment.insert("LEVEL".into(), Some("debug".into()));
    insta::assert_snapshot!(text(&after, &observed), @"
    1 create  000000000000_shop-db-1  environment.LEVEL changed
    2 stop    shop-web-1              db is about to be replaced
    3 stop    shop-db-1               replaced  after 1 2
    4 remove  shop-db-1               replaced  after 3
    5 rename  db/1 to shop-db-1       wrong name  after 4
    6 start   shop-db-1               environment.LEVEL changed  after 5
    7 start   shop-web-1              requested  after 2 6
    ");

    // Killed after the create: both are there, the new one was never started.
    let old = container(&mut observed, "db").clone();
    let mut new = old.clone();
    new.id = ContainerId("e".repeat(64));
    new.name = container::provisional_name(&[&old], "shop-db-1");
    new.state = State::Created { error: String::new() };
    new.health = Health::None;
    new.labels.insert(labels::CONFIG_HASH.into(), hash::service(&after.project.services["db"]));
    observed.containers.insert(new.id.clone(), new.clone());
    insta::assert_snapshot!(text(&after, &observed), @"
    1 stop    shop-web-1         db is about to be replaced
    2 stop    shop-db-1          replaced  after 1
    3 remove  shop-db-1          replaced  after 2
    4 rename  db/1 to shop-db-1  wrong name  after 3
    5 start   shop-db-1          never started  after 4
    6 start   shop-web-1         requested  after 1 5
      waiting for db to be healthy
    ");

    // Killed after the removal: the new one is alone, under its provisional name.
    observed.containers.remove(&old.id);
    insta::assert_snapshot!(text(&after, &observed), @"
    1 rename   db/1 to shop-db-1  wrong name
    2 start    shop-db-1          never started  after 1
    3 restart  shop-web-1         db started after it  after 2
      waiting for db to be healthy
    ");
}

/// The old container was stopped by us and its successor created, when the file changed once more.
fn edited_in_mid_walk(desired: &Desired) -> (Observed, ContainerId) {
    let mut observed = converged(desired);
    let old = container(&mut observed, "web");
    old.state = State::Exited { code: 143, started: Stamp(1), finished: Stamp(50), error: String::new() };
    old.restarts_always = true;
    let mut new = old.clone();
    new.id = ContainerId("e".repeat(64));
    new.name = container::provisional_name(&[old], "shop-web-1");
    new.state = State::Created { error: String::new() };
    new.labels.insert(labels::CONFIG_HASH.into(), "of the edit before".into());
    new.labels.insert(labels::REPLACE.into(), "web-1".into());
    let id = old.id.clone();
    observed.containers.insert(new.id.clone(), new);
    (observed, id)
}

#[test]
fn an_edit_in_mid_walk_goes_on_to_what_is_wanted_now() {
    let before = up(web_on_db());
    let (observed, _) = edited_in_mid_walk(&before);
    let mut after = before.clone();
    after.project.services.get_mut("web").unwrap().hostname = "w".into();
    insta::assert_snapshot!(text(&after, &observed), @"
    1 create  eeeeeeeeeeee_shop-web-1  configuration changed
    2 remove  shop-web-1               replaced  after 1
    3 remove  000000000000_shop-web-1  replaced  after 1
    4 rename  web/1 to shop-web-1      wrong name  after 2 3
    5 start   shop-web-1               configuration changed  after 4
    ");
}

#[test]
fn an_edit_taken_back_in_mid_walk_starts_the_old_again() {
    let desired = up(web_on_db());
    let (mut observed, old) = edited_in_mid_walk(&desired);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 start   shop-web-1               its replacement is no longer wanted
    2 remove  000000000000_shop-web-1  replaced  after 1
    ");
    observed.containers.get_mut(&old).unwrap().state = State::Running { started: Stamp(60) };
    insta::assert_snapshot!(text(&desired, &observed), @"  1 remove  000000000000_shop-web-1  replaced");
}

#[test]
fn what_somebody_stopped_stays_stopped_until_it_is_asked_for() {
    let mut desired = up(web_on_db());
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.state = State::Exited { code: 143, started: Stamp(1), finished: Stamp(50), error: String::new() };
    web.restarts_always = true;
    let id = web.id.clone();
    insta::assert_snapshot!(text(&desired, &observed), @"hold container shop-web-1: stopped by hand");
    desired.policy.start.insert(id);
    insta::assert_snapshot!(text(&desired, &observed), @"  1 start  shop-web-1  requested");
}

#[test]
fn a_failed_dependency_is_named() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    container(&mut observed, "db").health = Health::Unhealthy;
    container(&mut observed, "web").state = State::Created { error: String::new() };
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 start  shop-web-1  never started
      dependency db failed: container shop-db-1 is unhealthy
    ");
}

#[test]
fn stop_on_request_goes_from_dependents_to_dependencies() {
    let mut desired = up(web_on_db());
    let observed = converged(&desired);
    desired.policy.stopped = desired.project.services.keys().cloned().collect();
    insta::assert_snapshot!(text(&desired, &observed), @"
      1 stop  shop-web-1  requested
      2 stop  shop-db-1   requested  after 1
    hold web: stopped on request
    hold db: stopped on request
    ");
}

#[test]
fn down_removes_in_reverse_and_keeps_volumes() {
    let mut desired = up(web_on_db());
    let mut observed = converged(&desired);
    observed
        .volumes
        .insert("shop_data".into(), observed::Volume { labels: [(labels::PROJECT.into(), "shop".into())].into() });
    desired.goal = Goal::Down(Down { everything: true, ..Down::default() });
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop            shop-web-1    down was requested
    2 remove          shop-web-1    down was requested  after 1
    3 stop            shop-db-1     down was requested  after 2
    4 remove          shop-db-1     down was requested  after 3
    5 remove-network  shop_default  down was requested  after 2 4
    ");
    desired.goal = Goal::Down(Down { everything: true, volumes: true, ..Down::default() });
    assert!(text(&desired, &observed).contains("remove-volume"));
}

#[test]
fn fewer_replicas_take_the_highest_numbers_away() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let first = container(&mut observed, "web").clone();
    for number in [2, 3] {
        let mut more = first.clone();
        more.id = ContainerId(number.to_string().repeat(64));
        more.name = format!("shop-web-{number}");
        more.labels.insert(labels::NUMBER.into(), number.to_string());
        observed.containers.insert(more.id.clone(), more);
    }
    desired.project.services.get_mut("web").unwrap().scale = Some(2);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop    shop-web-3  more replicas than wanted
    2 remove  shop-web-3  more replicas than wanted  after 1
    ");
    desired.project.services.get_mut("web").unwrap().scale = Some(4);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  shop-web-4  missing
    2 start   shop-web-4  missing  after 1
    ");
}

#[test]
fn an_orphan_is_named_and_goes_when_asked() {
    let before = up(web_on_db());
    let mut observed = converged(&before);
    let mut after = up(project(&[("db", service("db:1"))]));
    insta::assert_snapshot!(text(&after, &observed), @"hold container shop-web-1: no such service in the file; `up --remove-orphans` removes it");
    container(&mut observed, "web").labels.insert(labels::WORKING_DIR.into(), "/srv/other".into());
    after.policy.remove_orphans = true;
    insta::assert_snapshot!(text(&after, &observed), @"hold container shop-web-1: made from /srv/other, whose project has the same name; `-p` or `name:` keeps the two apart");
    container(&mut observed, "web").labels.remove(labels::WORKING_DIR);
    insta::assert_snapshot!(text(&after, &observed), @"
    1 stop    shop-web-1  no such service in the file
    2 remove  shop-web-1  no such service in the file  after 1
    ");
}

#[test]
fn what_must_exist_and_does_not_blocks_its_users() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    desired.project.networks.get_mut("default").unwrap().external = true;
    insta::assert_snapshot!(text(&desired, &Observed::default()), @"
      1 create  shop-web-1  missing
        declared as external, but shop_default does not exist
      2 start   shop-web-1  missing  after 1
    hold network shop_default: declared as external, but shop_default does not exist
    ");
}

#[test]
fn down_leaves_what_a_container_that_stays_still_uses() {
    let mut desired = up(project(&[("db", service("db:1"))]));
    let mut observed = converged(&up(web_on_db()));
    observed
        .volumes
        .insert("shop_data".into(), observed::Volume { labels: [(labels::PROJECT.into(), "shop".into())].into() });
    container(&mut observed, "web").volumes.insert("/data".into(), "shop_data".into());
    let volume = model::Volume { name: "shop_data".into(), ..model::Volume::default() };
    desired.project.volumes.insert(model::VolumeKey::new("data").unwrap(), volume);
    desired.goal = Goal::Down(Down { volumes: true, ..Down::default() });
    insta::assert_snapshot!(text(&desired, &observed), @"
      1 stop    shop-db-1  down was requested
      2 remove  shop-db-1  down was requested  after 1
    hold network shop_default: still in use by container shop-web-1, which stays
    hold volume shop_data: still in use by container shop-web-1, which stays
    ");

    // What the engine is removing already is in nobody's way for long.
    container(&mut observed, "web").state = State::Removing;
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 stop            shop-db-1     down was requested
    2 remove          shop-db-1     down was requested  after 1
    3 remove-network  shop_default  down was requested  after 2
    4 remove-volume   shop_data     down was requested  after 2
    ");
}

#[test]
fn an_image_is_refreshed_beside_what_runs() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    desired.policy.refresh.insert("web:1".into());
    insta::assert_snapshot!(text(&desired, &observed), @"  1 pull  web:1  requested");
    let web = container(&mut observed, "web");
    web.state = State::Exited { code: 0, started: Stamp(1), finished: Stamp(50), error: String::new() };
    desired.policy.start.insert(web.id.clone());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 pull   web:1       requested
    2 start  shop-web-1  requested  after 1
    ");
}

#[test]
fn a_place_whose_container_is_being_made_is_taken() {
    let mut desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.labels.insert(labels::NUMBER.into(), "2".into());
    web.name = "shop-web-2".into();
    desired.project.services.get_mut("web").unwrap().scale = Some(3);
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  shop-web-3  missing
    2 start   shop-web-3  missing  after 1
    3 create  shop-web-4  missing
    4 start   shop-web-4  missing  after 3
    ");
    let replica = |number| action::Replica { service: name("web"), number };
    desired.policy.coming = [replica(1), replica(3)].into();
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  shop-web-1  missing
    2 start   shop-web-1  missing  after 1
    3 create  shop-web-3  missing
    4 start   shop-web-3  missing  after 3
    ");
}

#[test]
fn what_the_engine_failed_to_remove_goes_from_any_place() {
    let desired = up(project(&[("web", service("web:1"))]));
    let mut observed = converged(&desired);
    let mut dead = container(&mut observed, "web").clone();
    dead.id = ContainerId("f".repeat(64));
    dead.name = "shop-web-7".into();
    dead.labels.insert(labels::NUMBER.into(), "7".into());
    dead.state = State::Dead;
    observed.containers.insert(dead.id.clone(), dead);
    insta::assert_snapshot!(text(&desired, &observed), @"  1 remove  shop-web-7  half removed");
}

#[test]
fn who_is_not_asked_for_is_not_stopped_for_another() {
    let before = up(web_on_db());
    let observed = converged(&before);
    let mut after = up(web_on_db());
    after.project.services.get_mut("db").unwrap().hostname = "db".into();
    after.policy.services = Some([name("db")].into());
    insta::assert_snapshot!(text(&after, &observed), @"
    1 create  000000000000_shop-db-1  configuration changed
    2 stop    shop-db-1               replaced  after 1
    3 remove  shop-db-1               replaced  after 2
    4 rename  db/1 to shop-db-1       wrong name  after 3
    5 start   shop-db-1               configuration changed  after 4
    ");
}

/// The orders for containers in a plan, by container name.
fn orders(desired: &Desired, observed: &Observed) -> BTreeMap<String, action::ContainerSpec> {
    let orders = plan(desired, observed).steps.into_iter().filter_map(|step| match step.action {
        Action::CreateContainer(spec) => Some((spec.name.clone(), *spec)),
        _ => None,
    });
    orders.collect()
}

#[test]
fn linked_services_are_reached_by_all_their_names() {
    let mut web = needs(service("web:1"), "db", Condition::Started, true);
    web.links = vec!["db:database".into()];
    web.external_links = vec!["other".into()];
    let mut desired = up(project(&[("db", Service { scale: Some(2), ..service("db:1") }), ("web", web.clone())]));
    let links =
        |desired: &Desired, observed: &Observed| orders(desired, observed)["shop-web-1"].endpoints[0].links.clone();
    let of = |number: u32| {
        [
            format!("shop-db-{number}:database"),
            format!("shop-db-{number}:db-{number}"),
            format!("shop-db-{number}:shop-db-{number}"),
        ]
    };
    let other = ["other:other".to_owned()];
    assert_eq!(links(&desired, &Observed::default()), [&of(1)[..], &of(2), &other].concat());
    let mut observed = converged(&desired);
    observed.containers.retain(|_, container| container.label(labels::SERVICE) == "db");
    container(&mut observed, "db").labels.insert(labels::NUMBER.into(), "4".into());
    desired.project.services.get_mut("db").unwrap().scale = None;
    assert_eq!(links(&desired, &observed), [&of(4)[..], &other].concat(), "those that are there");
}

#[test]
fn secrets_and_configs_of_files_are_mounts() {
    let used = |source: &str, target: &str| model::FileReference {
        source: source.into(),
        target: target.into(),
        ..model::FileReference::default()
    };
    let web = Service {
        secrets: vec![used("s", "/run/secrets/s"), used("s", "short"), used("v", "v")],
        configs: vec![used("c", ""), used("c", "/etc/c")],
        ..service("web:1")
    };
    let mut desired = up(project(&[("web", web)]));
    let file = |file: &str| model::Secret { file: file.into(), ..model::Secret::default() };
    desired.project.secrets = [("s", file("/srv/s")), ("v", file(""))]
        .map(|(key, secret)| (model::SecretKey::new(key).unwrap(), secret))
        .into();
    let config = model::Config { file: "/srv/c".into(), ..model::Config::default() };
    desired.project.configs = [(model::ConfigKey::new("c").unwrap(), config)].into();
    let spec = orders(&desired, &Observed::default()).remove("shop-web-1").unwrap();
    let mounts: Vec<String> = spec
        .service
        .volumes
        .iter()
        .map(|mount| format!("{} {} {}", mount.source, mount.target, mount.read_only))
        .collect();
    assert_eq!(
        mounts,
        ["/srv/s /run/secrets/s true", "/srv/s /run/secrets/short true", "/srv/c /c true", "/srv/c /etc/c true"]
    );
    assert!(spec.service.volumes.iter().all(|mount| !mount.bind.as_ref().unwrap().creates_host_path()));
}

fn mounting(image: &str) -> Service {
    let mount =
        model::Mount { kind: model::MountKind::Image, source: image.into(), target: "/i".into(), ..Default::default() };
    Service { volumes: vec![mount], ..service("web:1") }
}

#[test]
fn an_image_that_is_mounted_is_pulled_first() {
    let desired = up(project(&[("web", mounting("assets:1"))]));
    insta::assert_snapshot!(text(&desired, &Observed::default()), @"
    1 create-network  shop_default  missing
    2 pull            assets:1      missing
    3 create          shop-web-1    missing  after 1 2
    4 start           shop-web-1    missing  after 3
    ");
}

#[test]
fn other_content_of_a_mounted_image_replaces_the_container() {
    let mut desired = up(project(&[("assets", service("assets:1")), ("web", mounting("assets"))]));
    let mut observed = converged(&desired);
    insta::assert_snapshot!(text(&desired, &observed), @"");
    let label = container(&mut observed, "web").labels.entry(labels::IMAGE_VOLUMES.into());
    label.or_insert("/i=sha256:assets:1".into());
    insta::assert_snapshot!(text(&desired, &observed), @"");
    desired.images.insert("assets:1".into(), "sha256:new".into());
    container(&mut observed, "assets").labels.insert(labels::IMAGE.into(), "sha256:new".into());
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  000000000000_shop-web-1  image changed
    2 stop    shop-web-1               replaced  after 1
    3 remove  shop-web-1               replaced  after 2
    4 rename  web/1 to shop-web-1      wrong name  after 3
    5 start   shop-web-1               image changed  after 4
    ");
}

#[test]
fn what_the_engine_could_not_start_again_was_not_stopped_by_hand() {
    let desired = up(web_on_db());
    let mut observed = converged(&desired);
    let web = container(&mut observed, "web");
    web.restarts_always = true;
    web.state = State::Exited { code: 137, started: Stamp(1), finished: Stamp(9), error: "cannot join network".into() };
    insta::assert_snapshot!(text(&desired, &observed), @"1 start  shop-web-1  the engine could not start it again");
}
