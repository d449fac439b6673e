//! The daemon around one controller, as a list of things that happen: calls take time, answers get lost, events
//! come late, and everything may be killed between any two of them. It does what `composed` does with a project.

mod calls;
mod ledger;
mod lives;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::Project;
use plan::ContainerId;
use reconcile::{Controller, Input, Now, Outcome, Output, Request, Run, RunId};
use support::world::{Dice, Event, MS, SECOND, World};

use self::calls::{Answer, Call, List};
use self::ledger::Stack;
use crate::attention::Attention;
use crate::faults::Faults;
use crate::intent::{Intent, Sweep};
use crate::projects::Taste;
use crate::safety::Witness;
use crate::told::{self, Trace};

/// How long a project's task sleeps when nothing says sooner.
const IDLE: i64 = 300 * SECOND;
/// More than this at one instant is a loop.
const AT_ONCE: u64 = 300;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// The engine carries a call out.
    Effect { call: Call, run: Run, answer: Answer },
    /// The container of a call is looked at afterwards.
    Afterwards { call: Call, id: RunId, container: ContainerId },
    /// A list is made, part by part.
    Listed { call: Call, list: List },
    /// A container is looked at.
    LookedAt { call: Call, container: ContainerId },
    /// Something reaches the controller of one life of the daemon.
    Input { life: u64, seen: i64, input: Box<Input> },
    /// An event reaches the daemon.
    Event(Event),
    /// A request reaches the daemon.
    Request(Box<Request>),
    /// The stream of events is open again.
    Listening { life: u64 },
    /// Something outside happens; the weather knows what.
    Outside(Outside),
}

/// What happens to the daemon and the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outside {
    Act,
    Kill,
    Begin,
    EngineEnds,
    EngineBegins,
    Request,
    Hangs,
    DiskFills,
    DiskHasRoom,
    Squats,
    ClockIsSet,
    Leaves,
}

/// One life of the daemon.
struct Daemon {
    controller: Controller,
    running: BTreeMap<RunId, Run>,
    wake_at: Option<i64>,
    attention: Attention,
}

/// Everything.
pub(crate) struct Sim {
    pub(crate) dice: Dice,
    pub(crate) world: World,
    /// What the files say now.
    pub(crate) file: Project,
    pub(crate) taste: Taste,
    pub(crate) faults: Faults,
    pub(crate) ledger: Option<Stack>,
    pub(crate) intent: Option<Intent>,
    pub(crate) sweep: Sweep,
    pub(crate) trace: Trace,
    pub(crate) steps: u64,
    pub(crate) last_run: i64,
    witness: Witness,
    daemon: Option<Daemon>,
    queue: BTreeMap<(i64, u64), Happening>,
    serial: u64,
    life: u64,
    epoch: u64,
    is_listening: bool,
    /// Which engine this life of the daemon heard last.
    heard_epoch: Option<u64>,
    /// Which engine the ledger knows.
    noted_epoch: Option<u64>,
    at_once: u64,
    /// Until when the engine hangs.
    pub(crate) hung_until: i64,
    /// Containers that were stopped by an order after whoever gave it was dead, or had given up on it.
    pub(crate) haunted: BTreeSet<ContainerId>,
    /// Somebody else's containers under names of ours.
    pub(crate) squatters: Vec<ContainerId>,
    /// What was looked at since the last run, and what there was to look at.
    pub(crate) looks: Looks,
}

/// What was looked at, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Looks {
    pub(crate) at_one: u64,
    pub(crate) at_all: u64,
    pub(crate) touched: u64,
    pub(crate) doubted: u64,
}

impl Sim {
    pub(crate) fn new(dice: Dice, world: World, file: Project, taste: Taste, faults: Faults, trace: Trace) -> Self {
        let mut sim = Self {
            dice,
            witness: Witness::new(faults.is_calm() && taste == Taste::Sound),
            last_run: world.now,
            world,
            file,
            taste,
            faults,
            ledger: None,
            intent: None,
            sweep: Sweep::new(),
            trace,
            steps: 0,
            daemon: None,
            queue: BTreeMap::new(),
            serial: 0,
            life: 0,
            epoch: 0,
            is_listening: false,
            heard_epoch: None,
            noted_epoch: None,
            at_once: 0,
            hung_until: 0,
            haunted: BTreeSet::new(),
            squatters: Vec::new(),
            looks: Looks::default(),
        };
        sim.at(0, Happening::Outside(Outside::Begin));
        sim
    }

