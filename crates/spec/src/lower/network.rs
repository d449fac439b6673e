//! The networks a service joins.

use std::collections::BTreeMap;

use model::{NetworkKey, ServiceNetwork};

use super::Lowering;
use super::fields::{Fields, integer};
use crate::tree::Node;

/// The networks by key.
pub(super) fn lower(
    lowering: &mut Lowering<'_, '_>,
    node: Option<&Node>,
    service: &str,
) -> BTreeMap<NetworkKey, Option<Box<ServiceNetwork>>> {
    let mut networks = BTreeMap::new();
    for (key, entry) in node.and_then(Node::as_map).into_iter().flatten() {
        let path = format_args!("services[{service}].networks[{key}]");
        let network = Fields::new(&entry.node, &path).map(|fields| Box::new(one(&fields)));
        match NetworkKey::new(key.as_str()) {
            Ok(key) => {
                networks.insert(key, network);
            }
            Err(_) => {
                let message =
                    format!("service \"{service}\" refers to undefined network {key}: invalid compose project");
                lowering.problem("undefined-network", message, entry.key);
            }
        }
    }
    networks
}

fn one(fields: &Fields<'_>) -> ServiceNetwork {
    ServiceNetwork {
        aliases: fields.texts("aliases"),
        driver_opts: fields.mapping("driver_opts"),
        gw_priority: fields.node("gw_priority").and_then(integer).unwrap_or_default(),
        interface_name: fields.text("interface_name"),
        ipv4_address: fields.text("ipv4_address"),
        ipv6_address: fields.text("ipv6_address"),
        link_local_ips: fields.texts("link_local_ips"),
        mac_address: fields.text("mac_address"),
        priority: fields.node("priority").and_then(integer).unwrap_or_default(),
    }
}
