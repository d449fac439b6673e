//! One seed: a storm, then fair weather in which everything has to come to rest, then one last `up` after which
//! everything has to be as the file says.

use reconcile::{Request, Up};
use support::world::{Dice, MS, SECOND, World};

use crate::faults::Faults;
use crate::host::{Happening, Looks, Sim};
use crate::projects::{self, Taste};
use crate::told::{self, Trace};
use crate::{acts, rest, walk, weather};

/// How long nothing may be done for the project to be at rest: longer than the longest pause before a retry.
const QUIET: i64 = 65 * SECOND;
/// The longest it may take to come to rest: the longest pause before a retry, twice, and some lists.
const PATIENCE: i64 = 240 * SECOND;
/// The most steps it may take.
const STEPS: u64 = 4_000;

/// Why a seed fails, and what led to it.
pub(crate) struct Failure {
    pub(crate) law: String,
    pub(crate) trace: Trace,
}

/// Runs a seed; the number of steps the controller took.
pub(crate) fn check(seed: u64, trace: Trace) -> Result<(u64, Trace), Failure> {
    let mut dice = Dice::new(seed);
    let faults = Faults::of(&mut dice);
    let taste = if dice.chance(60) { Taste::Sound } else { Taste::Odd };
    let file = projects::project(&mut dice, taste);
    let mut world = World::new(seed);
    acts::stock(&mut dice, &mut world);
    if dice.chance(25) {
        // docker compose brought it up before we came.
        let mut desired = walk::up(&file, &world);
        if let Err(law) = walk::settle(&mut desired, &mut world) {
            return Err(Failure { law, trace });
        }
        world.events.clear();
    }
    let mut sim = Sim::new(dice, world, file, taste, faults, trace);
    match run(&mut sim) {
        Ok(()) => Ok((sim.steps, sim.trace)),
        Err(law) => {
            let plan = sim.plan().map(ToString::to_string).unwrap_or_default();
            let law = format!("{law}\n{}the plan:\n{plan}", told::scene(&sim.world));
            Err(Failure { law, trace: sim.trace })
        }
    }
}

fn run(sim: &mut Sim) -> Result<(), String> {
    let decoys = acts::decoys(&sim.world);
    let services = weather::first_scope(sim);
    let first = Request::Up { project: sim.file.clone(), up: Up { services, ..Up::default() } };
    sim.at(100 * MS, Happening::Request(Box::new(first)));
    let span = sim.dice.between(10, 90) * SECOND;
    weather::spread(sim, span);
    let end = sim.world.now + span;
    while sim.turn(end)? {}

    sim.trace.line(sim.world.now, || "FAIR WEATHER".to_owned());
    sim.fair();
    // Whoever forbade to recreate may have to live with retries of what cannot be started any more.
    let rested = come_to_rest(sim);
    if !sim.keeps_drifted() {
        rested?;
        rest::explained(&sim.world, sim.intent.as_ref(), rest::Since::Storm(&sim.haunted))?;
    }

    let last = Request::Up { project: sim.file.clone(), up: Up { remove_orphans: true, ..Up::default() } };
    sim.at(0, Happening::Request(Box::new(last)));
    come_to_rest(sim)?;
    rest::explained(&sim.world, sim.intent.as_ref(), rest::Since::Up)?;
    if acts::decoys(&sim.world) != decoys {
        return Err("something of somebody else's was touched".to_owned());
    }
    Ok(())
}

/// Goes on until nothing is done for a minute.
fn come_to_rest(sim: &mut Sim) -> Result<(), String> {
    while sim.world.now < sim.hung_until {
        let next = sim.world.now + SECOND;
        sim.turn(next)?;
    }
    let (begun, steps) = (sim.world.now, sim.steps);
    sim.last_run = begun;
    sim.looks = Looks::default();
    while sim.is_expecting() || sim.is_working() || sim.world.now - sim.last_run < QUIET {
        let next = sim.world.now + SECOND;
        sim.turn(next)?;
        if sim.world.now - begun > PATIENCE + QUIET {
            return Err(format!("no rest after {} s of fair weather", (sim.world.now - begun) / SECOND));
        }
        if sim.steps - steps > STEPS {
            return Err(format!("no rest after {STEPS} steps in fair weather"));
        }
    }
    silent(sim)
}

/// At rest a list now and then is all there is, and a look at what moves by itself.
fn silent(sim: &Sim) -> Result<(), String> {
    let looks = sim.looks;
    let lists = 2 + looks.doubted + u64::try_from((sim.world.now - sim.last_run) / (15 * SECOND)).unwrap_or(0);
    if looks.at_all > lists || looks.at_one > 2 * (looks.touched + looks.at_all) {
        return Err(format!("at rest, and still looking: {looks:?}"));
    }
    if let Some(id) = sim.remembers_what_is_gone() {
        return Err(format!("at rest, and {} is remembered, which is gone", id.short()));
    }
    Ok(())
}
