//! What is seen, and when to look: a complete list after every doubt and now and then, single containers in between.

use std::time::Duration;

use plan::{Action, Container, ContainerId, Goal, Lives, Observed, State};

use super::{Controller, Output};
use crate::{Now, Refusal};

impl Controller {
    /// Nothing is decided again before a complete list, and the one under way does not count.
    pub(super) fn doubt(&mut self) {
        self.listed = None;
        self.is_list_stale = true;
        self.relist_at = None;
    }

    pub(super) fn touched(&mut self, id: ContainerId, out: &mut Vec<Output>) {
        // The outcome of a run of ours tells what became of it, and where nothing is wanted nothing is looked for.
        let is_ours = self.running.values().any(|running| works_on(&running.action, &id));
        if is_ours || self.desired.is_none() {
            return;
        }
        match self.looking.get_mut(&id) {
            Some(again) => *again = true,
            None => {
                self.looking.insert(id.clone(), false);
                out.push(Output::Look(id));
            }
        }
    }

    /// A look that is under way may show what was before a run: another one decides.
    pub(super) fn looks_again_after(&mut self, action: &Action) {
        let worked_on = self.looking.iter_mut().filter(|(id, _)| works_on(action, id));
        worked_on.for_each(|(_, again)| *again = true);
    }

    pub(super) fn take_look(&mut self, id: ContainerId, container: Option<Box<Container>>, out: &mut Vec<Output>) {
        if self.looking.remove(&id) == Some(true) {
            self.looking.insert(id.clone(), false);
            out.push(Output::Look(id.clone()));
        }
        if self.listing.is_some() {
            self.fresher.insert(id.clone());
        }
        self.see(id, container);
    }

    pub(super) fn see(&mut self, id: ContainerId, container: Option<Box<Container>>) {
        if self.observed.containers.get(&id) == container.as_deref() {
            return;
        }
        self.is_planned = false;
        match container {
            Some(container) => {
                if (has_left(&mut self.left, &container) || has_lived(self.observed.containers.get(&id), &container))
                    && !is_as_before(self.late.get(&id), self.observed.containers.get(&id), &container)
                    && let Some(desired) = &mut self.desired
                {
                    desired.policy.start.remove(&id);
                }
                self.observed.containers.insert(id, *container);
            }
            None => {
                self.observed.containers.remove(&id);
            }
        }
    }

    pub(super) fn take_list(&mut self, now: Now, number: u64, observed: Observed, out: &mut Vec<Output>) {
        if self.listing != Some(number) {
            return;
        }
        self.listing = None;
        self.list_failures = 0;
        self.has_listed = true;
        self.last_refusal = None;
        if self.is_list_stale {
            return; // something happened while it was made: it may show what is no longer so
        }
        self.is_planned = false;
        let former = std::mem::replace(&mut self.observed, observed);
        for id in std::mem::take(&mut self.fresher) {
            let (listed, looked) = (self.observed.containers.remove(&id), former.containers.get(&id).cloned());
            if listed != looked && !self.looking.contains_key(&id) {
                // Which of the two is the newer one, nobody can tell.
                self.looking.insert(id.clone(), false);
                out.push(Output::Look(id.clone()));
            }
            self.observed.containers.extend(looked.map(|looked| (id, looked)));
        }
        self.listed = Some(now);
        self.is_known = true;
        self.forget_gone();
        let Some(desired) = &mut self.desired else { return };
        desired.policy.start.retain(|id| {
            let seen = self.observed.containers.get(id);
            let former = former.containers.get(id);
            seen.is_some_and(|seen| {
                !(has_left(&mut self.left, seen) || has_lived(former, seen))
                    || is_as_before(self.late.get(id), former, seen)
            })
        });
        let sweeps = std::mem::take(&mut self.sweeps);
        for sweep in sweeps.iter().filter(|sweep| sweep.repins) {
            sweep.repin(desired, &self.observed);
        }
        // An image that was there when this generation began stays the one that is meant.
        for (reference, image) in &self.observed.images {
            desired.images.entry(reference.clone()).or_insert_with(|| image.clone());
        }
        desired.images.retain(|reference, _| self.observed.images.contains_key(reference));
        for sweep in sweeps {
            sweep.over(desired, &self.observed);
        }
        if let Some(ended) = self.ended.take() {
            ended.revive(desired, &self.observed);
        }
    }

