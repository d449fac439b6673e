//! What ended because the engine or the machine did, and not because it was done or somebody stopped it.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Container, ContainerId, Desired, Observed, Stamp, State, labels};

use super::{Controller, EngineLife};
use crate::status::is_one_shot;

/// What had ended for good, and when, by the engine's clock; `None` where only that is known.
type Endings = BTreeMap<ContainerId, Option<Stamp>>;

/// What was known when an engine was lost.
#[derive(Debug, Clone)]
pub(super) struct Lost {
    /// `None` before everything was seen once.
    ended: Option<Endings>,
}

/// Which containers ended that way.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ended {
    /// With an engine.
    Engine {
        /// What it had sent a signal before.
        signalled: BTreeSet<ContainerId>,
        /// What had ended before; `None` where nothing is known of that.
        before: Option<Endings>,
    },
    /// With an engine or a machine that nobody heard the end of: all but these, which had ended before.
    Unheard(Endings),
}

impl Controller {
    /// The containers that have ended and are left so.
    #[must_use]
    pub fn ended(&self) -> BTreeSet<ContainerId> {
        self.endings().map(|(id, _)| id.clone()).collect()
    }

    /// The same, each with the moment.
    fn endings(&self) -> impl Iterator<Item = (&ContainerId, Stamp)> {
        // Those that are about to be started have not ended for good.
        let start = self.desired.as_ref().map(|desired| &desired.policy.start);
        self.observed.containers.iter().filter_map(move |(id, container)| match container.state {
            State::Exited { finished, .. } if start.is_none_or(|start| !start.contains(id)) => Some((id, finished)),
            _ => None,
        })
    }

    /// The same, going on from what was known `before`: while there is doubt, who was seen to run has not ended, and of
    /// everybody else that still holds.
    #[must_use]
    pub fn ended_since(&self, before: &BTreeSet<ContainerId>) -> BTreeSet<ContainerId> {
        if self.is_certain() {
            return self.ended();
        }
        let is_seen_alive = |id: &&ContainerId| self.observed.containers.get(*id).is_some_and(Container::is_alive);
        before.iter().filter(|id| !is_seen_alive(id)).cloned().collect()
    }

    /// Whether it has yet to be seen what ended with a former engine.
    #[must_use]
    pub fn is_taking_stock(&self) -> bool {
        self.ended.is_some() && self.desired.is_some()
    }

    /// What ended with an engine or a machine and is still to be started, each with the beginning of the life that
    /// ended; `None` where that is not known.
    pub fn revived(&self) -> impl Iterator<Item = (ContainerId, Option<Stamp>)> {
        let policy = self.desired.as_ref().map(|desired| &desired.policy);
        let revived = policy.into_iter().flat_map(|policy| policy.revived.intersection(&policy.start));
        revived.map(|id| (id.clone(), self.started(id)))
    }

    /// Whether what was seen is complete and undoubted.
    fn is_certain(&self) -> bool {
        self.lost.is_none() && self.listed.is_some() && self.looking.is_empty()
    }

    pub(super) fn engine_lost(&mut self) {
        // The next list may already be one of its successor, with all of them ended.
        if self.lost.is_none() {
            let endings = || self.endings().map(|(id, finished)| (id.clone(), Some(finished))).collect();
            self.lost = Some(Lost { ended: self.is_known.then(endings) });
        }
        self.doubt();
    }

    pub(super) fn engine_is(&mut self, life: EngineLife) {
        let seen = self.lost.take().and_then(|lost| lost.ended);
        let told = || self.ended_before.as_ref().map(|ended| ended.iter().map(|id| (id.clone(), None)).collect());
        let before: Option<Endings> = seen.or_else(told);
        self.ended = match (self.ended.take(), life) {
            (pending, EngineLife::Same) => pending,
            (_, EngineLife::Unheard) => Some(Ended::Unheard(before.unwrap_or_default())),
            // Nothing was listed since: what ended unheard did so all the same.
            (Some(Ended::Unheard(ended)), EngineLife::Another { .. }) => Some(Ended::Unheard(ended)),
            (Some(Ended::Engine { signalled: former, .. }), EngineLife::Another { signalled }) => {
                Some(Ended::Engine { signalled: &former | &signalled, before })
            }
            (None, EngineLife::Another { signalled }) => Some(Ended::Engine { signalled, before }),
        };
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
            if is_wanted && !container.restarts_always && self.covers(container, is_one_shot(&desired.project, service))
            {
                policy.start.insert(container.id.clone());
                policy.revived.insert(container.id.clone());
            }
        }
    }

    fn covers(&self, container: &Container, is_one_shot: bool) -> bool {
        let State::Exited { code, finished, .. } = container.state else { return false };
        let is_new = |before: &Endings| {
            before.get(&container.id).is_none_or(|former| former.is_some_and(|former| former != finished))
        };
        match self {
            Self::Engine { signalled, before } => {
                // What ended well and got no signal was done. What was about to be started may have been.
                signalled.contains(&container.id) || before.as_ref().is_some_and(is_new) && code != 0
            }
            // Others may have ended well because they were told to.
            Self::Unheard(before) => is_new(before) && !(is_one_shot && code == 0),
        }
    }
}
