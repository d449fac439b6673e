//! The end of a container: stopped where it lives, then removed.

use model::ServiceName;

use crate::action::{Action, Replica};
use crate::cause::Cause;
use crate::observed::Container;
use crate::steps::{Builder, StepId};
use crate::{Desired, Goal, around, labels};

/// Stops it where it lives and removes it; the step after which it is gone.
pub(crate) fn plan(
    desired: &Desired,
    container: &Container,
    cause: &Cause,
    mut after: Vec<StepId>,
    out: &mut Builder,
) -> StepId {
    if container.is_alive() {
        after = vec![out.step(stop(desired, container), cause.clone(), after)];
    }
    // But for a `down` that says so anonymous volumes stay: a successor may have taken them over, and data never
    // dies by the way.
    let volumes = matches!(&desired.goal, Goal::Down(down) if down.volumes);
    out.step(remove(container, volumes), cause.clone(), after)
}

pub(crate) fn stop(desired: &Desired, container: &Container) -> Action {
    // Nothing runs in one that is frozen, or about to run again.
    let service = desired.project.services.get(container.label(labels::SERVICE)).filter(|_| container.is_running());
    Action::StopContainer {
        replica: replica(container),
        id: container.id.clone(),
        name: container.name.clone(),
        grace: desired.grace(),
        around: around::stop(service.map(|service| &**service)),
    }
}

pub(crate) fn remove(container: &Container, volumes: bool) -> Action {
    let (id, name) = (container.id.clone(), container.name.clone());
    Action::RemoveContainer { replica: replica(container), id, name, volumes }
}

/// The place a container's labels name.
pub(crate) fn replica(container: &Container) -> Option<Replica> {
    let service = ServiceName::new(container.label(labels::SERVICE)).ok()?;
    Some(Replica { service, number: labels::number(container)? })
}
