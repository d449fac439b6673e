//! Random projects and random edits of them, small enough to be read and odd enough to find something.

use model::{
    Condition, Dependency, Healthcheck, Mount, MountKind, Network, NetworkKey, Project, ProjectName, Service,
    ServiceName, Volume, VolumeKey,
};
use support::world::Dice;

pub(crate) const NAME: &str = "shop";
const LETTERS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("a name")
}

/// How odd a project may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taste {
    /// Everything in it can become what it is asked to be.
    Sound,
    /// Checks that fail, one-shots that fail, conditions nobody can meet.
    Odd,
}

/// One to eight services, some of which need others that are nearer to the front of a random order.
pub(crate) fn project(dice: &mut Dice, taste: Taste) -> Project {
    let mut letters = LETTERS;
    dice.shuffle(&mut letters);
    let count = usize::try_from(dice.between(1, 8)).expect("small");
    let mut project = Project {
        working_dir: "/srv/shop".into(),
        config_files: vec!["/srv/shop/compose.yaml".into()],
        ..Project::named(ProjectName::new(NAME).expect("a name"))
    };
    for key in ["default", "back"] {
        let network = Network { name: format!("{NAME}_{key}"), ..Network::default() };
        project.networks.insert(NetworkKey::new(key).expect("a key"), network);
    }
    for key in ["data", "cache"] {
        let volume = Volume { name: format!("{NAME}_{key}"), ..Volume::default() };
        project.volumes.insert(VolumeKey::new(key).expect("a key"), volume);
    }
    for letter in &letters[..count] {
        add(dice, &mut project, letter, taste);
    }
    project
}

/// One more service, needing some of those that are there.
fn add(dice: &mut Dice, project: &mut Project, letter: &str, taste: Taste) {
    let mut service = behaviour(dice, taste);
    service.image = format!("image-{}:1", dice.below(3));
    if dice.chance(10) {
        service.image = format!("built-{letter}");
        service.build = Some(Box::default());
    }
    service.scale = match dice.below(10) {
        0 => Some(0),
        1 | 2 => Some(2),
        3 => Some(3),
        _ => None,
    };
    if service.replicas() <= 1 && dice.chance(10) {
        service.container_name = format!("the-{letter}");
    }
    for key in ["default", "back"] {
        if dice.chance(if key == "default" { 80 } else { 30 }) {
            service.networks.insert(NetworkKey::new(key).expect("a key"), None);
        }
    }
    let mount = |source: &str, target: &str| Mount {
        kind: MountKind::Volume,
        source: source.to_owned(),
        target: target.to_owned(),
        ..Mount::default()
    };
    if dice.chance(25) {
        service.volumes.push(mount(["data", "cache"][usize::from(dice.chance(50))], "/data"));
    }
    if dice.chance(25) {
        service.volumes.push(mount("", "/scratch"));
    }
    for on in project.services.keys().cloned().collect::<Vec<_>>() {
        if dice.chance(30) {
            let edge = edge(dice, &project.services[&on], taste);
            service.depends_on.insert(on, edge);
        }
    }
    project.services.insert(name(letter), Box::new(service));
}

/// What its process does, how its health is told, and who starts it again.
fn behaviour(dice: &mut Dice, taste: Taste) -> Service {
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut service = Service::default();
    let after = dice.between(50, 4_000).to_string();
    match dice.below(10) {
        0 | 1 => {
            let code = if taste == Taste::Odd && dice.chance(20) { "1" } else { "0" };
            service.command = Some(words(&["exit", code, &after]));
            (*dice.pick(&["", "no", "on-failure:3"])).clone_into(&mut service.restart);
        }
        kind => {
            service.command = Some(words(&["serve"]));
            (*dice.pick(&["", "always", "unless-stopped", "on-failure:3"])).clone_into(&mut service.restart);
            if kind > 6 {
                let verdict = if taste == Taste::Odd && dice.chance(10) { "fail" } else { "ok" };
                service.healthcheck =
                    Some(Healthcheck { test: words(&["CMD", verdict, &after]), ..Healthcheck::default() });
            }
        }
    }
    service
}

fn edge(dice: &mut Dice, on: &Service, taste: Taste) -> Dependency {
    let ends = on.command.as_ref().is_some_and(|command| command[0] == "exit");
    let condition = match dice.below(3) {
        _ if taste == Taste::Odd && dice.chance(4) => {
            *dice.pick(&[Condition::Started, Condition::Healthy, Condition::Completed])
        }
        0 => Condition::Started,
        _ if ends => Condition::Completed,
        _ if on.healthcheck.is_some() => Condition::Healthy,
        _ => Condition::Started,
    };
    Dependency { condition, restart: !ends && dice.chance(40), required: !dice.chance(10) }
}

/// Changes one thing, as somebody with an editor does.
pub(crate) fn edit(dice: &mut Dice, project: &mut Project, taste: Taste) {
    let names: Vec<ServiceName> = project.services.keys().cloned().collect();
    let chosen = dice.pick(&names).clone();
    let service = project.services.get_mut(&chosen).expect("it was chosen from there");
    match dice.below(12) {
        0..=4 => {
            service.environment.insert("LEVEL".into(), Some(dice.below(1000).to_string()));
        }
        5 => {
            service.scale =
                Some(u32::try_from(dice.below(4)).expect("small")).filter(|_| service.container_name.is_empty())
        }
        6 => service.image = format!("image-{}:2", dice.below(3)),
        7 => {
            let network = project.networks.values_mut().next().expect("there are two");
            network.internal = !network.internal;
        }
        8 => {
            if names.len() > 1 {
                project.services.remove(&chosen);
                for service in project.services.values_mut() {
                    service.depends_on.remove(&chosen);
                }
            }
        }
        9 => {
            if let Some(letter) = LETTERS.iter().find(|letter| !project.services.contains_key(**letter)) {
                add(dice, project, letter, taste);
            }
        }
        10 => {
            let volume = project.volumes.values_mut().next().expect("there are two");
            volume.labels.insert("tier".into(), dice.below(9).to_string());
        }
        _ => {
            let fresh = behaviour(dice, taste);
            let followed = project.services.values().any(|other| {
                other.depends_on.get(&chosen).is_some_and(|edge| edge.restart || edge.condition != Condition::Started)
            });
            let service = project.services.get_mut(&chosen).expect("it is there");
            if !followed {
                service.command = fresh.command;
                service.healthcheck = fresh.healthcheck;
            }
            service.restart = fresh.restart;
            if service.command.as_ref().is_some_and(|command| command[0] == "exit") && service.restart != "no" {
                service.restart = String::new();
            }
        }
    }
}
