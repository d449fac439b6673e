//! The config hash: the sha256 docker compose writes on what it creates, over the canonical JSON.
//!
//! Equal text gives an equal label, so a container of either tool is known by the other, and a changed
//! service is told from an unchanged one without comparing field by field.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Network, Service, Volume, canonical};

/// The hash of a service: everything that shapes its containers. How its image is built or pulled, how
/// many containers it has, what it waits for and when it is enabled do not count.
#[must_use]
pub fn service(service: &Service) -> String {
    sha256(&canonical::compact(&hashed_form(service)))
}

/// The hash of a service as docker compose 2.40 wrote it: it spelled out a true `create_host_path`, where
/// 5.5 spells out a false one. Read, never written.
#[must_use]
pub fn service_2_40(service: &Service) -> String {
    let mut hashed = hashed_form(service);
    for bind in hashed.volumes.iter_mut().filter_map(|mount| mount.bind.as_mut()) {
        bind.create_host_path = if bind.creates_host_path() { Some(true) } else { None };
    }
    sha256(&canonical::compact(&hashed))
}

/// The attributes that make the hashes of two services differ, in the order of the canonical form; inside a
/// mapping down to the key (`environment.LEVEL`).
#[must_use]
pub fn changed_fields(former: &Service, latter: &Service) -> Vec<String> {
    let tree = |service: &Service| serde_json::to_value(hashed_form(service)).expect("keys are strings");
    let (former, latter) = (tree(former), tree(latter));
    let mut changed = Vec::new();
    for (key, before, after) in differing(Some(&former), Some(&latter)) {
        let inner = differing(before, after);
        if matches!(key, "environment" | "labels" | "sysctls" | "ulimits" | "networks") && !inner.is_empty() {
            changed.extend(inner.into_iter().map(|(inner, ..)| format!("{key}.{inner}")));
        } else {
            changed.push(key.to_owned());
        }
    }
    changed
}

/// A key and its values in two mappings.
type Difference<'a> = (&'a str, Option<&'a Value>, Option<&'a Value>);

/// The keys whose values differ between two mappings; a value that is no mapping has none.
fn differing<'a>(former: Option<&'a Value>, latter: Option<&'a Value>) -> Vec<Difference<'a>> {
    let (before, after) = (former.and_then(Value::as_object), latter.and_then(Value::as_object));
    let mut seen = BTreeSet::new();
    before
        .into_iter()
        .chain(after)
        .flat_map(|mapping| mapping.keys())
        .map(String::as_str)
        .filter(|key| seen.insert(*key))
        .map(|key| (key, before.and_then(|mapping| mapping.get(key)), after.and_then(|mapping| mapping.get(key))))
        .filter(|(_, before, after)| before != after)
        .collect()
}

fn hashed_form(service: &Service) -> Service {
    let mut hashed = service.clone();
    hashed.build = None;
    hashed.pull_policy = String::new();
    hashed.scale = None;
    hashed.depends_on.clear();
    hashed.profiles.clear();
    if let Some(deploy) = &mut hashed.deploy {
        deploy.replicas = None;
    }
    hashed
}

/// The hash of a network.
#[must_use]
pub fn network(network: &Network) -> String {
    sha256(&canonical::compact(network))
}

/// The hash of a network as docker compose 2.40 wrote it: it did not know of `ipam.options`. Read, never written.
#[must_use]
pub fn network_2_40(network: &Network) -> String {
    let mut former = network.clone();
    former.ipam.options.clear();
    self::network(&former)
}

/// The hash of a volume; an unnamed driver counts as `local`.
#[must_use]
pub fn volume(volume: &Volume) -> String {
    let mut hashed = volume.clone();
    if hashed.driver.is_empty() {
        hashed.driver = "local".to_owned();
    }
    sha256(&canonical::compact(&hashed))
}

fn sha256(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests;
