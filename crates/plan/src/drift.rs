//! Whether a container is what the file asks for, and if not, in what it differs.

use model::{MountKind, Network, Service, ServiceName, hash};

use crate::cause::Drift;
use crate::observed::{self, Container, Observed};
use crate::{Desired, labels};

/// The ways in which a container of a service differs; none means it is kept.
pub(crate) fn of_container(
    desired: &Desired,
    observed: &Observed,
    name: &ServiceName,
    service: &Service,
    container: &Container,
) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let label = container.label(labels::CONFIG_HASH);
    if label != hash::service(service) && label != hash::service_2_40(service) {
        drifts.push(Drift::Config(changed_fields(desired, name, service, label)));
    }
    if let (Some(wanted), Some(made_from)) =
        (desired.images.get(&desired.project.image_of(name, service)), container.labels.get(labels::IMAGE))
        && wanted != made_from
    {
        drifts.push(Drift::Image);
    }
    for key in service.networks.keys() {
        let Some(network) = desired.project.networks.get(key) else { continue };
        let attached = container.networks.get(&network.name);
        let found = observed.networks.get(&network.name);
        // One that ended is joined again, by the ids it was on, when it is started; a new one by the names.
        let is_off = if container.is_running() || desired.policy.start.contains(&container.id) {
            found.is_none_or(|found| attached != Some(&found.id) || is_to_be_replaced(found, network))
        } else {
            // What does not run has a name of the network at best. One that lacks it was taken off: it must not
            // pass for the better one of two only because it was stopped to be replaced.
            attached.is_none()
        };
        if is_off {
            drifts.push(Drift::Network(network.name.clone()));
        }
    }
    for mount in &service.volumes {
        if mount.kind == MountKind::Volume
            && let Some(volume) = desired.project.volumes.get(mount.source.as_str())
            && container.volumes.get(&mount.target) != Some(&volume.name)
        {
            drifts.push(Drift::Volume(volume.name.clone()));
        }
    }
    drifts
}

/// Whether a network that composed or docker compose made is no longer what the file asks for. Without the
/// label it is somebody else's and used as it is, as docker compose does.
pub(crate) fn is_to_be_replaced(found: &observed::Network, network: &Network) -> bool {
    let label = found.labels.get(labels::CONFIG_HASH);
    !network.external && label.is_some_and(|label| network_differs(label, network))
}

/// Whether a network's hash label is of neither dialect of this definition. docker compose 2.40 left
/// `ipam.options` out of it.
fn network_differs(label: &str, network: &Network) -> bool {
    let mut former = network.clone();
    former.ipam.options.clear();
    label != hash::network(network) && label != hash::network(&former)
}

/// The attributes that differ from the model before this one, if the container was made from that.
fn changed_fields(desired: &Desired, name: &ServiceName, service: &Service, label: &str) -> Vec<String> {
    let Some(former) = desired.previous.as_ref().and_then(|previous| previous.services.get(name)) else {
        return Vec::new();
    };
    if hash::service(former) != label {
        return Vec::new();
    }
    hash::changed_fields(former, service)
}
