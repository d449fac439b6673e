//! What ended because the engine or the machine did, and not because it was done or somebody stopped it.

use std::collections::BTreeSet;

use plan::{Container, ContainerId, Desired, Observed, State, labels};

use super::{Controller, EngineLife};

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
    /// With an engine or a machine that nobody heard the end of: all but these, which had ended before.
    Unheard(BTreeSet<ContainerId>),
}

impl Controller {
    pub(super) fn engine_lost(&mut self) {
        // The next list may already be one of its successor, with all of them ended.
        if self.lost_alive.is_none() {
            let alive = self.observed.containers.values().filter(|container| container.is_alive());
            self.lost_alive = Some(alive.map(|container| container.id.clone()).collect());
        }
        self.doubt();
    }

    pub(super) fn engine_is(&mut self, life: EngineLife) {
        let running = self.lost_alive.take().unwrap_or_default();
        match life {
            EngineLife::Same => {}
            EngineLife::Another { signalled } => self.ended = Some(Ended::Engine { signalled, running }),
            EngineLife::Unheard { ended } => self.ended = Some(Ended::Unheard(ended)),
        }
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
            Self::Unheard(before) => !before.contains(&container.id),
        }
    }
}
