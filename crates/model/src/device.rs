//! Devices of the host, and requests for some of a kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A device of the host inside a container (Compose Specification, `devices`). When both paths are one name of
/// the Container Device Interface (`vendor/class=name`), that is what is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// The path on the host.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// The path in the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// What may be done with it: letters of `rwm`.
    #[serde(skip_serializing_if = "is_default")]
    pub permissions: String,
}

/// Some devices of a kind (Compose Specification, `gpus` and `deploy.resources.reservations.devices`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceRequest {
    /// What they must be able to do.
    #[serde(skip_serializing_if = "is_default")]
    pub capabilities: Vec<String>,
    /// The driver that hands them out.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// How many; -1 is all, 0 is unset.
    #[serde(skip_serializing_if = "is_default")]
    pub count: i64,
    /// Which ones, instead of how many.
    #[serde(skip_serializing_if = "is_default")]
    pub device_ids: Vec<String>,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
}

/// An amount of something that only swarm counts (`generic_resources`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GenericResource {
    /// What and how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discrete_resource_spec: Option<DiscreteResource>,
}

/// A kind and a number; both are always written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscreteResource {
    /// What is counted.
    pub kind: String,
    /// How much of it.
    pub value: i64,
}
