//! A health check of a service.

use serde::{Deserialize, Serialize};

use crate::{Duration, is_default};

/// How the engine finds out whether a container is well (Compose Specification, `healthcheck`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Healthcheck {
    /// `["CMD-SHELL", text]`, `["CMD", program, …]` or `["NONE"]`; empty inherits the image's.
    #[serde(skip_serializing_if = "is_default")]
    pub test: Vec<String>,
    /// How long one run may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// The time between two runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How many failures in a row make it unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
    /// How long failures do not count after the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_period: Option<Duration>,
    /// The time between two runs within the start period (Engine API ≥ 1.44).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_interval: Option<Duration>,
    /// Whether the image's check is switched off.
    #[serde(skip_serializing_if = "is_default")]
    pub disable: bool,
}
