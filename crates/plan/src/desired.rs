//! What is wanted: the model, and what operators said beyond it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Dependency, Duration, Network, Project, Service, ServiceName, Volume};
use serde::{Deserialize, Serialize};

use crate::action::Replica;
use crate::observed::{ContainerId, Observed, Stamp};

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
    /// The services that go; `None` is all of the project.
    pub services: Option<BTreeSet<ServiceName>>,
    /// Named and anonymous volumes too. This is the explicit, confirmed request that data may die.
    pub volumes: bool,
    /// Containers of services that the file does not know.
    pub remove_orphans: bool,
    /// Whether a file was there to say which services are known; without one everything labelled goes.
    pub everything: bool,
    /// Overrides the containers' own grace, in whole seconds.
    pub grace: Option<i64>,
    /// References of images that go too, those that are there.
    pub images: BTreeSet<String>,
    /// Networks, volumes and images that stay: the engine said that somebody uses them.
    pub left: BTreeSet<Left>,
}

/// Something that stays although it was to go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// A network, by its engine name.
    Network(String),
    /// A volume, by its engine name.
    Volume(String),
    /// An image, by its reference.
    Image(String),
}

/// Containers, each with the beginning of one of its lives.
pub type Lives = BTreeMap<ContainerId, Option<Stamp>>;

