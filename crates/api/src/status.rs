//! Reports: what a stack is, what it waits for and why.

use serde::{Deserialize, Serialize};

use crate::Finding;

/// How far a stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It is being looked at.
    Observing,
    /// Something is being done.
    Working,
    /// Something is waited for.
    Waiting,
    /// Nothing can be done until something outside changes.
    Blocked,
    /// It is only looked at: somebody paused it.
    Paused,
    /// It is as asked for.
    Converged,
    /// It is gone, as asked for.
    Gone,
    /// Its task in the daemon failed; nothing is done until the daemon or somebody starts it anew.
    Faulted,
}

impl Phase {
    /// Whether waiting longer may still change something without anybody's help.
    #[must_use]
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Observing | Self::Working | Self::Waiting)
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observing => "observing",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Paused => "paused",
            Self::Converged => "converged",
            Self::Gone => "gone",
            Self::Faulted => "faulted",
        }
    }
}

/// `GET /v1/stacks/{name}`, and one of `GET /v1/stacks`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackReport {
    /// The project's name.
    pub name: String,
    /// The newest generation; 0 when nothing was asked for.
    pub generation: u64,
    /// Whether the daemon keeps it so.
    pub is_supervised: bool,
    /// How far it is.
    pub phase: Phase,
    /// Its Compose files.
    pub config_files: Vec<String>,
    /// Its services.
    pub services: Vec<ServiceReport>,
    /// Steps still to come.
    pub pending: Vec<StepReport>,
    /// What is left as it is, and why.
    pub holds: Vec<HoldReport>,
    /// Containers of services the file does not know, by name.
    #[serde(default)]
    pub orphans: Vec<String>,
    /// What whoever brought it up should know, in docker compose's words.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What the engine refused.
    pub failures: Vec<FailureReport>,
    /// What is wrong with its files now, while the last good state is kept.
    pub findings: Vec<Finding>,
}

/// A service as it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceReport {
    /// Its name.
    pub name: String,
    /// Its containers.
    pub containers: Vec<ContainerSummary>,
    /// Whether others wait for it to complete: exit code 0 is its good end.
    pub is_one_shot: bool,
    /// Whether it waits for something that comes by itself.
    #[serde(default)]
    pub is_waiting: bool,
    /// Why it does not move, in words.
    pub reasons: Vec<String>,
}

/// A container, as `ps` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerSummary {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The image it was created from, as named then.
    pub image: String,
    /// Its command line.
    pub command: String,
    /// Its service.
    pub service: String,
    /// Its number; `None` for the container of a `run`.
    pub number: Option<u32>,
    /// `created`, `running`, `paused`, `restarting`, `exited`, `removing` or `dead`.
    pub state: String,
    /// `starting`, `healthy`, `unhealthy`, or empty when it has no check.
    pub health: String,
    /// The exit code, when it ended.
    pub exit_code: Option<i64>,
    /// Whether it ended because it wanted more memory than there was for it.
    #[serde(default)]
    pub out_of_memory: bool,
    /// Nanoseconds since the Unix epoch.
    pub created: i64,
    /// Nanoseconds since the Unix epoch of its last start, when it runs.
    pub started: Option<i64>,
    /// Nanoseconds since the Unix epoch of its end, when it ended.
    pub finished: Option<i64>,
    /// Published ports as people read them.
    pub ports: Vec<String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// `create`, `start`, ….
    pub verb: String,
    /// The engine's name of what it works on.
    pub object: String,
    /// The service it is for.
    pub service: Option<String>,
    /// Why.
    pub cause: String,
    /// Indices of the steps that come first.
    pub after: Vec<usize>,
    /// What is waited for beside them.
    pub waits: Vec<String>,
    /// Whether it is running now.
    pub is_running: bool,
}

/// Why something is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReport {
    /// What.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// A call that the engine refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReport {
    /// `create`, `start`, ….
    pub verb: String,
    /// The engine's name of what it works on.
    pub object: String,
    /// The call, the object and what the engine said.
    pub message: String,
    /// The next thing to try; may be empty.
    pub help: String,
    /// How often in a row.
    pub attempts: u32,
    /// Milliseconds until it is tried again.
    pub retry_in_ms: u64,
}
