//! Images: pulled or built before a container needs them.

use model::{Build, MountKind, Project, Service, ServiceName};

use crate::Desired;
use crate::action::{Action, BuildSpec};
use crate::cause::{Cause, Hold};
use crate::labels;
use crate::steps::{Builder, StepId};

/// What a container of the service has to wait for until its image is there.
pub(crate) enum Readiness {
    /// It is there.
    Local,
    /// This step brings it.
    Comes(StepId),
    /// Nothing may bring it.
    Never(Hold),
}

/// Plans the image of one service, once per reference.
pub(crate) fn plan(desired: &Desired, name: &ServiceName, service: &Service, out: &mut Builder) -> Readiness {
    let reference = desired.project.image_of(name, service);
    if let Some(step) = out.images.get(&reference) {
        return Readiness::Comes(*step);
    }
    let is_local = desired.images.contains_key(&reference);
    let is_refreshed = desired.policy.refresh.contains(&reference);
    if is_local && !is_refreshed {
        return Readiness::Local;
    }
    let cause = if is_local { Cause::Requested } else { Cause::Missing };
    let action = match &service.build {
        Some(_) if desired.policy.never_builds && is_local => return Readiness::Local,
        Some(_) if desired.policy.never_builds => return Readiness::Never(Hold::Unbuilt { reference }),
        Some(build) => Action::BuildImage(Box::new(spec(&desired.project, name, service, Build::clone(build)))),
        None if desired.pull_policy(service) == "never" => {
            return if is_local { Readiness::Local } else { Readiness::Never(Hold::Image { reference }) };
        }
        None => Action::PullImage { reference: reference.clone(), platform: service.platform.clone() },
    };
    let step = out.step(action, cause, Vec::new());
    out.images.insert(reference, step);
    Readiness::Comes(step)
}

/// Plans the images a service mounts: one of another service as that service's, any other is pulled when missing.
pub(crate) fn of_mounts(desired: &Desired, service: &Service, out: &mut Builder) -> Vec<Readiness> {
    let mounts = service.volumes.iter().filter(|mount| mount.kind == MountKind::Image);
    let one = |source: &str| match desired.project.services.get_key_value(source) {
        Some((name, other)) => plan(desired, name, other, out),
        None => pulled(desired, service, source, out),
    };
    mounts.map(|mount| mount.source.as_str()).map(one).collect()
}

/// Plans the images of what runs before a service starts; they are never built.
pub(crate) fn of_hooks(desired: &Desired, service: &Service, out: &mut Builder) -> Vec<Readiness> {
    let hooks = service.pre_start.iter().filter(|hook| !hook.image.is_empty() && hook.image != service.image);
    hooks.map(|hook| pulled(desired, service, &hook.image, out)).collect()
}

/// Plans an image that no service is made from.
fn pulled(desired: &Desired, service: &Service, reference: &str, out: &mut Builder) -> Readiness {
    if let Some(step) = out.images.get(reference) {
        return Readiness::Comes(*step);
    }
    if desired.images.contains_key(reference) {
        return Readiness::Local;
    }
    if desired.pull_policy(service) == "never" {
        return Readiness::Never(Hold::Image { reference: reference.to_owned() });
    }
    let action = Action::PullImage { reference: reference.to_owned(), platform: service.platform.clone() };
    let step = out.step(action, Cause::Missing, Vec::new());
    out.images.insert(reference.to_owned(), step);
    Readiness::Comes(step)
}

/// What the label [`labels::IMAGE_VOLUMES`] says of a service: `target=digest` of each image it mounts, sorted;
/// `None` when it mounts none, or one that is not there.
pub(crate) fn volume_digests(desired: &Desired, service: &Service) -> Option<String> {
    let mounts = service.volumes.iter().filter(|mount| mount.kind == MountKind::Image);
    let digest = |mount: &model::Mount| {
        Some(format!("{}={}", mount.target, desired.images.get(&desired.project.image_of_mount(mount))?))
    };
    let mut digests = mounts.map(digest).collect::<Option<Vec<String>>>()?;
    digests.sort();
    (!digests.is_empty()).then(|| digests.join(","))
}

/// What an image is built for: the service's platform, else the only one of the build. Of several the engine's own
/// is built, as `up` of docker compose does.
fn platform(service: &Service) -> String {
    match service.build.as_ref().map(|build| build.platforms.as_slice()) {
        Some([only]) if service.platform.is_empty() => only.clone(),
        _ => service.platform.clone(),
    }
}

/// How the image of a service is built.
#[must_use]
pub fn spec(project: &Project, name: &ServiceName, service: &Service, build: Build) -> BuildSpec {
    let mut labels = build.labels.clone();
    labels.extend([
        (labels::PROJECT.to_owned(), project.name.to_string()),
        (labels::SERVICE.to_owned(), name.to_string()),
        (labels::VERSION.to_owned(), labels::DIALECT.to_owned()),
    ]);
    BuildSpec { build, tag: project.image_of(name, service), labels, platform: platform(service) }
}
