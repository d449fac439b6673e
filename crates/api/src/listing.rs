//! What the routes that only look answer: containers, images, volumes, processes, use and events, as the
//! engine tells them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One of `GET /v1/stacks/{name}/containers`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerListing {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name and the names others link it by.
    pub names: Vec<String>,
    /// The image it was created from, as named then.
    pub image: String,
    /// Its command line.
    pub command: String,
    /// Its service.
    pub service: String,
    /// Its number; `None` for the container of a `run`.
    pub number: Option<u32>,
    /// Seconds since the Unix epoch.
    pub created: i64,
    /// Every label.
    pub labels: BTreeMap<String, String>,
    /// One word: `running`, `exited`, ….
    pub state: String,
    /// The state for people: `Up 3 seconds (healthy)`.
    pub status: String,
    /// `starting`, `healthy`, `unhealthy`, or empty when it does not run or has no check.
    pub health: String,
    /// The exit code of one that ended; else 0.
    pub exit_code: i64,
    /// Its ports, in the engine's order.
    pub ports: Vec<PortListing>,
    /// What is mounted: the volume's name, else the path outside.
    pub mounts: Vec<String>,
    /// How many of its mounts are volumes of the driver `local`.
    pub local_volumes: usize,
    /// The engine names of its networks.
    pub networks: Vec<String>,
}

/// Whether a container in this state is listed without asking for all: it runs, is frozen, or is about to run again.
#[must_use]
pub fn is_alive(state: &str) -> bool {
    matches!(state, "running" | "paused" | "restarting")
}

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PortListing {
    /// The host's address; empty when it is only exposed.
    pub ip: String,
    /// The port inside.
    pub private: u16,
    /// The host's port; 0 when it is only exposed.
    pub public: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// One of `GET /v1/projects`, by name: every project of the engine, supervised or not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectListing {
    /// Its name.
    pub name: String,
    /// Its Compose files, comma-joined; empty when its containers do not say.
    pub config_files: String,
    /// How many of its containers are in each state.
    pub states: BTreeMap<String, usize>,
}

/// One of `GET /v1/stacks/{name}/images?services=a,b`, by container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageListing {
    /// The container's name.
    pub container: String,
    /// `sha256:…`
    pub id: String,
    /// Its first reference; empty when it has none.
    pub reference: String,
    /// The operating system; empty when the image is gone.
    pub os: String,
    /// The architecture.
    pub architecture: String,
    /// The architecture's variant; mostly empty.
    pub variant: String,
    /// In bytes.
    pub size: i64,
    /// Nanoseconds since the Unix epoch.
    pub created: Option<i64>,
    /// Nanoseconds since the Unix epoch.
    pub tagged: Option<i64>,
}

/// One of `GET /v1/stacks/{name}/volumes?services=a,b`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeListing {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Where the host has it.
    pub mountpoint: String,
    /// `local` or `global`.
    pub scope: String,
    /// Every label.
    pub labels: BTreeMap<String, String>,
}

/// One of `GET /v1/stacks/{name}/processes?services=a,b`, by container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessListing {
    /// The container's name.
    pub container: String,
    /// Its service.
    pub service: String,
    /// Its number as its label has it.
    pub number: String,
    /// The heads of the columns.
    pub titles: Vec<String>,
    /// A row a process.
    pub rows: Vec<Vec<String>>,
}

/// What `stats` and `exits` of a stack take.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Service names, comma-joined; empty is all.
    pub services: String,
    /// Whether stopped containers count.
    pub all: bool,
}

/// One server-sent event of `GET /v1/stacks/{name}/stats`: everything at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageReport {
    /// The containers, newest first.
    pub containers: Vec<ContainerUsage>,
}

/// What a container uses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerUsage {
    /// The engine's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `None` when it could not be measured.
    pub usage: Option<Usage>,
}

/// Figures of one container, over the last second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Of one processor, in percent.
    pub cpu_percent: f64,
    /// Bytes.
    pub memory: u64,
    /// Bytes.
    pub memory_limit: u64,
    /// Bytes since its start.
    pub received: u64,
    /// Bytes since its start.
    pub sent: u64,
    /// Bytes since its start.
    pub read: u64,
    /// Bytes since its start.
    pub written: u64,
    /// Processes and threads.
    pub pids: u64,
}

/// The query of `GET /v1/stacks/{name}/happenings`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HappeningQuery {
    /// Service names, comma-joined; empty is all.
    pub services: String,
    /// RFC 3339, seconds since the Unix epoch, or how long ago.
    pub since: Option<String>,
    /// The same; the stream ends there.
    pub until: Option<String>,
}

/// One server-sent event of it: something happened to a container of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Happening {
    /// Nanoseconds since the Unix epoch.
    pub at: i64,
    /// The engine's word.
    pub action: String,
    /// The container's id.
    pub id: String,
    /// Its service.
    pub service: String,
    /// What the engine says of it, docker compose's labels left out.
    pub attributes: BTreeMap<String, String>,
}

/// One server-sent event of `GET /v1/stacks/{name}/exits`: a container ended. The stream ends with the last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerExit {
    /// Its id.
    pub id: String,
    /// Its exit code.
    pub code: i64,
    /// Why it could not be waited for; empty when it was.
    pub error: String,
}
