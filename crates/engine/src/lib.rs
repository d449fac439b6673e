//! The container engine: a small trait, and Docker behind it.
//!
//! Everything above speaks in `plan`'s words ([`plan::Action`], [`plan::Observed`]) and in the few around
//! [`Engine`]; the Engine API's JSON ends in this crate. It decides nothing: no policy, no Compose text, no
//! retry of anything that changes the engine. What it adds to a plain call is honesty: a deadline to the last
//! byte, "already so" told from "refused", and "nobody knows" told from both.

mod address;
mod docker;
mod engine;
mod error;
mod listing;
mod registry;
mod session;
mod ssh;
mod tls;

pub use address::Address;
pub use docker::{Docker, Limits};
pub use engine::{
    Done, Engine, Event, EventKind, Identity, LogLine, LogOptions, LogSource, Progress, ProjectListing, Query, Touch,
    Version,
};
pub use error::Error;
pub use listing::{BuiltImage, ImageListing, Installation, Listing, Port, Processes, Reach, Usage, VolumeListing};
pub use registry::{Building, Credentials, RemoteImage};
pub use session::{
    Archive, Attachable, CommitSpec, ExecId, ExecSpec, ExecState, PathStat, Session, Terminal, TerminalSize, Until,
};
pub use ssh::Ssh;
pub use tls::{Pem, Tls};
