//! Networks: of the project, and as a service joins them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A network of the project (Compose Specification, `networks`). The order of the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// The engine's name of it: `<project>_<key>` unless the file says otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Empty leaves it to the engine (`bridge`).
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: BTreeMap<String, String>,
    /// Address management; always written, also when empty.
    pub ipam: Ipam,
    /// Whether it must exist already and is never made or removed.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Whether it has no way out.
    #[serde(skip_serializing_if = "is_default")]
    pub internal: bool,
    /// Whether containers outside a swarm service may join an overlay.
    #[serde(skip_serializing_if = "is_default")]
    pub attachable: bool,
    /// Labels the file gives it; docker compose's own are not here.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Engine API ≥ 1.48; `None` leaves it to the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_ipv4: Option<bool>,
    /// `None` leaves it to the engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_ipv6: Option<bool>,
}

/// Address management of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ipam {
    /// Empty leaves it to the engine.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Address pools.
    #[serde(skip_serializing_if = "is_default")]
    pub config: Vec<IpamPool>,
    /// Hashed, never sent: docker compose does the same.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
}

/// One address pool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IpamPool {
    /// In CIDR form.
    #[serde(skip_serializing_if = "is_default")]
    pub subnet: String,
    /// An address of the subnet.
    #[serde(skip_serializing_if = "is_default")]
    pub gateway: String,
    /// The part of the subnet that containers get, in CIDR form.
    #[serde(skip_serializing_if = "is_default")]
    pub ip_range: String,
    /// Addresses that are taken, by host name.
    #[serde(skip_serializing_if = "is_default")]
    pub aux_addresses: BTreeMap<String, String>,
}

/// How a service joins a network. The order of the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceNetwork {
    /// More names of the service on it.
    #[serde(skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// Options of the endpoint.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: BTreeMap<String, String>,
    /// The highest gives the default route (Engine API ≥ 1.48).
    #[serde(skip_serializing_if = "is_default")]
    pub gw_priority: i64,
    /// The interface's name in the container (Engine API ≥ 1.49).
    #[serde(skip_serializing_if = "is_default")]
    pub interface_name: String,
    /// A fixed IPv4 address.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv4_address: String,
    /// A fixed IPv6 address.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv6_address: String,
    /// Link-local addresses.
    #[serde(skip_serializing_if = "is_default")]
    pub link_local_ips: Vec<String>,
    /// A fixed MAC address.
    #[serde(skip_serializing_if = "is_default")]
    pub mac_address: String,
    /// Orders the networks: the highest is the primary one.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: i64,
}
