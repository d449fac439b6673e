//! What a controller has its host run, and what comes back.

use plan::{Action, Cause, Container, ContainerId};
use serde::{Deserialize, Serialize};

/// The number of a run, unique within one controller.
pub type RunId = u64;

/// One step handed out to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number, given back with the outcome.
    pub id: RunId,
    /// The call.
    pub action: Action,
    /// Why.
    pub cause: Cause,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is so, and this is what the container is now; `None` when it is gone.
    Container(ContainerId, Option<Box<Container>>),
    /// It is so; the id of the network, volume or image that was made.
    Made(String),
    /// It is so, and the object is gone, or nothing is left to say.
    Done,
    /// The engine said no; nothing changed, or only what an observation will show.
    Refused(Refusal),
    /// The answer was lost: it may be so or not.
    Unknown(Refusal),
}

/// A refusal in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refusal {
    /// What the engine said, with the call and the object.
    pub message: String,
    /// The next thing to try; may be empty.
    pub help: String,
    /// Whether something that was thought to be there is not (an image, a network): look again.
    pub is_missing: bool,
    /// Whether somebody else still uses the object.
    pub is_in_use: bool,
    /// Whether the engine did its part, and what is run around it failed: asking again runs that again.
    pub is_hook: bool,
    /// Whether the engine cannot start this container any more, whatever is done: it lost track of it.
    pub is_unstartable: bool,
}
