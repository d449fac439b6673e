//! What strikes from outside: acts of others, kills, ends of the engine, and people with requests.

use std::collections::BTreeSet;

use model::ServiceName;
use plan::Down;
use reconcile::{Recreate, Request, Scope, Up};
use support::world::{Act, By, Dice, MS, SECOND};

use crate::acts;
use crate::host::{Happening, Outside, Sim};
use crate::intent::{Intent, Sweep, closure, restarted};
use crate::projects;

/// Spreads the faults of a seed over a time.
pub(crate) fn spread(sim: &mut Sim, span: i64) {
    let counts = [
        (Outside::Act, sim.faults.acts),
        (Outside::Kill, sim.faults.kills),
        (Outside::EngineEnds, sim.faults.engine_ends),
        (Outside::Request, sim.faults.requests),
        (Outside::Hangs, sim.faults.hangs),
        (Outside::DiskFills, sim.faults.full_disks),
        (Outside::Squats, sim.faults.squats),
        (Outside::ClockIsSet, sim.faults.clocks),
    ];
    for (outside, count) in counts {
        for _ in 0..count {
            let at = sim.dice.between(0, span);
            sim.at(at, Happening::Outside(outside));
        }
    }
}

pub(crate) fn strikes(sim: &mut Sim, outside: Outside) -> Result<(), String> {
    match outside {
        Outside::Act => {
            if sim.world.is_up
                && let Some(act) = acts::random(&mut sim.dice, &sim.world)
            {
                sim.trace.line(sim.world.now, || format!("ACT {act:?}"));
                sim.world.act(&act);
            }
        }
        Outside::Kill => {
            if sim.has_daemon() {
                kills(sim);
            }
        }
        Outside::Begin => sim.begin()?,
        Outside::EngineEnds => {
            if sim.world.is_up {
                let pause = sim.dice.between(SECOND, 12 * SECOND);
                sim.at(pause, Happening::Outside(Outside::EngineBegins));
                sim.engine_ends()?;
            }
        }
        Outside::EngineBegins => sim.engine_begins(),
        Outside::Request => {
            if let Some(request) = request(sim) {
                sim.at(0, Happening::Request(Box::new(request)));
            }
            // Who is in a hurry asks again before anything can have come of it.
            if sim.dice.chance(20) {
                let pause = sim.dice.between(MS, 500 * MS);
                sim.at(pause, Happening::Outside(Outside::Request));
            }
        }
        Outside::Hangs => {
            if sim.world.is_up {
                let pause = sim.dice.between(SECOND, 70 * SECOND);
                sim.hung_until = sim.world.now + pause;
                sim.trace.line(sim.world.now, || format!("HANGS for {} s", pause / SECOND));
            }
        }
        Outside::DiskFills => {
            sim.trace.line(sim.world.now, || "DISK FULL".to_owned());
            sim.world.is_full = true;
            let pause = sim.dice.between(SECOND, 40 * SECOND);
            sim.at(pause, Happening::Outside(Outside::DiskHasRoom));
        }
        Outside::DiskHasRoom => {
            sim.trace.line(sim.world.now, || "DISK HAS ROOM".to_owned());
            sim.world.is_full = false;
        }
        Outside::ClockIsSet => {
            let hour = 3600 * SECOND;
            sim.world.offset = sim.dice.between(0, 2 * hour) - hour;
            sim.trace.line(sim.world.now, || format!("CLOCK off by {} s", sim.world.offset / SECOND));
        }
        Outside::Squats => squats(sim),
        Outside::Leaves => leaves(sim)?,
    }
    Ok(())
}

/// The daemon is killed, and begins again after a while.
pub(crate) fn kills(sim: &mut Sim) {
    sim.kill();
    let pause = sim.dice.between(10 * MS, 5 * SECOND);
    sim.at(pause, Happening::Outside(Outside::Begin));
}

/// Somebody else's container takes a name of ours, for a while.
fn squats(sim: &mut Sim) {
    let name = acts::name_of_ours(&mut sim.dice, &sim.file);
    if !sim.world.is_up || sim.world.find(&name).is_some() {
        return;
    }
    sim.trace.line(sim.world.now, || format!("SQUATS on {name}"));
    sim.world.act(&Act::Squat(name.clone()));
    sim.squatters.extend(sim.world.find(&name));
    let pause = sim.dice.between(SECOND, 40 * SECOND);
    sim.at(pause, Happening::Outside(Outside::Leaves));
}

