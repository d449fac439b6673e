//! The daemon around one controller, as a list of things that happen: calls take time, answers get lost, events
//! come late, and everything may be killed between any two of them. It does what `composed` does with a project.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{Project, ServiceName};
use plan::{Action, ContainerId, Down, Goal, Observed};
use reconcile::{Controller, Input, Now, Outcome, Output, Phase, Request, Run, RunId, Scope};
use support::world::{By, Dice, Event, MS, SECOND, World};

use crate::faults::Faults;
use crate::intent::{self, Intent, Sweep};
use crate::projects::{NAME, Taste};
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
}

/// Who called, and which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    life: u64,
    epoch: u64,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Comes,
    /// It is lost, and somebody says so after this long.
    Lost,
}

/// A list while it is made.
#[derive(Debug, Clone)]
pub(crate) struct List {
    number: u64,
    images: BTreeSet<String>,
    networks: BTreeSet<String>,
    volumes: BTreeSet<String>,
    begun: i64,
    ids: Vec<ContainerId>,
    so_far: Option<Observed>,
}

/// What the ledger holds.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    project: Project,
    services: Scope,
    stopped: BTreeSet<ServiceName>,
    down: Option<Down>,
    pub(crate) is_converged: bool,
}

/// One life of the daemon.
struct Daemon {
    controller: Controller,
    running: BTreeMap<RunId, Run>,
    wake_at: Option<i64>,
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
    /// When the daemon was killed last.
    pub(crate) killed: i64,
    life: u64,
    epoch: u64,
    is_listening: bool,
    at_once: u64,
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
            killed: 0,
            life: 0,
            epoch: 0,
            is_listening: false,
            at_once: 0,
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
                Happening::Outside(Outside::Act | Outside::Kill | Outside::EngineEnds | Outside::Request)
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
        match happening {
            Happening::Effect { call, run, answer } => self.effect(call, &run, answer)?,
            Happening::Afterwards { call, id, container } => {
                let outcome = if self.reaches(call) {
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
                    self.is_listening = true;
                    self.step(Input::Doubt, self.world.now)?;
                }
            }
            Happening::Outside(outside) => crate::weather::strikes(self, outside)?,
        }
        Ok(())
    }

    /// Whether the engine a call was made to is still there.
    fn reaches(&self, call: Call) -> bool {
        self.world.is_up && call.epoch == self.epoch
    }

    fn call(&self) -> Call {
        Call { life: self.life, epoch: self.epoch }
    }

    /// An answer on its way to whoever called.
    fn reply(&mut self, call: Call, input: Input) {
        let pause = self.dice.between(MS / 10, 2 * MS);
        self.reply_after(pause, call, input);
    }

    fn reply_after(&mut self, pause: i64, call: Call, input: Input) {
        let seen = self.world.now;
        self.at(pause, Happening::Input { life: call.life, seen, input: Box::new(input) });
    }

    fn effect(&mut self, call: Call, run: &Run, answer: Answer) -> Result<(), String> {
        if !self.reaches(call) {
            if answer == Answer::Comes {
                let lost = Outcome::Unknown(told::refusal("the connection was lost"));
                self.reply(call, Input::Finished(run.id, lost));
            }
            return Ok(());
        }
        self.witness.before_effect(&self.world, run)?;
        let outcome = self.world.apply(&run.action, By::Us);
        self.trace.line(self.world.now, || format!("  engine: {}", told::outcome(run, &outcome)));
        self.witness.after_effect(&self.world)?;
        if answer == Answer::Lost {
            return Ok(());
        }
        match outcome {
            Outcome::Container(container, _) => {
                let pause = self.dice.between(MS, 4 * MS);
                self.at(pause, Happening::Afterwards { call, id: run.id, container });
            }
            outcome => self.reply(call, Input::Finished(run.id, outcome)),
        }
        Ok(())
    }

    /// One part of a list: first the ids and the networks, then half of the containers, then the rest.
    fn listed(&mut self, call: Call, mut list: List) {
        if !self.reaches(call) || self.dice.chance(self.faults.failed_looks / 3) {
            let failed = Input::ObserveFailed(list.number, told::refusal("the list failed"));
            return self.reply(call, failed);
        }
        let whole = self.world.observe(NAME, &list.images, &list.networks, &list.volumes);
        match list.so_far.take() {
            None => {
                list.begun = self.world.now;
                list.ids = whole.containers.keys().cloned().collect();
                list.so_far = Some(Observed { containers: BTreeMap::new(), images: BTreeMap::new(), ..whole });
            }
            Some(mut so_far) => {
                let half = list.ids.len().div_ceil(2).max(1).min(list.ids.len());
                for id in list.ids.drain(..half) {
                    so_far.containers.extend(whole.containers.get(&id).map(|c| (id.clone(), c.clone())));
                }
                so_far.images = whole.images;
                if list.ids.is_empty() {
                    let seen = list.begun;
                    let pause = self.dice.between(MS / 10, 2 * MS);
                    let input = Box::new(Input::Observed(list.number, Box::new(so_far)));
                    return self.at(pause, Happening::Input { life: call.life, seen, input });
                }
                list.so_far = Some(so_far);
            }
        }
        let pause = self.dice.between(MS, self.faults.list_time);
        self.at(pause, Happening::Listed { call, list });
    }

    /// Takes the engine's events and sends them on their way.
    pub(crate) fn hear(&mut self) {
        for event in std::mem::take(&mut self.world.events) {
            if !self.is_listening || self.daemon.is_none() || self.dice.chance(self.faults.lost_events) {
                continue;
            }
            let pause = self.dice.between(MS / 10, self.faults.event_delay);
            self.at(pause, Happening::Event(event.clone()));
            if self.dice.chance(self.faults.doubled_events) {
                let pause = self.dice.between(MS, SECOND);
                self.at(pause, Happening::Event(event));
            }
        }
    }

    fn event(&mut self, event: Event) -> Result<(), String> {
        let Some(daemon) = &self.daemon else { return Ok(()) };
        let observed = daemon.controller.observed();
        let input = match event {
            Event::Container { id, project } if project == NAME => Input::Touched(id),
            Event::Linked(id) if observed.containers.contains_key(&id) => Input::Touched(id),
            Event::Shared(name) if observed.networks.contains_key(&name) || observed.volumes.contains_key(&name) => {
                Input::Doubt
            }
            _ => return Ok(()),
        };
        self.step(input, self.world.now)
    }

    /// A request: first into the ledger, then into the controller.
    fn take(&mut self, request: Request) -> Result<(), String> {
        if self.daemon.is_none() {
            return Ok(());
        }
        self.intent = intent::after(self.intent.as_ref(), &request);
        crate::weather::sweep(&mut self.sweep, self.intent.as_ref(), &request);
        let daemon = self.daemon.as_mut().expect("it was just there");
        self.trace.line(self.world.now, || format!("REQUEST {}", told::request(&request)));
        let now = Now(Duration::from_nanos(u64::try_from(self.world.now).expect("after the epoch")));
        self.witness.heard(&Input::Request(Box::new(request.clone())), None, self.world.now);
        let outputs = daemon.controller.step(now, Input::Request(Box::new(request)));
        let desired = daemon.controller.desired().ok_or("a request leaves nothing desired")?;
        let down = match &desired.goal {
            Goal::Down(down) => Some(down.clone()),
            Goal::Up => None,
        };
        if !desired.policy.existing_only && (down.is_none() || self.ledger.is_some()) {
            self.ledger = Some(Stack {
                project: desired.project.clone(),
                services: desired.policy.services.clone(),
                stopped: desired.policy.stopped.clone(),
                down,
                is_converged: false,
            });
        }
        self.steps += 1;
        self.carry_out(outputs)
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
        self.witness.heard(&input, run.as_ref(), seen);
        if let Input::Observed(number, _) = &input
            && self.witness.is_newest(*number)
        {
            self.sweep.values_mut().for_each(|until| *until = self.world.now.min(*until));
        }
        self.steps += 1;
        let outputs = daemon.controller.step(now, input);
        self.carry_out(outputs)?;
        if let Some(daemon) = &self.daemon
            && self.faults == Faults::none()
            && self.world.is_up
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
            match output {
                Output::WakeAt(at) => {
                    let at = i64::try_from(at.0.as_nanos()).expect("in this century");
                    self.daemon.as_mut().expect("there").wake_at = Some(at);
                }
                Output::Look(container) => {
                    let call = self.call();
                    let pause = self.time(4 * MS);
                    self.at(pause, Happening::LookedAt { call, container });
                }
                Output::Observe { number, images, networks, volumes } => {
                    self.witness.asked(number);
                    let list = List { number, images, networks, volumes, begun: 0, ids: Vec::new(), so_far: None };
                    let call = self.call();
                    let pause = self.time(self.faults.list_time);
                    self.at(pause, Happening::Listed { call, list });
                }
                Output::Run(run) => self.run(run)?,
            }
        }
        Ok(())
    }

    fn run(&mut self, run: Run) -> Result<(), String> {
        self.last_run = self.world.now;
        self.trace.line(self.world.now, || format!("  {} #{}", told::run(&run), run.id));
        let daemon = self.daemon.as_mut().expect("its controller just said this");
        let context = crate::safety::Context {
            world: &self.world,
            controller: &daemon.controller,
            intent: self.intent.as_ref(),
            sweep: &self.sweep,
            running: &daemon.running,
        };
        self.witness.before_run(&context, &run)?;
        daemon.running.insert(run.id, run.clone());
        let call = self.call();
        if !self.world.is_up {
            let refused = Outcome::Refused(told::refusal("the engine cannot be reached"));
            self.reply(call, Input::Finished(run.id, refused));
            return Ok(());
        }
        let typical = match run.action {
            Action::StopContainer { .. } | Action::RestartContainer { .. } => 2 * SECOND,
            Action::PullImage { .. } | Action::BuildImage(_) => 5 * SECOND,
            Action::StartContainer { .. } => 300 * MS,
            _ => 50 * MS,
        };
        let pause = self.time(typical);
        if self.dice.chance(self.faults.refused) {
            let refused = Outcome::Refused(told::refusal("the engine does not feel like it"));
            self.reply_after(pause, call, Input::Finished(run.id, refused));
        } else if self.dice.chance(self.faults.lost_answers) {
            let lost = Input::Finished(run.id, Outcome::Unknown(told::refusal("the answer was lost")));
            // It happened, or not, before anybody gave up on the answer.
            if self.dice.chance(60) {
                self.at(pause, Happening::Effect { call, run, answer: Answer::Lost });
            }
            let patience = pause + self.dice.between(MS, 5 * SECOND);
            self.at(patience, Happening::Input { life: call.life, seen: 0, input: Box::new(lost) });
        } else {
            self.at(pause, Happening::Effect { call, run, answer: Answer::Comes });
        }
        Ok(())
    }

    fn time(&mut self, typical: i64) -> i64 {
        let most = if self.dice.chance(self.faults.slow_calls) { typical * 10 } else { typical };
        self.dice.between(MS / 10, most)
    }

    /// Notes the end of a generation, and lets go of what nobody keeps.
    fn note_end(&mut self) {
        let now = self.now();
        let Some(daemon) = &mut self.daemon else { return };
        if !daemon.running.is_empty() || daemon.controller.desired().is_none() {
            return;
        }
        if self.ledger.as_ref().is_some_and(|stack| stack.is_converged && stack.down.is_none()) {
            return;
        }
        let phase = daemon.controller.status(now).phase;
        if phase.is_moving() {
            return;
        }
        match (&mut self.ledger, phase) {
            (Some(stack), Phase::Converged) if !stack.is_converged => {
                stack.is_converged = true;
                self.trace.line(self.world.now, || "CONVERGED".to_owned());
            }
            (Some(_), Phase::Gone) => {
                self.trace.line(self.world.now, || "GONE".to_owned());
                self.ledger = None;
                self.intent = None;
                daemon.controller = Controller::new();
                daemon.wake_at = None;
                self.witness.forget();
            }
            (None, _) => {
                daemon.controller = Controller::new();
                daemon.wake_at = None;
                self.witness.forget();
            }
            _ => {}
        }
    }

    /// The daemon is gone, with everything it knew. What it had sent still happens. That it meant to start again
    /// what it had stopped is nowhere but in its memory: until the ledger holds it, this is lost.
    pub(crate) fn kill(&mut self) {
        self.trace.line(self.world.now, || "KILLED".to_owned());
        self.daemon = None;
        self.killed = self.world.now;
        self.life += 1;
        self.is_listening = false;
    }

    /// A new daemon takes up what the ledger holds.
    pub(crate) fn begin(&mut self) -> Result<(), String> {
        self.trace.line(self.world.now, || "BEGUN".to_owned());
        self.daemon = Some(Daemon { controller: Controller::lasting(), running: BTreeMap::new(), wake_at: None });
        self.witness.forget();
        if let Some(stack) = self.ledger.clone() {
            let project = stack.project;
            let request = match stack.down {
                Some(down) => Request::Down { project, down },
                None => {
                    let Stack { services, stopped, is_converged, .. } = stack;
                    Request::Resume {
                        project,
                        wishes: reconcile::Wishes { services, stopped, ..reconcile::Wishes::default() },
                        is_converged,
                        ended_before: None,
                    }
                }
            };
            crate::weather::sweep(&mut self.sweep, self.intent.as_ref(), &request);
            self.step(Input::Request(Box::new(request)), self.world.now)?;
        }
        self.listen();
        Ok(())
    }

    /// Opens the stream of events a little later, if the engine is there then.
    fn listen(&mut self) {
        let pause = self.dice.between(MS, 50 * MS);
        let life = self.life;
        self.at(pause, Happening::Listening { life });
    }

    pub(crate) fn has_daemon(&self) -> bool {
        self.daemon.is_some()
    }

    pub(crate) fn engine_ends(&mut self) -> Result<(), String> {
        self.trace.line(self.world.now, || "ENGINE ENDS".to_owned());
        self.world.engine_ends();
        self.is_listening = false;
        self.step(Input::Doubt, self.world.now)
    }

    pub(crate) fn engine_begins(&mut self) {
        self.trace.line(self.world.now, || "ENGINE BEGINS".to_owned());
        self.epoch += 1;
        self.world.engine_begins();
        let pause = self.dice.between(MS, 2 * SECOND);
        let life = self.life;
        self.at(pause, Happening::Listening { life });
    }
}
