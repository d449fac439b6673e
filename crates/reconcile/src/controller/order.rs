//! What a container is known to have been started after, whatever the engine's clock says: that may be set back, and
//! what it follows would seem to have come later for as long.

use plan::{Action, Desired, Lives, Observed, labels};

/// The lives of what an action's container follows, as they are before it is started; `None` where nothing is started
/// or nothing is followed.
pub(super) fn before(desired: &Desired, observed: &Observed, action: &Action) -> Option<Lives> {
    let (Action::StartContainer { replica, .. } | Action::RestartContainer { replica, .. }) = action else {
        return None;
    };
    let edges = &desired.project.services.get(&replica.service)?.depends_on;
    let followed: Vec<_> = edges.iter().filter(|(_, edge)| edge.restart).map(|(on, _)| on.as_str()).collect();
    let all = observed.containers.values();
    let lives = all.filter(|container| followed.contains(&container.label(labels::SERVICE)));
    let lives: Lives = lives.map(|container| (container.id.clone(), container.started())).collect();
    (!lives.is_empty()).then_some(lives)
}
