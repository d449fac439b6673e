//! One published port of a service, in long form.

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A container port and where it is published (Compose Specification, `ports`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Port {
    /// A name for people; no effect at run time.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// `ingress` or `host`; no effect outside swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: String,
    /// The host address it is bound to; empty means all.
    #[serde(skip_serializing_if = "is_default")]
    pub host_ip: String,
    /// The port inside the container.
    #[serde(skip_serializing_if = "is_default")]
    pub target: u32,
    /// The port on the host: a number, a range `a-b`, or empty for one the engine picks.
    #[serde(skip_serializing_if = "is_default")]
    pub published: String,
    /// `tcp`, `udp` or `sctp`.
    #[serde(skip_serializing_if = "is_default")]
    pub protocol: String,
    /// A hint for people (`http`); no effect at run time.
    #[serde(skip_serializing_if = "is_default")]
    pub app_protocol: String,
}
