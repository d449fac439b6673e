//! An engine in memory: containers that live and end, networks, volumes and images, in `plan`'s words, with a
//! clock that moves only when it is told to. The same seed and the same calls give the same world. What it
//! answers is what a real engine answers; it is no model of what a process does inside.

mod apply;
pub mod dice;
mod foreign;
mod life;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use plan::observed::{Network, Volume};
use plan::{Container, ContainerId, Health, Observed, Stamp, State, labels};

pub use dice::Dice;
pub use foreign::Act;

/// Nanoseconds of a millisecond.
pub const MS: i64 = 1_000_000;
/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000 * MS;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The daemon under test.
    Us,
    /// Somebody at the engine's command line.
    Foreign,
    /// The engine: a restart policy, or its own end.
    Engine,
    /// The process itself.
    Process,
}

/// What the engine does when a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    No,
    /// It starts it again, whoever ended it, when the engine itself starts.
    Always,
    /// It starts it again unless somebody stopped it.
    UnlessStopped,
    /// It starts it again after a failure, this often in a row; 0 is without end.
    OnFailure(u32),
}

/// What the process of a container does, read off its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// `["serve"]`, and everything that is not known: it runs until it is ended.
    Serves,
    /// `["exit", code, milliseconds]`.
    Ends {
        /// The exit code.
        code: i64,
        /// After so many nanoseconds.
        after: i64,
    },
}

/// What a health check says, read off its command: `["CMD", "ok" | "fail", milliseconds]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Whether it passes.
    pub passes: bool,
    /// After so many nanoseconds.
    pub after: i64,
}

/// A container with what the engine keeps to itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// As the engine tells it.
    pub seen: Container,
    /// Its restart policy.
    pub policy: Policy,
    /// What its process does.
    pub process: Process,
    /// What its health check says.
    pub check: Option<Check>,
    /// Whether somebody stopped it since its last start.
    pub is_stopped_by_hand: bool,
    /// When it was started last.
    pub since: Stamp,
    /// Who started it last.
    pub started_by: Option<By>,
    /// When it ended last, in the world's time.
    pub ended_at: i64,
    /// Who ended it last.
    pub ended_by: Option<By>,
    /// How often it was started, by whomever.
    pub starts: u32,
    /// Whether the engine lost track of it and refuses to start it for ever.
    pub is_lost: bool,
    /// How often the engine started it in a row.
    restarts: u32,
    /// When its process ends by itself, it starts again, or it is gone.
    turn: Option<i64>,
    /// When its health check has its first say.
    checked: Option<i64>,
}

impl Unit {
    /// Leaves out what time alone changes, so that two moments of an untouched container are equal.
    pub fn pass_over(&mut self) {
        self.seen.state = State::Created { error: String::new() };
        self.seen.health = Health::None;
        self.since = Stamp::default();
        (self.started_by, self.ended_by) = (None, None);
        (self.starts, self.restarts, self.is_lost) = (0, 0, false);
        (self.turn, self.checked) = (None, None);
        self.ended_at = 0;
    }
}

/// Something happened at the engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// To a container.
    Container {
        /// Which.
        id: ContainerId,
        /// The project it is labelled with.
        project: String,
    },
    /// A container came to a network or left it.
    Linked(ContainerId),
    /// A network or volume of this name came or went.
    Shared(String),
}

/// An engine.
#[derive(Debug, Clone)]
pub struct World {
    /// The moment, in nanoseconds since the epoch.
    pub now: i64,
    /// By how many nanoseconds its clock is set off from that.
    pub offset: i64,
    /// Every container.
    pub containers: BTreeMap<ContainerId, Unit>,
    /// Every network by name.
    pub networks: BTreeMap<String, Network>,
    /// Every volume by name.
    pub volumes: BTreeMap<String, Volume>,
    /// Local images by reference.
    pub images: BTreeMap<String, String>,
    /// What a pull or a build would give.
    pub registry: BTreeMap<String, String>,
    /// Whether the engine answers.
    pub is_up: bool,
    /// Whether its disk is full: nothing new can be made.
    pub is_full: bool,
    /// Events since somebody took them.
    pub events: Vec<Event>,
    /// Every container that ever was.
    pub made: BTreeSet<ContainerId>,
    /// Volumes that went, and who removed them.
    pub lost: Vec<(String, By)>,
    dice: Dice,
    last: i64,
}

impl World {
    /// An engine that holds nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: SECOND,
            offset: 0,
            containers: BTreeMap::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            images: BTreeMap::new(),
            registry: BTreeMap::new(),
            is_up: true,
            is_full: false,
            events: Vec::new(),
            made: BTreeSet::new(),
            lost: Vec::new(),
            dice: Dice::new(seed ^ 0x5eed),
            last: 0,
        }
    }

    /// 64 hexadecimal digits that were never given before.
    pub fn id(&mut self) -> String {
        format!("{:016x}", self.dice.next()).repeat(4)
    }

    /// This moment by its clock; no two are alike while nobody sets that.
    fn stamp(&mut self) -> Stamp {
        self.last = self.now.max(self.last + 1);
        Stamp(self.last + self.offset)
    }

    /// One container, by id or name.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<ContainerId> {
        let by_id = self.containers.values().find(|unit| unit.seen.id.0 == text);
        by_id.or_else(|| self.containers.values().find(|unit| unit.seen.name == text)).map(|unit| unit.seen.id.clone())
    }

    /// One container as the engine tells it.
    #[must_use]
    pub fn look(&self, id: &ContainerId) -> Option<Container> {
        self.containers.get(id).map(|unit| unit.seen.clone())
    }

    /// The containers that carry a project's label.
    pub fn of_project<'a>(&'a self, project: &'a str) -> impl Iterator<Item = &'a Unit> + Clone {
        self.containers.values().filter(move |unit| unit.seen.label(labels::PROJECT) == project)
    }

    /// Everything of a project at this instant, and the images, networks and volumes that are named.
    #[must_use]
    pub fn observe(
        &self,
        project: &str,
        images: &BTreeSet<String>,
        networks: &BTreeSet<String>,
        volumes: &BTreeSet<String>,
    ) -> Observed {
        let is_ours = |all: &BTreeMap<String, String>| all.get(labels::PROJECT).map(String::as_str) == Some(project);
        Observed {
            containers: self.of_project(project).map(|unit| (unit.seen.id.clone(), unit.seen.clone())).collect(),
            networks: self
                .networks
                .iter()
                .filter(|(name, network)| networks.contains(*name) || is_ours(&network.labels))
                .map(|(name, network)| (name.clone(), network.clone()))
                .collect(),
            volumes: self
                .volumes
                .iter()
                .filter(|(name, volume)| volumes.contains(*name) || is_ours(&volume.labels))
                .map(|(name, volume)| (name.clone(), volume.clone()))
                .collect(),
            images: self
                .images
                .iter()
                .filter(|(reference, _)| images.contains(*reference))
                .map(|(reference, id)| (reference.clone(), id.clone()))
                .collect(),
        }
    }

    fn tell(&mut self, id: &ContainerId) {
        if let Some(unit) = self.containers.get(id) {
            let project = unit.seen.label(labels::PROJECT).to_owned();
            self.events.push(Event::Container { id: id.clone(), project });
        }
    }
}
