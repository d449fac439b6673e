//! Services that use what another service's container has: its network, its IPC or process namespace, its volumes.
//! The engine is told a container, so whoever shares is made after it, and anew when it is.

use std::borrow::Cow;

use model::{Service, ServiceName};

use crate::observed::Observed;
use crate::waits;

/// The services whose containers a service shares something with.
pub(crate) fn owners(service: &Service) -> Vec<ServiceName> {
    let namespaces = [&service.network_mode, &service.ipc, &service.pid];
    let namespaces = namespaces.into_iter().filter_map(|mode| mode.strip_prefix("service:"));
    let volumes = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    let volumes = volumes.map(|from| from.split(':').next().unwrap_or_default());
    let mut owners: Vec<ServiceName> =
        namespaces.chain(volumes).filter_map(|name| ServiceName::new(name).ok()).collect();
    owners.sort();
    owners.dedup();
    owners
}

/// The service with containers in the place of the services it shares with. One that has no container yet is named
/// as in the file, which no container has for its definition.
pub(crate) fn resolve<'a>(observed: &Observed, service: &'a Service) -> Cow<'a, Service> {
    if owners(service).is_empty() {
        return Cow::Borrowed(service);
    }
    let mut resolved = service.clone();
    for mode in [&mut resolved.network_mode, &mut resolved.ipc, &mut resolved.pid] {
        if let Some(id) = mode.strip_prefix("service:").and_then(|name| container(observed, name)) {
            *mode = format!("container:{id}");
        }
    }
    for from in resolved.volumes_from.iter_mut().filter(|from| !from.starts_with("container:")) {
        // The way it is mounted is lost, as with docker compose.
        if let Some(id) = container(observed, from.split(':').next().unwrap_or_default()) {
            *from = format!("container:{id}");
        }
    }
    Cow::Owned(resolved)
}

/// Whether a service has a container to share with.
pub(crate) fn is_there(observed: &Observed, service: &ServiceName) -> bool {
    container(observed, service.as_str()).is_some()
}

/// The id of a service's first container, by name.
fn container<'a>(observed: &'a Observed, service: &str) -> Option<&'a str> {
    let name = ServiceName::new(service).ok()?;
    let mut containers: Vec<_> = observed
        .containers
        .values()
        .filter(|container| waits::is_of(container, &name) && !container.is_leaving())
        .collect();
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    containers.first().map(|container| container.id.0.as_str())
}
