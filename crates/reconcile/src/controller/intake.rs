//! How what is asked for becomes what is wanted.

use std::collections::{BTreeMap, BTreeSet};

use model::{Project, ServiceName};
use plan::{Desired, Goal, Observed, Policy, State, labels};

use super::Controller;
use crate::request::{Recreate, Request, Scope, Up};

/// What a request asks of the containers that are there, applied to the first complete list after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sweep {
    pub(super) scope: Scope,
    pub(super) starts_ended: bool,
    pub(super) restarts_running: bool,
    pub(super) recreates: bool,
    pub(super) repins: bool,
}

impl Controller {
    pub(super) fn request(&mut self, request: Request) {
        self.backoff.forget();
        self.is_planned = false;
        let former = self.desired.take();
        // What was asked for a moment ago, and not looked at yet, is still to come: unless it is about something
        // else.
        let is_kept = |desired: &Desired| desired.goal == Goal::Up && !desired.policy.existing_only;
        let stands =
            former.as_ref().is_some_and(is_kept) && !matches!(request, Request::Down { .. } | Request::Resume { .. });
        let (project, sweep) = match request {
            Request::Up { project, up } => self.up(former, project, up),
            Request::Apply { project } => {
                let policy = former.as_ref().map(|desired| desired.policy.clone()).unwrap_or_default();
                let images = former.as_ref().map(|desired| desired.images.clone()).unwrap_or_default();
                let previous = former.map(|desired| desired.project);
                (Desired { project, previous, goal: Goal::Up, policy, images }, Sweep::nothing())
            }
            Request::Resume { project, services, stopped, is_converged } => {
                let policy = Policy { services, stopped, ..Policy::default() };
                let sweep = Sweep { starts_ended: !is_converged, repins: true, ..Sweep::nothing() };
                (Desired { project, previous: None, goal: Goal::Up, policy, images: BTreeMap::new() }, sweep)
            }
            Request::Down { project, down } => {
                let goal = Goal::Down(down);
                let desired =
                    Desired { project, previous: None, goal, policy: Policy::default(), images: BTreeMap::new() };
                (desired, Sweep::nothing())
            }
            Request::Stop { project, services, grace } => {
                let mut desired = supervised_or(former, project, Some(BTreeSet::new()));
                let named = services.unwrap_or_else(|| desired.project.services.keys().cloned().collect());
                desired.policy.stopped.extend(named);
                desired.policy.grace = grace;
                (desired, Sweep::nothing())
            }
            Request::Start { project, services } => {
                let mut desired = supervised_or(former, project, services.clone());
                release(&mut desired, &services);
                (desired, Sweep { scope: services, starts_ended: true, ..Sweep::nothing() })
            }
            Request::Restart { project, services, grace } => {
                let mut desired = supervised_or(former, project, services.clone());
                release(&mut desired, &services);
                desired.policy.grace = grace;
                (desired, Sweep { scope: services, starts_ended: true, restarts_running: true, ..Sweep::nothing() })
            }
        };
        if !stands {
            self.sweeps.clear();
        }
        self.desired = Some(project);
        self.sweeps.push(sweep);
        self.doubt();
    }

    fn up(&self, former: Option<Desired>, project: Project, up: Up) -> (Desired, Sweep) {
        let former = former.filter(|desired| desired.goal == Goal::Up && !desired.policy.existing_only);
        // A service once asked for stays asked for; naming one more widens it.
        let services = match (&former, &up.services) {
            (_, None) => None,
            (None, Some(named)) => Some(named.clone()),
            (Some(former), Some(named)) => former.policy.services.as_ref().map(|known| known | named),
        };
        let mut stopped = former.as_ref().map(|desired| desired.policy.stopped.clone()).unwrap_or_default();
        match &up.services {
            None => stopped.clear(),
            Some(named) => {
                let selected = Policy { services: Some(named.clone()), ..Policy::default() };
                let probe = Desired {
                    project: project.clone(),
                    previous: None,
                    goal: Goal::Up,
                    policy: selected,
                    images: BTreeMap::new(),
                };
                stopped = &stopped - &probe.selected();
            }
        }
        let mut refresh = BTreeSet::new();
        for (name, service) in &project.services {
            let is_named = up.services.as_ref().is_none_or(|named| named.contains(name));
            let is_built = up.build && service.build.is_some();
            if is_named && (is_built || service.pull_policy == "always" || service.pull_policy == "build") {
                refresh.insert(project.image_of(name, service));
            }
        }
        // What was asked for before and is not done yet is still to come.
        let start = former.as_ref().map(|desired| desired.policy.start.clone()).unwrap_or_default();
        let policy = Policy {
            services,
            stopped,
            start,
            refresh,
            keep_drifted: up.recreate == Recreate::Never,
            remove_orphans: up.remove_orphans,
            grace: up.grace,
            ..Policy::default()
        };
        let sweep = Sweep {
            scope: up.services,
            starts_ended: true,
            restarts_running: false,
            recreates: up.recreate == Recreate::Always,
            repins: true,
        };
        let previous = former.map(|desired| desired.project);
        (Desired { project, previous, goal: Goal::Up, policy, images: BTreeMap::new() }, sweep)
    }
}

impl Sweep {
    fn nothing() -> Self {
        Self { scope: None, starts_ended: false, restarts_running: false, recreates: false, repins: false }
    }

    pub(super) fn over(&self, desired: &mut Desired, observed: &Observed) {
        let selected = desired.selected();
        let reached = desired.reach(self.scope.as_ref());
        for container in observed.containers.values() {
            let service = container.label(labels::SERVICE);
            if labels::number(container).is_none() || !selected.contains(service) {
                continue;
            }
            let is_named = self.scope.as_ref().is_none_or(|scope| scope.contains(service));
            let is_reached = reached.contains(service);
            match container.state {
                // A restart is of what was named; a start needs what it depends on.
                State::Exited { .. } if self.starts_ended && (is_named || !self.restarts_running && is_reached) => {
                    desired.policy.start.insert(container.id.clone());
                }
                State::Running { .. } if self.restarts_running && is_named => {
                    desired.policy.restart.insert(container.id.clone());
                }
                _ => {}
            }
            if self.recreates && is_named {
                desired.policy.recreate.insert(container.id.clone());
            }
        }
    }
}

/// What is wanted of a supervised project, or a passing wish about one that nobody supervises: it works on
/// what is there, and on nothing but `scope`.
fn supervised_or(former: Option<Desired>, project: Project, scope: Scope) -> Desired {
    match former {
        Some(desired) if desired.goal == Goal::Up && !desired.policy.existing_only => desired,
        _ => Desired {
            project,
            previous: None,
            goal: Goal::Up,
            policy: Policy { services: scope, existing_only: true, keep_drifted: true, ..Policy::default() },
            images: BTreeMap::new(),
        },
    }
}

fn release(desired: &mut Desired, services: &Scope) {
    match services {
        None => desired.policy.stopped.clear(),
        Some(named) => desired.policy.stopped.retain(|name: &ServiceName| !named.contains(name)),
    }
}
