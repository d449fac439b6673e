//! The end of a container: stopped where it lives, then removed.

use model::ServiceName;

use crate::action::{Action, Replica};
use crate::cause::Cause;
use crate::observed::Container;
use crate::steps::{Builder, StepId};
use crate::{Desired, around, labels};

/// How a container ends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct End {
    /// Seconds before it is killed; `None` leaves it to the container's own setting.
    pub(crate) grace: Option<i64>,
    /// Whether its anonymous volumes go with it.
    pub(crate) volumes: bool,
}

/// Stops it where it lives and removes it; the step after which it is gone.
pub(crate) fn plan(
    desired: &Desired,
    container: &Container,
    end: End,
    cause: &Cause,
    mut after: Vec<StepId>,
    out: &mut Builder,
) -> StepId {
    if container.is_alive() {
        after = vec![out.step(stop(desired, container, end.grace), cause.clone(), after)];
    }
    out.step(remove(container, end.volumes), cause.clone(), after)
}

pub(crate) fn stop(desired: &Desired, container: &Container, grace: Option<i64>) -> Action {
    // Nothing runs in one that is frozen, or about to run again.
    let service = desired.project.services.get(container.label(labels::SERVICE)).filter(|_| container.is_running());
    Action::StopContainer {
        replica: replica(container),
        id: container.id.clone(),
        name: container.name.clone(),
        grace,
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
