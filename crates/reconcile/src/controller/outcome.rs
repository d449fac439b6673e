//! What became of a run, and what follows from it for what is wanted and what was seen.

use std::time::Duration;

use plan::{Action, Cause, Container, ContainerId, Goal, Left, Lives, Target};

use super::{Controller, Fault, Running};
use crate::{Now, Outcome, RunId};

/// The container that an action stops only on the way to something: it is to run again, should the way end there.
/// Whoever may be killed meanwhile writes it down before.
#[must_use]
pub fn interrupted<'a>(action: &'a Action, cause: &Cause) -> Option<&'a ContainerId> {
    match (action, cause) {
        (Action::StopContainer { .. }, Cause::Requested | Cause::Down) => None,
        // Its successor, its service's scale or the file may be another one before it is removed.
        (Action::StopContainer { id, .. }, _) => Some(id),
        // It may come as far as the stop.
        (Action::RestartContainer { id, .. }, _) => Some(id),
        _ => None,
    }
}

/// For how long a stop may land of which nobody heard: an engine that hung goes on with it.
const LATE: Duration = Duration::from_secs(600);

impl Controller {
    /// Of containers that were noted as interrupted, those that are still to be started and ended in another life than
    /// was noted: a start of a former daemon came in between. Each with the beginning of that life.
    #[must_use]
    pub fn renoted(&self, interrupted: &Lives) -> Lives {
        let Some(desired) = &self.desired else { return Lives::new() };
        let noted = interrupted.iter().filter(|(id, _)| desired.policy.start.contains(*id));
        let lives = noted.map(|(id, life)| (id, *life, self.started(id)));
        let others = lives.filter(|(_, noted, life)| life.is_some() && life != noted);
        others.map(|(id, _, life)| (id.clone(), life)).collect()
    }

    pub(super) fn finished(&mut self, now: Now, id: RunId, outcome: Outcome) {
        let Some(Running { action, cause, before, .. }) = self.running.remove(&id) else { return };
        self.looks_again_after(&action);
        self.is_list_stale = true;
        self.is_planned = false;
        let (target, verb) = (action.target(), action.verb());
        match outcome {
            Outcome::Refused(refusal) => {
                self.leaves_behind(&action, &cause);
                // What was thought to be there may come back at once: looking again decides that.
                let is_looked_at_first = refusal.is_missing;
                // It may have been under way when it was asked for: the second time it is so.
                if let (Action::StartContainer { container, .. }, true) = (&action, refusal.is_unstartable)
                    && self.backoff.of(&target, verb).is_some()
                {
                    self.unstartable.insert(ContainerId(container.clone()));
                }
                if refusal.is_in_use {
                    self.leave(&action);
                }
                if refusal.is_hook && action.service().is_some() && !matches!(action, Action::StopContainer { .. }) {
                    let fault = Fault { action: action.clone(), refusal: refusal.clone() };
                    self.faults.insert(target.clone(), fault);
                }
                self.backoff.refused(now, target, verb, action.object().to_owned(), refusal, is_looked_at_first);
                self.doubt(); // a refused start leaves its reason on the container
            }
            Outcome::Unknown(refusal) => {
                self.leaves_behind(&action, &cause);
                if let Some(id) = interrupted(&action, &cause) {
                    self.late.insert(id.clone(), now.after(LATE));
                }
                // Of an image that did not come another look tells nothing new.
                let is_looked_at_first = !matches!(target, Target::Image(_));
                self.backoff.refused(now, target, verb, action.object().to_owned(), refusal, is_looked_at_first);
                self.doubt();
            }
            Outcome::Container(id, container) => {
                self.backoff.moved(&target);
                self.faults.remove(&target);
                self.mended(now, &action, &cause);
                self.carried_out(&action, &cause, &id);
                self.seen_before.extend(before.map(|lives| (id.clone(), lives)));
                if let (Action::StartContainer { .. } | Action::RestartContainer { .. }, Some(container)) =
                    (&action, &container)
                    && self.is_elsewhere(container)
                {
                    self.doubt();
                }
                self.see(id, container);
            }
            Outcome::Made(made) => {
                self.backoff.moved(&target);
                self.mended(now, &action, &cause);
                self.made(action, made);
            }
            Outcome::Done => {
                self.backoff.moved(&target);
                match action {
                    Action::RemoveContainer { id, .. } => {
                        self.observed.containers.remove(&id);
                    }
                    Action::RemoveNetwork { name, id } => self.network_went(&name, &id),
                    Action::RemoveVolume { name } => {
                        self.observed.volumes.remove(&name);
                    }
                    Action::RemoveImage { reference } => {
                        self.observed.images.remove(&reference);
                    }
                    _ => self.doubt(),
                }
            }
        }
    }

    /// Of two of a name the one that is left is looked for, should it not be known which of them stays.
    fn network_went(&mut self, name: &str, id: &str) {
        if let Some(known) = self.observed.networks.get_mut(name)
            && !known.twins.remove(id)
        {
            if !known.twins.is_empty() {
                self.doubt();
            }
            self.observed.networks.remove(name);
        }
    }

    /// Whether a container that has just joined its networks is on another one than was seen under that name: then
    /// what was seen is no longer so.
    fn is_elsewhere(&self, container: &Container) -> bool {
        let known = &self.observed.networks;
        container
            .networks
            .iter()
            .any(|(name, on)| !on.is_empty() && known.get(name).is_some_and(|network| network.id != *on))
    }

    /// What somebody else uses stays, where a project is taken down as far as it goes.
    fn leave(&mut self, action: &Action) {
        let left = match action {
            Action::RemoveNetwork { name, .. } => Left::Network(name.clone()),
            Action::RemoveVolume { name } => Left::Volume(name.clone()),
            Action::RemoveImage { reference } => Left::Image(reference.clone()),
            _ => return,
        };
        if let Some(Goal::Down(down)) = self.desired.as_mut().map(|desired| &mut desired.goal) {
            down.left.insert(left);
        }
    }

    /// Strikes a one-time wish off that an action fulfilled, and notes one it leaves behind.
    fn carried_out(&mut self, action: &Action, cause: &Cause, id: &ContainerId) {
        let Some(desired) = &mut self.desired else { return };
        match action {
            Action::StartContainer { .. } => {
                desired.policy.start.remove(id);
                desired.policy.restart.remove(id);
            }
            Action::RestartContainer { .. } => {
                desired.policy.restart.remove(id);
            }
            _ => self.leaves_behind(action, cause),
        }
    }

    /// What is stopped on the way to something that runs is to run again, should the way end there.
    fn leaves_behind(&mut self, action: &Action, cause: &Cause) {
        if let (Some(id), Some(desired)) = (interrupted(action, cause), &mut self.desired) {
            desired.policy.start.insert(id.clone());
        }
    }

    fn made(&mut self, action: Action, made: String) {
        match action {
            Action::CreateNetwork(spec) => {
                let network = plan::observed::Network { id: made, labels: spec.labels, ..Default::default() };
                self.observed.networks.insert(spec.network.name, network);
            }
            Action::CreateVolume(spec) => {
                self.observed.volumes.insert(spec.volume.name, plan::observed::Volume { labels: spec.labels });
            }
            Action::PullImage { reference, .. } => self.image_came(reference, made),
            Action::BuildImage(spec) => self.image_came(spec.tag, made),
            _ => self.doubt(),
        }
    }

    fn image_came(&mut self, reference: String, id: String) {
        if let Some(desired) = &mut self.desired {
            desired.policy.refresh.remove(&reference);
            desired.images.insert(reference.clone(), id.clone());
        }
        self.observed.images.insert(reference, id);
    }
}
