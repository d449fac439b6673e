//! A plan carried out wave after wave on an engine that does as it is told: what is ready is done, the world is
//! looked at again, and planned again. No controller takes part.

use std::collections::{BTreeMap, BTreeSet};

use model::Service;
use plan::{Action, Cause, ContainerId, Desired, Goal, Observed, Plan, Policy, State, Step, Target, check};
use reconcile::Outcome;
use support::world::{By, Event, MS, World};

use crate::conditions;
use crate::projects::NAME;

/// No project of eight services needs more waves than this.
const WAVES: usize = 400;

pub(crate) fn up(project: &model::Project, world: &World) -> Desired {
    let mut desired = Desired {
        project: project.clone(),
        previous: None,
        goal: Goal::Up,
        policy: Policy::default(),
        images: BTreeMap::new(),
    };
    desired.images = observe(&desired, world).images;
    desired
}

pub(crate) fn observe(desired: &Desired, world: &World) -> Observed {
    let project = &desired.project;
    world.observe(
        NAME,
        &project.services.iter().map(|(name, service)| project.image_of(name, service)).collect(),
        &project.networks.values().map(|network| network.name.clone()).collect(),
        &project.volumes.values().map(|volume| volume.name.clone()).collect(),
    )
}

pub(crate) fn lawful(desired: &Desired, observed: &Observed) -> Result<Plan, String> {
    let plan = plan::plan(desired, observed);
    let broken = check::violations(desired, observed, &plan);
    if broken.is_empty() { Ok(plan) } else { Err(format!("{}\n{plan}", broken.join("; "))) }
}

/// Carries a goal out until nothing is left to do, or until only what others must do is left.
pub(crate) fn settle(desired: &mut Desired, world: &mut World) -> Result<Plan, String> {
    for _ in 0..WAVES {
        // One that goes meanwhile leaves something to do that this plan does not know of.
        let is_leaving = world.of_project(NAME).any(|unit| unit.seen.state == State::Removing);
        let plan = wave(desired, world)?;
        let is_over = plan.is_empty() && !is_leaving || plan.ready().next().is_none() && !wait(desired, world)?;
        if is_over && !is_leaving {
            return Ok(plan);
        }
    }
    let plan = lawful(desired, &observe(desired, world))?;
    if desired.policy.keep_drifted {
        return Ok(plan);
    }
    Err(format!("after {WAVES} waves there is still something to do:\n{plan}"))
}

/// Does once what is ready.
pub(crate) fn wave(desired: &mut Desired, world: &mut World) -> Result<Plan, String> {
    let plan = lawful(desired, &observe(desired, world))?;
    let mut taken: BTreeSet<Target> = BTreeSet::new();
    for step in plan.ready() {
        if !taken.insert(step.action.target()) {
            continue;
        }
        allowed(desired, world, step).map_err(|law| format!("{law}\n{plan}"))?;
        world.now += 10 * MS;
        let outcome = world.apply(&step.action, By::Us);
        // Whoever forbids to recreate has to live with what cannot be started any more.
        let is_leaving = world.of_project(NAME).any(|unit| unit.seen.state == State::Removing);
        if let Outcome::Refused(refusal) = &outcome
            && !desired.policy.keep_drifted
            && !is_leaving
        {
            return Err(format!("{} {}: {}\n{plan}", step.action.verb(), step.action.object(), refusal.message));
        }
        note(desired, step, &outcome);
    }
    shrinks(desired, world, &plan, taken.len())?;
    if desired.policy.keep_drifted || !taken.is_empty() {
        world.pass(world.now + 50 * MS);
    }
    if let Some((name, _)) = world.lost.iter().find(|(_, by)| *by == By::Us)
        && !matches!(&desired.goal, Goal::Down(down) if down.volumes)
    {
        return Err(format!("volume {name} died without consent"));
    }
    Ok(plan)
}

/// What was done is not planned again, and nothing new comes of it: each time there is less to do. An image that came
/// may be another one, and with what was thrown away or gone something may be left to be done anew.
fn shrinks(desired: &Desired, world: &World, plan: &Plan, done: usize) -> Result<(), String> {
    let after = lawful(desired, &observe(desired, world))?;
    let brings = |step: &Step| matches!(step.action, Action::PullImage { .. } | Action::BuildImage(_));
    // Of several successors in one place, which one stays may change with each step.
    let is_leftover = |step: &Step| {
        let is_second = matches!(&step.action, Action::RemoveContainer { name, .. } if name.contains('_'));
        step.cause == Cause::ReplacementGivenUp || step.cause == Cause::Replaced && is_second
    };
    let is_crowded = plan.steps.iter().any(is_leftover);
    if is_crowded
        || plan.ready().any(brings)
        || desired.policy.keep_drifted
        || desired.goal != Goal::Up
        || after.steps.len() + done <= plan.steps.len()
    {
        return Ok(());
    }
    Err(format!(
        "{done} of {} steps were done, and now there are {}:\n{plan}\nthen\n{after}",
        plan.steps.len(),
        after.steps.len()
    ))
}

/// What has to be so at the moment of a step.
fn allowed(desired: &Desired, world: &World, step: &Step) -> Result<(), String> {
    let (replica, container) = match &step.action {
        Action::StartContainer { replica, container, .. } => (replica, container),
        Action::RestartContainer { replica, id, .. } => (replica, &id.0),
        _ => return Ok(()),
    };
    let seen = world.of_project(NAME).map(|unit| &unit.seen);
    let service: &Service = &desired.project.services[&replica.service];
    if let Some((on, edge, stand)) =
        conditions::obstacle(&desired.project, service, &desired.policy.stopped, seen.clone())
    {
        let wants = edge.condition.as_str();
        return Err(format!("{replica} starts although {on} is not {wants} ({stand:?})"));
    }
    let place = conditions::places(seen, &replica.service);
    let other = place.iter().find(|other| {
        plan::labels::number(other) == Some(replica.number) && other.is_alive() && other.id.0 != *container
    });
    match other {
        Some(other) => Err(format!("{replica} starts while {} runs in its place", other.name)),
        None => Ok(()),
    }
}

