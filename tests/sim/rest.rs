//! What has to be so when nothing happens any more: every place as it was asked for, or a true reason why not.

use std::collections::{BTreeMap, BTreeSet};

use model::hash;
use plan::{Container, ContainerId, State, labels};
use support::world::{By, Unit, World};

use crate::conditions;
use crate::intent::Intent;
use crate::projects::NAME;

/// What led to the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since<'a> {
    /// Anything; and these were stopped by orders that landed when nobody waited for them any more: nobody can tell
    /// them from what somebody stopped by hand.
    Storm(&'a BTreeSet<ContainerId>),
    /// Somebody asked for everything just now: what others ended before is no reason any more.
    Up,
}

/// Checks the world against what was asked for.
pub(crate) fn explained(world: &World, intent: Option<&Intent>, since: Since<'_>) -> Result<(), String> {
    let Some(intent) = intent else { return Ok(()) };
    if intent.down.is_some() {
        return Err("the project is to be gone and is still there".to_owned());
    }
    for name in intent.stopped.iter().filter(|name| intent.project.services.contains_key(*name)) {
        let places = conditions::places(world.of_project(NAME).map(|unit| &unit.seen), name);
        if let Some(container) = places.iter().find(|container| container.is_alive()) {
            return Err(format!("{} runs although {name} is stopped", container.name));
        }
    }
    for name in intent.kept() {
        let service = &intent.project.services[&name];
        let units: Vec<&Unit> = world
            .of_project(NAME)
            .filter(|unit| unit.seen.label(labels::SERVICE) == name.as_str() && labels::number(&unit.seen).is_some())
            .collect();
        let is_obstructed = is_obstructed(world, intent, &name);
        let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
        for unit in &units {
            // What has to be started before its successor goes waits for what it needs, and so does the successor.
            if is_obstructed && matches!(unit.seen.state, State::Created { .. }) && is_one_of_two(unit, &units) {
                continue;
            }
            *numbers.entry(labels::number(&unit.seen).unwrap_or(0)).or_default() += 1;
        }
        if numbers.len() != service.replicas() as usize || numbers.values().any(|count| *count != 1) {
            return Err(format!("{name} has the places {numbers:?} instead of {}", service.replicas()));
        }
        for unit in units {
            place(world, intent, &name, unit, is_obstructed, since)
                .map_err(|law| format!("{}: {law}", unit.seen.name))?;
        }
    }
    Ok(())
}

/// Whether a service waits for what it needs, or for something that waits itself.
fn is_obstructed(world: &World, intent: &Intent, name: &model::ServiceName) -> bool {
    let service = &intent.project.services[name];
    let seen = world.of_project(NAME).map(|unit| &unit.seen);
    conditions::obstacle(&intent.project, service, &intent.stopped, seen).is_some()
        || service
            .depends_on
            .keys()
            .any(|on| intent.project.services.contains_key(on) && is_obstructed(world, intent, on))
}

/// Whether another one claims the same place.
fn is_one_of_two(unit: &Unit, units: &[&Unit]) -> bool {
    units.iter().any(|other| other.seen.id != unit.seen.id && labels::number(&other.seen) == labels::number(&unit.seen))
}

fn place(
    world: &World,
    intent: &Intent,
    name: &model::ServiceName,
    unit: &Unit,
    is_obstructed: bool,
    since: Since<'_>,
) -> Result<(), String> {
    let service = &intent.project.services[name];
    let container = &unit.seen;
    let wanted = if service.container_name.is_empty() {
        format!("{NAME}-{name}-{}", labels::number(container).unwrap_or(0))
    } else {
        service.container_name.clone()
    };
    let is_left = matches!(container.state, State::Exited { .. }) && since != Since::Up;
    // Who renamed it may look for it under that name.
    let is_renamed = container.name.starts_with("elsewhere-");
    let is_waiting = is_obstructed && matches!(container.state, State::Created { .. });
    if container.name != wanted && !is_left && !is_renamed && !is_waiting {
        return Err(format!("it is not called {wanted}"));
    }
    if container.label(labels::CONFIG_HASH) != hash::service(service) && !intent.keeps_drifted && !is_left {
        return Err("it is not what the file asks for".to_owned());
    }
    match container.state {
        State::Running { .. } => networks(world, intent, service, container),
        State::Paused | State::Restarting { .. } => Ok(()),
        State::Created { .. } if is_obstructed => Ok(()),
        State::Created { .. } => Err("it was never started".to_owned()),
        State::Exited { .. } => match (unit.ended_by, since) {
            (Some(By::Process), _) => Ok(()),
            _ if is_obstructed => Ok(()),
            (Some(By::Foreign), Since::Storm(_)) => Ok(()),
            // Of what somebody started after it had ended, nobody may have heard before the engine ended.
            (Some(By::Engine), Since::Storm(_)) if unit.started_by == Some(By::Foreign) => Ok(()),
            (Some(By::Us), Since::Storm(haunted)) if haunted.contains(&container.id) => Ok(()),
            (by, _) => Err(format!("it was ended by {by:?} and nobody starts it")),
        },
        State::Removing | State::Dead => Err("it is neither there nor gone".to_owned()),
    }
}

fn networks(world: &World, intent: &Intent, service: &model::Service, container: &Container) -> Result<(), String> {
    for key in service.networks.keys().filter(|_| !intent.keeps_drifted) {
        let network = &intent.project.networks[key];
        let Some(found) = world.networks.get(&network.name) else {
            return Err(format!("network {} is not there", network.name));
        };
        if !found.twins.is_empty() && !network.external {
            return Err(format!("two networks are called {}", network.name));
        }
        if container.networks.get(&network.name) != Some(&found.id) {
            return Err(format!("it is not on network {}", network.name));
        }
        if found.labels.get(labels::CONFIG_HASH).is_some_and(|label| *label != hash::network(network)) {
            return Err(format!("network {} is not what the file asks for", network.name));
        }
    }
    Ok(())
}
