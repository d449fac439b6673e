//! Calls to the engine: they take time, they are refused, and their answers come, late or never.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Action, ContainerId, Observed};
use reconcile::{Input, Outcome, Run};
use support::world::{By, MS, SECOND};

use super::{Happening, Looks, Sim};
use crate::projects::NAME;
use crate::told;

/// How long an answer to an order is waited for, as by `composed`.
const ACT: i64 = 60 * SECOND;
/// How long anything else is waited for.
const READ: i64 = 10 * SECOND;

/// Who called, and which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(super) life: u64,
    pub(super) epoch: u64,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Comes,
    /// It is lost, and somebody says so after this long.
    Lost,
    /// It was given up on before the engine did anything.
    Late,
}

/// A list while it is made.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(super) number: u64,
    pub(super) images: BTreeSet<String>,
    pub(super) networks: BTreeSet<String>,
    pub(super) volumes: BTreeSet<String>,
    pub(super) begun: i64,
    pub(super) ids: Vec<ContainerId>,
    pub(super) so_far: Option<Observed>,
}

impl Sim {
    /// What a hanging engine does with what reaches it: orders are kept and carried out afterwards, whether anybody
    /// still waits for their answers or not.
    pub(super) fn hanging(&mut self, happening: Happening) -> Option<Happening> {
        let left = self.hung_until - self.world.now;
        if left <= 0 {
            return Some(happening);
        }
        let after = left + self.dice.between(MS / 10, 50 * MS);
        let late = || told::refusal("nothing came within the deadline");
        match happening {
            Happening::Effect { call, run, answer } if left > ACT && answer == Answer::Comes => {
                let lost = Input::Finished(run.id, Outcome::Unknown(late()));
                self.reply_after(ACT, call, lost);
                self.at(after, Happening::Effect { call, run, answer: Answer::Late });
            }
            Happening::Afterwards { call, id, .. } if left > READ => {
                self.reply_after(READ, call, Input::Finished(id, Outcome::Unknown(late())));
            }
            Happening::Listed { call, list } if left > READ => {
                self.reply_after(READ, call, Input::ObserveFailed(list.number, late()));
            }
            Happening::LookedAt { call, container } if left > READ => {
                self.reply_after(READ, call, Input::LookFailed(container));
            }
            Happening::Effect { .. }
            | Happening::Afterwards { .. }
            | Happening::Listed { .. }
            | Happening::LookedAt { .. }
            | Happening::Event(_) => self.at(after, happening),
            _ => return Some(happening),
        }
        None
    }

    /// Whether the engine a call was made to is still there.
    pub(super) fn reaches(&self, call: Call) -> bool {
        self.world.is_up && call.epoch == self.epoch
    }

    pub(super) fn call(&self) -> Call {
        Call { life: self.life, epoch: self.epoch }
    }

    /// An answer on its way to whoever called.
    pub(super) fn reply(&mut self, call: Call, input: Input) {
        let pause = self.dice.between(MS / 10, 2 * MS);
        self.reply_after(pause, call, input);
    }

    pub(super) fn reply_after(&mut self, pause: i64, call: Call, input: Input) {
        let seen = self.world.now;
        self.at(pause, Happening::Input { life: call.life, seen, input: Box::new(input) });
    }

    pub(super) fn effect(&mut self, call: Call, run: &Run, answer: Answer) -> Result<(), String> {
        if !self.reaches(call) {
            if answer == Answer::Comes {
                let lost = Outcome::Unknown(told::refusal("the connection was lost"));
                self.reply(call, Input::Finished(run.id, lost));
            }
            return Ok(());
        }
        if self.dice.chance(self.faults.snatched)
            && let Some(act) = crate::acts::snatching(&run.action)
        {
            self.trace.line(self.world.now, || format!("SNATCH {act:?}"));
            self.world.act(&act);
        }
        self.witness.before_effect(&self.world, run)?;
        let outcome = self.world.apply(&run.action, By::Us);
        self.trace.line(self.world.now, || format!("  engine: {}", told::outcome(run, &outcome)));
        self.witness.after_effect(&self.world)?;
        let is_late = call.life != self.life || answer == Answer::Late;
        if let (Action::StopContainer { id, .. }, true) = (&run.action, is_late) {
            self.haunted.insert(id.clone());
        }
        if answer != Answer::Comes {
            return Ok(());
        }
        match outcome {
            Outcome::Container(container, _) => {
                let pause = self.dice.between(MS, 4 * MS);
                self.at(pause, Happening::Afterwards { call, id: run.id, container });
            }
            outcome => self.reply(call, Input::Finished(run.id, outcome)),
        }
        Ok(())
    }

