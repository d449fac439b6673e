//! Networks and volumes of the project.

use std::collections::BTreeMap;
use std::fmt::Display;

use model::{Ipam, IpamPool, Network, NetworkKey, Volume, VolumeKey};

use super::Lowering;
use super::fields::Fields;
use crate::tree::{Node, Value};

/// All networks of a file by key.
pub(crate) fn networks(lowering: &mut Lowering<'_, '_>, root: &Node) -> BTreeMap<NetworkKey, Network> {
    let mut networks = BTreeMap::new();
    for (key, entry) in root.get("networks").and_then(Node::as_map).into_iter().flatten() {
        let Ok(name) = NetworkKey::new(key.as_str()) else { continue };
        let network = network(lowering, key, &entry.node);
        networks.insert(name, network);
    }
    networks
}

fn network(lowering: &mut Lowering<'_, '_>, key: &str, node: &Node) -> Network {
    let path = format_args!("networks[{key}]");
    let (name, external) = identity(node);
    let Some(fields) = Fields::new(node, &path) else { return Network { name, ..Network::default() } };
    Network {
        name,
        driver: fields.text("driver"),
        driver_opts: fields.mapping("driver_opts"),
        ipam: fields.node("ipam").map(|node| ipam(node, &path)).unwrap_or_default(),
        external,
        internal: fields.flag(lowering, "internal"),
        attachable: fields.flag(lowering, "attachable"),
        labels: fields.mapping("labels"),
        enable_ipv4: fields.optional_flag(lowering, "enable_ipv4"),
        enable_ipv6: fields.optional_flag(lowering, "enable_ipv6"),
    }
}

fn ipam(node: &Node, path: &dyn Display) -> Ipam {
    let Some(fields) = Fields::new(node, path) else { return Ipam::default() };
    let pools = fields.node("config").and_then(Node::as_seq).unwrap_or_default();
    let pools = pools.iter().filter_map(|node| Fields::new(node, path)).map(|fields| IpamPool {
        subnet: fields.text("subnet"),
        gateway: fields.text("gateway"),
        ip_range: fields.text("ip_range"),
        aux_addresses: fields.mapping("aux_addresses"),
    });
    Ipam { driver: fields.text("driver"), config: pools.collect(), options: fields.mapping("options") }
}

/// All volumes of a file by key.
pub(crate) fn volumes(lowering: &mut Lowering<'_, '_>, root: &Node) -> BTreeMap<VolumeKey, Volume> {
    let mut volumes = BTreeMap::new();
    for (key, entry) in root.get("volumes").and_then(Node::as_map).into_iter().flatten() {
        let Ok(name) = VolumeKey::new(key.as_str()) else { continue };
        let volume = volume(lowering, key, &entry.node);
        volumes.insert(name, volume);
    }
    volumes
}

fn volume(lowering: &mut Lowering<'_, '_>, key: &str, node: &Node) -> Volume {
    let path = format_args!("volumes[{key}]");
    let (name, external) = identity(node);
    let Some(fields) = Fields::new(node, &path) else { return Volume { name, ..Volume::default() } };
    if external {
        for other in ["driver", "driver_opts", "labels"] {
            if let Some(entry) = fields.map.get(other) {
                let message = format!("volumes.{key}: conflicting parameters \"external\" and \"{other}\" specified");
                lowering.problem("conflicting-keys", message, entry.key);
                break;
            }
        }
    }
    let driver = fields.text("driver");
    let driver_opts = fields.mapping("driver_opts");
    Volume { name, driver, driver_opts, external, labels: fields.mapping("labels") }
}

/// The engine's name of a network or volume, and whether it exists already.
pub(super) fn identity(node: &Node) -> (String, bool) {
    let name = node.get("name").and_then(Node::scalar_text).unwrap_or_default();
    (name, node.get("external").is_some_and(|node| node.value == Value::Bool(true)))
}
