//! Who runs on something that is gone: what `depends_on` follows with `restart: true` (Compose Specification,
//! `depends_on`) is another one than when the follower was started.

use model::ServiceName;

use super::Walk;
use crate::observed::{Container, Stamp, State};
use crate::{Lives, waits};

impl Walk<'_, '_> {
    /// A dependency that `restart: true` names and that is another one since `started`, or is about to be: then
    /// the service runs on something that is gone. Where the condition is still to be met the restart waits for
    /// it; where it cannot be met the service is better left as it is.
    pub(super) fn out_of_order(&self, keep: &Container, started: Stamp) -> Option<ServiceName> {
        let since = Since { started, before: self.desired.policy.seen_before.get(&keep.id) };
        let mut followed = self.service.depends_on.iter().filter(|(on, edge)| {
            edge.restart
                && (self.is_replaced(on, since) || self.restarts_by_itself(on, since))
                && !waits::has_failed(self.desired, self.observed, on, edge, self.out)
        });
        followed.next().map(|(on, _)| on.clone())
    }

    /// Whether a service has other containers since `since`, or will have.
    fn is_replaced(&self, on: &ServiceName, since: Since<'_>) -> bool {
        let mut newer = waits::containers(self.observed, on).filter(|container| since.was_made(container));
        newer.any(|container| container.is_running() || self.out.begins(on, &container.id)) || self.out.replaces(on)
    }

    /// Whether a service restarted since `since`, or will, and not because it follows another one. Only a daemon
    /// minds that: who looks once cannot tell what it was good for.
    fn restarts_by_itself(&self, on: &ServiceName, since: Since<'_>) -> bool {
        let restarts = |on: &ServiceName| {
            let mut steps = self.out.services.get(on).into_iter().flatten();
            waits::containers(self.observed, on).any(|container| since.has_begun(container))
                || steps.any(|id| self.out.starts(*id))
        };
        let follows = |on: &ServiceName| {
            let edges = self.desired.project.services.get(on).into_iter().flat_map(|service| &service.depends_on);
            edges.into_iter().any(|(other, edge)| edge.restart && (restarts(other) || self.is_replaced(other, since)))
        };
        self.desired.policy.follows_restarts && restarts(on) && !follows(on)
    }
}

/// The beginning of a container's life, and which lives of what it follows are known to have begun before.
#[derive(Clone, Copy)]
struct Since<'a> {
    started: Stamp,
    before: Option<&'a Lives>,
}

impl Since<'_> {
    /// Whether a container was made later.
    fn was_made(&self, container: &Container) -> bool {
        let is_known = self.before.is_some_and(|lives| lives.contains_key(&container.id));
        container.created > self.started && !is_known
    }

    /// Whether a container runs in a life that began later.
    fn has_begun(&self, container: &Container) -> bool {
        let State::Running { started } = container.state else { return false };
        let is_known = self.before.is_some_and(|lives| lives.get(&container.id) == Some(&Some(started)));
        started > self.started && !is_known
    }
}