/// Strikes off what was asked for once, as whoever carries plans out has to.
fn note(desired: &mut Desired, step: &Step, outcome: &Outcome) {
    let policy = &mut desired.policy;
    match (&step.action, outcome) {
        (Action::StartContainer { .. }, Outcome::Container(id, _)) => {
            policy.start.remove(id);
            policy.restart.remove(id);
        }
        (Action::RestartContainer { id, .. }, _) => {
            policy.restart.remove(id);
        }
        (Action::StopContainer { id, .. }, _) if matches!(step.cause, Cause::DependencyReplaced { .. }) => {
            policy.start.insert(id.clone());
        }
        (Action::PullImage { reference, .. }, Outcome::Made(id)) => {
            policy.refresh.remove(reference);
            desired.images.insert(reference.clone(), id.clone());
        }
        (Action::BuildImage(spec), Outcome::Made(id)) => {
            policy.refresh.remove(&spec.tag);
            desired.images.insert(spec.tag.clone(), id.clone());
        }
        _ => {}
    }
}

/// Lets the time pass to the next change; false when none will come, and then every wait has to be true.
fn wait(desired: &Desired, world: &mut World) -> Result<bool, String> {
    if let Some(at) = world.next_turn() {
        world.pass(at);
        world.events.clear();
        return Ok(true);
    }
    let plan = &lawful(desired, &observe(desired, world))?;
    for step in &plan.steps {
        let Some(service) = step.action.service() else { continue };
        let waits_on_services = step
            .waits
            .iter()
            .any(|hold| matches!(hold, plan::Hold::Dependency { .. } | plan::Hold::DependencyFailed { .. }));
        if !waits_on_services || !step.after.is_empty() {
            continue;
        }
        let seen = world.of_project(NAME).map(|unit| &unit.seen);
        let stopped = &desired.policy.stopped;
        if conditions::obstacle(&desired.project, &desired.project.services[service], stopped, seen).is_none() {
            return Err(format!("{service} waits although everything it needs is there\n{plan}"));
        }
    }
    Ok(false)
}

/// The containers that were up to date and in order, as seen by eyes of our own: nothing may happen to them.
pub(crate) fn untouchable(desired: &Desired, observed: &Observed) -> BTreeSet<ContainerId> {
    let project = &desired.project;
    let mut good: BTreeMap<&model::ServiceName, Vec<&plan::Container>> = BTreeMap::new();
    // Dependencies first, by asking again until nothing is added: eight services at most.
    for _ in 0..project.services.len() {
        for (name, service) in &project.services {
            let places = conditions::places(observed.containers.values(), name);
            let numbers: BTreeSet<_> = places.iter().map(|container| plan::labels::number(container)).collect();
            let is_good = places.len() == service.replicas() as usize
                && numbers.len() == places.len()
                && places.iter().all(|container| is_good(desired, observed, name, service, container))
                && service.depends_on.iter().all(|(on, edge)| {
                    !edge.restart
                        || good.get(on).is_some_and(|theirs| {
                            theirs.iter().all(|their| {
                                places.iter().all(|ours| started(their) <= started(ours) && started(their).is_some())
                            })
                        })
                });
            if is_good {
                good.insert(name, places);
            }
        }
    }
    good.into_values().flatten().map(|container| container.id.clone()).collect()
}

fn started(container: &plan::Container) -> Option<plan::Stamp> {
    container.started().filter(|_| container.is_running())
}

fn is_good(
    desired: &Desired,
    observed: &Observed,
    name: &model::ServiceName,
    service: &Service,
    container: &plan::Container,
) -> bool {
    let project = &desired.project;
    let number = plan::labels::number(container).unwrap_or(0);
    let wanted_name = if service.container_name.is_empty() {
        format!("{NAME}-{name}-{number}")
    } else {
        service.container_name.clone()
    };
    let image = desired.images.get(&project.image_of(name, service));
    let networks_are_good = service.networks.keys().all(|key| {
        let network = &project.networks[key];
        observed.networks.get(&network.name).is_some_and(|found| {
            let label = found.labels.get(plan::labels::CONFIG_HASH);
            container.networks.get(&network.name) == Some(&found.id)
                && label.is_none_or(|label| *label == model::hash::network(network))
        })
    });
    let mounts_are_good = service
        .volumes
        .iter()
        .filter(|mount| !mount.source.is_empty())
        .all(|mount| container.volumes.get(&mount.target) == Some(&project.volumes[mount.source.as_str()].name));
    container.is_running()
        && container.name == wanted_name
        && container.label(plan::labels::CONFIG_HASH) == model::hash::service(service)
        // One that is not there may be another one when it comes, whoever needs it.
        && image.is_some_and(|image| container.label(plan::labels::IMAGE) == image)
        && networks_are_good
        && mounts_are_good
        && !desired.policy.restart.contains(&container.id)
        && !desired.policy.recreate.contains(&container.id)
}

/// The containers that events name.
pub(crate) fn touched(events: &[Event]) -> BTreeSet<ContainerId> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Container { id, .. } | Event::Linked(id) => Some(id.clone()),
            Event::Shared(_) => None,
        })
        .collect()
}
