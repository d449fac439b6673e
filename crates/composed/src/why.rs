//! The chain of causes behind a service's state, out of what its project's controller says.

use std::collections::{BTreeSet, VecDeque};

use api::{Link, Why};
use model::ServiceName;
use plan::{Cause, Hold, Subject};
use reconcile::{Controller, Now, Status};

use crate::report;

/// The chain from a service on, without logs; `None` where the project has no such service.
pub(crate) fn chain(controller: &Controller, now: Now, stack: &str, service: &str) -> Option<Why> {
    let status = controller.status(now);
    let reported = report::services(&status, controller.observed());
    let mut links: Vec<Link> = Vec::new();
    let mut met = BTreeSet::new();
    let mut open = VecDeque::from([(service.to_owned(), 0)]);
    while let Some((name, depth)) = open.pop_front() {
        let Some(seen) = reported.iter().find(|reported| reported.name == name) else { continue };
        if !met.insert(name.clone()) {
            continue;
        }
        let waits_for = waits_for(&status, seen);
        open.extend(waits_for.iter().map(|on| (on.clone(), depth + 1)));
        links.push(Link {
            service: name.clone(),
            depth,
            containers: seen.containers.clone(),
            reasons: seen.reasons.clone(),
            steps: steps(&status, &name),
            refusals: refusals(&status, &name, seen),
            waits_for,
            log: Vec::new(),
        });
    }
    (!links.is_empty()).then(|| Why { stack: stack.to_owned(), phase: report::phase(status.phase), links })
}

/// Whether the last lines of a container may tell why.
pub(crate) fn is_telling(container: &api::ContainerSummary) -> bool {
    container.health == "unhealthy"
        || container.state == "restarting"
        || container.state == "exited" && container.exit_code != Some(0)
}

/// The services that others of the chain are next: what holds and causes name.
fn waits_for(status: &Status, seen: &api::ServiceReport) -> Vec<String> {
    let is_about = |subject: &Subject| match subject {
        Subject::Service(service) => service.as_str() == seen.name,
        Subject::Container(name) => seen.containers.iter().any(|container| container.name == *name),
        _ => false,
    };
    let held = status.holds.iter().filter(|(subject, _)| is_about(subject)).map(|(_, hold)| hold);
    let own = || status.pending.iter().filter(|step| is_of(step, &seen.name));
    let waited = own().flat_map(|step| &step.waits);
    let caused = own().filter_map(|step| match &step.cause {
        Cause::OutOfOrder { dependency } | Cause::DependencyReplaced { dependency } => Some(dependency),
        _ => None,
    });
    let mut names: Vec<String> = held.chain(waited).filter_map(on).chain(caused).map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    names
}

fn on(hold: &Hold) -> Option<&ServiceName> {
    match hold {
        Hold::Dependency { on, .. } | Hold::DependencyFailed { on, .. } => Some(on),
        _ => None,
    }
}

fn is_of(step: &reconcile::Pending, service: &str) -> bool {
    step.service.as_ref().is_some_and(|name| name.as_str() == service)
}

fn steps(status: &Status, service: &str) -> Vec<String> {
    let own = status.pending.iter().filter(|step| is_of(step, service));
    let told = own.map(|step| {
        let now = if step.is_running { "now" } else { "next" };
        format!("{now}: {} {} ({})", step.verb, step.object, step.cause)
    });
    told.collect()
}

/// What was refused for the service's containers; what was refused for everybody, as a list of the engine, is told of
/// each.
fn refusals(status: &Status, service: &str, seen: &api::ServiceReport) -> Vec<String> {
    let is_own = |failure: &&reconcile::Failure| {
        let is_planned = status.pending.iter().any(|step| is_of(step, service) && step.object == failure.object);
        is_planned || failure.verb == "observe" || seen.containers.iter().any(|found| found.name == failure.object)
    };
    let told = status.failures.iter().filter(is_own).map(|failure| match failure.refusal.help.as_str() {
        "" => failure.refusal.message.clone(),
        help => format!("{} (help: {help})", failure.refusal.message),
    });
    told.collect()
}
