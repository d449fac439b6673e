//! The daemon as a library: the same service stands behind a unix socket, under systemd, and inside
//! `composectl` when no daemon runs.
//!
//! It is wiring. What is wanted is decided by `spec`, what is to be done by `plan`, when by `reconcile`, and
//! how by `engine`; here are the tasks, the ledger, the watch on files, and the edge towards clients.

mod api_socket;
mod checks;
mod feed;
mod files;
mod flags;
pub mod http;
pub mod ledger;
mod listening;
mod places;
mod progress;
mod project;
mod reader;
mod recovery;
mod report;
mod serve;
pub mod settings;
mod source;
pub mod supervisor;
pub mod systemd;
pub mod trust;
mod watch;
mod why;

pub use checks::Premises;
pub use engine::{Pem, Tls};
pub use files::OsFiles;
pub use flags::Flags;
pub use plan::labels::DIALECT;
pub use serve::{EngineError, Listening, in_process, listen, listen_to_lookers, local, serve};
pub use source::to_request;
pub use supervisor::{Supervision, Supervisor};