    /// Puts something `pause` nanoseconds ahead.
    pub(crate) fn at(&mut self, pause: i64, happening: Happening) {
        self.serial += 1;
        self.queue.insert((self.world.now + pause, self.serial), happening);
    }

    /// Whether a call is under way.
    pub(crate) fn is_working(&self) -> bool {
        self.daemon.as_ref().is_some_and(|daemon| !daemon.running.is_empty())
    }

    /// A container that is gone and still remembered.
    pub(crate) fn remembers_what_is_gone(&self) -> Option<&ContainerId> {
        let remembered = self.daemon.as_ref().map(|daemon| daemon.controller.remembered());
        remembered.into_iter().flatten().find(|id| !self.world.containers.contains_key(*id))
    }

    pub(crate) fn plan(&self) -> Option<&plan::Plan> {
        self.daemon.as_ref().map(|daemon| daemon.controller.plan())
    }

    /// Whether somebody forbade to recreate what differs.
    pub(crate) fn keeps_drifted(&self) -> bool {
        self.intent.as_ref().is_some_and(|intent| intent.keeps_drifted)
    }

    /// From now on nothing goes wrong any more; what began to, ends.
    pub(crate) fn fair(&mut self) {
        self.faults = Faults::none();
        self.queue.retain(|_, happening| {
            !matches!(
                happening,
                Happening::Outside(
                    Outside::Act
                        | Outside::Kill
                        | Outside::EngineEnds
                        | Outside::Request
                        | Outside::Hangs
                        | Outside::DiskFills
                        | Outside::Squats
                        | Outside::ClockIsSet
                )
            )
        });
    }

    /// What is still to come from outside.
    pub(crate) fn is_expecting(&self) -> bool {
        self.queue.values().any(|happening| matches!(happening, Happening::Outside(_) | Happening::Request(_)))
    }

    pub(crate) fn now(&self) -> Now {
        Now(Duration::from_nanos(u64::try_from(self.world.now).expect("after the epoch")))
    }

    /// The next thing that happens; false when it would be after `end`.
    pub(crate) fn turn(&mut self, end: i64) -> Result<bool, String> {
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let woken = self.daemon.as_ref().map(|daemon| daemon.wake_at.unwrap_or(self.world.now + IDLE));
        let turning = self.world.next_turn();
        let Some(at) = [queued, woken, turning].into_iter().flatten().min().filter(|at| *at <= end) else {
            self.world.pass(end);
            return Ok(false);
        };
        self.at_once = if at > self.world.now { 0 } else { self.at_once + 1 };
        if self.at_once > AT_ONCE {
            return Err("it turns round and round at one instant".to_owned());
        }
        let at = at.max(self.world.now);
        if turning.is_some_and(|turning| turning <= at) {
            self.world.pass(at);
            self.hear();
            return Ok(true);
        }
        self.world.pass(at);
        if queued == Some(at) || queued.is_some_and(|queued| queued < at) {
            let (_, happening) = self.queue.pop_first().expect("one is due");
            self.happens(happening)?;
        } else if let Some(daemon) = &mut self.daemon {
            daemon.wake_at = None;
            self.step(Input::Woke, at)?;
        }
        self.hear();
        Ok(true)
    }

