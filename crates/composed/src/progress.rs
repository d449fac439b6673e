//! Progress lines: what a run is called while it goes on and when it is done, in docker compose's words.

use api::{Progress, ProgressState};
use plan::{Action, Cause, labels};
use reconcile::Refusal;

/// The line at the beginning of a run; none when docker compose has none either.
pub(crate) fn begun(action: &Action, cause: &Cause, generation: u64) -> Option<Progress> {
    let text = match action {
        Action::CreateContainer(spec) if spec.labels.contains_key(labels::REPLACE) => "Recreate",
        Action::CreateContainer(_) | Action::CreateNetwork(_) | Action::CreateVolume(_) => "Creating",
        Action::StartContainer { .. } => "Starting",
        Action::RestartContainer { .. } => "Restarting",
        Action::StopContainer { .. } if *cause != Cause::Replaced => "Stopping",
        Action::RemoveContainer { .. } if *cause != Cause::Replaced => "Removing",
        Action::RemoveNetwork { .. } | Action::RemoveVolume { .. } | Action::RemoveImage { .. } => "Removing",
        Action::PullImage { .. } => "Pulling",
        Action::BuildImage(_) => "Building",
        _ => return None,
    };
    Some(line(action, text, ProgressState::Working, cause.to_string(), generation))
}

/// The line at the good end of a run.
pub(crate) fn ended(action: &Action, cause: &Cause, generation: u64) -> Option<Progress> {
    let text = match action {
        Action::CreateContainer(spec) if spec.labels.contains_key(labels::REPLACE) => return None,
        Action::CreateContainer(_) | Action::CreateNetwork(_) | Action::CreateVolume(_) => "Created",
        Action::RenameContainer { .. } => "Recreated",
        Action::StartContainer { .. } | Action::RestartContainer { .. } => "Started",
        Action::StopContainer { .. } if *cause != Cause::Replaced => "Stopped",
        Action::RemoveContainer { .. } if *cause != Cause::Replaced => "Removed",
        Action::RemoveNetwork { .. } | Action::RemoveVolume { .. } | Action::RemoveImage { .. } => "Removed",
        Action::PullImage { .. } => "Pulled",
        Action::BuildImage(_) => "Built",
        _ => return None,
    };
    Some(line(action, text, ProgressState::Done, String::new(), generation))
}

/// The line at the bad end of a run.
pub(crate) fn failed(action: &Action, refusal: &Refusal, cause: &Cause, generation: u64) -> Progress {
    // What others use stays where a project goes; that is no failure.
    if refusal.is_in_use && *cause == Cause::Down {
        let text = "Resource is still in use";
        return line(action, text, ProgressState::Warning, String::new(), generation);
    }
    line(action, "Error", ProgressState::Error, refusal.message.clone(), generation)
}

/// A line of a pull or a build while it goes on.
pub(crate) fn going_on(action: &Action, details: String, generation: u64) -> Progress {
    let text = if matches!(action, Action::BuildImage(_)) { "Building" } else { "Pulling" };
    line(action, text, ProgressState::Working, details, generation)
}

/// A line about a container that nothing is done to.
pub(crate) fn container(name: &str, text: &str, state: ProgressState, details: String, generation: u64) -> Progress {
    Progress { generation, id: format!("Container {name}"), state, text: text.to_owned(), details }
}

fn line(action: &Action, text: &str, state: ProgressState, details: String, generation: u64) -> Progress {
    let kind = match action {
        Action::CreateNetwork(_) | Action::RemoveNetwork { .. } => "Network",
        Action::CreateVolume(_) | Action::RemoveVolume { .. } => "Volume",
        Action::PullImage { .. } | Action::BuildImage(_) | Action::RemoveImage { .. } => "Image",
        _ => "Container",
    };
    // A container that is walked in has its final name from the first line on.
    let object = match action {
        Action::CreateContainer(spec) if spec.labels.contains_key(labels::REPLACE) => {
            spec.name.split_once('_').map_or(spec.name.as_str(), |(_, name)| name)
        }
        action => action.object(),
    };
    Progress { generation, id: format!("{kind} {object}"), state, text: text.to_owned(), details }
}
