//! The wire contract: what goes over the socket, and a client that speaks it.
//!
//! HTTP/1.1 with JSON bodies; errors are problem documents (RFC 9457); what goes on for long comes as
//! server-sent events, what people work in as frames over a connection handed over ([`frames`]). This crate knows no other crate of the project, so the wire changes only on purpose:
//! the daemon converts at its edge.

mod checks;
pub mod client;
mod events;
pub mod frames;
mod images;
mod listing;
mod logs;
mod problem;
mod requests;
mod run;
mod status;
mod streams;
mod why;

pub use checks::{Check, Verdict};
pub use client::{Client, ClientError, Connect, Download};
pub use events::{Event, Progress, ProgressState};
pub use images::{Build, BuildOutput, Credentials, ImageEvent, ImageFailure, ImagesEnded, Logins, Pull, Push};
pub use listing::{
    ContainerExit, ContainerListing, ContainerUsage, Happening, HappeningQuery, ImageListing, PortListing,
    ProcessListing, ProjectListing, Selection, Usage, UsageReport, VolumeListing, is_alive,
};
pub use logs::{LogChunk, LogQuery};
pub use problem::{Finding, Problem};
pub use requests::{
    Accepted, Down, ImageDigest, ImageQuery, ImagesToRemove, PlanRequest, Planned, Recreate, Restart, Source, Start,
    Stop, Touch, Touched, Up, UpOptions, VersionReport,
};
pub use run::Run;
pub use status::{ContainerSummary, FailureReport, HoldReport, Phase, ServiceReport, StackReport, StepReport};
pub use streams::{ArchiveQuery, Attach, Attachable, Commit, Exec, Made, PATH_STAT, PathStat};
pub use why::{Link, Why};

/// The path every route starts with.
pub const PREFIX: &str = "/v1";