/// Whoever was there under a name of ours goes, as it came.
fn leaves(sim: &mut Sim) -> Result<(), String> {
    if sim.squatters.is_empty() {
        return Ok(());
    }
    let id = sim.squatters.remove(0);
    let Some(unit) = sim.world.containers.get(&id) else {
        return Err("a container of somebody else was removed".to_owned());
    };
    if unit.ended_by == Some(By::Us) || unit.started_by == Some(By::Us) {
        return Err("a container of somebody else was started or stopped".to_owned());
    }
    sim.trace.line(sim.world.now, || format!("LEAVES {}", id.short()));
    sim.world.act(&Act::Remove(id));
    Ok(())
}

fn scope(dice: &mut Dice, names: &[ServiceName]) -> Scope {
    if dice.chance(60) {
        return None;
    }
    let mut some: BTreeSet<ServiceName> = names.iter().filter(|_| dice.chance(30)).cloned().collect();
    some.insert(dice.pick(names).clone());
    Some(some)
}

/// Which services somebody asks for first: mostly all.
pub(crate) fn first_scope(sim: &mut Sim) -> Scope {
    let names: Vec<ServiceName> = sim.file.services.keys().cloned().collect();
    if sim.dice.chance(60) { None } else { scope(&mut sim.dice, &names) }
}

/// Something somebody might ask for now.
fn request(sim: &mut Sim) -> Option<Request> {
    let taste = sim.taste;
    let kind = sim.dice.below(12);
    if kind < 6 && sim.dice.chance(60) {
        projects::edit(&mut sim.dice, &mut sim.file, taste);
    }
    let project = sim.file.clone();
    let names: Vec<ServiceName> = project.services.keys().cloned().collect();
    let is_going = sim.intent.as_ref().is_some_and(|intent| intent.down.is_some());
    let dice = &mut sim.dice;
    Some(match kind {
        0..=2 => Request::Up { project, up: up(dice, &names) },
        // Files are applied to what is kept, and only then.
        3..=5 => {
            let former = sim.intent.as_ref().filter(|_| !is_going)?;
            if former.project == project {
                return None;
            }
            Request::Apply { project }
        }
        6 | 7 if !is_going => Request::Stop { project, services: scope(dice, &names), grace: None },
        8 if !is_going => Request::Start { project, services: scope(dice, &names) },
        9 if !is_going => {
            let (services, without_dependents) = (scope(dice, &names), dice.chance(30));
            Request::Restart { project, services, without_dependents, grace: None }
        }
        _ => {
            let down = Down {
                volumes: dice.chance(30),
                remove_orphans: dice.chance(50),
                everything: dice.chance(30),
                grace: None,
                ..Down::default()
            };
            Request::Down { project, down }
        }
    })
}

fn up(dice: &mut Dice, names: &[ServiceName]) -> Up {
    Up {
        services: scope(dice, names),
        recreate: match dice.below(12) {
            0 => Recreate::Never,
            1 | 2 => Recreate::Always,
            _ => Recreate::Drifted,
        },
        build: dice.chance(15),
        remove_orphans: dice.chance(40),
        grace: None,
        renews_volumes: dice.chance(5),
        recreates_dependencies: dice.chance(5),
        ..Up::default()
    }
}

/// Notes which ended containers a request lets be started.
pub(crate) fn sweep(sweep: &mut Sweep, intent: Option<&Intent>, request: &Request) {
    let services = match request {
        Request::Up { project, up } => closure(project, &up.services),
        Request::Start { project, services } => closure(intent.map_or(project, |intent| &intent.project), services),
        Request::Restart { project, services, without_dependents, .. } => {
            restarted(intent.map_or(project, |intent| &intent.project), services, *without_dependents)
        }
        Request::Resume { project, wishes, is_converged: false, .. } => closure(project, &wishes.services),
        _ => return,
    };
    sweep.extend(services.into_iter().map(|name| (name, i64::MAX)));
}
