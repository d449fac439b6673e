//! The watch on files: every input of every stack, by the folders they are in, so that whatever way an
//! editor saves is seen. What is seen is a hint; what counts is the content, read again when it is quiet.

mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::ProjectName;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tracing::{debug, info, warn};

use self::writes::Writes;
use crate::Supervisor;
use crate::files::{Fingerprints, fingerprints};

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
    let mut watch = Watch { folders: folders(&hint, &writes), watched: BTreeSet::new(), stacks: BTreeMap::new() };
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

fn folders(hint: &Arc<Notify>, writes: &Arc<Writes>) -> Option<RecommendedWatcher> {
    let (hint, writes) = (Arc::clone(hint), Arc::clone(writes));
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if let Ok(event) = &event {
            writes.note(event);
        }
        // Our own reading is an access; taking it for a change would never end.
        let is_reading = |event: notify::Event| {
            let is_written = matches!(event.kind, EventKind::Access(AccessKind::Close(AccessMode::Write)));
            matches!(event.kind, EventKind::Access(_)) && !is_written && !event.need_rescan()
        };
        if !event.is_ok_and(is_reading) {
            hint.notify_one();
        }
    });
    watcher
        .inspect_err(|error| warn!(error = %error, "files cannot be watched; they are compared every 15 s instead"))
        .ok()
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
    folders: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    stacks: BTreeMap<ProjectName, Inputs>,
}

/// The inputs of a stack, as they were when they were last read.
struct Inputs {
    source: api::Source,
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
        let sources = match supervisor.sources().await {
            Ok(sources) => sources,
            Err(error) => {
                warn!(error = %error, "the ledger cannot be read, files are not compared");
                return false;
            }
        };
        let present: BTreeSet<&ProjectName> = sources.iter().map(|(name, _)| name).collect();
        self.stacks.retain(|name, _| present.contains(name));
        for (name, source) in &sources {
            let former = self.stacks.get(name).filter(|inputs| inputs.source == *source);
            if let Some(former) = former {
                let paths: Vec<PathBuf> = former.content.keys().cloned().collect();
                let now = tokio::task::spawn_blocking(move || fingerprints(paths)).await;
                if now.is_ok_and(|now| now == former.content) {
                    continue;
                }
                info!(project = %name, "files changed");
            }
            match supervisor.reload(name, source).await {
                Some(content) => {
                    self.watch_folders_of(content.keys());
                    self.stacks.insert(name.clone(), Inputs { source: source.clone(), content });
                }
                None => {
                    self.stacks.remove(name);
                    is_to_be_repeated = true;
                }
            }
        }
        let needed: BTreeSet<PathBuf> =
            self.stacks.values().flat_map(|inputs| inputs.content.keys()).flat_map(|path| folders_of(path)).collect();
        self.unwatch_others(&needed);
        is_to_be_repeated
    }

    fn watch_folders_of<'a>(&mut self, inputs: impl Iterator<Item = &'a PathBuf>) {
        for folder in inputs.flat_map(|path| folders_of(path)) {
            let Some(watcher) = &mut self.folders else { return };
            if !self.watched.contains(&folder) {
                match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                    Ok(()) => {
                        self.watched.insert(folder);
                    }
                    Err(error) => debug!(error = %error, "a folder cannot be watched"),
                }
            }
        }
    }

    fn unwatch_others(&mut self, needed: &BTreeSet<PathBuf>) {
        let gone: Vec<PathBuf> = self.watched.difference(needed).cloned().collect();
        for folder in gone {
            if let Some(watcher) = &mut self.folders {
                let _ = watcher.unwatch(&folder);
            }
            self.watched.remove(&folder);
        }
        // A folder that was removed and came back has to be watched anew.
        self.watched.retain(|folder| folder.is_dir());
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
