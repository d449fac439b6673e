//! Named volumes: made when missing, never replaced without consent.

use std::collections::BTreeMap;

use model::{MountKind, Project, VolumeKey, hash};

use crate::Desired;
use crate::action::{Action, VolumeSpec};
use crate::cause::{Cause, Hold, Subject};
use crate::labels;
use crate::observed::Observed;
use crate::steps::Builder;

/// Plans the volumes that the selected services mount.
pub(crate) fn plan(desired: &Desired, observed: &Observed, out: &mut Builder) {
    let selected = desired.selected();
    for (key, volume) in &desired.project.volumes {
        let is_used = selected.iter().any(|name| {
            let mounts = &desired.project.services[name].volumes;
            mounts.iter().any(|mount| mount.kind == MountKind::Volume && mount.source == key.as_str())
        });
        if !is_used {
            continue;
        }
        let subject = || Subject::Volume(volume.name.clone());
        match observed.volumes.get(&volume.name) {
            None if volume.external => {
                let hold = Hold::External { name: volume.name.clone() };
                out.hold(subject(), hold.clone());
                out.blocked.insert(volume.name.clone(), hold);
            }
            None => {
                let spec = VolumeSpec { volume: volume.clone(), labels: own_labels(&desired.project, key) };
                let step = out.step(Action::CreateVolume(spec), Cause::Missing, Vec::new());
                out.volumes.insert(volume.name.clone(), step);
            }
            Some(found) if !volume.external => {
                let label = found.labels.get(labels::CONFIG_HASH);
                if label.is_some_and(|label| *label != hash::volume(volume)) {
                    out.hold(subject(), Hold::Consent { volume: volume.name.clone() });
                }
            }
            Some(_) => {}
        }
    }
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
