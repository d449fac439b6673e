//! Actions: what they do, that they may be repeated, and what they are refused with.

use std::collections::BTreeSet;

use engine::{Engine, Query};
use model::{Port, Service, Volume};
use plan::action::VolumeSpec;
use plan::{Action, ContainerId, Down, Goal, Health, State, labels};

use crate::world::{BOX, World, docker, eventually};

#[tokio::test]
async fn a_project_comes_up_changes_and_goes() {
    let world = World::new();
    let service = Service { image: BOX.into(), ..Service::default() };
    let mut project = world.model(&[("db", service.clone()), ("web", service)]);
    assert_eq!(world.converge(&project, Goal::Up).await, 5, "a network, and two containers created and started");
    let seen = world.observe().await;
    let network = &seen.networks[&format!("{}_default", world.project)];
    assert_eq!(seen.containers.len(), 2);
    for container in seen.containers.values() {
        assert!(container.is_running() && container.health == Health::None, "{container:?}");
        assert_eq!(container.networks.values().collect::<Vec<_>>(), [&network.id]);
        assert_eq!((container.image.as_str(), container.command.as_str()), (BOX, "sleep infinity"));
    }
    assert_eq!(world.converge(&project, Goal::Up).await, 0, "it is so already");

    for service in project.services.values_mut() {
        service.hostname = "changed".into();
    }
    world.converge(&project, Goal::Up).await;
    let after = world.observe().await;
    assert_eq!(after.containers.len(), 2);
    assert!(after.containers.keys().all(|id| !seen.containers.contains_key(id)), "both are new");
    assert!(after.containers.values().all(|container| container.name.starts_with(&world.project)), "and renamed");

    world.converge(&project, Goal::Down(Down { grace: Some(0), ..Down::default() })).await;
    let gone = world.observe().await;
    assert!(gone.containers.is_empty() && gone.networks.is_empty());
}

#[tokio::test]
async fn every_action_may_be_repeated() {
    let world = World::new();
    let twice = async |action: Action| {
        let first = world.apply(&action).await.unwrap();
        let second = world.apply(&action).await.unwrap();
        assert!(first.changed, "{action:?}");
        assert!(!second.changed, "{action:?}");
        assert_eq!(first.id, second.id, "{action:?}");
        first.id.unwrap_or_default()
    };
    let network = twice(world.network("a")).await;
    let id = twice(world.container("web", |spec| {
        spec.network_mode = format!("{}_a", world.project);
        spec.endpoints = vec![world.endpoint("a")];
    }))
    .await;
    let id = ContainerId(id);
    let name = String::from("for people");
    twice(world.start(&id.0)).await;
    let off = Action::DisconnectNetwork {
        id: network.clone(),
        network: format!("{}_a", world.project),
        container: id.clone(),
        name: name.clone(),
    };
    twice(off).await;
    twice(Action::StopContainer {
        replica: None,
        id: id.clone(),
        name: name.clone(),
        grace: None,
        around: Default::default(),
    })
    .await;
    let replica = plan::action::Replica { service: model::ServiceName::new("web").unwrap(), number: 1 };
    let to = format!("{}-other", world.project);
    twice(Action::RenameContainer { replica, container: id.0.clone(), to }).await;
    twice(Action::RemoveContainer { replica: None, id: id.clone(), name: name.clone(), volumes: true }).await;
    let gone =
        Action::StopContainer { replica: None, id, name: name.clone(), grace: Some(0), around: Default::default() };
    assert!(!world.apply(&gone).await.unwrap().changed);
    twice(Action::RemoveNetwork { id: network, name }).await;
}

#[tokio::test]
async fn a_volume_of_somebody_else_is_not_taken_over() {
    let world = World::new();
    let name = format!("{}_data", world.project);
    let volume = Volume { name: name.clone(), ..Volume::default() };
    let spec = |hash| VolumeSpec { volume: volume.clone(), labels: world.labels(&[(labels::CONFIG_HASH, hash)]) };
    world.apply(&Action::CreateVolume(spec("one"))).await.unwrap();
    world.apply(&Action::CreateVolume(spec("one"))).await.unwrap();
    let error = world.apply(&Action::CreateVolume(spec("two"))).await.unwrap_err();
    assert!(error.is_conflict() && !error.is_unknown_outcome(), "{error}");
    for _ in 0..2 {
        world.apply(&Action::RemoveVolume { name: name.clone() }).await.unwrap();
    }
    assert!(world.observe().await.volumes.is_empty());
}

