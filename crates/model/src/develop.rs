//! What a service does while its sources change under it.

use serde::{Deserialize, Serialize};

use crate::{Hook, is_default};

/// Rules for development (Compose Develop Specification). Part of the config hash.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Develop {
    /// Paths that are watched.
    #[serde(skip_serializing_if = "is_default")]
    pub watch: Vec<Trigger>,
}

/// A path, and what a change below it leads to. The order of the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// An absolute path of the host. Always written.
    pub path: String,
    /// `sync`, `rebuild`, `restart`, `sync+restart` or `sync+exec`. Always written.
    pub action: String,
    /// Where files go in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// What is run after a sync. Always written.
    pub exec: Hook,
    /// Only these files count.
    #[serde(skip_serializing_if = "is_default")]
    pub include: Vec<String>,
    /// These files do not count.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore: Vec<String>,
    /// Whether files are brought over when watching begins.
    #[serde(skip_serializing_if = "is_default")]
    pub initial_sync: bool,
}
