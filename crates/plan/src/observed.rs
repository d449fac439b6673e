//! What the engine was seen to hold of one project. A value, not a connection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The engine's id of a container: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContainerId(pub String);

impl ContainerId {
    /// The twelve digits people see.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment by the engine's clock, in nanoseconds since the Unix epoch. Only ever compared with another one
/// of the same engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub i64);

/// Everything of one project that the engine holds, plus the images its services name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Observed {
    /// Containers with the project's label, one-off ones too.
    pub containers: BTreeMap<ContainerId, Container>,
    /// Networks by their engine name: those labelled with the project, and those its file names.
    pub networks: BTreeMap<String, Network>,
    /// Volumes by their engine name: those labelled with the project, and those its file names.
    pub volumes: BTreeMap<String, Volume>,
    /// Local images by the reference that was asked for; one that is not here was not found.
    pub images: BTreeMap<String, String>,
}

/// A container as the engine tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// The engine's id.
    pub id: ContainerId,
    /// The engine's name of it, without the leading slash.
    pub name: String,
    /// The image as it was named when it was created.
    pub image: String,
    /// Every label.
    pub labels: BTreeMap<String, String>,
    /// What it is doing.
    pub state: State,
    /// What its health check says.
    pub health: Health,
    /// Whether the engine starts it again by itself, whatever its exit code (`always`, `unless-stopped`).
    pub restarts_always: bool,
    /// Whether the kernel ended its last life, because it wanted more memory than there was for it.
    pub out_of_memory: bool,
    /// Network ids by the network's engine name.
    pub networks: BTreeMap<String, String>,
    /// Its mounts of volumes: the volume's engine name by the path inside.
    pub volumes: BTreeMap<String, String>,
    /// The ids of the containers whose namespaces or volumes it uses.
    pub owners: BTreeSet<ContainerId>,
    /// When it was created.
    pub created: Stamp,
    /// Published ports, as people read them (`127.0.0.1:80->80/tcp`).
    pub ports: Vec<String>,
    /// The command line it runs.
    pub command: String,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was never started.
    Created {
        /// Why its last start failed, in the engine's words; empty when none was tried.
        error: String,
    },
    /// It runs.
    Running {
        /// Since when.
        started: Stamp,
    },
    /// It is frozen.
    Paused,
    /// It ended and the engine is about to start it again.
    Restarting {
        /// The exit code of its last life.
        code: i64,
    },
    /// It ended.
    Exited {
        /// The exit code.
        code: i64,
        /// Since when it had run.
        started: Stamp,
        /// When it ended.
        finished: Stamp,
        /// Why the engine could not start it again, in its words; empty when it did not try.
        error: String,
    },
    /// It is being removed.
    Removing,
    /// Its removal failed halfway.
    Dead,
}

/// What a container's health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It has none.
    None,
    /// It has not passed yet.
    Starting,
    /// It passes.
    Healthy,
    /// It failed too often in a row.
    Unhealthy,
}

/// A network as the engine tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Network {
    /// The engine's id.
    pub id: String,
    /// Every label.
    pub labels: BTreeMap<String, String>,
    /// Ids of further networks of this name that were made for the same: engines before API 1.44 give a name twice,
    /// and start no container on one that two have.
    #[serde(default)]
    pub twins: BTreeSet<String>,
    /// Running containers on it that are not the project's, each as it is told: its name, and whose it is.
    #[serde(default)]
    pub guests: BTreeSet<String>,
}

/// A volume as the engine tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Volume {
    /// Every label.
    pub labels: BTreeMap<String, String>,
}

impl Container {
    /// The text of a label, empty when it has none.
    #[must_use]
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// The beginning of its life, or of its last one; `None` where the engine does not tell it in this state.
    #[must_use]
    pub fn started(&self) -> Option<Stamp> {
        match self.state {
            State::Running { started } | State::Exited { started, .. } => Some(started),
            _ => None,
        }
    }

    /// Whether it runs, its health aside.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Whether the engine is removing it, or failed to.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        matches!(self.state, State::Removing | State::Dead)
    }

    /// Whether stopping it would end something: it runs, is frozen, or is about to run again.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.state, State::Running { .. } | State::Paused | State::Restarting { .. })
    }
}
