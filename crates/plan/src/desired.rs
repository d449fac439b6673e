//! What is wanted: the model, and what operators said beyond it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Duration, Project, ServiceName};
use serde::{Deserialize, Serialize};

use crate::action::Replica;
use crate::observed::ContainerId;

/// Everything a plan is made towards.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// What the files ask for.
    pub project: Project,
    /// The model before this one, to say which fields of a changed service differ.
    pub previous: Option<Project>,
    /// Up or down.
    pub goal: Goal,
    /// What operators said about single services and containers.
    pub policy: Policy,
    /// Image ids by reference, as they were when this generation was asked for. A reference that is not
    /// here is not known to be local.
    pub images: BTreeMap<String, String>,
}

/// Whether the project is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// As the files say.
    Up,
    /// Gone.
    Down(Down),
}

/// How far a project is to be gone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Down {
    /// Named and anonymous volumes too. This is the explicit, confirmed request that data may die.
    pub volumes: bool,
    /// Containers of services that the file does not know.
    pub remove_orphans: bool,
    /// Whether a file was there to say which services are known; without one everything labelled goes.
    pub everything: bool,
    /// Overrides the containers' own grace, in whole seconds.
    pub grace: Option<i64>,
}

/// What operators said about single services and containers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// The services that were asked for (their dependencies come along); `None` is all of them.
    pub services: Option<BTreeSet<ServiceName>>,
    /// Services an operator stopped: nothing of them is started, created or changed.
    pub stopped: BTreeSet<ServiceName>,
    /// Ended containers that are to be started, once.
    pub start: BTreeSet<ContainerId>,
    /// Running containers that are to be restarted, once.
    pub restart: BTreeSet<ContainerId>,
    /// Containers to be recreated although nothing differs.
    pub recreate: BTreeSet<ContainerId>,
    /// Images to be pulled or built although they are there.
    pub refresh: BTreeSet<String>,
    /// Whether drift is left alone (`--no-recreate`).
    pub keep_drifted: bool,
    /// Whether what is missing stays missing: `start` and `restart` work on what is there.
    pub existing_only: bool,
    /// Whether containers of unknown services are removed.
    pub remove_orphans: bool,
    /// Overrides the containers' own grace when one is stopped.
    pub grace: Option<Duration>,
    /// Places whose container is being made at this moment: they are taken, seen or not, so that nobody gives
    /// the next number away because a later one was seen first.
    pub coming: BTreeSet<Replica>,
}

impl Desired {
    /// Whether a service is asked for, directly or as a dependency, by [`Policy::services`].
    #[must_use]
    pub fn selected(&self) -> BTreeSet<ServiceName> {
        self.reach(self.policy.services.as_ref())
    }

    /// Some services and everything they depend on; `None` is all of them.
    #[must_use]
    pub fn reach(&self, named: Option<&BTreeSet<ServiceName>>) -> BTreeSet<ServiceName> {
        let services = &self.project.services;
        let Some(named) = named else {
            return services.keys().cloned().collect();
        };
        let mut selected = BTreeSet::new();
        let mut queue: Vec<ServiceName> = named.iter().cloned().collect();
        while let Some(name) = queue.pop() {
            if let Some(service) = services.get(&name)
                && selected.insert(name)
            {
                queue.extend(service.depends_on.keys().cloned());
            }
        }
        selected
    }
}
