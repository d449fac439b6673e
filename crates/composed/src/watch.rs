//! The watch on files: every input of every stack, by the folders they are in, so that whatever way an
//! editor saves is seen. What is seen is a hint; what counts is the content, read again when it is quiet.

mod folders;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::ProjectName;
use tokio::sync::Notify;
use tracing::{info, warn};

use self::folders::{Folders, Refusal};
use self::writes::Writes;
use crate::Supervisor;
use crate::files::{Fingerprints, fingerprints};
use crate::project::Message;
use crate::supervisor::Definition;

/// Saves come in bursts: this long without another event, and the files are read.
const QUIET: Duration = Duration::from_millis(100);
/// A burst that never ends is read in between.
const LONGEST_BURST: Duration = Duration::from_secs(2);
/// Hints get lost: everything is compared this often anyway.
const SWEEP: Duration = Duration::from_secs(15);

/// Watches until the supervisor stops.
pub(crate) async fn run(supervisor: Supervisor) {
    let hint = Arc::new(Notify::new());
    let writes = Arc::new(Writes::default());
    let mut watch = Watch { folders: Folders::new(&hint, &writes), stacks: BTreeMap::new() };
    let stopping = supervisor.stopping();
    let changed = supervisor.stacks_changed();
    loop {
        // At the start too: the stacks of the ledger may have been edited while nobody looked.
        if watch.look(&supervisor).await {
            hint.notify_one();
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = hint.notified() => {
                quiet(&hint).await;
                // Where somebody goes on writing, its end is a hint as well.
                while let Some(end) = writes.until(watch.inputs()) {
                    let _ = tokio::time::timeout_at(end, hint.notified()).await;
                }
            }
            () = changed.notified() => {}
            () = tokio::time::sleep(SWEEP) => {}
        }
    }
}

/// Waits until nothing has happened for a moment.
async fn quiet(hint: &Notify) {
    let end = tokio::time::Instant::now() + LONGEST_BURST;
    while tokio::time::Instant::now() < end {
        if tokio::time::timeout(QUIET, hint.notified()).await.is_err() {
            return;
        }
    }
}

struct Watch {
    folders: Folders,
    stacks: BTreeMap<ProjectName, Inputs>,
}

/// The inputs of a stack, as they were when they were last read.
struct Inputs {
    definition: Definition,
    content: Fingerprints,
}

impl Watch {
    /// Every file that was read or looked for.
    fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.stacks.values().flat_map(|inputs| inputs.content.keys()).map(PathBuf::as_path)
    }

    /// Reads anew every stack whose inputs are no longer what they were. Says whether that has to be repeated.
    async fn look(&mut self, supervisor: &Supervisor) -> bool {
        let mut is_to_be_repeated = false;
        let definitions = match supervisor.definitions().await {
            Ok(definitions) => definitions,
            Err(error) => {
                warn!(error = %error, "the ledger cannot be read, files are not compared");
                return false;
            }
        };
        let present: BTreeSet<&ProjectName> = definitions.iter().map(|definition| &definition.name).collect();
        self.stacks.retain(|name, _| present.contains(name));
        for definition in definitions {
            let name = definition.name.clone();
            let former = self.stacks.get(&name).filter(|inputs| inputs.definition == definition);
            if let Some(former) = former {
                let paths: Vec<PathBuf> = former.content.keys().cloned().collect();
                let reader = definition.reader.clone();
                let now = tokio::task::spawn_blocking(move || fingerprints(paths, reader)).await;
                if now.is_ok_and(|now| now == former.content) {
                    continue;
                }
                info!(project = %name, "files changed");
            }
            match supervisor.reload(&definition).await {
                Some(content) => {
                    self.stacks.insert(name, Inputs { definition, content });
                }
                None => {
                    self.stacks.remove(&name);
                    is_to_be_repeated = true;
                }
            }
        }
        let paths = |inputs: &Inputs| -> BTreeSet<PathBuf> {
            inputs.content.keys().flat_map(|path| folders_of(path)).collect()
        };
        let needed: BTreeMap<&ProjectName, BTreeSet<PathBuf>> =
            self.stacks.iter().map(|(name, inputs)| (name, paths(inputs))).collect();
        // What was changed between the reading and now was seen by nobody.
        is_to_be_repeated |= self.folders.watch(&needed.values().flatten().cloned().collect());
        for (name, folders) in needed {
            let unwatched = self.folders.refusal(&folders).map(Refusal::finding);
            supervisor.tell(name.as_str(), Message::Unwatched(unwatched)).await;
        }
        is_to_be_repeated
    }
}

/// The folder of a path, and of every link on the way to what it names.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut at = path.to_owned();
    for _ in 0..16 {
        folders.extend(at.parent().map(Path::to_owned));
        match std::fs::read_link(&at) {
            Ok(target) => at = at.parent().map_or_else(|| target.clone(), |folder| folder.join(&target)),
            Err(_) => break,
        }
    }
    // A linked folder on the way (`..data` of a mounted config map) changes in its own parent.
    folders.extend(std::fs::canonicalize(path).ok().and_then(|real| real.parent().map(Path::to_owned)));
    folders.retain(|folder| folder.is_dir());
    folders
}
