//! The controller: it keeps what is wanted and what was seen, and hands out the steps that are ready.

mod due;
mod ended;
mod intake;
mod looking;
mod memory;
mod order;
mod outcome;
mod telling;
mod unwell;
mod up;

pub use outcome::interrupted;
pub use up::without_dependencies;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use plan::{Action, Cause, Container, ContainerId, Desired, Lives, Observed, Plan, Stamp, State, Target, labels};

use self::ended::{Ended, Lost};
use self::intake::Sweep;
use crate::backoff::Backoff;
use crate::repairs::Repairs;
use crate::request::Request;
use crate::{Now, Outcome, Refusal, Run, RunId};

/// How long hooks may take before others go on beside them.
const LINGERING: Duration = Duration::from_secs(2);

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Somebody asked for something.
    Request(Box<Request>),
    /// The engine said something about a container: look at it.
    Touched(ContainerId),
    /// Something happened that the cache cannot know the extent of: the event stream ended, a network or
    /// volume changed, an answer was lost. Only a complete list ends the doubt.
    Doubt,
    /// The engine cannot be heard any more: until it is known which one answers, nothing is done.
    EngineLost,
    /// It is known which engine answers.
    EngineIs(EngineLife),
    /// A complete list, asked for by [`Output::Observe`] with this number.
    Observed(u64, Box<Observed>),
    /// The list failed.
    ObserveFailed(u64, Refusal),
    /// A container anew, asked for by [`Output::Look`]; `None` when it is gone.
    Looked(ContainerId, Option<Box<Container>>),
    /// Looking at a container failed.
    LookFailed(ContainerId),
    /// A run ended.
    Finished(RunId, Outcome),
    /// The moment of [`Output::WakeAt`] came.
    Woke,
}

/// Something to be done by the host.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Make a complete list.
    Observe {
        /// To be given back.
        number: u64,
        /// References of images to look up.
        images: BTreeSet<String>,
        /// Networks to look up by name, beside those labelled with the project, each with the config hash it is to have.
        networks: BTreeMap<String, String>,
        /// Volumes to look up by name, beside those labelled with the project.
        volumes: BTreeSet<String>,
    },
    /// Look at one container.
    Look(ContainerId),
    /// Carry out one step.
    Run(Run),
    /// Come back at this moment, or sooner.
    WakeAt(Now),
}

/// What is known of the engine that answers. Whatever ran under a former one ended with it, and what this one does not
/// start by itself is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineLife {
    /// It is the one that was heard before, as far as can be told.
    Same,
    /// It is another one.
    Another {
        /// What the former one had sent a signal in its last moments: it ended with it, however.
        signalled: BTreeSet<ContainerId>,
    },
    /// It is another one than nobody knows when, or the machine began anew since.
    Unheard,
}

/// One step that runs.
#[derive(Debug, Clone, PartialEq)]
struct Running {
    action: Action,
    cause: Cause,
    began: Now,
    /// What is known to have been started before what this starts.
    before: Option<Lives>,
}

impl Running {
    /// Whether what is run around a start goes on for so long that nobody waits for it who has other business.
    fn lingers(&self, now: Now) -> bool {
        let (Action::StartContainer { around, .. } | Action::RestartContainer { around, .. }) = &self.action else {
            return false;
        };
        (!around.pre_start.is_empty() || !around.post_start.is_empty()) && now >= self.began.after(LINGERING)
    }
}

/// A start that failed for what is run around it.
#[derive(Debug, Clone)]
struct Fault {
    action: Action,
    refusal: Refusal,
}

/// One project's controller.
#[derive(Debug, Clone)]
pub struct Controller {
    desired: Option<Desired>,
    observed: Observed,
    /// When the last complete list was taken in; `None` while there is doubt.
    listed: Option<Now>,
    /// The number of the list under way.
    listing: Option<u64>,
    next_number: u64,
    /// Whether something was carried out since the list under way began.
    is_list_stale: bool,
    /// Containers that were looked at since the list under way began: where the two differ, another look decides.
    fresher: BTreeSet<ContainerId>,
    /// Containers being looked at; true when something happened to one meanwhile.
    looking: BTreeMap<ContainerId, bool>,
    running: BTreeMap<RunId, Running>,
    /// Containers that were sent a stop on the way to something, and nobody heard of its end: until when it may land.
    late: BTreeMap<ContainerId, Now>,
    /// Containers that the engine cannot start any more.
    unstartable: BTreeSet<ContainerId>,
    /// Of containers that were started here: what was there before, to be told the planner.
    seen_before: BTreeMap<ContainerId, Lives>,
    /// Containers that another controller stopped on the way to something, and the beginning of that life.
    left: Lives,
    /// One for each request since the last complete list.
    sweeps: Vec<Sweep>,
    /// What ended with an engine or a machine, until a complete list shows it.
    ended: Option<Ended>,
    backoff: Backoff,
    repairs: Repairs,
    unwell: unwell::Unwell,
    plan: Plan,
    /// Whether the plan is made from what is wanted and seen now.
    is_planned: bool,
    /// When the next list may be tried after one failed.
    relist_at: Option<Now>,
    list_failures: u32,
    /// Whether a list ever succeeded: an engine that was there may be back in a moment.
    has_listed: bool,
    /// Whether what was seen was ever complete.
    is_known: bool,
    last_refusal: Option<Refusal>,
    /// Starts that failed for what is run around them. Where the container runs all the same nothing is left to do,
    /// and whoever waits for it must not go on.
    faults: BTreeMap<Target, Fault>,
    /// How the last generation ended, where nobody stays: until the next request nothing is done.
    resting: Option<crate::Phase>,
    /// Whether nothing is to be done, only looked at.
    is_paused: bool,
    /// Where nobody knows which engine answers: what was known when the last one was lost.
    lost: Option<Lost>,
    /// What another controller knew to have ended, until something complete is seen here.
    ended_before: Option<BTreeSet<ContainerId>>,
    /// Whether somebody stays to see what becomes of the project: then restarts are followed as well.
    is_lasting: bool,
}

