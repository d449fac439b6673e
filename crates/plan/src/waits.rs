//! What a container's start has to wait for: the conditions of `depends_on`, read off the observed state.

use model::{Condition, Dependency, Service, ServiceName};

use crate::cause::Hold;
use crate::image::Readiness;
use crate::observed::{Container, Health, Observed, State};
use crate::steps::{Builder, StepId};
use crate::{Desired, labels};

/// Steps and holds that come before a start.
#[derive(Default)]
pub(crate) struct Waits {
    pub(crate) after: Vec<StepId>,
    pub(crate) holds: Vec<Hold>,
}

impl Waits {
    /// Adds images: those that come first, and those that never will.
    pub(crate) fn take(&mut self, images: impl IntoIterator<Item = Readiness>) {
        for readiness in images {
            match readiness {
                Readiness::Local => {}
                Readiness::Comes(step) => self.after.push(step),
                Readiness::Never(hold) => self.holds.push(hold),
            }
        }
    }
}

/// What the start of a service waits for.
pub(crate) fn of_service(desired: &Desired, observed: &Observed, service: &Service, out: &Builder) -> Waits {
    let mut waits = Waits::default();
    for (on, edge) in &service.depends_on {
        let Some(dependency) = desired.project.services.get(on) else { continue };
        if dependency.replicas() == 0 {
            continue;
        }
        let steps = out.services.get(on).map_or(&[][..], Vec::as_slice);
        waits.after.extend_from_slice(steps);
        let state = condition(desired, observed, on, edge, out, steps.is_empty());
        match state {
            Verdict::Met => {}
            // Steps that are still to come say it already.
            Verdict::Pending if edge.condition == Condition::Started && !steps.is_empty() => {}
            Verdict::Pending => waits.holds.push(Hold::Dependency { on: on.clone(), wants: edge.condition }),
            Verdict::Failed(_) if !edge.required => {}
            Verdict::Failed(problem) => waits.holds.push(Hold::DependencyFailed { on: on.clone(), problem }),
        }
    }
    waits
}

/// Whether a dependency cannot become what is waited for by itself, and nothing is planned for it.
pub(crate) fn has_failed(
    desired: &Desired,
    observed: &Observed,
    on: &ServiceName,
    edge: &Dependency,
    out: &Builder,
) -> bool {
    let is_settled = out.services.get(on).is_none_or(Vec::is_empty);
    matches!(condition(desired, observed, on, edge, out, is_settled), Verdict::Failed(_))
}

/// The containers of a service's places; those of a `run` do not count.
pub(crate) fn containers<'a>(observed: &'a Observed, name: &'a ServiceName) -> impl Iterator<Item = &'a Container> {
    observed.containers.values().filter(move |container| is_of(container, name))
}

/// Whether a container is of one of a service's places.
pub(crate) fn is_of(container: &Container, name: &ServiceName) -> bool {
    container.label(labels::SERVICE) == name.as_str() && labels::number(container).is_some()
}

enum Verdict {
    Met,
    Pending,
    Failed(String),
}

/// Where a dependency stands. `is_settled` says that the plan has no more steps for it: only then is what
/// is seen now the final word.
fn condition(
    desired: &Desired,
    observed: &Observed,
    on: &ServiceName,
    edge: &Dependency,
    out: &Builder,
    is_settled: bool,
) -> Verdict {
    let failed = |problem: String| if is_settled { Verdict::Failed(problem) } else { Verdict::Pending };
    if desired.policy.stopped.contains(on) {
        return failed("stopped on request".to_owned());
    }
    if let Some(problem) = desired.policy.failed.get(on) {
        return failed(problem.clone());
    }
    let mut all_met = true;
    let mut any = false;
    for container in containers(observed, on).filter(|container| !out.surplus.contains(&container.id)) {
        any = true;
        match (edge.condition, &container.state) {
            (_, State::Created { .. } | State::Removing | State::Dead) => all_met = false,
            (Condition::Started, _) => {}
            (Condition::Completed, State::Exited { code: 0, .. }) => return Verdict::Met,
            (Condition::Completed, State::Exited { code, .. }) => {
                return failed(format!("container {} exited ({code})", container.name));
            }
            (Condition::Healthy, State::Exited { code, .. }) => {
                return failed(format!("container {} exited ({code})", container.name));
            }
            (Condition::Healthy, State::Running { .. }) => match container.health {
                Health::Healthy => {}
                Health::Starting => all_met = false,
                Health::Unhealthy => return failed(format!("container {} is unhealthy", container.name)),
                Health::None => {
                    return failed(format!("container {} has no healthcheck configured", container.name));
                }
            },
            (Condition::Completed, State::Running { .. })
            | (Condition::Healthy | Condition::Completed, State::Paused | State::Restarting { .. }) => all_met = false,
        }
    }
    if any && all_met && edge.condition != Condition::Completed { Verdict::Met } else { Verdict::Pending }
}
