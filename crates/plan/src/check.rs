//! The laws of a plan, checked apart from the planner: it never plans anything itself.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::observed::Observed;
use crate::steps::Plan;
use crate::{Desired, Goal, labels};

/// Every law that a plan breaks, in words; an empty list is a good plan.
#[must_use]
pub fn violations(desired: &Desired, observed: &Observed, plan: &Plan) -> Vec<String> {
    let mut broken = Vec::new();
    let mut names = BTreeSet::new();
    for (id, step) in plan.steps.iter().enumerate() {
        if let Some(later) = step.after.iter().find(|after| **after >= id) {
            broken.push(format!("step {} comes after step {}, which is not before it", id + 1, later + 1));
        }
        match &step.action {
            Action::StopContainer { id, .. } | Action::RemoveContainer { id, .. } => {
                match observed.containers.get(id) {
                    None => broken.push(format!("container {id} was never seen, yet it is to die")),
                    Some(seen) if seen.label(labels::PROJECT) != desired.project.name.as_str() => {
                        broken.push(format!("container {} is not of this project", seen.name));
                    }
                    Some(_) => {}
                }
            }
            Action::RemoveVolume { name } => {
                let is_consented = match &desired.goal {
                    Goal::Down(down) => down.volumes,
                    Goal::Up => desired.policy.replaces_volumes,
                };
                if !is_consented {
                    broken.push(format!("volume {name} is to die without consent"));
                }
            }
            Action::CreateContainer(spec) if !names.insert(spec.name.clone()) => {
                broken.push(format!("two containers are to be named {}", spec.name));
            }
            _ => {}
        }
    }
    broken
}
