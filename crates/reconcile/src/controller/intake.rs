//! How what is asked for becomes what is wanted.

use std::collections::{BTreeMap, BTreeSet};

use model::{Project, ServiceName};
use plan::{Desired, Down, Goal, Observed, Policy, State, labels};

use super::{Controller, up};
use crate::request::{Request, Scope, Wishes};

/// What a request asks of the containers that are there, applied to the first complete list after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sweep {
    pub(super) scope: Scope,
    pub(super) starts_ended: bool,
    pub(super) restarts_running: bool,
    /// The services whose containers are to be others.
    pub(super) recreates: Option<BTreeSet<ServiceName>>,
    /// Whether the images of the services it reaches are those that are there now.
    pub(super) repins: bool,
    /// Services whose running containers stay although what they follow restarts.
    pub(super) kept: BTreeSet<ServiceName>,
}

impl Controller {
    pub(super) fn request(&mut self, request: Request) {
        self.backoff.forget();
        self.repairs.forget();
        self.faults.clear();
        self.resting = None;
        self.plan = plan::Plan::default();
        self.is_planned = false;
        let former = self.desired.take();
        // What was asked for a moment ago, and not looked at yet, is still to come: unless it is about something
        // else.
        let stands = former.as_ref().is_some_and(Desired::is_kept)
            && !matches!(request, Request::Down { .. } | Request::Resume { .. });
        let (project, sweep) = match request {
            Request::Up { project, up } => up::wanted(former, project, up),
            Request::Apply { mut project } => {
                let policy = former.as_ref().map(lasting).unwrap_or_default();
                up::without_dependencies(&mut project, &policy.alone);
                let images = former.as_ref().map(|desired| desired.images.clone()).unwrap_or_default();
                let previous = former.map(|desired| desired.project);
                (Desired { project, previous, goal: Goal::Up, policy, images }, Sweep::nothing())
            }
            Request::Resume { mut project, wishes, is_converged, interrupted, ended } => {
                up::without_dependencies(&mut project, &wishes.alone);
                let images = wishes.images.clone();
                let policy = Policy { start: interrupted.keys().cloned().collect(), ..wishes.policy() };
                self.left = interrupted;
                self.ended_before = Some(ended);
                self.ended = None;
                let sweep = Sweep {
                    starts_ended: !is_converged,
                    repins: !is_converged || images.is_empty(),
                    ..Sweep::nothing()
                };
                (Desired { project, previous: None, goal: Goal::Up, policy, images }, sweep)
            }
            Request::Down { project, mut down } => {
                let desired = match (former.filter(Desired::is_kept), &mut down.services) {
                    // Of a project that loses some services the rest is wanted as before.
                    (Some(mut desired), Some(services)) => {
                        if let Goal::Down(Down { services: Some(earlier), .. }) = &desired.goal {
                            services.extend(earlier.iter().cloned());
                        }
                        desired.policy.stopped.extend(services.iter().cloned());
                        desired
                    }
                    _ => Desired {
                        project,
                        previous: None,
                        goal: Goal::Up,
                        policy: Policy::default(),
                        images: BTreeMap::new(),
                    },
                };
                (Desired { goal: Goal::Down(down), ..desired }, Sweep::nothing())
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
                // A start needs what it depends on.
                let reached = services.as_ref().map(|named| desired.reach(Some(named)));
                release(&mut desired, &reached);
                (desired, Sweep { scope: services, starts_ended: true, ..Sweep::nothing() })
            }
            Request::Restart { project, services, without_dependents, grace } => {
                let all = services.as_ref().map(|named| plan::with_dependents(&project, named, |edge| edge.restart));
                let (services, kept) = match (services, all) {
                    (Some(named), Some(all)) if without_dependents => (Some(named.clone()), &all - &named),
                    (_, all) => (all, BTreeSet::new()),
                };
                let mut desired = supervised_or(former, project, services.clone());
                release(&mut desired, &services);
                desired.policy.grace = grace;
                let sweep = Sweep { scope: services, starts_ended: true, restarts_running: true, ..Sweep::nothing() };
                (desired, Sweep { kept, ..sweep })
            }
        };
        if !stands {
            self.sweeps.clear();
        }
        self.desired = Some(project);
        self.sweeps.push(sweep);
        self.doubt();
    }
}

impl Sweep {
    pub(super) fn nothing() -> Self {
        Self {
            scope: None,
            starts_ended: false,
            restarts_running: false,
            recreates: None,
            repins: false,
            kept: BTreeSet::new(),
        }
    }

    /// Means the images that are there now, of the services it reaches.
    pub(super) fn repin(&self, desired: &mut Desired, observed: &Observed) {
        for name in desired.reach(self.scope.as_ref()) {
            let Some(service) = desired.project.services.get(&name) else { continue };
            let reference = desired.project.image_of(&name, service);
            match observed.images.get(&reference) {
                Some(image) => desired.images.insert(reference, image.clone()),
                None => desired.images.remove(&reference),
            };
        }
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
            let is_job = || desired.project.care.get(service).is_some_and(|care| care.job);
            match container.state {
                // A job that is done is done, unless it is named.
                State::Exited { code: 0, .. } if self.scope.is_none() && !self.restarts_running && is_job() => {}
                // A restart is of what was named; a start needs what it depends on.
                State::Exited { .. } if self.starts_ended && (is_named || !self.restarts_running && is_reached) => {
                    desired.policy.start.insert(container.id.clone());
                }
                State::Running { .. } | State::Paused | State::Restarting { .. }
                    if self.restarts_running && is_named =>
                {
                    desired.policy.restart.insert(container.id.clone());
                }
                State::Running { .. } if self.kept.contains(service) => {
                    desired.policy.in_order.insert(container.id.clone());
                }
                _ => {}
            }
            if self.recreates.as_ref().is_some_and(|recreated| recreated.contains(service)) {
                desired.policy.recreate.insert(container.id.clone());
            }
        }
    }
}

/// What is wanted of a supervised project, or a passing wish about one that nobody supervises: it works on
/// what is there, and on nothing but `scope`.
fn supervised_or(former: Option<Desired>, project: Project, scope: Scope) -> Desired {
    match former {
        Some(desired) if desired.is_kept() => Desired { goal: Goal::Up, ..desired },
        _ => Desired {
            project,
            previous: None,
            goal: Goal::Up,
            policy: Policy { services: scope, existing_only: true, keep_drifted: true, ..Policy::default() },
            images: BTreeMap::new(),
        },
    }
}

/// What stands beyond one request: its consents and its ways of making things do not.
fn lasting(desired: &Desired) -> Policy {
    let policy = &desired.policy;
    Policy {
        start: policy.start.clone(),
        revived: policy.revived.clone(),
        restart: policy.restart.clone(),
        ..Wishes::of(desired).policy()
    }
}

/// What was stopped or left unstarted is wanted again.
fn release(desired: &mut Desired, services: &Scope) {
    let policy = &mut desired.policy;
    for set in [&mut policy.stopped, &mut policy.unstarted] {
        match services {
            None => set.clear(),
            Some(named) => set.retain(|name: &ServiceName| !named.contains(name)),
        }
    }
}
