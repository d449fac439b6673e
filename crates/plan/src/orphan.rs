//! Containers of the project that its file knows nothing of.

use crate::Desired;
use crate::cause::{Cause, Hold, Subject};
use crate::labels;
use crate::observed::Observed;
use crate::retire;
use crate::steps::Builder;

/// Removes orphans when that was asked for, else says that they are there. Services of an inactive profile
/// are known, and a running `run` is somebody's work. What another folder's file made under the same project name is
/// that file's, and stays.
pub(crate) fn plan(desired: &Desired, observed: &Observed, out: &mut Builder) {
    for container in observed.containers.values() {
        let service = container.label(labels::SERVICE);
        let is_known =
            desired.project.services.contains_key(service) || desired.project.disabled_services.contains_key(service);
        let is_work = labels::number(container).is_none() && container.is_alive();
        if is_known || is_work {
            continue;
        }
        let subject = || Subject::Container(container.name.clone());
        let (folder, own) = (container.label(labels::WORKING_DIR), &desired.project.working_dir);
        if !folder.is_empty() && !own.as_os_str().is_empty() && own.as_path() != std::path::Path::new(folder) {
            out.hold(subject(), Hold::Elsewhere { folder: folder.to_owned() });
            continue;
        }
        if !desired.policy.remove_orphans {
            out.hold(subject(), Hold::Orphan);
            continue;
        }
        retire::plan(desired, container, &Cause::Orphan, Vec::new(), out);
    }
}
