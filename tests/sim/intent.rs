//! What operators have asked for, kept apart from the controller: what it does is judged by this.

use std::collections::{BTreeMap, BTreeSet};

use model::{Project, Service, ServiceName};
use plan::Down;
use reconcile::{Request, Scope};

/// The wish that stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Intent {
    /// The model that was asked for last.
    pub(crate) project: Project,
    /// The services that were ever asked for.
    pub(crate) services: Scope,
    /// The services an operator stopped.
    pub(crate) stopped: BTreeSet<ServiceName>,
    /// Whether it is to be gone, and how far.
    pub(crate) down: Option<Down>,
    /// Whether what differs is left alone.
    pub(crate) keeps_drifted: bool,
    /// Whether containers of unknown services go.
    pub(crate) removes_orphans: bool,
}

/// What requests ask of containers that ended: those that did so until the first look after the newest request for
/// their service may be started. The time of that look by service; until then, without end.
pub(crate) type Sweep = BTreeMap<ServiceName, i64>;

/// Some services and everything they need.
pub(crate) fn closure(project: &Project, scope: &Scope) -> BTreeSet<ServiceName> {
    let Some(named) = scope else { return project.services.keys().cloned().collect() };
    let mut all: BTreeSet<ServiceName> = named.iter().filter(|n| project.services.contains_key(*n)).cloned().collect();
    loop {
        let more: BTreeSet<ServiceName> =
            all.iter().flat_map(|name| project.services[name].depends_on.keys().cloned()).collect();
        if more.is_subset(&all) {
            return all;
        }
        all.extend(more);
    }
}

/// What a restart of some services is of: they, and those that follow their restarts.
pub(crate) fn restarted(project: &Project, scope: &Scope, is_alone: bool) -> BTreeSet<ServiceName> {
    let Some(named) = scope else { return project.services.keys().cloned().collect() };
    let mut all = named.clone();
    if is_alone {
        return all;
    }
    loop {
        let follows = |service: &Service| service.depends_on.iter().any(|(on, edge)| edge.restart && all.contains(on));
        let more: BTreeSet<ServiceName> =
            project.services.iter().filter(|(_, service)| follows(service)).map(|(name, _)| name.clone()).collect();
        if more.is_subset(&all) {
            return all;
        }
        all.extend(more);
    }
}

impl Intent {
    /// The services that are to run.
    pub(crate) fn kept(&self) -> BTreeSet<ServiceName> {
        &closure(&self.project, &self.services) - &self.stopped
    }
}

/// The wish after one more request. `None` before is a project nobody keeps; a passing wish about one leaves it so.
pub(crate) fn after(former: Option<&Intent>, request: &Request) -> Option<Intent> {
    let standing = former.filter(|intent| intent.down.is_none());
    match request {
        Request::Up { project, up } => {
            let services = match (standing, &up.services) {
                (_, None) => None,
                (None, named) => named.clone(),
                (Some(former), Some(named)) => former.services.as_ref().map(|known| known | named),
            };
            let stopped = standing.filter(|_| up.services.is_some()).map(|former| former.stopped.clone());
            Some(Intent {
                project: project.clone(),
                services,
                stopped: &stopped.unwrap_or_default() - &closure(project, &up.services),
                down: None,
                keeps_drifted: up.recreate == reconcile::Recreate::Never,
                removes_orphans: up.remove_orphans,
            })
        }
        Request::Apply { project } => former.map(|former| Intent { project: project.clone(), ..former.clone() }),
        Request::Down { project, down } => former.map(|former| Intent {
            project: project.clone(),
            down: Some(down.clone()),
            services: None,
            stopped: BTreeSet::new(),
            ..former.clone()
        }),
        Request::Stop { services, .. } => standing.map(|former| {
            let named = services.clone().unwrap_or_else(|| former.project.services.keys().cloned().collect());
            Intent { stopped: &former.stopped | &named, ..former.clone() }
        }),
        // A start needs what it depends on; a restart is of what was named and of what follows it.
        Request::Start { services, .. } => standing
            .map(|former| Intent { stopped: &former.stopped - &closure(&former.project, services), ..former.clone() }),
        Request::Restart { services, without_dependents, .. } => standing.map(|former| {
            let restarted = restarted(&former.project, services, *without_dependents);
            Intent { stopped: &former.stopped - &restarted, ..former.clone() }
        }),
        Request::Resume { .. } => former.cloned(),
    }
}
