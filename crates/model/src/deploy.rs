//! The `deploy` block, as far as one machine can honour it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{DeviceRequest, Duration, GenericResource, Size, is_default};

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
    /// How it is replaced; a matter of swarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_config: Option<UpdateConfig>,
    /// How a replacement is taken back; a matter of swarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback_config: Option<UpdateConfig>,
    /// Always written, also when empty.
    pub resources: Resources,
    /// Wins over `restart`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// Where its containers may run; a matter of swarm. Always written, also when empty.
    pub placement: Placement,
    /// How it is reached; a matter of swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint_mode: String,
}

/// The pace of an update.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdateConfig {
    /// How many containers at a time; 0 is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<u64>,
    /// The pause between two rounds.
    #[serde(skip_serializing_if = "is_default")]
    pub delay: Duration,
    /// `continue`, `rollback` or `pause`.
    #[serde(skip_serializing_if = "is_default")]
    pub failure_action: String,
    /// How long a failure counts after a round.
    #[serde(skip_serializing_if = "is_default")]
    pub monitor: Duration,
    /// The share of failures that is borne.
    #[serde(skip_serializing_if = "is_default")]
    pub max_failure_ratio: f32,
    /// `start-first` or `stop-first`.
    #[serde(skip_serializing_if = "is_default")]
    pub order: String,
}

/// Where containers may run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Placement {
    /// What a node must be.
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: Vec<String>,
    /// What nodes are chosen by.
    #[serde(skip_serializing_if = "is_default")]
    pub preferences: Vec<PlacementPreference>,
    /// The most on one node; 0 is no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub max_replicas_per_node: u64,
}

/// What nodes are chosen by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlacementPreference {
    /// The label over whose values containers are spread.
    #[serde(skip_serializing_if = "is_default")]
    pub spread: String,
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

/// Amounts of resources; devices are only reserved, never limited.
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
    /// Devices kept for it.
    #[serde(skip_serializing_if = "is_default")]
    pub devices: Vec<DeviceRequest>,
    /// Amounts of what only swarm counts.
    #[serde(skip_serializing_if = "is_default")]
    pub generic_resources: Vec<GenericResource>,
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