#[tokio::test]
async fn of_many_creates_at_once_one_does_it_and_all_succeed() {
    let world = World::new();
    let mut actions = vec![world.container("web", |_| {})];
    // Before API 1.44 the engine looks for a second network of a name without a lock.
    if world.engine.version().await.unwrap().negotiated.as_str() >= "1.44" {
        actions.push(world.network("a"));
    }
    for action in actions {
        let all = futures_util::future::join_all((0..8).map(|_| world.apply(&action))).await;
        // A loser may ask whose the name is before the winner's container can be seen.
        let done: Vec<_> = all
            .into_iter()
            .filter_map(|result| result.inspect_err(|error| assert!(error.is_conflict(), "{error}")).ok())
            .collect();
        assert_eq!(done.iter().filter(|done| done.changed).count(), 1);
        assert!(done.iter().all(|other| other.id == done[0].id));
    }
}

#[tokio::test]
async fn of_many_removals_at_once_all_succeed() {
    let world = World::new();
    let id = ContainerId(world.apply(&world.container("web", |_| {})).await.unwrap().id.unwrap());
    let remove = Action::RemoveContainer { replica: None, id: id.clone(), name: "web".into(), volumes: true };
    for result in futures_util::future::join_all((0..8).map(|_| world.apply(&remove))).await {
        result.unwrap();
    }
    assert!(world.engine.look(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_name_that_is_taken_says_by_whom() {
    let world = World::new();
    world.apply(&world.container("web", |_| {})).await.unwrap();
    let other = world.container("web", |spec| {
        spec.labels.insert(labels::CONFIG_HASH.into(), "another".into());
    });
    let error = world.apply(&other).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(error.to_string().contains(&format!("(service web of project {})", world.project)), "{error}");
    assert!(error.help().unwrap().contains("container_name"));
}

#[tokio::test]
async fn what_is_missing_is_called_missing() {
    let world = World::new();
    let image = world.container("web", |spec| spec.image = "composed.local/absent:1".into());
    let error = world.apply(&image).await.unwrap_err();
    assert!(error.is_missing() && !error.is_transient(), "{error}");
    assert!(error.help().unwrap().contains("docker pull"), "{error}");
    let error = world.apply(&world.start("composed-no-such-container")).await.unwrap_err();
    assert!(error.is_missing(), "{error}");
    assert!(world.engine.look(&ContainerId("0".repeat(64))).await.unwrap().is_none());
}

#[tokio::test]
async fn a_running_container_and_a_used_network_are_conflicts() {
    let world = World::new();
    let network = world.apply(&world.network("a")).await.unwrap().id.unwrap();
    let container = world
        .run("web", &["sleep", "infinity"], |spec| {
            spec.network_mode = format!("{}_a", world.project);
            spec.endpoints = vec![world.endpoint("a")];
        })
        .await;
    let name = String::from("web");
    let remove = Action::RemoveContainer { replica: None, id: container.id, name, volumes: false };
    assert!(world.apply(&remove).await.unwrap_err().is_conflict());
    let error = world.apply(&Action::RemoveNetwork { id: network, name: "a".into() }).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
}

#[tokio::test]
async fn a_port_that_is_taken_leaves_a_created_container_with_the_reason() {
    let world = World::new();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let published = holder.local_addr().unwrap().port().to_string();
    world.apply(&world.network("a")).await.unwrap();
    let action = world.container("web", |spec| {
        spec.network_mode = format!("{}_a", world.project);
        spec.endpoints = vec![world.endpoint("a")];
        spec.service.ports = vec![Port {
            host_ip: "127.0.0.1".into(),
            target: 80,
            published,
            protocol: "tcp".into(),
            ..Port::default()
        }];
    });
    let id = ContainerId(world.apply(&action).await.unwrap().id.unwrap());
    // A private engine may have a network namespace of its own, where nobody holds the port.
    if let Err(error) = world.apply(&world.start(&id.0)).await {
        assert!(error.is_transient() && !error.is_unknown_outcome(), "{error}");
        assert!(error.help().unwrap().contains("port"), "{error}");
        let State::Created { error: reason } = world.engine.look(&id).await.unwrap().unwrap().state else { panic!() };
        assert!(!reason.is_empty());
    }
}

#[tokio::test]
async fn states_are_told_as_they_are() {
    let world = World::new();
    let created = world.apply(&world.container("created", |_| {})).await.unwrap().id.unwrap();
    let created = world.engine.look(&ContainerId(created)).await.unwrap().unwrap();
    assert_eq!(created.state, State::Created { error: String::new() });
    let ended = world.run("ended", &["sh", "-c", "exit 3"], |_| {}).await;
    let (code, finished) =
        eventually("it ended", async || match world.engine.look(&ended.id).await.unwrap().unwrap().state {
            State::Exited { code, finished, .. } => Some((code, finished)),
            _ => None,
        })
        .await;
    assert!(code == 3 && finished > ended.created);
    let looping = world.run("looping", &["sh", "-c", "exit 4"], |spec| spec.service.restart = "always".into()).await;
    assert!(looping.restarts_always);
    eventually("it is restarted", async || {
        (world.engine.look(&looping.id).await.unwrap()?.state == State::Restarting { code: 4 }).then_some(())
    })
    .await;
    let healthy = world
        .run("healthy", &["sleep", "infinity"], |spec| {
            spec.service.healthcheck = Some(model::Healthcheck {
                test: vec!["CMD".into(), "true".into()],
                interval: Some("200ms".parse().unwrap()),
                ..model::Healthcheck::default()
            });
        })
        .await;
    assert_eq!(healthy.health, Health::Starting);
    world.until("it is healthy", |seen| (seen.containers[&healthy.id].health == Health::Healthy).then_some(())).await;
}

#[tokio::test]
async fn names_of_the_file_are_looked_up_beside_the_labels() {
    let world = World::new();
    let other = World::new();
    other.apply(&other.network("ext")).await.unwrap();
    let volume = Volume { name: format!("{}_ext", other.project), ..Volume::default() };
    other.apply(&Action::CreateVolume(VolumeSpec { volume, labels: other.labels(&[]) })).await.unwrap();
    let name = format!("{}_ext", other.project);
    let part = name[..name.len() - 1].to_owned();
    let query = Query {
        project: world.project.clone(),
        images: [BOX.to_owned(), "composed.local/absent:1".to_owned()].into(),
        networks: [name.clone(), part.clone()].map(|name| (name, String::new())).into(),
        volumes: [name.clone(), part].into(),
    };
    let seen = world.engine.observe(&query).await.unwrap();
    assert_eq!(seen.networks.keys().collect::<Vec<_>>(), [&name], "exact names only");
    assert_eq!(seen.volumes.keys().collect::<Vec<_>>(), [&name], "exact names only");
    assert!(seen.images.len() == 1 && seen.images[BOX].starts_with("sha256:"));
    let id = seen.networks[&name].id.clone();
    let query = Query { networks: [(id.clone(), String::new())].into(), ..query };
    assert_eq!(world.engine.observe(&query).await.unwrap().networks[&id].id, id, "an id is a name too");
}

#[tokio::test]
async fn of_many_who_make_one_network_at_once_nobody_leaves_a_second() {
    let world = World::new();
    let action = world.network("default");
    for _ in 0..5 {
        let made = futures_util::future::join_all((0..8).map(|_| world.apply(&action))).await;
        let ids: BTreeSet<_> = made.into_iter().map(|done| done.unwrap().id.unwrap()).collect();
        let listed = docker(&["network", "ls", "-q", "--no-trunc", "-f", &format!("name={}_default", world.project)]);
        let there: Vec<&str> = listed.lines().collect();
        assert_eq!(there.len(), 1, "{ids:?}");
        docker(&["network", "rm", there[0]]);
    }
}

#[tokio::test]
async fn projects_are_listed_with_the_states_of_their_containers() {
    let world = World::new();
    world.apply(&world.container("web", |_| {})).await.unwrap();
    world.run("db", &["sleep", "infinity"], |_| {}).await;
    let listed = world.engine.projects().await.unwrap();
    let own = listed.iter().find(|listing| listing.name == world.project).unwrap();
    assert_eq!(own.states, [("created".to_owned(), 1), ("running".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_restart_is_another_life() {
    let world = World::new();
    let before = world.run("web", &["sleep", "infinity"], |_| {}).await;
    let replica = plan::action::Replica { service: model::ServiceName::new("web").unwrap(), number: 1 };
    let restart = Action::RestartContainer {
        replica,
        id: before.id.clone(),
        name: "web".into(),
        grace: Some(0),
        around: Default::default(),
    };
    assert!(world.apply(&restart).await.unwrap().changed);
    let after = world.engine.look(&before.id).await.unwrap().unwrap();
    let (State::Running { started: first }, State::Running { started: second }) = (before.state, after.state) else {
        panic!("it does not run")
    };
    assert!(second > first);
}
