//! The config hash: the sha256 docker compose writes on what it creates, over the canonical JSON.
//!
//! Equal text gives an equal label, so a container of either tool is known by the other, and a changed
//! service is told from an unchanged one without comparing field by field.

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
