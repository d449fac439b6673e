//! Desired and observed state become a plan: steps, each one engine call with its cause, and holds, each a
//! reason why something does not move yet.
//!
//! Deciding happens here and nowhere else. [`plan`] is a function: no clock, no randomness, no engine, no
//! logging; the same inputs give the same plan, whatever the order they came in.

pub mod action;
pub mod around;
pub mod cause;
pub mod check;
mod container;
pub mod desired;
mod drift;
mod graph;
mod hashed;
pub mod image;
pub mod labels;
mod link;
mod network;
pub mod observed;
pub mod one_off;
mod orphan;
mod render;
mod retire;
mod service;
mod shared;
mod slots;
mod steps;
mod teardown;
mod volume;
mod waits;

pub use action::{Action, Target};
pub use cause::{Cause, Drift, Hold, Subject};
pub use desired::{Desired, Down, Goal, Left, Lives, Policy, reach, with_dependents};
pub use graph::Graph;
pub use observed::{Container, ContainerId, Health, Observed, Stamp, State};
pub use steps::{Plan, Step, StepId};

/// Decides what is to be done, and says why the rest is not done yet.
#[must_use]
pub fn plan(desired: &Desired, observed: &Observed) -> Plan {
    let mut steps = steps::Builder::default();
    match &desired.goal {
        Goal::Up => {
            let graph = Graph::of(&desired.project.services);
            if !desired.policy.existing_only {
                network::plan(desired, observed, &mut steps);
                volume::plan(desired, observed, &mut steps);
            }
            service::plan(desired, observed, &graph, &mut steps);
            service::plan_images(desired, &mut steps);
            orphan::plan(desired, observed, &mut steps);
        }
        Goal::Down(down) => teardown::plan(desired, down, observed, &mut steps),
    }
    steps.finish()
}

#[cfg(test)]
mod tests;
