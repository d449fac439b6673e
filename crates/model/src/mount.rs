//! One mount of a service, in long form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Size, is_default};

/// What stands behind a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A volume of the engine, named or anonymous.
    #[default]
    Volume,
    /// Memory.
    Tmpfs,
    /// The content of an image.
    Image,
    /// A named pipe of Windows.
    Npipe,
    /// A volume of a swarm's cluster.
    Cluster,
}

/// A mount (Compose Specification, `volumes` of a service).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// What stands behind it.
    #[serde(rename = "type")]
    pub kind: MountKind,
    /// A host path, a key of `volumes`, the name of an image or service, or empty for an anonymous volume.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// The path inside the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// Whether the container cannot write to it.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// A hint for Docker Desktop; sent as it is.
    #[serde(skip_serializing_if = "is_default")]
    pub consistency: String,
    /// Options of a bind; present as soon as the file has the block or the short form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<Box<BindOptions>>,
    /// Options of a volume; present as soon as the file has the block or the short form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Box<VolumeOptions>>,
    /// Options of a tmpfs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<TmpfsOptions>,
    /// Options of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageOptions>,
}

/// Options of a bind mount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BindOptions {
    /// `z` or `Z`.
    #[serde(skip_serializing_if = "is_default")]
    pub selinux: String,
    /// `rprivate`, `rshared`, ….
    #[serde(skip_serializing_if = "is_default")]
    pub propagation: String,
    /// Whether a missing source is made. `None` is the default, true, and the canonical form of it; `Some`
    /// is `false` there. (docker compose 2.40 wrote it the other way round, see [`crate::hash`].)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_host_path: Option<bool>,
    /// `enabled`, `disabled`, `writable` or `readonly`.
    #[serde(skip_serializing_if = "is_default")]
    pub recursive: String,
}

impl BindOptions {
    /// Whether a missing source is made before the container starts.
    #[must_use]
    pub fn creates_host_path(&self) -> bool {
        self.create_host_path.unwrap_or(true)
    }
}

/// Options of a volume mount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeOptions {
    /// Labels of an anonymous volume.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Whether the image's content stays out of an empty volume.
    #[serde(skip_serializing_if = "is_default")]
    pub nocopy: bool,
    /// A folder of the volume instead of all of it (Engine API ≥ 1.45).
    #[serde(skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// Options of a tmpfs mount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TmpfsOptions {
    /// Bytes it may hold; 0 is no limit.
    #[serde(skip_serializing_if = "is_default")]
    pub size: Size,
    /// Mode bits of its root, as the decimal number the file's octal one is.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: u32,
}

/// Options of an image mount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageOptions {
    /// A folder of the image instead of all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub subpath: String,
}
