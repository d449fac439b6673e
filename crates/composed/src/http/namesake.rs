//! Two folders of one name. A project that nobody named is called as its folder, so that for docker compose `a/app` and
//! `b/app` are one, and whoever comes second has the other's containers replaced or taken down.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use model::Project;
use plan::labels;

use super::{Problem, problem};
use crate::Supervisor;
use crate::source::Loaded;

/// Refuses what would be done to a stack of another folder whose name is the same by chance: nobody gave it, and the
/// other one's files are still there. Who says the name means it.
///
/// # Errors
/// When it is another's.
pub(super) async fn refuse(supervisor: &Supervisor, loaded: &Loaded) -> Result<(), Problem> {
    let project = &loaded.project;
    if !loaded.is_named_by_folder {
        return Ok(());
    }
    let Some(other) = other(supervisor, project).await else { return Ok(()) };
    let (name, folder, own) = (&project.name, other.display(), project.working_dir.display());
    let title = format!("project {name} was brought up from {folder}, and this is {own}, which is called so too");
    let help = format!(
        "`-p {name}` says that it is meant; another `-p`, or `name:` in the file, makes this one a project of its own"
    );
    Err(Problem(api::Problem { help, ..problem("another-folder", StatusCode::CONFLICT, &title) }))
}

/// The folder that a project of this name was brought up from, where it is another one, and still is one.
async fn other(supervisor: &Supervisor, project: &Project) -> Option<PathBuf> {
    let (folder, files) = match supervisor.kept(&project.name).await.ok()? {
        Some(kept) => (kept.project.working_dir, kept.project.config_files),
        None => {
            // An engine that does not answer has nothing taken from it either.
            let listed = supervisor.engine().containers(project.name.as_str()).await.ok()?;
            let labels = &listed.first()?.labels;
            let files = labels.get(labels::CONFIG_FILES).map_or("", String::as_str).split(',');
            let files = files.filter(|path| !path.is_empty()).map(PathBuf::from).collect();
            (PathBuf::from(labels.get(labels::WORKING_DIR)?), files)
        }
    };
    let is_same = |one: &Path, other: &Path| {
        one == other
            || std::fs::canonicalize(one).is_ok_and(|one| std::fs::canonicalize(other).is_ok_and(|it| it == one))
    };
    let is_other = !folder.as_os_str().is_empty() && !is_same(&folder, &project.working_dir);
    // One that was moved has left no file behind.
    (is_other && files.iter().any(|file| file.exists())).then_some(folder)
}
