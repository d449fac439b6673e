//! What `GET /v1/stacks/{name}/logs` takes and streams.

use serde::{Deserialize, Serialize};

/// The query.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    /// Service names, comma-joined; empty is all.
    pub services: String,
    /// Only the container of this number; none is all.
    pub index: Option<u32>,
    /// Whether to go on with what comes, through restarts and recreations.
    pub follow: bool,
    /// Whether ends are told too; then the stream ends with the last container, whoever might bring it back.
    pub exits: bool,
    /// How many lines from the end; none is all.
    pub tail: Option<u64>,
    /// RFC 3339, or seconds since the Unix epoch.
    pub since: Option<String>,
    /// RFC 3339, or seconds since the Unix epoch.
    pub until: Option<String>,
}

/// One server-sent event: a line of output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChunk {
    /// The container's name.
    pub container: String,
    /// Its service.
    pub service: String,
    /// Its number; `None` for the container of a `run`.
    pub number: Option<u32>,
    /// Whether it came over standard error.
    pub is_stderr: bool,
    /// Nanoseconds since the Unix epoch.
    pub at: Option<i64>,
    /// The line, without its newline. What is no UTF-8 is replaced.
    pub line: String,
    /// The exit code, where this is no line but its container's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i64>,
    /// Whether the engine starts it again after that end.
    #[serde(default)]
    pub is_restarting: bool,
}
