//! What `GET /v1/stacks/{name}/events` streams.

use serde::{Deserialize, Serialize};

use crate::StackReport;

/// One server-sent event; the stream opens with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body", rename_all = "kebab-case")]
pub enum Event {
    /// The stack as it is now.
    Report(Box<StackReport>),
    /// Something began, went on or ended.
    Progress(Progress),
    /// The reader was too slow and missed so many events; a report follows.
    Missed(u64),
}

/// One line of progress, in docker compose's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The generation it belongs to.
    pub generation: u64,
    /// `Container p-web-1`, `Network p_default`, `Volume p_data`, `Image redis:7`.
    pub id: String,
    /// Whether it goes on.
    pub state: ProgressState,
    /// `Creating`, `Created`, ….
    pub text: String,
    /// Why, or what went wrong; may be empty.
    pub details: String,
}

/// Whether something goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgressState {
    /// It goes on.
    Working,
    /// It ended well.
    Done,
    /// It ended, and somebody should know how.
    Warning,
    /// It failed.
    Error,
}
