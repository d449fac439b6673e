//! What the engine says when it does not do as it is told: in its own words, and as the daemon understands them.

use plan::{Action, State};
use reconcile::{Outcome, Refusal};

use super::{By, Dice, World};

pub(super) type Answer = Result<Outcome, Refusal>;

/// 500, of a container that the engine lost track of.
pub(super) fn lost(id: &plan::ContainerId) -> Refusal {
    let message = format!("task {} already exists", id.short());
    Refusal { message, is_unstartable: true, ..Refusal::default() }
}

/// 404.
pub(super) fn missing(message: &str) -> Refusal {
    Refusal { message: message.to_owned(), is_missing: true, ..Refusal::default() }
}

/// 409, and 403 for a network.
pub(super) fn conflict(message: &str) -> Refusal {
    Refusal { message: message.to_owned(), is_in_use: true, ..Refusal::default() }
}

/// 500.
pub(super) fn failed(message: &str) -> Refusal {
    Refusal { message: message.to_owned(), ..Refusal::default() }
}

impl World {
    /// Refuses an order for a reason that lies outside of what this world holds, with what that leaves behind.
    pub fn refuse(&mut self, dice: &mut Dice, action: &Action) -> Refusal {
        let object = action.object();
        let somebody = dice.chance(50);
        match action {
            Action::StartContainer { container, .. } if somebody => {
                // Its port is taken, its mount cannot be made: the reason stays with the container.
                let refusal = failed("driver failed programming external connectivity: port is already allocated");
                if let Some(id) = self.find(container)
                    && let Some(unit) = self.containers.get_mut(&id)
                    && let State::Created { error } | State::Exited { error, .. } = &mut unit.seen.state
                {
                    error.clone_from(&refusal.message);
                }
                refusal
            }
            Action::RestartContainer { id, .. } if somebody => {
                // It came as far as the stop.
                self.halt(id, By::Us, false);
                failed("driver failed programming external connectivity: port is already allocated")
            }
            Action::CreateContainer(_) if somebody => {
                conflict(&format!("the container name {object} is reserved by one that is being made"))
            }
            Action::RemoveContainer { .. } if somebody => {
                conflict(&format!("removal of container {object} is already in progress"))
            }
            Action::RemoveNetwork { .. } if somebody => conflict(&format!("network {object} has active endpoints")),
            Action::RemoveVolume { .. } if somebody => conflict(&format!("volume {object} is in use")),
            Action::PullImage { .. } if somebody => missing(&format!("manifest for {object} not found")),
            Action::PullImage { .. } => failed("net/http: TLS handshake timeout"),
            _ => failed("context canceled by the engine itself"),
        }
    }
}
