//! Images: pulled or built before a container needs them.

use std::collections::BTreeMap;

use model::{Service, ServiceName};

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
        Some(build) => Action::BuildImage(Box::new(BuildSpec {
            build: build.clone(),
            tag: reference.clone(),
            labels: build_labels(desired, name, &build.labels),
            platform: service.platform.clone(),
        })),
        None if service.pull_policy == "never" => {
            return if is_local { Readiness::Local } else { Readiness::Never(Hold::Image { reference }) };
        }
        None => Action::PullImage { reference: reference.clone(), platform: service.platform.clone() },
    };
    let step = out.step(action, cause, Vec::new());
    out.images.insert(reference, step);
    Readiness::Comes(step)
}

fn build_labels(desired: &Desired, name: &ServiceName, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = own.clone();
    all.extend([
        (labels::PROJECT.to_owned(), desired.project.name.to_string()),
        (labels::SERVICE.to_owned(), name.to_string()),
        (labels::VERSION.to_owned(), labels::DIALECT.to_owned()),
    ]);
    all
}
