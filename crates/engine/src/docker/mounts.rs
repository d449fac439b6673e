//! What a container mounts, in the two forms the engine knows: `Binds`, which make a missing host path, and
//! `Mounts`, which can say more. docker compose's choice between them is kept, since it shows in `inspect`.

use std::collections::BTreeSet;

use bollard::models::{
    Mount as Wire, MountBindOptions, MountBindOptionsPropagationEnum, MountImageOptions, MountTmpfsOptions, MountType,
    MountVolumeOptions,
};
use model::{BindOptions, Mount, MountKind};
use plan::action::ContainerSpec;

use super::container::{map, text, word};
use super::transport::ApiVersion;
use crate::error::Error;

/// From here on an image can be mounted.
const IMAGE_MOUNTS: ApiVersion = ApiVersion(1, 48);

/// Mounts in the engine's two forms.
#[derive(Debug, Default)]
pub(crate) struct Mounted {
    pub(crate) binds: Vec<String>,
    pub(crate) mounts: Vec<Wire>,
}

/// Everything a container mounts. Of two mounts on one path the later counts.
pub(crate) fn of(what: &str, spec: &ContainerSpec, version: ApiVersion) -> Result<Mounted, Error> {
    let mut mounted = Mounted::default();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for (target, volume) in &spec.inherited {
        taken.insert(target);
        mounted.mounts.push(Wire {
            typ: Some(MountType::VOLUME),
            source: Some(volume.clone()),
            target: Some(target.clone()),
            ..Wire::default()
        });
    }
    let mut own = Mounted::default();
    for mount in spec.service.volumes.iter().rev() {
        if !taken.insert(&mount.target) {
            continue;
        }
        let is_undeclared = spec.one_off.as_ref().is_some_and(|one_off| one_off.undeclared.contains(&mount.target));
        match bind(mount).filter(|_| !is_undeclared) {
            Some(bind) => own.binds.push(bind),
            None => own.mounts.push(long(what, mount, version)?),
        }
    }
    own.binds.reverse();
    own.mounts.reverse();
    mounted.binds = own.binds;
    mounted.mounts.extend(own.mounts);
    Ok(mounted)
}

/// `source:target:options`, where that says everything.
fn bind(mount: &Mount) -> Option<String> {
    let mut options = vec![if mount.read_only { "ro" } else { "rw" }];
    match mount.kind {
        MountKind::Bind => {
            let own = mount.bind.as_ref();
            if own
                .is_some_and(|own| !own.creates_host_path() || !own.propagation.is_empty() || !own.recursive.is_empty())
            {
                return None;
            }
            options.extend(own.map(|own| own.selinux.as_str()).filter(|label| !label.is_empty()));
        }
        MountKind::Volume => {
            let own = mount.volume.as_ref();
            if mount.source.is_empty()
                || own.is_some_and(|own| !own.labels.is_empty() || !own.subpath.is_empty() || own.nocopy)
            {
                return None;
            }
        }
        MountKind::Tmpfs | MountKind::Image | MountKind::Npipe | MountKind::Cluster => return None,
    }
    Some(format!("{}:{}:{}", mount.source, mount.target, options.join(",")))
}

fn long(what: &str, mount: &Mount, version: ApiVersion) -> Result<Wire, Error> {
    let mut wire = Wire {
        source: text(&mount.source),
        target: Some(mount.target.clone()),
        read_only: mount.read_only.then_some(true),
        consistency: text(&mount.consistency),
        ..Wire::default()
    };
    match mount.kind {
        MountKind::Bind => {
            wire.typ = Some(MountType::BIND);
            wire.bind_options = mount.bind.as_ref().map(|own| bind_options(what, own)).transpose()?;
        }
        MountKind::Volume => {
            wire.typ = Some(MountType::VOLUME);
            wire.volume_options = mount.volume.as_ref().map(|own| MountVolumeOptions {
                no_copy: own.nocopy.then_some(true),
                labels: map(&own.labels),
                driver_config: None,
                subpath: text(&own.subpath),
            });
        }
        MountKind::Tmpfs => {
            wire.typ = Some(MountType::TMPFS);
            wire.tmpfs_options = mount.tmpfs.as_ref().map(|own| MountTmpfsOptions {
                size_bytes: (own.size.0 != 0).then_some(own.size.0),
                mode: (own.mode != 0).then(|| own.mode.into()),
                options: None,
            });
        }
        MountKind::Image => {
            if version < IMAGE_MOUNTS {
                let why = format!("mounts of type image need engine API {IMAGE_MOUNTS}, this one speaks {version}");
                return Err(Error::unsupported(what, why));
            }
            wire.typ = Some(MountType::IMAGE);
            wire.image_options = mount.image.as_ref().map(|own| MountImageOptions { subpath: text(&own.subpath) });
        }
        MountKind::Npipe => wire.typ = Some(MountType::NPIPE),
        MountKind::Cluster => wire.typ = Some(MountType::CLUSTER),
    }
    Ok(wire)
}

fn bind_options(what: &str, own: &BindOptions) -> Result<MountBindOptions, Error> {
    let is = |word: &str| (own.recursive == word).then_some(true);
    Ok(MountBindOptions {
        propagation: word::<MountBindOptionsPropagationEnum>(what, "bind propagation", &own.propagation)?,
        create_mountpoint: own.creates_host_path().then_some(true),
        non_recursive: is("disabled"),
        read_only_non_recursive: is("writable"),
        read_only_force_recursive: is("readonly"),
    })
}
