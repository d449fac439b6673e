//! One project's controller across time.
//!
//! [`Controller::step`] takes a moment and an input and gives outputs: no clock, no channel, no await. The
//! same inputs give the same outputs, so a thousand days simulate in a second, and a crash is dropping the
//! value. Deciding what is to be done is `plan`'s; this crate decides when.

mod backoff;
mod clock;
mod controller;
mod progress;
mod repairs;
mod request;
mod status;

pub use backoff::Backoff;
pub use clock::Now;
pub use controller::{Controller, EngineLife, Input, Output, interrupted, without_dependencies};
pub use progress::{Outcome, Refusal, Run, RunId};
pub use request::{Recreate, Request, Scope, Up, Wishes};
pub use status::{Failure, Pending, Phase, ReplicaStatus, ServiceStatus, Status};
