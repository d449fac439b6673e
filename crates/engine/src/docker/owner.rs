//! Who holds the port that a container could not be given or the addresses that a network could not, and who is on
//! the network that could not be removed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use plan::labels;
use serde::Deserialize;

use super::path::Path;
use super::transport::Transport;
use crate::error::Error;

/// As much of a listed container as tells whose it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    names: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    ports: Vec<Published>,
}

#[derive(Debug, Deserialize)]
struct Published {
    #[serde(rename = "PublicPort", default)]
    public: u16,
}

/// The refusal, with the name of the container that has the port, where a container of this engine has it.
pub(crate) async fn of_port(http: &Transport, refusal: Error) -> Error {
    let ports = ports(&refusal.to_string());
    if !refusal.is_port_taken() || ports.is_empty() {
        return refusal;
    }
    // Only for the remedy: where it cannot be told, the refusal stands as it is.
    let listed: Result<Vec<Listed>, Error> = http.get("list containers", Path::new("/containers/json")).await;
    let holder = listed.ok().and_then(|all| {
        let has = |found: &Listed| found.ports.iter().any(|port| ports.contains(&port.public));
        all.into_iter().find(has)
    });
    match holder {
        Some(holder) => refusal.remedied(remedy(&holder)),
        None => refusal,
    }
}

fn remedy(holder: &Listed) -> String {
    format!("{} has the port: stop it, or publish another", holder.told())
}

/// The running containers on a network that are not of this project, each with whose it is.
pub(crate) async fn guests(http: &Transport, project: &str, network: &str) -> Result<BTreeSet<String>, Error> {
    let is_guest = |found: &Listed| found.labels.get(labels::PROJECT).is_none_or(|owner| owner != project);
    let all = on_network(http, network).await?;
    let told = |found: &Listed| {
        let name = found.names.first().map_or("", |name| name.trim_start_matches('/'));
        match found.labels.get(labels::PROJECT) {
            Some(owner) => format!("{name} (of project {owner})"),
            None => format!("{name} (of no project)"),
        }
    };
    Ok(all.iter().filter(|found| is_guest(found)).map(told).collect())
}

/// Whether a container runs on a network, whosever it is.
pub(crate) async fn is_used(http: &Transport, network: &str) -> Result<bool, Error> {
    Ok(!on_network(http, network).await?.is_empty())
}

async fn on_network(http: &Transport, id: &str) -> Result<Vec<Listed>, Error> {
    let filters = BTreeMap::from([("network", vec![id])]);
    http.get("list containers", Path::new("/containers/json").with_json("filters", &filters)).await
}

/// The refusal with the name of a container that is still on the network, where there is one.
pub(crate) async fn of_network(http: &Transport, id: &str, refusal: Error) -> Error {
    match on_network(http, id).await.ok().and_then(|all| all.into_iter().next()) {
        Some(holder) => {
            let told = holder.told();
            refusal.remedied(format!("{told} is on it: stop it, or take it off with `docker network disconnect`"))
        }
        None => refusal,
    }
}

/// As much of a listed network as tells its addresses.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Addressed {
    name: String,
    #[serde(rename = "IPAM", default)]
    addresses: Option<Addresses>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Addresses {
    #[serde(default)]
    config: Option<Vec<Pool>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pool {
    #[serde(default)]
    subnet: String,
}

/// The refusal with the name of the network that has addresses of this one, where one of this engine has them.
pub(crate) async fn of_subnet(http: &Transport, wanted: &model::Network, refusal: Error) -> Error {
    let listed: Result<Vec<Addressed>, Error> = http.get("list networks", Path::new("/networks")).await;
    let pools = |network: &Addressed| {
        let pools = network.addresses.iter().flat_map(|addresses| addresses.config.iter().flatten());
        pools.map(|pool| pool.subnet.clone()).collect::<Vec<_>>()
    };
    for network in listed.unwrap_or_default() {
        for theirs in pools(&network) {
            if wanted.ipam.config.iter().any(|ours| overlaps(&ours.subnet, &theirs)) {
                return refusal.remedied(format!(
                    "network {} has {theirs}: give this one another `subnet:`, or remove that one",
                    network.name
                ));
            }
        }
    }
    refusal
}

/// Whether two subnets in CIDR form have an address in common; what is none has none.
fn overlaps(one: &str, other: &str) -> bool {
    let parsed = |text: &str| {
        let (address, length) = text.split_once('/')?;
        let (bits, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        Some((bits, length.parse::<u32>().ok().filter(|length| *length <= width)?, width))
    };
    let (Some((one, long, width)), Some((other, short, theirs))) = (parsed(one), parsed(other)) else { return false };
    width == theirs && (one ^ other).leading_zeros() >= long.min(short)
}

impl Listed {
    /// Its name, and whose it is.
    fn told(&self) -> String {
        let name = self.names.first().map_or("", |name| name.trim_start_matches('/'));
        let whose = match self.labels.get(labels::PROJECT) {
            Some(project) => format!(" of project {project}"),
            None => ", which no Compose project owns,".to_owned(),
        };
        format!("container {name}{whose}")
    }
}

/// The ports that a refusal names: what stands behind a colon.
fn ports(text: &str) -> BTreeSet<u16> {
    let numbers = text.split(':').skip(1).map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        &part[..end]
    });
    numbers.filter_map(|number| number.parse().ok()).filter(|port| *port != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_out_of_what_engines_say() {
        for text in [
            "Bind for 0.0.0.0:8080 failed: port is already allocated",
            "failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use",
            "failed to bind host port [::]:8080/tcp: address already in use",
        ] {
            assert!(ports(text).contains(&8080), "{text}: {:?}", ports(text));
        }
        assert!(ports("no port is named: sorry").is_empty());
    }

    #[test]
    fn subnets_overlap_where_the_shorter_prefix_is_the_same() {
        for (one, other, is_so) in [
            ("10.0.0.0/8", "10.1.2.0/24", true),
            ("10.1.2.0/24", "10.0.0.0/8", true),
            ("10.1.2.0/24", "10.1.3.0/24", false),
            ("0.0.0.0/0", "192.168.0.0/16", true),
            ("fd00::/64", "fd00:0:0:0:1::/80", true),
            ("fd00::/64", "fd00:0:0:1::/64", false),
            ("::/0", "10.0.0.0/8", false),
            ("10.0.0.0/33", "10.0.0.0/8", false),
            ("10.0.0.0", "10.0.0.0/8", false),
        ] {
            assert_eq!(overlaps(one, other), is_so, "{one} {other}");
        }
    }
}
