//! The conditions of `depends_on`, read a second time and apart from the planner: what it says is met has to
//! be met by these words too.

use std::collections::BTreeSet;

use model::{Condition, Dependency, Project, Service, ServiceName};
use plan::{Container, Health, State, labels};

/// Where a dependency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    Met,
    /// Time alone may bring it.
    Pending,
    /// Only somebody else can.
    Failed,
}

/// The containers that fill the places of a service.
pub(crate) fn places<'a>(containers: impl Iterator<Item = &'a Container>, service: &ServiceName) -> Vec<&'a Container> {
    containers
        .filter(|container| container.label(labels::SERVICE) == service.as_str() && labels::number(container).is_some())
        .collect()
}

/// Where a service stands of which so many places are wanted. Of more than those some are on their way out, and whoever
/// waits need not care which.
pub(crate) fn stand(places: &[&Container], wanted: u32, condition: Condition) -> Stand {
    let is = |wanted: fn(&Container) -> bool| places.iter().any(|container| wanted(container));
    let all = |is_so: fn(&Container) -> bool| {
        let count = places.iter().filter(|container| is_so(container)).count();
        count > 0 && count >= places.len().min(wanted as usize)
    };
    let is_begun =
        |container: &Container| !matches!(container.state, State::Created { .. } | State::Removing | State::Dead);
    match condition {
        Condition::Started if all(is_begun) => Stand::Met,
        Condition::Healthy if all(|c| c.is_running() && c.health == Health::Healthy) => Stand::Met,
        Condition::Healthy
            if is(|c| matches!(c.state, State::Exited { .. }))
                || is(|c| c.is_running() && matches!(c.health, Health::None | Health::Unhealthy)) =>
        {
            Stand::Failed
        }
        // Of several, the first that ended decides.
        Condition::Completed => match places.iter().find(|c| matches!(c.state, State::Exited { .. })) {
            Some(Container { state: State::Exited { code: 0, .. }, .. }) => Stand::Met,
            Some(_) => Stand::Failed,
            None => Stand::Pending,
        },
        _ => Stand::Pending,
    }
}

/// The first dependency that keeps a service from starting; one that an operator stopped cannot become anything.
pub(crate) fn obstacle<'a>(
    project: &Project,
    service: &Service,
    stopped: &BTreeSet<ServiceName>,
    containers: impl Iterator<Item = &'a Container> + Clone,
) -> Option<(ServiceName, Dependency, Stand)> {
    service.depends_on.iter().find_map(|(on, edge)| {
        let dependency = project.services.get(on)?;
        if dependency.replicas() == 0 {
            return None;
        }
        let stand = match stand(&places(containers.clone(), on), dependency.replicas(), edge.condition) {
            _ if stopped.contains(on) => Stand::Failed,
            stand => stand,
        };
        match stand {
            Stand::Met => None,
            Stand::Failed if !edge.required => None,
            stand => Some((on.clone(), edge.clone(), stand)),
        }
    })
}
