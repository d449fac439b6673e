//! The laws of the planner, over random projects in random worlds.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Desired, Down, Goal, Observed, Policy, State, labels};
use support::world::{By, Dice, World};

use crate::acts;
use crate::projects::{self, NAME, Taste};
use crate::walk;

/// A world that a project was brought up in, more or less, and what is wanted of it now.
fn scene(seed: u64) -> Result<(Desired, World, Dice), String> {
    let mut dice = Dice::new(seed);
    let taste = if dice.chance(70) { Taste::Sound } else { Taste::Odd };
    let former = projects::project(&mut dice, taste);
    let mut world = World::new(seed);
    acts::stock(&mut dice, &mut world);
    let mut desired = walk::up(&former, &world);
    match dice.below(4) {
        0 => {}
        1 => {
            for _ in 0..dice.below(12) {
                walk::wave(&mut desired, &mut world)?;
            }
        }
        _ => drop(walk::settle(&mut desired, &mut world)?),
    }
    let mut project = former.clone();
    for _ in 0..dice.below(4) {
        projects::edit(&mut dice, &mut project, taste);
    }
    let mut desired = walk::up(&project, &world);
    desired.previous = Some(former);
    // A walk that was broken off leaves both containers behind.
    if dice.chance(40) {
        for _ in 0..dice.below(6) {
            walk::wave(&mut desired, &mut world)?;
        }
    }
    for _ in 0..dice.below(6) {
        if let Some(act) = acts::random(&mut dice, &world) {
            world.act(&act);
        }
    }
    if dice.chance(20) {
        acts::double(&mut dice, &mut world);
    }
    let mut desired = walk::up(&project, &world);
    policy(&mut dice, &mut desired, &world);
    world.lost.clear();
    world.events.clear();
    Ok((desired, world, dice))
}

fn policy(dice: &mut Dice, desired: &mut Desired, world: &World) {
    let names: Vec<_> = desired.project.services.keys().cloned().collect();
    let some = |dice: &mut Dice| -> BTreeSet<_> { names.iter().filter(|_| dice.chance(40)).cloned().collect() };
    let mut policy = Policy::default();
    if dice.chance(20) {
        policy.services = Some(some(dice));
    }
    if dice.chance(20) {
        policy.stopped = some(dice);
    }
    policy.remove_orphans = dice.chance(30);
    policy.keep_drifted = dice.chance(5);
    for unit in world.of_project(NAME) {
        let id = unit.seen.id.clone();
        match unit.seen.state {
            State::Exited { .. } if dice.chance(40) => policy.start.insert(id),
            State::Running { .. } if dice.chance(5) => policy.restart.insert(id),
            State::Running { .. } if dice.chance(5) => policy.recreate.insert(id),
            _ => false,
        };
    }
    desired.policy = policy;
    if dice.chance(10) {
        desired.goal = Goal::Down(Down {
            volumes: dice.chance(30),
            remove_orphans: dice.chance(50),
            everything: dice.chance(50),
            grace: None,
            ..Down::default()
        });
    }
}

/// The same state, put together in another order.
fn shuffled(dice: &mut Dice, observed: &Observed) -> Observed {
    fn again<K: Ord + Clone, V: Clone>(dice: &mut Dice, map: &BTreeMap<K, V>) -> BTreeMap<K, V> {
        let mut pairs: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        dice.shuffle(&mut pairs);
        pairs.into_iter().collect()
    }
    Observed {
        containers: again(dice, &observed.containers),
        networks: again(dice, &observed.networks),
        volumes: again(dice, &observed.volumes),
        images: again(dice, &observed.images),
    }
}

pub(crate) fn check(seed: u64) -> Result<(), String> {
    let (mut desired, mut world, mut dice) = scene(seed)?;
    let observed = walk::observe(&desired, &world);
    let plan = walk::lawful(&desired, &observed)?;
    let again = plan::plan(&desired.clone(), &shuffled(&mut dice, &observed));
    if plan != again {
        return Err(format!("the order of the input shows:\n{plan}\n{again}"));
    }
    let untouchable = match desired.goal {
        Goal::Up if desired.policy.stopped.is_empty() => walk::untouchable(&desired, &observed),
        _ => BTreeSet::new(),
    };
    let decoys = acts::decoys(&world);
    let last = walk::settle(&mut desired, &mut world).map_err(|law| format!("{law}\nthe first plan was\n{plan}"))?;
    let touched = walk::touched(&world.events);
    if let Some(id) = untouchable.intersection(&touched).find(|id| is_ours_to_blame(&world, id)) {
        return Err(format!("container {} was in order and was touched:\n{plan}", observed.containers[id].name));
    }
    if decoys != acts::decoys(&world) {
        return Err(format!("something foreign was touched:\n{plan}"));
    }
    if desired.goal == Goal::Up && last.is_empty() {
        places_are_filled(&desired, &world).map_err(|law| format!("{law}\nthe first plan was\n{plan}"))?;
    }
    Ok(())
}

/// A one-shot that ends touches itself.
fn is_ours_to_blame(world: &World, id: &plan::ContainerId) -> bool {
    world.containers.get(id).is_none_or(|unit| unit.started_by == Some(By::Us) && unit.ended_by == Some(By::Us))
}

/// When nothing is left to do, every place that was asked for is taken by exactly one container, by its own name.
fn places_are_filled(desired: &Desired, world: &World) -> Result<(), String> {
    for name in desired.selected().difference(&desired.policy.stopped) {
        let service = &desired.project.services[name];
        let places = crate::conditions::places(world.of_project(NAME).map(|unit| &unit.seen), name);
        if places.len() != service.replicas() as usize {
            let seen: Vec<_> =
                places.iter().map(|c| format!("{} {:?} {:?}", c.name, c.state, labels::number(c))).collect();
            return Err(format!("{name} has {} containers instead of {}: {seen:#?}", places.len(), service.replicas()));
        }
        for container in places {
            let number = labels::number(container).unwrap_or(0);
            let wanted = if service.container_name.is_empty() {
                format!("{NAME}-{name}-{number}")
            } else {
                service.container_name.clone()
            };
            let is_left = matches!(container.state, State::Exited { .. });
            // Who renamed it may look for it under that name.
            let is_renamed = container.name.starts_with("elsewhere-") || desired.policy.keep_drifted;
            if container.name != wanted && !is_left && !is_renamed {
                return Err(format!("{} is not called {wanted}", container.name));
            }
        }
    }
    Ok(())
}
