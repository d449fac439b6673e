//! Commands around the life of a container.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A command (Compose Specification, `pre_start`, `post_start`, `pre_stop`, and `exec` of a watch). The order of
/// the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// Its words. Always written.
    pub command: Option<Vec<String>>,
    /// The image it runs in; only before the start, where there is a container of its own for it.
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    /// The user it runs as.
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    /// Whether every isolation is off.
    #[serde(skip_serializing_if = "is_default")]
    pub privileged: bool,
    /// Where it starts.
    #[serde(skip_serializing_if = "is_default")]
    pub working_dir: String,
    /// Variables over those of the service; one without value stays so.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: BTreeMap<String, Option<String>>,
    /// Whether each replica has its own run; only before the start.
    #[serde(skip_serializing_if = "is_default")]
    pub per_replica: bool,
}