    fn happens(&mut self, happening: Happening) -> Result<(), String> {
        let Some(happening) = self.hanging(happening) else { return Ok(()) };
        match happening {
            Happening::Effect { call, run, answer } => self.effect(call, &run, answer)?,
            Happening::Afterwards { call, id, container } => {
                let outcome = if self.reaches(call) && !self.dice.chance(self.faults.failed_looks) {
                    Outcome::Container(container.clone(), self.world.look(&container).map(Box::new))
                } else {
                    Outcome::Unknown(told::refusal("the answer was lost"))
                };
                self.reply(call, Input::Finished(id, outcome));
            }
            Happening::Listed { call, list } => self.listed(call, list),
            Happening::LookedAt { call, container } => {
                let input = if !self.reaches(call) || self.dice.chance(self.faults.failed_looks) {
                    Input::LookFailed(container)
                } else {
                    Input::Looked(container.clone(), self.world.look(&container).map(Box::new))
                };
                self.reply(call, input);
            }
            Happening::Input { life, seen, input } if life == self.life => self.step(*input, seen)?,
            Happening::Input { .. } => {}
            Happening::Event(event) => self.event(event)?,
            Happening::Request(request) => self.take(*request)?,
            Happening::Listening { life } => {
                if life == self.life && self.world.is_up {
                    self.listening()?;
                }
            }
            Happening::Outside(outside) => crate::weather::strikes(self, outside)?,
        }
        Ok(())
    }

    /// One step of the controller.
    fn step(&mut self, input: Input, seen: i64) -> Result<(), String> {
        let now = self.now();
        let Some(daemon) = &mut self.daemon else { return Ok(()) };
        self.trace.line(self.world.now, || format!("{}", told::Heard(&input, &daemon.running)));
        let run = match &input {
            Input::Finished(id, _) => daemon.running.remove(id),
            _ => None,
        };
        if run.is_some() {
            self.last_run = self.world.now;
        }
        self.witness.heard(&input, run.as_ref(), seen);
        daemon.attention.hears(&input, run.as_ref(), self.world.now)?;
        if let Input::Observed(number, _) = &input
            && self.witness.is_newest(*number)
        {
            self.sweep.values_mut().for_each(|until| *until = self.world.now.min(*until));
        }
        self.steps += 1;
        self.looks.touched += u64::from(matches!(input, Input::Touched(_)));
        self.looks.doubted += u64::from(is_doubt(&input));
        let outputs = daemon.controller.step(now, input.clone());
        if daemon.controller.desired().is_some() {
            daemon.attention.pays(&input, &outputs, &daemon.running)?;
        }
        self.carry_out(outputs)?;
        if let Some(daemon) = &self.daemon
            && self.faults == Faults::none()
            && self.world.is_up
            && self.world.now > self.hung_until
        {
            self.witness.is_awake(self.world.now, &daemon.running)?;
        }
        self.note_end();
        Ok(())
    }

    fn carry_out(&mut self, outputs: Vec<Output>) -> Result<(), String> {
        let daemon = self.daemon.as_mut().expect("its controller just said this");
        daemon.wake_at = None;
        for output in outputs {
            if self.faults.deadly_steps > 0 && self.dice.below(1000) < self.faults.deadly_steps {
                crate::weather::kills(self);
                return Ok(());
            }
            match output {
                Output::WakeAt(at) => {
                    let at = i64::try_from(at.0.as_nanos()).expect("in this century");
                    self.daemon.as_mut().expect("there").wake_at = Some(at);
                }
                Output::Look(container) => {
                    // What was touched before the last run ended may be looked at just after it.
                    self.looks.at_one += u64::from(self.world.now - self.last_run > SECOND);
                    let call = self.call();
                    let pause = self.time(4 * MS);
                    self.at(pause, Happening::LookedAt { call, container });
                }
                Output::Observe { number, images, networks, volumes } => {
                    self.looks.at_all += 1;
                    self.witness.asked(number);
                    let list = List {
                        number,
                        images,
                        networks: networks.into_keys().collect(),
                        volumes,
                        begun: 0,
                        ids: Vec::new(),
                        so_far: None,
                    };
                    let call = self.call();
                    let pause = self.time(self.faults.list_time);
                    self.at(pause, Happening::Listed { call, list });
                }
                Output::Run(run) => self.run(run)?,
            }
        }
        Ok(())
    }
}

/// Whether another list has to come of it.
fn is_doubt(input: &Input) -> bool {
    use Input as I;
    matches!(input, I::Doubt | I::Finished(..) | I::LookFailed(_) | I::ObserveFailed(..) | I::Request(_))
}
