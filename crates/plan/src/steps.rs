//! A plan while it is made, and when it is done.

use std::collections::{BTreeMap, BTreeSet};

use model::ServiceName;

use crate::action::Action;
use crate::cause::{Cause, Hold, Subject};
use crate::observed::ContainerId;

/// The index of a step in its plan.
pub type StepId = usize;

/// One engine call, why it is made, and what must come first.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The call.
    pub action: Action,
    /// Why.
    pub cause: Cause,
    /// Steps of the same plan that come first.
    pub after: Vec<StepId>,
    /// What is waited for beside them.
    pub waits: Vec<Hold>,
}

impl Step {
    /// Whether nothing has to come first.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.after.is_empty() && self.waits.is_empty()
    }
}

/// The whole graph of what is to be done, and why the rest is not moving.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// In an order in which every step comes after what it needs.
    pub steps: Vec<Step>,
    /// Reasons that no step waits for: what is left as it is.
    pub holds: Vec<(Subject, Hold)>,
}

impl Plan {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps that nothing has to come before.
    pub fn ready(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.is_ready())
    }
}

/// Collects steps; each refers only to earlier ones, so a plan has no cycle by construction.
#[derive(Default)]
pub(crate) struct Builder {
    steps: Vec<Step>,
    holds: Vec<(Subject, Hold)>,
    /// The step that makes a network, volume or image, by name.
    pub(crate) networks: BTreeMap<String, StepId>,
    pub(crate) volumes: BTreeMap<String, StepId>,
    pub(crate) images: BTreeMap<String, StepId>,
    /// What stands in the way of a network's or volume's users.
    pub(crate) blocked: BTreeMap<String, Hold>,
    /// Containers that go whatever their service wants of them.
    pub(crate) condemned: BTreeSet<ContainerId>,
    /// Containers of places that are too many: nobody waits for what becomes of them.
    pub(crate) surplus: BTreeSet<ContainerId>,
    /// The last steps of a service: what its dependents come after.
    pub(crate) services: BTreeMap<ServiceName, Vec<StepId>>,
}

impl Builder {
    pub(crate) fn step(&mut self, action: Action, cause: Cause, after: Vec<StepId>) -> StepId {
        self.step_waiting(action, cause, after, Vec::new())
    }

    pub(crate) fn step_waiting(
        &mut self,
        action: Action,
        cause: Cause,
        mut after: Vec<StepId>,
        waits: Vec<Hold>,
    ) -> StepId {
        after.sort_unstable();
        after.dedup();
        assert!(after.iter().all(|id| *id < self.steps.len()), "a step comes after earlier ones only");
        self.steps.push(Step { action, cause, after, waits });
        self.steps.len() - 1
    }

    /// Whether a step begins a container's life.
    pub(crate) fn starts(&self, id: StepId) -> bool {
        matches!(self.steps[id].action, Action::StartContainer { .. } | Action::RestartContainer { .. })
    }

    /// Whether one of a service's containers is started by the steps so far.
    pub(crate) fn begins(&self, service: &ServiceName, id: &ContainerId) -> bool {
        let mut steps = self.services.get(service).into_iter().flatten().map(|step| &self.steps[*step].action);
        steps.any(|action| matches!(action, Action::StartContainer { container, .. } if *container == id.0))
    }

    /// Whether a service's containers will be others when the steps so far are done.
    pub(crate) fn replaces(&self, service: &ServiceName) -> bool {
        let made = self.steps.iter().filter(|step| step.cause != Cause::Surplus);
        made.map(|step| &step.action).any(|action| match action {
            Action::CreateContainer(spec) => spec.replica.service == *service,
            Action::RenameContainer { replica, .. } => replica.service == *service,
            Action::RemoveContainer { replica: Some(replica), .. } => replica.service == *service,
            _ => false,
        })
    }

    pub(crate) fn hold(&mut self, subject: Subject, hold: Hold) {
        self.holds.push((subject, hold));
    }

    pub(crate) fn finish(self) -> Plan {
        Plan { steps: self.steps, holds: self.holds }
    }
}
