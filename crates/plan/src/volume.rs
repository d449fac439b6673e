//! Named volumes: made when missing, never replaced without consent.

use std::collections::{BTreeMap, BTreeSet};

use model::{Project, ServiceName, VolumeKey, hash};

use crate::Desired;
use crate::action::{Action, VolumeSpec};
use crate::cause::{Cause, Drift, Hold, Subject};
use crate::labels;
use crate::observed::Observed;
use crate::retire;
use crate::steps::Builder;

/// Plans the volumes that the selected services mount.
pub(crate) fn plan(desired: &Desired, observed: &Observed, out: &mut Builder) {
    let selected = desired.supplied();
    let served = desired.served(observed);
    for (key, volume) in &desired.project.volumes {
        let is_wanted = |services: &BTreeSet<ServiceName>| {
            let mut services = services.iter().map(|name| &*desired.project.services[name]);
            desired.project.all_resources
                || services
                    .any(|service| desired.project.volumes_of(service).any(|mounted| std::ptr::eq(mounted, volume)))
        };
        if !is_wanted(&selected) {
            continue;
        }
        let subject = || Subject::Volume(volume.name.clone());
        match observed.volumes.get(&volume.name) {
            None if volume.external => {
                let hold = Hold::External { name: volume.name.clone() };
                out.hold(subject(), hold.clone());
                out.blocked.insert(volume.name.clone(), hold);
            }
            None if !is_wanted(&served) => {}
            None => {
                let spec = VolumeSpec { volume: volume.clone(), labels: own_labels(&desired.project, key) };
                let step = out.step(Action::CreateVolume(spec), Cause::Missing, Vec::new());
                out.volumes.insert(volume.name.clone(), step);
            }
            Some(found) if !volume.external => {
                if let Some(hold) = labels::unmanaged(&desired.project, false, &found.labels) {
                    out.hold(subject(), hold);
                    continue;
                }
                let label = found.labels.get(labels::CONFIG_HASH);
                if label.is_none_or(|label| *label == hash::volume(volume)) {
                    continue;
                }
                if desired.policy.replaces_volumes {
                    let spec = VolumeSpec { volume: volume.clone(), labels: own_labels(&desired.project, key) };
                    replace(desired, observed, spec, out);
                } else {
                    out.hold(subject(), Hold::Consent { volume: volume.name.clone() });
                }
            }
            Some(_) => {}
        }
    }
}

/// A volume made anew: whoever mounts it goes first, with what it would have handed on.
fn replace(desired: &Desired, observed: &Observed, spec: VolumeSpec, out: &mut Builder) {
    let name = spec.volume.name.clone();
    let cause = Cause::Drifted(vec![Drift::Config(Vec::new())]);
    let mut gone = Vec::new();
    for container in observed.containers.values().filter(|container| container.volumes.values().any(|v| *v == name)) {
        if out.condemned.insert(container.id.clone()) {
            let because = Cause::Drifted(vec![Drift::Renewed(name.clone())]);
            gone.push(retire::plan(desired, container, &because, Vec::new(), out));
        }
    }
    let removed = out.step(Action::RemoveVolume { name: name.clone() }, cause.clone(), gone);
    let made = out.step(Action::CreateVolume(spec), cause, vec![removed]);
    out.volumes.insert(name, made);
}

fn own_labels(project: &Project, key: &VolumeKey) -> BTreeMap<String, String> {
    let volume = &project.volumes[key];
    let mut all = volume.labels.clone();
    all.extend([
        (labels::PROJECT.to_owned(), project.name.to_string()),
        (labels::VOLUME.to_owned(), key.to_string()),
        (labels::VERSION.to_owned(), labels::DIALECT.to_owned()),
        (labels::CONFIG_HASH.to_owned(), hash::volume(volume)),
    ]);
    all
}
