//! What is due: the plan, made anew where something changed, and of its ready steps those that neither rest nor wait for
//! something that is done to the same place.

use std::collections::BTreeSet;
use std::time::Duration;

use model::ServiceName;
use plan::action::Replica;
use plan::{Action, Container, Target, labels};

use super::{Controller, LINGERING, Output, Running, order};
use crate::{Now, Run};

/// How long a complete list is trusted when nothing happens.
const RELIST: Duration = Duration::from_secs(15);

impl Controller {
    /// Plans anew and hands out what is ready.
    pub(super) fn advance(&mut self, now: Now, out: &mut Vec<Output>) {
        self.look_after(now);
        self.forget_late(now);
        self.leave_contended(now);
        if self.desired.is_none() {
            return;
        }
        let Some(listed) = self.listed else {
            self.list(now, out);
            return;
        };
        if !self.is_planned {
            self.plan_anew();
        }
        let plan = &self.plan;
        self.backoff.keep_only(|target, verb| {
            plan.steps.iter().any(|s| s.action.verb() == verb && s.action.target() == *target)
        });
        // A place that is being looked at is decided about in a millisecond, when the look is there.
        let looked_at = self.looking.keys().filter_map(|id| self.observed.containers.get(id));
        let mut taken: BTreeSet<Target> = looked_at.filter_map(place).collect();
        // Whoever always has something under way never comes to look around: then nothing new is begun until the
        // next list. What is planned on a cache that is wrong may go on for ever.
        let is_overdue = now >= listed.after(RELIST).after(RELIST);
        let is_idle = self.resting.is_some() || self.is_paused || self.lost.is_some() || is_overdue;
        let mut runs = Vec::new();
        for step in self.plan.ready().take_while(|_| !is_idle) {
            if !self.rests(now, step) && !self.is_busy(now, step) && taken.insert(step.action.target()) {
                runs.push((step.action.clone(), step.cause.clone()));
            }
        }
        for (action, cause) in runs {
            let id = self.next_number;
            self.next_number += 1;
            let desired = self.desired.as_ref();
            let before = desired.and_then(|desired| order::before(desired, &self.observed, &action));
            self.running.insert(id, Running { action: action.clone(), cause: cause.clone(), began: now, before });
            out.push(Output::Run(Run { id, action, cause }));
        }
        let relist = listed.after(RELIST);
        if now >= relist && !self.is_changing_containers(now) {
            self.start_list(out);
        } else {
            let soonest =
                [self.backoff.next(now), self.repairs.next(now), self.next_heal(now), self.next_lingering(now)];
            let next = soonest.into_iter().flatten().fold(relist, Now::min);
            out.push(Output::WakeAt(if next > now { next } else { now.after(RELIST) }));
        }
    }

    /// Makes the plan from what is wanted and what is known.
    fn plan_anew(&mut self) {
        let Some(desired) = &mut self.desired else { return };
        desired.policy.follows_restarts = self.is_lasting;
        let failed = self.faults.values().map(|fault| (fault.action.service(), &fault.refusal.message));
        desired.policy.failed =
            failed.filter_map(|(service, problem)| Some((service?.clone(), problem.clone()))).collect();
        desired.policy.unstartable.clone_from(&self.unstartable);
        desired.policy.seen_before.clone_from(&self.seen_before);
        desired.policy.coming = self.running.values().filter_map(|running| coming(&running.action)).collect();
        self.plan = plan::plan(desired, &self.observed);
        self.is_planned = true;
    }

    /// Whether a step is left for a while: it was refused, or something undoes it each time.
    pub(super) fn rests(&self, now: Now, step: &plan::Step) -> bool {
        let (target, verb) = (step.action.target(), step.action.verb());
        let is_undone = match &step.action {
            // Nobody is taken off a network that stays for a while.
            Action::DisconnectNetwork { network, .. } => {
                self.repairs.resting(now, &Target::Network(network.clone()), "remove-network").is_some()
            }
            _ => self.repairs.resting(now, &target, verb).is_some(),
        };
        is_undone || self.backoff.of(&target, verb).is_some_and(|rest| rest.until > now)
    }

    /// Whether something runs that a list should not be made beside. An image may take minutes to come, and
    /// everything else goes on meanwhile; hooks may never end.
    pub(super) fn is_changing_containers(&self, now: Now) -> bool {
        let is_image = |running: &Running| matches!(running.action.target(), Target::Image(_));
        self.running.values().any(|running| !is_image(running) && !running.lingers(now))
    }

    /// When somebody need not wait for a hook any more.
    pub(super) fn next_lingering(&self, now: Now) -> Option<Now> {
        self.running.values().map(|running| running.began.after(LINGERING)).filter(|at| *at > now).min()
    }

    /// Whether a place is busy with something that this step has to wait for. What runs and is to end need not wait for
    /// what is run after its start.
    fn is_busy(&self, now: Now, step: &plan::Step) -> bool {
        let target = step.action.target();
        self.running.values().filter(|running| running.action.target() == target).any(|running| {
            let is_stop = matches!(step.action, Action::StopContainer { .. });
            let is_stopping = matches!(running.action, Action::StopContainer { .. });
            is_stopping || !(is_stop && running.lingers(now))
        })
    }
}

/// The place that a container is in.
pub(super) fn place(container: &Container) -> Option<Target> {
    let service = ServiceName::new(container.label(labels::SERVICE)).ok()?;
    Some(Target::Replica(Replica { service, number: labels::number(container)? }))
}

fn coming(action: &Action) -> Option<Replica> {
    match action {
        Action::CreateContainer(spec) => Some(spec.replica.clone()),
        _ => None,
    }
}
