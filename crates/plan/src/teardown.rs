//! Taking a project down: dependents before what they depend on, containers before networks, and volumes
//! only when they were asked for. Works from labels alone, so a broken or missing file stops nobody.

use std::collections::{BTreeMap, BTreeSet};

use model::Service;

use crate::action::Action;
use crate::cause::{Cause, Hold, Subject};
use crate::desired::{Down, Left};
use crate::observed::{Container, Observed, State};
use crate::retire;
use crate::steps::{Builder, StepId};
use crate::{Desired, labels};

/// Plans the end of a project.
pub(crate) fn plan(desired: &Desired, down: &Down, observed: &Observed, out: &mut Builder) {
    // What the engine is removing already is neither removed nor in the way for long.
    let (leaving, staying): (Vec<&Container>, Vec<&Container>) = observed
        .containers
        .values()
        .filter(|container| container.state != State::Removing)
        .partition(|c| goes(desired, down, c));
    let edges = edges(desired, &leaving);
    let mut stops: BTreeMap<&str, Vec<StepId>> = BTreeMap::new();
    let mut removals = Vec::new();
    for service in dependents_first(&edges) {
        // Everything that depends on it has to be down before it goes.
        let dependents = edges.iter().filter(|(_, on)| on.contains(service)).filter_map(|(name, _)| stops.get(name));
        let after: Vec<StepId> = dependents.flatten().copied().collect();
        let mut gone = Vec::new();
        for container in leaving.iter().filter(|container| container.label(labels::SERVICE) == service) {
            gone.push(retire::plan(desired, container, &Cause::Down, after.clone(), out));
        }
        removals.extend_from_slice(&gone);
        // One without containers hands on what it would have waited for.
        stops.insert(service, if gone.is_empty() { after } else { gone });
    }
    let is_ours = |labels: &BTreeMap<String, String>| {
        labels.get(labels::PROJECT).map(String::as_str) == Some(desired.project.name.as_str())
    };
    for (name, network) in &observed.networks {
        let is_known = down.everything || desired.project.networks.values().any(|known| known.name == *name);
        if is_ours(&network.labels) && network.labels.contains_key(labels::NETWORK) && is_known {
            if down.left.contains(&Left::Network(name.clone())) {
                out.hold(Subject::Network(name.clone()), Hold::InUse { by: String::new() });
                continue;
            }
            let is_on = |container: &&&Container| container.is_alive() && container.networks.contains_key(name);
            if let Some(user) = staying.iter().find(is_on) {
                out.hold(Subject::Network(name.clone()), Hold::InUse { by: user.name.clone() });
                continue;
            }
            for id in std::iter::once(&network.id).chain(&network.twins) {
                let action = Action::RemoveNetwork { id: id.clone(), name: name.clone() };
                out.step(action, Cause::Down, removals.clone());
            }
        }
    }
    if down.volumes {
        for (name, volume) in &observed.volumes {
            let is_known = down.everything || desired.project.volumes.values().any(|known| known.name == *name);
            if is_ours(&volume.labels) && is_known && is_theirs(desired, down, name) {
                if down.left.contains(&Left::Volume(name.clone())) {
                    out.hold(Subject::Volume(name.clone()), Hold::InUse { by: String::new() });
                    continue;
                }
                let mounts = |container: &&&Container| container.volumes.values().any(|mounted| mounted == name);
                if let Some(user) = staying.iter().find(mounts) {
                    out.hold(Subject::Volume(name.clone()), Hold::InUse { by: user.name.clone() });
                    continue;
                }
                out.step(Action::RemoveVolume { name: name.clone() }, Cause::Down, removals.clone());
            }
        }
    }
    for reference in down.images.iter().filter(|reference| observed.images.contains_key(*reference)) {
        if down.left.contains(&Left::Image(reference.clone())) {
            out.hold(Subject::Image(reference.clone()), Hold::InUse { by: String::new() });
            continue;
        }
        out.step(Action::RemoveImage { reference: reference.clone() }, Cause::Down, removals.clone());
    }
}

/// Whether a volume is of the services that go alone; of the whole project every one is.
fn is_theirs(desired: &Desired, down: &Down, name: &str) -> bool {
    let Some(services) = &down.services else { return true };
    let project = &desired.project;
    let mounts = |service: &Service| project.volumes_of(service).any(|volume| volume.name == name);
    let mut users = project.services.iter().filter(|(_, service)| mounts(service));
    let mut any = false;
    users.all(|(user, _)| {
        any = true;
        services.contains(user)
    }) && any
}

fn goes(desired: &Desired, down: &Down, container: &Container) -> bool {
    if let Some(scope) = &down.services {
        return labels::number(container).is_some() && scope.contains(container.label(labels::SERVICE));
    }
    let is_known =
        labels::number(container).is_some() && desired.project.services.contains_key(container.label(labels::SERVICE));
    down.everything || down.remove_orphans || is_known
}

/// What each service depends on: as its containers remember it, or, where it has none, as the file says.
fn edges<'a>(desired: &'a Desired, containers: &[&'a Container]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut edges: BTreeMap<&'a str, BTreeSet<&'a str>> = BTreeMap::new();
    for container in containers {
        edges.entry(container.label(labels::SERVICE)).or_default().extend(labels::dependencies(container));
    }
    for (name, service) in &desired.project.services {
        edges
            .entry(name.as_str())
            .or_insert_with(|| service.depends_on.keys().map(model::ServiceName::as_str).collect());
    }
    edges
}

/// The services, each before everything it depends on.
fn dependents_first<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    // Depth first with an explicit stack: a service is listed once everything it depends on is.
    for root in edges.keys().copied() {
        let mut stack = vec![(root, false)];
        while let Some((service, is_done)) = stack.pop() {
            if is_done {
                order.push(service);
            } else if seen.insert(service)
                && let Some(on) = edges.get(service)
            {
                stack.push((service, true));
                stack.extend(on.iter().rev().map(|dependency| (*dependency, false)));
            }
        }
    }
    order.reverse();
    order
}