    /// What was not stopped in all that time will not be stopped by us any more.
    pub(super) fn forget_late(&mut self, now: Now) {
        let is_over = |_: &ContainerId, until: &mut Now| *until <= now;
        for (id, _) in self.late.extract_if(.., is_over) {
            let runs = self.observed.containers.get(&id).is_some_and(Container::is_alive);
            if let Some(desired) = self.desired.as_mut().filter(|_| runs) {
                desired.policy.start.remove(&id);
            }
        }
    }

    pub(super) fn list_failed(&mut self, now: Now, number: u64, refusal: Refusal) {
        if self.listing != Some(number) {
            return;
        }
        self.listing = None;
        self.listed = None;
        self.list_failures += 1;
        let pause = Duration::from_millis(250).saturating_mul(1 << self.list_failures.min(5));
        self.relist_at = Some(now.after(pause));
        self.last_refusal = Some(refusal);
    }

    /// Asks for a list, as soon as no run could make it stale at once.
    pub(super) fn list(&mut self, now: Now, out: &mut Vec<Output>) {
        let is_under_way = self.listing.is_some() && !self.is_list_stale;
        if is_under_way || self.is_changing_containers(now) || !self.looking.is_empty() {
            out.extend(self.next_lingering(now).map(Output::WakeAt));
            return;
        }
        match self.relist_at.filter(|at| *at > now) {
            Some(at) => out.push(Output::WakeAt(at)),
            None => self.start_list(out),
        }
    }

    pub(super) fn start_list(&mut self, out: &mut Vec<Output>) {
        if self.listing.is_some() && !self.is_list_stale {
            return;
        }
        let Some(desired) = &self.desired else { return };
        let project = &desired.project;
        let number = self.next_number;
        self.next_number += 1;
        self.listing = Some(number);
        self.is_list_stale = false;
        self.fresher.clear();
        let images = match &desired.goal {
            Goal::Up => project.images(),
            Goal::Down(down) => down.images.clone(),
        };
        out.push(Output::Observe {
            number,
            images,
            networks: project
                .networks
                .values()
                .map(|network| (network.name.clone(), model::hash::network(network)))
                .collect(),
            volumes: project.volumes.values().map(|volume| volume.name.clone()).collect(),
        });
    }
}

/// Whether a container has left the life in which it was stopped on the way to something: then it has run again. The
/// first that is seen of it decides that; what comes after is no longer about that stop.
fn has_left(lives: &mut Lives, seen: &Container) -> bool {
    let Some(started) = seen.started() else { return false };
    lives.remove(&seen.id).flatten().is_some_and(|life| life != started)
}

/// Whether a container runs, or has run and ended since it was seen last: then a wish to start it is fulfilled.
fn has_lived(former: Option<&Container>, seen: &Container) -> bool {
    match (former.map(|former| &former.state), &seen.state) {
        (_, State::Running { .. }) => true,
        (Some(State::Exited { finished: before, .. }), State::Exited { finished, .. }) => before != finished,
        _ => false,
    }
}

fn works_on(action: &Action, id: &ContainerId) -> bool {
    match action {
        Action::StartContainer { container, .. } | Action::RenameContainer { container, .. } => *container == id.0,
        Action::StopContainer { id: other, .. }
        | Action::RestartContainer { id: other, .. }
        | Action::RemoveContainer { id: other, .. }
        | Action::DisconnectNetwork { container: other, .. } => other == id,
        _ => false,
    }
}

/// Whether a container that a stop may still end runs on as before: whoever wanted it to run again has still to wish so.
fn is_as_before(late: Option<&Now>, former: Option<&Container>, seen: &Container) -> bool {
    let is_same = |former: &Container| former.is_running() && former.started() == seen.started();
    late.is_some() && seen.is_running() && former.is_none_or(is_same)
}