/// What operators said about single services and containers, and what is known of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// The services that were asked for (their dependencies come along); `None` is all of them.
    pub services: Option<BTreeSet<ServiceName>>,
    /// Services of which everything is made ready but containers: networks, volumes and images, for a `run`.
    pub ready: BTreeSet<ServiceName>,
    /// Services an operator stopped: nothing of them is started, created or changed.
    pub stopped: BTreeSet<ServiceName>,
    /// Services asked for without what they depend on (`--no-deps`); the model has only the edges among these.
    pub alone: BTreeSet<ServiceName>,
    /// Services that are made and not started (`create`): what runs of them goes on.
    pub unstarted: BTreeSet<ServiceName>,
    /// Services that did not come through what is run around their start, and how that ended: nobody who waits for
    /// them goes on.
    pub failed: BTreeMap<ServiceName, String>,
    /// Ended containers that are to be started, once.
    pub start: BTreeSet<ContainerId>,
    /// Of these, the ones that ended with the engine or the machine.
    pub revived: BTreeSet<ContainerId>,
    /// Running containers that are to be restarted, once.
    pub restart: BTreeSet<ContainerId>,
    /// Running containers that are to be restarted because they have been unhealthy for long enough.
    pub heal: BTreeSet<ContainerId>,
    /// Containers to be recreated although nothing differs.
    pub recreate: BTreeSet<ContainerId>,
    /// Images to be pulled or built although they are there.
    pub refresh: BTreeSet<String>,
    /// Running containers that stay although what they follow started after them, as `restart --no-deps` wants.
    pub in_order: BTreeSet<ContainerId>,
    /// Of containers whose start was seen to come after that of what they follow: those, each with the beginning of
    /// the life it was then in. The engine's clock may have been set back in between and say otherwise.
    pub seen_before: BTreeMap<ContainerId, Lives>,
    /// Containers that the engine cannot start any more, whatever is done.
    pub unstartable: BTreeSet<ContainerId>,
    /// Places that somebody keeps filling with another container than the file asks for: that one is left in peace for a
    /// while.
    pub contended: BTreeSet<Replica>,
    /// Whether a plain restart of a dependency is followed too, not only its replacement: only who stays to watch
    /// sees one.
    pub follows_restarts: bool,
    /// Whether drift is left alone (`--no-recreate`).
    pub keep_drifted: bool,
    /// Whether what is missing stays missing: `start` and `restart` work on what is there.
    pub existing_only: bool,
    /// Whether a volume whose definition changed is made anew: the explicit consent that its data dies (`up -y`).
    pub replaces_volumes: bool,
    /// Whether containers of unknown services are removed.
    pub remove_orphans: bool,
    /// Whether a successor's anonymous volumes are new ones (`--renew-anon-volumes`).
    pub renews_volumes: bool,
    /// When images are pulled (`always`, `missing`, `never`), over what the file says; empty leaves it to that.
    pub pull: String,
    /// Whether nothing is built (`--no-build`): an image has to be there or come from a registry.
    pub never_builds: bool,
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

    /// Seconds before a stop becomes a kill, where the containers' own do not count.
    #[must_use]
    pub(crate) fn grace(&self) -> Option<i64> {
        match &self.goal {
            Goal::Up => self.policy.grace.map(Duration::as_secs),
            Goal::Down(down) => down.grace,
        }
    }

    /// When a service's images are pulled.
    #[must_use]
    pub(crate) fn pull_policy<'a>(&'a self, service: &'a Service) -> &'a str {
        service.pull_policy_under(&self.policy.pull)
    }

    /// Whether the project is wanted, in whole or but for some services that are on their way out.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        let is_wanted = match &self.goal {
            Goal::Up => true,
            Goal::Down(down) => down.services.is_some(),
        };
        is_wanted && !self.policy.existing_only
    }

    /// The selected services, and those of which only what a container needs is made ready.
    #[must_use]
    pub(crate) fn supplied(&self) -> BTreeSet<ServiceName> {
        let ready = self.policy.ready.iter().filter(|name| self.project.services.contains_key(*name));
        self.selected().into_iter().chain(ready.cloned()).collect()
    }

    /// The supplied services that can come: neither stopped, nor in want of a network or volume that somebody else
    /// has to make. For the others nothing is made.
    #[must_use]
    pub(crate) fn served(&self, observed: &Observed) -> BTreeSet<ServiceName> {
        let mut selected = self.supplied();
        let lacks = |service: &Service| {
            let networks = service.networks.keys().filter_map(|key| self.project.networks.get(key));
            let lacks_network = |network: &Network| network.external && !observed.networks.contains_key(&network.name);
            let lacks_volume = |volume: &Volume| volume.external && !observed.volumes.contains_key(&volume.name);
            networks.into_iter().any(lacks_network) || self.project.volumes_of(service).any(lacks_volume)
        };
        selected.retain(|name| !self.policy.stopped.contains(name) && !lacks(&self.project.services[name]));
        selected
    }

    /// Some services and everything they depend on; `None` is all of them.
    #[must_use]
    pub fn reach(&self, named: Option<&BTreeSet<ServiceName>>) -> BTreeSet<ServiceName> {
        reach(&self.project, named)
    }
}

/// Some services of a project and everything they depend on; `None` is all of them.
#[must_use]
pub fn reach(project: &Project, named: Option<&BTreeSet<ServiceName>>) -> BTreeSet<ServiceName> {
    let Some(named) = named else {
        return project.services.keys().cloned().collect();
    };
    let mut reached = BTreeSet::new();
    let mut queue: Vec<ServiceName> = named.iter().cloned().collect();
    while let Some(name) = queue.pop() {
        if let Some(service) = project.services.get(&name)
            && reached.insert(name)
        {
            queue.extend(service.depends_on.keys().cloned());
        }
    }
    reached
}

/// Some services of a project and everything that depends on them by an edge that counts, directly or not.
#[must_use]
pub fn with_dependents(
    project: &Project,
    named: &BTreeSet<ServiceName>,
    counts: impl Fn(&Dependency) -> bool,
) -> BTreeSet<ServiceName> {
    let mut all = named.clone();
    let mut queue: Vec<&ServiceName> = named.iter().collect();
    while let Some(on) = queue.pop() {
        for (name, service) in &project.services {
            if service.depends_on.get(on).is_some_and(&counts) && all.insert(name.clone()) {
                queue.push(name);
            }
        }
    }
    all
}
