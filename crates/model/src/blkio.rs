//! Bounds of what a container may read from and write to block devices.

use serde::{Deserialize, Serialize};

use crate::{Size, is_default};

/// Weights and rates (Compose Specification, `blkio_config`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Blkio {
    /// The share of all devices; 0 is unset.
    #[serde(skip_serializing_if = "is_default")]
    pub weight: u16,
    /// The share of single devices.
    #[serde(skip_serializing_if = "is_default")]
    pub weight_device: Vec<DeviceWeight>,
    /// Bytes read a second.
    #[serde(skip_serializing_if = "is_default")]
    pub device_read_bps: Vec<DeviceRate>,
    /// Reads a second.
    #[serde(skip_serializing_if = "is_default")]
    pub device_read_iops: Vec<DeviceRate>,
    /// Bytes written a second.
    #[serde(skip_serializing_if = "is_default")]
    pub device_write_bps: Vec<DeviceRate>,
    /// Writes a second.
    #[serde(skip_serializing_if = "is_default")]
    pub device_write_iops: Vec<DeviceRate>,
}

/// The share of one device. In JSON the keys are capitalised, as docker compose has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeviceWeight {
    /// The path on the host.
    pub path: String,
    /// Its share.
    pub weight: u16,
}

/// A rate of one device. In JSON the keys are capitalised, as docker compose has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct DeviceRate {
    /// The path on the host.
    pub path: String,
    /// Bytes or operations a second.
    pub rate: Size,
}
