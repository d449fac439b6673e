//! The container of a place: its name, and everything the engine has to be told to make it.

use model::{BindOptions, Mount, MountKind, NetworkKey, Service, ServiceName};

use crate::action::{ContainerSpec, Endpoint, Replica};
use crate::observed::{Container, Observed};
use crate::{Desired, image, labels, link};

/// The name of a place's container: the file's, else `<project>-<service>-<number>`.
pub(crate) fn name(desired: &Desired, service: &Service, replica: &Replica) -> String {
    if service.container_name.is_empty() {
        desired.project.joined(&[&replica.service, &replica.number])
    } else {
        service.container_name.clone()
    }
}

/// The name a container is created under while one of those it replaces holds the place's own: the first
/// that none of them has, since one of them may be a successor itself that was given up.
pub(crate) fn provisional_name(replaced: &[&Container], name: &str) -> String {
    let mut names = replaced.iter().map(|old| format!("{}_{name}", old.id.short()));
    let free = |candidate: &String| replaced.iter().all(|old| old.name != *candidate);
    names.clone().find(free).or_else(|| names.next_back()).unwrap_or_else(|| name.to_owned())
}

/// Whether a name is one that a container has on its way to its place: twelve hexadecimal digits before it.
pub(crate) fn is_provisional(name: &str) -> bool {
    let prefix = name.split_once('_').map(|(prefix, _)| prefix);
    prefix.is_some_and(|prefix| prefix.len() == 12 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Everything about the container of a place. `replaced` are those it takes over from: the anonymous volumes
/// of the first come along.
pub(crate) fn spec(
    desired: &Desired,
    observed: &Observed,
    service: &Service,
    replica: &Replica,
    replaced: &[&Container],
) -> ContainerSpec {
    let project = &desired.project;
    let final_name = name(desired, service, replica);
    let image = project.image_of(&replica.service, service);
    let mut all_labels = labels::of_container(
        project,
        &replica.service,
        service,
        replica.number,
        desired.images.get(&image).map(String::as_str),
    );
    // One that takes nothing over replaces nobody, as docker compose has it.
    if !replaced.is_empty() && !desired.policy.renews_volumes {
        let place = if service.container_name.is_empty() {
            format!("{}-{}", replica.service, replica.number)
        } else {
            service.container_name.clone()
        };
        all_labels.insert(labels::REPLACE.to_owned(), place);
    }
    if let Some(digests) = image::volume_digests(desired, service) {
        all_labels.insert(labels::IMAGE_VOLUMES.to_owned(), digests);
    }
    let resolved = resolved(desired, service);
    let mut links = link::of(desired, observed, service);
    let mut endpoints = endpoints(desired, &replica.service, service, &final_name);
    for endpoint in &mut endpoints {
        endpoint.links.clone_from(&links);
    }
    if !endpoints.is_empty() {
        links.clear();
    }
    let network_mode = match endpoints.first() {
        _ if !service.network_mode.is_empty() => service.network_mode.clone(),
        Some(primary) => primary.network.clone(),
        None => "none".to_owned(),
    };
    let inherited = replaced.first().filter(|_| !desired.policy.renews_volumes);
    ContainerSpec {
        replica: replica.clone(),
        name: provisional_name(replaced, &final_name),
        image,
        labels: all_labels,
        network_mode,
        endpoints,
        links,
        inherited: inherited.map(|old| anonymous_volumes(old, service)).unwrap_or_default(),
        service: resolved,
        one_off: None,
    }
}

/// A service whose mounts the engine understands.
fn resolved(desired: &Desired, service: &Service) -> Service {
    let project = &desired.project;
    let mut resolved = service.clone();
    for mount in &mut resolved.volumes {
        match mount.kind {
            MountKind::Volume => {
                if let Some(volume) = project.volumes.get(mount.source.as_str()) {
                    mount.source.clone_from(&volume.name);
                }
            }
            MountKind::Image => mount.source = project.image_of_mount(mount),
            _ => {}
        }
    }
    let secrets = service.secrets.iter().filter_map(|used| {
        let target = if used.target.is_empty() { &used.source } else { &used.target };
        Some((&project.secrets.get(used.source.as_str())?.file, below("/run/secrets", target)))
    });
    let configs = service.configs.iter().filter_map(|used| {
        let target = if used.target.is_empty() { &used.source } else { &used.target };
        Some((&project.configs.get(used.source.as_str())?.file, below("", target)))
    });
    let files = secrets.chain(configs).filter(|(file, _)| !file.is_empty());
    resolved.volumes.extend(files.map(|(file, target)| Mount {
        kind: MountKind::Bind,
        source: file.clone(),
        target,
        read_only: true,
        // A missing file is an error, not an empty folder.
        bind: Some(Box::new(BindOptions { create_host_path: Some(false), ..BindOptions::default() })),
        ..Mount::default()
    }));
    resolved
}

/// A path that is absolute already, or one below a folder.
pub(crate) fn below(folder: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The networks of a service, highest priority first, ties by key.
pub(crate) fn endpoints(desired: &Desired, name: &ServiceName, service: &Service, container: &str) -> Vec<Endpoint> {
    let priority = |key: &NetworkKey| service.networks[key].as_ref().map_or(0, |config| config.priority);
    let mut keys: Vec<&NetworkKey> = service.networks.keys().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(priority(key)));
    keys.into_iter()
        .filter_map(|key| {
            let config = service.networks[key].as_deref().cloned();
            let mut aliases = vec![container.to_owned(), name.to_string()];
            aliases.extend(config.iter().flat_map(|config| config.aliases.iter().cloned()));
            let network = desired.project.networks.get(key)?.name.clone();
            Some(Endpoint { network, aliases, links: Vec::new(), config })
        })
        .collect()
}

/// The anonymous volumes of a container that its successor still has a place for, by the path inside.
fn anonymous_volumes(old: &Container, service: &Service) -> Vec<(String, String)> {
    old.volumes
        .iter()
        .filter(|(target, volume)| {
            let is_anonymous = volume.len() == 64 && volume.bytes().all(|b| b.is_ascii_hexdigit());
            let mount = service.volumes.iter().find(|mount| mount.target == **target);
            is_anonymous && mount.is_none_or(|m| m.kind == MountKind::Volume && m.source.is_empty())
        })
        .map(|(target, volume)| (target.clone(), volume.clone()))
        .collect()
}