    /// One part of a list: first the ids and the networks, then half of the containers, then the rest.
    pub(super) fn listed(&mut self, call: Call, mut list: List) {
        if !self.reaches(call) || self.dice.chance(self.faults.failed_looks / 3) {
            let failed = Input::ObserveFailed(list.number, told::refusal("the list failed"));
            return self.reply(call, failed);
        }
        let whole = self.world.observe(NAME, &list.images, &list.networks, &list.volumes);
        match list.so_far.take() {
            None => {
                list.begun = self.world.now;
                list.ids = whole.containers.keys().cloned().collect();
                list.so_far = Some(Observed { containers: BTreeMap::new(), images: BTreeMap::new(), ..whole });
            }
            Some(mut so_far) => {
                let half = list.ids.len().div_ceil(2).max(1).min(list.ids.len());
                for id in list.ids.drain(..half) {
                    so_far.containers.extend(whole.containers.get(&id).map(|c| (id.clone(), c.clone())));
                }
                so_far.images = whole.images;
                if list.ids.is_empty() {
                    let seen = list.begun;
                    let pause = self.dice.between(MS / 10, 2 * MS);
                    let input = Box::new(Input::Observed(list.number, Box::new(so_far)));
                    return self.at(pause, Happening::Input { life: call.life, seen, input });
                }
                list.so_far = Some(so_far);
            }
        }
        let pause = self.dice.between(MS, self.faults.list_time);
        self.at(pause, Happening::Listed { call, list });
    }

    /// A step is sent to the engine.
    pub(super) fn run(&mut self, run: Run) -> Result<(), String> {
        self.last_run = self.world.now;
        self.looks = Looks::default();
        self.trace.line(self.world.now, || format!("  {} #{}", told::run(&run), run.id));
        let daemon = self.daemon.as_mut().expect("its controller just said this");
        let context = crate::safety::Context {
            world: &self.world,
            controller: &daemon.controller,
            intent: self.intent.as_ref(),
            sweep: &self.sweep,
            running: &daemon.running,
        };
        self.witness.before_run(&context, &run)?;
        daemon.running.insert(run.id, run.clone());
        if let (Some(stack), Some(id)) = (&mut self.ledger, reconcile::interrupted(&run.action, &run.cause))
            && stack.is_converged
        {
            stack.interrupted.insert(id.clone(), daemon.controller.started(id));
        }
        let call = self.call();
        if !self.world.is_up {
            let refused = Outcome::Refused(told::refusal("the engine cannot be reached"));
            self.reply(call, Input::Finished(run.id, refused));
            return Ok(());
        }
        let typical = match run.action {
            Action::StopContainer { .. } | Action::RestartContainer { .. } => 2 * SECOND,
            Action::PullImage { .. } | Action::BuildImage(_) => 5 * SECOND,
            Action::StartContainer { .. } => 300 * MS,
            _ => 50 * MS,
        };
        let pause = self.time(typical);
        if self.dice.chance(self.faults.refused) {
            let refusal = self.world.refuse(&mut self.dice, &run.action);
            self.reply_after(pause, call, Input::Finished(run.id, Outcome::Refused(refusal)));
        } else if self.dice.chance(self.faults.lost_answers) {
            let lost = Input::Finished(run.id, Outcome::Unknown(told::refusal("the answer was lost")));
            // It happened, or not, before anybody gave up on the answer.
            if self.dice.chance(60) {
                self.at(pause, Happening::Effect { call, run, answer: Answer::Lost });
            }
            let patience = pause + self.dice.between(MS, 5 * SECOND);
            self.at(patience, Happening::Input { life: call.life, seen: 0, input: Box::new(lost) });
        } else {
            self.at(pause, Happening::Effect { call, run, answer: Answer::Comes });
        }
        Ok(())
    }

    pub(super) fn time(&mut self, typical: i64) -> i64 {
        let most = if self.dice.chance(self.faults.slow_calls) { typical * 10 } else { typical };
        self.dice.between(MS / 10, most)
    }
}
