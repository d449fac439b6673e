//! The `deploy` block, as far as one machine can honour it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Duration, Size, is_default};

/// How a service is deployed (Compose Deploy Specification).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deploy {
    /// `replicated` or `global`; no effect on one machine.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    /// How many containers; not part of the config hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Labels of the service, not of its containers.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Always written, also when empty.
    pub resources: Resources,
    /// Wins over `restart`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// Always written; its content belongs to swarm and is not read yet.
    pub placement: BTreeMap<String, String>,
}

/// Upper and lower bounds of what a container may use.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// Never more than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// This much is kept for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservations: Option<Limits>,
}

/// Amounts of the three resources.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Cores; 0 is unset.
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: f32,
    /// Bytes; 0 is unset.
    #[serde(skip_serializing_if = "is_default")]
    pub memory: Size,
    /// Processes and threads; 0 is unset, -1 unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub pids: i64,
}

/// When the engine starts a container again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RestartPolicy {
    /// `none`, `on-failure` or `any`.
    #[serde(skip_serializing_if = "is_default")]
    pub condition: String,
    /// The pause before it; the engine has its own, so this has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// How often in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u64>,
    /// How long it must run to count as started; no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
}
