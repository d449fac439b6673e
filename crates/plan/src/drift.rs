//! Whether a container is what the file asks for, and if not, in what it differs.

use model::{MountKind, Network, Service, ServiceName, hash};

use crate::cause::Drift;
use crate::observed::{self, Container, Observed};
use crate::{Desired, hashed, image, labels, shared};

/// What the containers of a service are measured by, worked out once for all of them.
pub(crate) struct Measure<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    name: &'a ServiceName,
    service: &'a Service,
    hash: String,
    image: Option<&'a String>,
    /// What it mounts of images, as the label says it.
    image_volumes: Option<String>,
    /// The networks to be on, and the id each has; `None` while it is missing or about to be replaced.
    networks: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Measure<'a> {
    pub(crate) fn of(
        desired: &'a Desired,
        observed: &'a Observed,
        name: &'a ServiceName,
        service: &'a Service,
    ) -> Self {
        let networks = service.networks.keys().filter_map(|key| desired.project.networks.get(key));
        let networks = networks.map(|network| {
            let found = observed.networks.get(&network.name).filter(|found| !is_to_be_replaced(found, network));
            (network.name.as_str(), found.map(|found| found.id.as_str()))
        });
        Self {
            desired,
            observed,
            name,
            service,
            hash: hashed::service(service),
            image: desired.images.get(&desired.project.image_of(name, service)),
            image_volumes: image::volume_digests(desired, service),
            networks: networks.collect(),
        }
    }

    /// Whether one of those it was made to share with is gone.
    fn has_lost_an_owner(&self, container: &Container) -> bool {
        let shares = !shared::owners(&self.desired.project.services[self.name]).is_empty();
        let is_there = |id| self.observed.containers.get(id).is_some_and(|found| !found.is_leaving());
        shares && !container.owners.iter().all(is_there)
    }

    /// The ways in which a container differs; none means it is kept.
    pub(crate) fn drifts(&self, container: &Container) -> Vec<Drift> {
        let mut drifts = Vec::new();
        let label = container.label(labels::CONFIG_HASH);
        if label != self.hash && label != hashed::service_2_40(self.service) {
            drifts.push(match self.has_lost_an_owner(container) {
                true => Drift::Owner,
                false => Drift::Config(changed_fields(self.desired, self.name, self.service, label)),
            });
        }
        if let (Some(wanted), Some(made_from)) = (self.image, container.labels.get(labels::IMAGE))
            && wanted != made_from
        {
            drifts.push(Drift::Image);
        }
        // Who made it without the label, as docker compose 2.40 did, said nothing of them.
        if let (Some(wanted), Some(mounted)) = (&self.image_volumes, container.labels.get(labels::IMAGE_VOLUMES))
            && wanted != mounted
        {
            drifts.push(Drift::Image);
        }
        for (network, id) in &self.networks {
            let is_bound = match container.networks.get(*network) {
                None => false,
                // Until it is started for the first time, a network is meant by its name; from then on by its id,
                // also after the container ended, or when that start failed halfway.
                Some(bound) => bound.is_empty() || *id == Some(bound.as_str()),
            };
            if !is_bound {
                drifts.push(Drift::Network((*network).to_owned()));
            }
        }
        for mount in &self.service.volumes {
            if mount.kind == MountKind::Volume
                && let Some(volume) = self.desired.project.volumes.get(mount.source.as_str())
                && container.volumes.get(&mount.target) != Some(&volume.name)
            {
                drifts.push(Drift::Volume(volume.name.clone()));
            }
        }
        if self.desired.policy.unstartable.contains(&container.id) && !container.is_alive() {
            drifts.push(Drift::Unstartable);
        }
        drifts
    }
}

/// Whether a network is to be another one and can be: with a guest on it, it stays as it is.
pub(crate) fn is_to_be_replaced(found: &observed::Network, network: &Network) -> bool {
    is_changed(found, network) && found.guests.is_empty()
}

/// Whether a network that composed or docker compose made is no longer what the file asks for. Without the
/// label it is somebody else's and used as it is, as docker compose does.
pub(crate) fn is_changed(found: &observed::Network, network: &Network) -> bool {
    let label = found.labels.get(labels::CONFIG_HASH);
    !network.external && label.is_some_and(|label| network_differs(label, network))
}

/// Whether a network's hash label is of neither dialect of this definition.
fn network_differs(label: &str, network: &Network) -> bool {
    label != hash::network(network) && label != hash::network_2_40(network)
}

/// The attributes that differ from the model before this one, if the container was made from that.
fn changed_fields(desired: &Desired, name: &ServiceName, service: &Service, label: &str) -> Vec<String> {
    let Some(former) = desired.previous.as_ref().and_then(|previous| previous.services.get(name)) else {
        return Vec::new();
    };
    if hashed::service(former) != label {
        return Vec::new();
    }
    hash::changed_fields(former, service)
}
