//! What ended because the engine or the machine did, and not because it was done or somebody stopped it.

use std::collections::BTreeSet;

use plan::{Container, ContainerId, Desired, Observed, State, labels};

use super::Controller;

/// Which containers ended that way.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ended {
    /// With an engine.
    Engine {
        /// What it had sent a signal before.
        signalled: BTreeSet<ContainerId>,
        /// What ran when nothing was heard of it any more.
        running: BTreeSet<ContainerId>,
    },
    /// With the machine: all but these, which had ended before.
    Machine(BTreeSet<ContainerId>),
}

impl Controller {
    pub(super) fn engine_began(&mut self, signalled: BTreeSet<ContainerId>) {
        let alive = self.observed.containers.values().filter(|container| container.is_alive());
        let running = alive.map(|container| container.id.clone()).collect();
        self.ended = Some(Ended::Engine { signalled, running });
        self.doubt();
    }
}

impl Ended {
    /// Has what ended started again, but for what the engine starts by itself, what is done, and what nobody wants.
    pub(super) fn revive(&self, desired: &mut Desired, observed: &Observed) {
        let selected = desired.selected();
        for container in observed.containers.values() {
            let (service, policy) = (container.label(labels::SERVICE), &mut desired.policy);
            let is_wanted = labels::number(container).is_some()
                && selected.contains(service)
                && !policy.stopped.contains(service)
                && !policy.unstarted.contains(service);
            if is_wanted && !container.restarts_always && self.covers(container) {
                policy.start.insert(container.id.clone());
                policy.revived.insert(container.id.clone());
            }
        }
    }

    fn covers(&self, container: &Container) -> bool {
        let State::Exited { code, .. } = container.state else { return false };
        match self {
            Self::Engine { signalled, running } => {
                // What ended well and got no signal was done.
                signalled.contains(&container.id) || running.contains(&container.id) && code != 0
            }
            Self::Machine(before) => !before.contains(&container.id),
        }
    }
}
