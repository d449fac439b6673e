//! What a controller has to say about itself.

use plan::Goal;

use super::Controller;
use crate::Now;
use crate::status::{self, Failure, Pending, Phase, Status};

/// How many lists in a row an engine may refuse that was there before: about four seconds.
const PATIENCE: u32 = 4;

impl Controller {
    /// How far the project is, and why not further.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let services =
            self.desired.as_ref().map_or_else(Vec::new, |desired| status::services(&desired.project, &self.observed));
        let is_running = |step: &plan::Step| {
            self.running
                .values()
                .any(|r| r.action.target() == step.action.target() && r.action.verb() == step.action.verb())
        };
        let mut pending: Vec<Pending> = self
            .plan
            .steps
            .iter()
            .map(|step| Pending {
                verb: step.action.verb().to_owned(),
                object: step.action.object().to_owned(),
                service: step.action.service().cloned(),
                cause: step.cause.clone(),
                waits: step.waits.clone(),
                is_running: is_running(step),
            })
            .collect();
        pending.sort_by_key(|step| !step.is_running);
        let mut failures: Vec<Failure> = self
            .backoff
            .iter()
            .map(|(_, verb, rest)| Failure {
                verb: verb.to_owned(),
                object: rest.object.clone(),
                refusal: rest.refusal.clone(),
                attempts: rest.attempts,
                retry_in_ms: u64::try_from(now.until(rest.until).as_millis()).unwrap_or(u64::MAX),
            })
            .collect();
        let rests = |target: &plan::Target, verb| self.backoff.of(target, verb).is_some();
        let faults = self.faults.iter().filter(|(target, fault)| !rests(target, fault.action.verb()));
        failures.extend(faults.map(|(_, fault)| Failure {
            verb: fault.action.verb().to_owned(),
            object: fault.action.object().to_owned(),
            refusal: fault.refusal.clone(),
            attempts: 1,
            retry_in_ms: 0,
        }));
        let steps = self.plan.ready().map(|step| (step.action.target(), step.action.verb()));
        let left = self.plan.holds.iter().filter_map(|(subject, hold)| match (subject, hold) {
            (plan::Subject::Container(name), plan::Hold::Contended) => {
                let mut containers = self.observed.containers.values();
                let found = containers.find(|container| container.name == *name)?;
                Some((super::due::place(found)?, "create"))
            }
            _ => None,
        });
        for (target, verb) in steps.chain(left) {
            let Some(row) = self.repairs.resting(now, &target, verb) else { continue };
            let message = format!("{verb} {}: it was done {} times in a row ({})", row.object, row.times, row.cause);
            let help =
                "something undoes it: its log or whoever else works on this engine tells what; `up` tries at once";
            let refusal = crate::Refusal { message, help: help.to_owned(), ..crate::Refusal::default() };
            let retry_in_ms = u64::try_from(now.until(row.until).as_millis()).unwrap_or(u64::MAX);
            let (verb, object) = (verb.to_owned(), row.object.clone());
            failures.push(Failure { verb, object, refusal, attempts: row.times, retry_in_ms });
        }
        if let Some(refusal) = &self.last_refusal {
            failures.push(Failure {
                verb: "observe".to_owned(),
                object: "engine".to_owned(),
                refusal: refusal.clone(),
                attempts: self.list_failures,
                retry_in_ms: self.relist_at.map_or(0, |at| u64::try_from(now.until(at).as_millis()).unwrap_or(0)),
            });
        }
        Status { phase: self.phase(now), services, pending, holds: self.plan.holds.clone(), failures }
    }

    fn phase(&self, now: Now) -> Phase {
        let is_unsure = self.listed.is_none() || self.lost.is_some();
        // Connections break, and engines restart: whoever waits goes on waiting for a while.
        let is_passing = self.last_refusal.is_none() || self.has_listed && self.list_failures < PATIENCE;
        if self.desired.is_some() && is_unsure && is_passing {
            return Phase::Observing;
        }
        if !self.running.is_empty() {
            return Phase::Working;
        }
        if let Some(ended) = self.resting {
            return ended;
        }
        if self.is_paused && self.last_refusal.is_none() {
            return Phase::Paused;
        }
        if self.last_refusal.is_some() {
            return Phase::Blocked;
        }
        let Some(desired) = self.desired.as_ref().filter(|_| self.listed.is_some() && self.looking.is_empty()) else {
            return Phase::Observing;
        };
        // A network that is to be another one, with somebody else's container on it; a container that stays another's.
        let is_held =
            |(_, hold): &(plan::Subject, plan::Hold)| matches!(hold, plan::Hold::InUse { .. } | plan::Hold::Contended);
        let is_in_the_way = desired.goal == Goal::Up && self.plan.holds.iter().any(is_held);
        let (mut is_waiting, mut is_blocked) = (false, is_in_the_way || !self.faults.is_empty());
        for step in self.plan.steps.iter().filter(|step| step.after.is_empty()) {
            if step.waits.iter().any(plan::Hold::is_failure) || self.rests(now, step) {
                is_blocked = true;
            } else if step.waits.is_empty() {
                return Phase::Working;
            } else {
                is_waiting = true;
            }
        }
        // What is being removed has its place until it is gone.
        let is_temporary = |hold: &plan::Hold| matches!(hold, plan::Hold::Dependency { .. } | plan::Hold::Removing);
        is_waiting |= self.plan.holds.iter().any(|(_, hold)| is_temporary(hold));
        match (is_waiting, is_blocked, &desired.goal) {
            (true, _, _) => Phase::Waiting,
            (_, true, _) => Phase::Blocked,
            (_, _, Goal::Down(_)) => Phase::Gone,
            _ => Phase::Converged,
        }
    }
}
