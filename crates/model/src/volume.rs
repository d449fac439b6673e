//! A named volume of the project.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A volume (Compose Specification, `volumes`). The order of the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// The engine's name of it: `<project>_<key>` unless the file says otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Empty leaves it to the engine (`local`).
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: BTreeMap<String, String>,
    /// Whether it must exist already and is never made or removed.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels the file gives it; docker compose's own are not here.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
}