impl Default for Controller {
    fn default() -> Self {
        Self::new()
    }
}

impl Controller {
    /// A controller that knows nothing and wants nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            desired: None,
            observed: Observed::default(),
            listed: None,
            listing: None,
            next_number: 1,
            is_list_stale: false,
            fresher: BTreeSet::new(),
            looking: BTreeMap::new(),
            running: BTreeMap::new(),
            late: BTreeMap::new(),
            unstartable: BTreeSet::new(),
            seen_before: BTreeMap::new(),
            left: BTreeMap::new(),
            sweeps: Vec::new(),
            ended: None,
            backoff: Backoff::default(),
            repairs: Repairs::default(),
            unwell: BTreeMap::new(),
            plan: Plan::default(),
            is_planned: false,
            relist_at: None,
            list_failures: 0,
            has_listed: false,
            is_known: false,
            last_refusal: None,
            faults: BTreeMap::new(),
            resting: None,
            is_paused: false,
            lost: None,
            ended_before: None,
            is_lasting: false,
        }
    }

    /// A controller that watches over its project from then on.
    #[must_use]
    pub fn lasting() -> Self {
        Self { is_lasting: true, ..Self::new() }
    }

    /// Forgets everything: the project is gone. What was asked for before and comes late answers no question of its
    /// next life.
    pub fn begin_anew(&mut self) {
        *self = Self { next_number: self.next_number, is_lasting: self.is_lasting, ..Self::new() };
    }

    /// Does nothing more until the next request, and goes on observing.
    pub fn rest(&mut self, ended: crate::Phase) {
        self.resting = Some(ended);
    }

    /// Does nothing until it is told to go on, and goes on observing and planning; or goes on.
    pub fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Whether it does nothing.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// The beginning of a container's life as it was seen last; `None` where that is not known.
    #[must_use]
    pub fn started(&self, id: &ContainerId) -> Option<Stamp> {
        self.observed.containers.get(id).and_then(Container::started)
    }

    /// Whether a container is being looked at.
    #[must_use]
    pub fn is_looking_at(&self, id: &ContainerId) -> bool {
        self.looking.contains_key(id)
    }

    /// Forgets of services that were not to be started those that run all the same.
    pub fn forget_started(&mut self) {
        let Some(desired) = &mut self.desired else { return };
        desired.policy.unstarted.retain(|name| {
            let containers = self.observed.containers.values();
            let mut own = containers.filter(|container| container.label(labels::SERVICE) == name.as_str());
            own.any(|container| matches!(container.state, State::Created { .. }))
        });
    }

    /// What is wanted, once something was asked for.
    #[must_use]
    pub fn desired(&self) -> Option<&Desired> {
        self.desired.as_ref()
    }

    /// What was seen last.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// The plan as it stands.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes in what happened, and says what is to be done now.
    #[must_use]
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Request(request) => self.request(*request),
            Input::Touched(id) => self.touched(id, &mut out),
            Input::Doubt => self.doubt(),
            Input::EngineLost => self.engine_lost(),
            Input::EngineIs(life) => self.engine_is(life),
            Input::Observed(number, observed) => self.take_list(now, number, *observed, &mut out),
            Input::ObserveFailed(number, refusal) => self.list_failed(now, number, refusal),
            Input::Looked(id, container) => self.take_look(id, container, &mut out),
            Input::LookFailed(id) => {
                self.looking.remove(&id);
                self.doubt();
            }
            Input::Finished(id, outcome) => self.finished(now, id, outcome),
            Input::Woke => {}
        }
        self.advance(now, &mut out);
        out
    }
}

#[cfg(test)]
mod tests;
