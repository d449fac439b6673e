//! What of a project its services refer to: networks, volumes, secrets, configs and language models. The others are
//! dropped, as docker compose drops them from what it prints.

use std::collections::BTreeSet;

use model::{FileReference, MountKind, Project, Service};

/// Keeps what some enabled service uses, unless all is to be kept.
pub(crate) fn retain(project: &mut Project) {
    if project.all_resources {
        return;
    }
    let services = &project.services;
    let networks: BTreeSet<&str> =
        services.values().flat_map(|service| service.networks.keys().map(AsRef::as_ref)).collect();
    project.networks.retain(|key, _| networks.contains(key.as_str()));
    let mounts = services.values().flat_map(|service| &service.volumes);
    let mounts = mounts.filter(|mount| mount.kind == MountKind::Volume);
    let volumes: BTreeSet<&str> = mounts.map(|mount| mount.source.as_str()).collect();
    project.volumes.retain(|key, _| volumes.contains(key.as_str()));
    let secrets: BTreeSet<&str> =
        services.values().flat_map(|service| secrets(service)).map(|used| used.source.as_str()).collect();
    project.secrets.retain(|key, _| secrets.contains(key.as_str()));
    let configs = services.values().flat_map(|service| &service.configs);
    let configs: BTreeSet<&str> = configs.map(|used| used.source.as_str()).collect();
    project.configs.retain(|key, _| configs.contains(key.as_str()));
    let models: BTreeSet<&str> =
        services.values().flat_map(|service| service.models.keys().map(AsRef::as_ref)).collect();
    project.models.retain(|key, _| models.contains(key.as_str()));
}

/// The secrets of a service, and those of its build.
fn secrets(service: &Service) -> impl Iterator<Item = &FileReference> {
    service.secrets.iter().chain(service.build.iter().flat_map(|build| &build.secrets))
}
