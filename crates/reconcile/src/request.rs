//! What operators, files and the daemon's own start ask of a controller.

use std::collections::{BTreeMap, BTreeSet};

use model::{Duration, Project, ServiceName};
use plan::{ContainerId, Desired, Down, Lives, Policy};
use serde::{Deserialize, Serialize};

/// Which services a request is about; `None` is all of the project.
pub type Scope = Option<BTreeSet<ServiceName>>;

/// Something asked of a project. The model travels along, so what was validated is what is applied.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `up`: converge, start what ended, and keep it so.
    Up {
        /// The model.
        project: Project,
        /// The options of the command line.
        up: Up,
    },
    /// The files changed: converge to the new model, and leave alone what somebody stopped.
    Apply {
        /// The model.
        project: Project,
    },
    /// The daemon started: go on from what the ledger remembers.
    Resume {
        /// The model.
        project: Project,
        /// What was said of single services.
        wishes: Wishes,
        /// Whether the last request had converged; if not, it is carried out now.
        is_converged: bool,
        /// Containers that were stopped on the way to something, or ended with an engine, and are to run again; each with
        /// the beginning of that life. Who was started since has run again.
        interrupted: Lives,
        /// Containers that had ended for good when they were looked at last. Should the engine be another one since,
        /// the others ended with it.
        ended: BTreeSet<ContainerId>,
    },
    /// `down`.
    Down {
        /// The model, when a file was at hand.
        project: Project,
        /// How far.
        down: Down,
    },
    /// `stop`.
    Stop {
        /// The model, for the order.
        project: Project,
        /// Which services.
        services: Scope,
        /// Seconds before a kill.
        grace: Option<Duration>,
    },
    /// `start`.
    Start {
        /// The model, for order and conditions.
        project: Project,
        /// Which services.
        services: Scope,
    },
    /// `restart`.
    Restart {
        /// The model, for order and conditions.
        project: Project,
        /// Which services.
        services: Scope,
        /// Whether those that follow their restarts (`restart: true`) are left as they are.
        without_dependents: bool,
        /// Seconds before a kill.
        grace: Option<Duration>,
    },
}

/// What operators said of single services, and what stands until they say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// The services that were ever asked for; `None` is all.
    pub services: Scope,
    /// The services an operator stopped.
    pub stopped: BTreeSet<ServiceName>,
    /// The services that were made and never started.
    pub unstarted: BTreeSet<ServiceName>,
    /// The services that were asked for without what they depend on.
    pub alone: BTreeSet<ServiceName>,
    /// Running containers that stay although what they follow started after them (`restart --no-deps`).
    pub in_order: BTreeSet<ContainerId>,
    /// Image ids by reference, as they were when somebody last asked: one that is pulled or built since is meant only by
    /// the next who asks.
    pub images: BTreeMap<String, String>,
}

impl Wishes {
    /// Those behind what is desired.
    #[must_use]
    pub fn of(desired: &Desired) -> Self {
        let policy = &desired.policy;
        Self {
            services: policy.services.clone(),
            stopped: policy.stopped.clone(),
            unstarted: policy.unstarted.clone(),
            alone: policy.alone.clone(),
            in_order: policy.in_order.clone(),
            images: desired.images.clone(),
        }
    }

    /// A policy of nothing but these.
    #[must_use]
    pub fn policy(self) -> Policy {
        let Self { services, stopped, unstarted, alone, in_order, images: _ } = self;
        Policy { services, stopped, unstarted, alone, in_order, ..Policy::default() }
    }
}

/// The options of `up` that decide what is planned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Up {
    /// The services named; none is all.
    pub services: Scope,
    /// Services of which everything is made ready but containers, for a `run`.
    pub ready: BTreeSet<ServiceName>,
    /// What becomes of containers that are there.
    pub recreate: Recreate,
    /// When images are pulled (`always`, `missing`, `never`), over what the file says; empty leaves it to that.
    pub pull: String,
    /// Whether images are built although they are there.
    pub build: bool,
    /// Whether nothing is built.
    pub never_builds: bool,
    /// Whether what the named services depend on is left out of it.
    pub without_dependencies: bool,
    /// Whether containers are made and not started.
    pub unstarted: bool,
    /// Whether what the named services depend on is recreated too.
    pub recreates_dependencies: bool,
    /// Whether the anonymous volumes of what is recreated are new ones.
    pub renews_volumes: bool,
    /// Whether a volume whose definition changed may be made anew, its data lost.
    pub replaces_volumes: bool,
    /// Whether containers of unknown services go.
    pub remove_orphans: bool,
    /// Seconds before a kill.
    pub grace: Option<Duration>,
}

/// What becomes of containers that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recreate {
    /// Those that differ are replaced.
    #[default]
    Drifted,
    /// All are.
    Always,
    /// None is.
    Never,
}
