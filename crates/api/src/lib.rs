//! The wire contract: what goes over the socket, and a client that speaks it.
//!
//! HTTP/1.1 with JSON bodies; errors are problem documents (RFC 9457); what goes on for long comes as
//! server-sent events. This crate knows no other crate of the project, so the wire changes only on purpose:
//! the daemon converts at its edge.

pub mod client;
mod events;
mod listing;
mod logs;
mod problem;
mod requests;
mod status;

pub use client::{Client, ClientError, Connect};
pub use events::{Event, Progress, ProgressState};
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
pub use status::{ContainerSummary, FailureReport, HoldReport, Phase, ServiceReport, StackReport, StepReport};

/// The path every route starts with.
pub const PREFIX: &str = "/v1";
