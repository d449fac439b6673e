//! Folders and files of this machine that are mounted, and are not there.

use std::path::Path;

use diagnostic::Diagnostic;
use model::MountKind;

use super::Subject;
use crate::context::Context;

pub(super) fn lint(context: &Context<'_>, subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, service) in &subject.project.services {
        for (index, mount) in service.volumes.iter().enumerate() {
            let source = Path::new(&mount.source);
            if mount.kind != MountKind::Bind || !source.is_absolute() || context.files.kind(source).is_some() {
                continue;
            }
            let is_made = mount.bind.as_ref().is_none_or(|bind| bind.create_host_path != Some(false));
            let (label, help) = if is_made {
                ("the engine makes an empty folder of root's there", "make it before, or mend the path")
            } else {
                ("the container will not start", "make it, or mend the path")
            };
            found.push(
                Diagnostic::warning(
                    "missing-bind-source",
                    format!("{name} mounts {}, which is not there", mount.source),
                )
                .at(subject.place(name, &["volumes", &index.to_string()]), label)
                .help(help),
            );
        }
    }
    found
}
