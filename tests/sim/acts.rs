//! What others do to a world: what it is stocked with, what stands beside the project and has to stay as it is,
//! and random acts.

use std::collections::BTreeMap;

use plan::observed::{Network, Volume};
use plan::{Action, ContainerId, State, labels};
use support::world::{Act, By, Dice, Unit, World};

use crate::projects::NAME;
use crate::walk;

/// Images, and neighbours that are none of our business.
pub(crate) fn stock(dice: &mut Dice, world: &mut World) {
    for number in 0..3 {
        for tag in [1, 2] {
            let reference = format!("image-{number}:{tag}");
            let id = format!("sha256:{}", world.id());
            world.registry.insert(reference.clone(), id.clone());
            if dice.chance(60) {
                world.images.insert(reference, id);
            }
        }
    }
    for letter in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let id = format!("sha256:{}", world.id());
        world.registry.insert(format!("built-{letter}"), id);
    }
    neighbours(world);
}

/// Another project with names like ours, made by the same tool.
fn neighbours(world: &mut World) {
    let mut project = crate::projects::project(&mut Dice::new(7), crate::projects::Taste::Sound);
    project.name = model::ProjectName::new("shop2").expect("a name");
    project.services.values_mut().for_each(|service| service.container_name.clear());
    project.networks.values_mut().for_each(|network| network.name = network.name.replace(NAME, "shop2"));
    project.volumes.values_mut().for_each(|volume| volume.name = volume.name.replace(NAME, "shop2"));
    let mut desired = walk::up(&project, world);
    desired.images = world.registry.clone();
    let local = std::mem::replace(&mut world.images, world.registry.clone());
    for step in plan::plan(&desired, &plan::Observed::default()).steps {
        if !matches!(step.action, Action::PullImage { .. } | Action::BuildImage(_)) {
            world.apply(&step.action, By::Foreign);
        }
    }
    world.images = local;
    let labels = [(labels::PROJECT.to_owned(), "shop2".to_owned())];
    world
        .networks
        .insert("shop".into(), Network { id: "n".repeat(64), labels: labels.clone().into(), ..Network::default() });
    world.volumes.insert("shop".into(), Volume { labels: labels.into() });
    world.events.clear();
}

/// The neighbours as they were made: whatever their own processes do, nobody else has a say in it.
pub(crate) fn decoys(world: &World) -> (Vec<Unit>, BTreeMap<String, Network>, BTreeMap<String, Volume>) {
    let is_theirs = |all: &BTreeMap<String, String>| all.get(labels::PROJECT).is_some_and(|name| name == "shop2");
    let mut containers: Vec<Unit> = world.of_project("shop2").cloned().collect();
    for unit in containers.iter_mut().filter(|unit| unit.ended_by != Some(By::Us) && unit.started_by != Some(By::Us)) {
        unit.pass_over();
    }
    let networks = world.networks.iter().filter(|(_, network)| is_theirs(&network.labels));
    let volumes = world.volumes.iter().filter(|(_, volume)| is_theirs(&volume.labels));
    (
        containers,
        networks.map(|(name, network)| (name.clone(), network.clone())).collect(),
        volumes.map(|(name, volume)| (name.clone(), volume.clone())).collect(),
    )
}

/// Something somebody might do to our containers now.
pub(crate) fn random(dice: &mut Dice, world: &World) -> Option<Act> {
    let ids: Vec<ContainerId> = world.of_project(NAME).map(|unit| unit.seen.id.clone()).collect();
    if ids.is_empty() {
        return None;
    }
    let id = dice.pick(&ids).clone();
    Some(match dice.below(21) {
        0 | 1 => Act::Stop(id),
        2 => Act::Kill(id),
        3 | 4 => Act::Start(id),
        5 => Act::Restart(id),
        6..=8 => Act::Remove(id),
        9 => Act::RemoveSlowly(id),
        10 => Act::Break(id),
        11 => Act::Rename(id, format!("elsewhere-{}", dice.below(1000))),
        12 => Act::Pause(id),
        13 => Act::Unpause(id),
        14 => Act::Crash(id),
        15 => Act::Disconnect(id, format!("{NAME}_{}", dice.pick(&["default", "back"]))),
        16 => Act::RemoveNetwork(format!("{NAME}_{}", dice.pick(&["default", "back"]))),
        17 => Act::RemakeNetwork(format!("{NAME}_{}", dice.pick(&["default", "back"]))),
        18 => Act::Twin(id),
        19 => Act::TwinNetwork(format!("{NAME}_{}", dice.pick(&["default", "back"]))),
        _ => {
            let reference = format!("image-{}:1", dice.below(3));
            match dice.below(3) {
                0 => Act::RemoveImage(reference),
                1 => Act::Publish(reference),
                _ => Act::Pull(reference),
            }
        }
    })
}

/// Takes away what an order is about.
pub(crate) fn snatching(action: &Action) -> Option<Act> {
    match action {
        Action::StartContainer { container, .. } | Action::RenameContainer { container, .. } => {
            Some(Act::Remove(ContainerId(container.clone())))
        }
        Action::StopContainer { id, .. }
        | Action::RestartContainer { id, .. }
        | Action::RemoveContainer { id, .. }
        | Action::DisconnectNetwork { container: id, .. } => Some(Act::Remove(id.clone())),
        Action::RemoveNetwork { name, .. } => Some(Act::RemoveNetwork(name.clone())),
        Action::CreateContainer(spec) => Some(Act::RemoveImage(spec.image.clone())),
        _ => None,
    }
}

/// A name that some service of ours may want now.
pub(crate) fn name_of_ours(dice: &mut Dice, project: &model::Project) -> String {
    let names: Vec<_> = project.services.keys().collect();
    let name = *dice.pick(&names);
    match project.services[name].container_name.as_str() {
        "" => format!("{NAME}-{name}-{}", dice.between(1, 2)),
        fixed => fixed.to_owned(),
    }
}

/// Two containers claim one place, as after a walk that was broken off and begun again.
pub(crate) fn double(dice: &mut Dice, world: &mut World) {
    let units: Vec<Unit> = world.of_project(NAME).cloned().collect();
    if units.is_empty() {
        return;
    }
    let mut twin = dice.pick(&units).clone();
    twin.seen.name = format!("{}_{}", twin.seen.id.short(), twin.seen.name);
    twin.seen.id = ContainerId(world.id());
    if dice.chance(60) {
        twin.seen.state = State::Created { error: String::new() };
    }
    world.made.insert(twin.seen.id.clone());
    world.containers.insert(twin.seen.id.clone(), twin);
}
