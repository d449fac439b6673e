//! How a generation ends: what the ledger notes of it, and what is watched over from then on.

use std::collections::BTreeSet;

use plan::{ContainerId, Goal, Stamp};
use reconcile::{Run, Wishes};
use tracing::{info, warn};

use super::Project;
use crate::ledger::LedgerError;

impl Project {
    /// Notes the end of a generation, and lets go of what nobody supervises.
    pub(super) async fn settle(&mut self) {
        self.note_ended().await;
        self.note_interrupted().await;
        let phase = self.controller.status(self.now()).phase;
        let Some(desired) = self.controller.desired().filter(|_| !phase.is_moving()) else { return };
        let is_nobodys = desired.policy.services == Some(BTreeSet::new());
        let is_passing = desired.policy.existing_only || desired.goal != Goal::Up || is_nobodys;
        let generation = self.generation;
        match (&mut self.stack, phase) {
            (Some(stack), reconcile::Phase::Converged) if !stack.is_converged || !stack.interrupted.is_empty() => {
                stack.is_converged = true;
                stack.interrupted.clear();
                info!(project = %self.name, generation, "converged");
                self.controller.forget_started();
                self.keep_wishes().await;
                let converged = self.around.ledger.converged(self.name.clone(), generation).await;
                self.is_written(converged);
            }
            (Some(stack), reconcile::Phase::Gone)
                if stack.down.as_ref().is_some_and(|down| down.services.is_some()) =>
            {
                self.keep_the_rest().await;
            }
            (Some(_), reconcile::Phase::Gone) => {
                info!(project = %self.name, generation, "gone");
                let who = "the daemon".to_owned();
                let gone = self.around.ledger.forget(self.name.clone(), who, generation, "gone".to_owned()).await;
                if self.is_written(gone) {
                    self.let_go();
                    self.around.stacks_changed.notify_one();
                }
            }
            (None, _) if is_passing => self.let_go(),
            (None, phase) if !self.around.is_supervised => self.controller.rest(phase),
            _ => {}
        }
    }

    /// Whether the ledger took something. That it did not is told once, until it takes something again.
    pub(super) fn is_written(&mut self, written: Result<(), LedgerError>) -> bool {
        if let Err(error) = &written
            && !self.is_ledger_lost
        {
            warn!(project = %self.name, error = %error, "the ledger cannot be written");
        }
        self.is_ledger_lost = written.is_err();
        written.is_ok()
    }

    /// Writes down which containers have ended: after a life of the machine they stay so, and the others do not.
    async fn note_ended(&mut self) {
        let Some(stack) = self.stack.as_ref().filter(|_| self.around.is_supervised) else { return };
        let ended = self.controller.ended_since(&stack.ended);
        if ended == stack.ended {
            return;
        }
        let written = self.around.ledger.ended(self.name.clone(), ended.clone()).await;
        if self.is_written(written)
            && let Some(stack) = &mut self.stack
        {
            stack.ended = ended;
        }
    }

    /// The container a run stops on the way to something, and when it was started, where the ledger has to know of it:
    /// a generation that has not converged yet is carried out anew by whoever comes after, whatever was stopped.
    pub(super) fn interrupts(&mut self, run: &Run) -> Option<(ContainerId, Option<Stamp>)> {
        let stack = self.stack.as_mut().filter(|stack| stack.is_converged)?;
        let container = reconcile::interrupted(&run.action, &run.cause)?;
        let started = self.controller.started(container);
        stack.interrupted.insert(container.clone(), started);
        Some((container.clone(), started))
    }

    /// Corrects what is noted of interrupted containers, and adds to them what ended with an engine: until it runs
    /// again nobody who comes after a crash could tell it from what somebody stopped. Then, for this project, the former
    /// engine is history.
    async fn note_interrupted(&mut self) {
        if let Some(stack) = self.stack.as_ref().filter(|stack| stack.is_converged && self.around.is_supervised) {
            let mut noted = self.controller.renoted(&stack.interrupted);
            noted.extend(self.controller.revived().filter(|(id, _)| !stack.interrupted.contains_key(id)));
            if !noted.is_empty() {
                let written = self.around.ledger.interrupts(self.name.clone(), noted.clone()).await;
                if !self.is_written(written) {
                    return;
                }
                self.stack.iter_mut().for_each(|stack| stack.interrupted.extend(noted.clone()));
            }
        }
        if !self.controller.is_taking_stock() {
            self.settling = None;
        }
    }

    /// Writes down what became of wishes: services run which once were only to be made, containers that are to stay
    /// have become known.
    async fn keep_wishes(&mut self) {
        let (Some(stack), Some(desired)) = (&mut self.stack, self.controller.desired()) else { return };
        let wishes = Wishes::of(desired);
        if stack.wishes == wishes {
            return;
        }
        stack.wishes = wishes;
        let (who, what) = ("the daemon".to_owned(), "what was wished for is done".to_owned());
        let written = self.around.ledger.record(stack.clone(), who, what).await;
        self.is_written(written);
    }

    /// Some services are gone as asked for: they stay so, and the others are watched over again.
    async fn keep_the_rest(&mut self) {
        let Some(mut stack) = self.stack.clone() else { return };
        let services = stack.down.take().and_then(|down| down.services).unwrap_or_default();
        stack.wishes.stopped.extend(services);
        stack.is_converged = true;
        let (who, what) = ("the daemon".to_owned(), "some services are gone".to_owned());
        let written = self.around.ledger.record(stack.clone(), who, what).await;
        if self.is_written(written) {
            self.stack = Some(stack.clone());
            self.around.stacks_changed.notify_one();
            self.resume(stack);
        }
    }

    /// The last report stays; nothing is watched over any more.
    fn let_go(&mut self) {
        self.stack = None;
        self.controller.begin_anew();
        self.wake_at = None;
    }
}
