//! The folders that are watched, and why one cannot be: the system has a bound on watches and on those who watch.
//! What cannot be watched is compared now and then all the same, and whoever asks is told so.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use api::Finding;
use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tracing::warn;

use super::SWEEP;
use super::writes::Writes;

/// The watch on folders, as far as the system grants it.
pub(super) struct Folders {
    hint: Arc<Notify>,
    writes: Arc<Writes>,
    watcher: Option<RecommendedWatcher>,
    /// Which folder it was that is watched under this path.
    watched: BTreeMap<PathBuf, Identity>,
    /// Why there is no watch at all.
    without: Option<Refusal>,
    /// Why a folder is not watched.
    refused: BTreeMap<PathBuf, Refusal>,
}

/// Which folder it is: one that was put in another's place has to be watched anew.
type Identity = (u64, u64, Option<SystemTime>);

/// Why something is not watched, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    reason: String,
    help: String,
}

impl Folders {
    /// Nothing is watched yet. A change is a hint; which files are being written is noted.
    pub(super) fn new(hint: &Arc<Notify>, writes: &Arc<Writes>) -> Self {
        Self {
            hint: Arc::clone(hint),
            writes: Arc::clone(writes),
            watcher: None,
            watched: BTreeMap::new(),
            without: None,
            refused: BTreeMap::new(),
        }
    }

    /// Watches these folders and no others, as far as that is possible now; what was refused before is tried again.
    /// Says whether one is watched that was not.
    pub(super) fn watch(&mut self, needed: &BTreeSet<PathBuf>) -> bool {
        let before = (self.without.take(), std::mem::take(&mut self.refused));
        let is_more = !needed.is_empty() && self.try_to_watch(needed);
        let refusal = self.without.as_ref().or_else(|| self.refused.values().next());
        if let Some(refusal) = refusal
            && before != (self.without.clone(), self.refused.clone())
        {
            warn!(error = refusal.reason, folders = needed.len(), "files cannot be watched, they are compared instead");
        }
        is_more
    }

    fn try_to_watch(&mut self, needed: &BTreeSet<PathBuf>) -> bool {
        if self.watcher.is_none() {
            match watcher(&self.hint, &self.writes) {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(error) => self.without = Some(Refusal::of(&error)),
            }
        }
        let Some(watcher) = &mut self.watcher else { return false };
        let is_same = |folder: &Path, was: &Identity| needed.contains(folder) && identity(folder) == Some(*was);
        self.watched.retain(|folder, was| {
            let stays = is_same(folder, was);
            if !stays {
                let _ = watcher.unwatch(folder);
            }
            stays
        });
        let mut is_more = false;
        for folder in needed.iter().filter(|folder| !self.watched.contains_key(*folder)).cloned().collect::<Vec<_>>() {
            // One that is gone since is looked for again with its files.
            let Some(identity) = identity(&folder) else { continue };
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder, identity);
                    is_more = true;
                }
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => {
                    self.refused.insert(folder, Refusal::of(&error));
                }
            }
        }
        is_more
    }

    /// Why not all of these are watched.
    pub(super) fn refusal(&self, folders: &BTreeSet<PathBuf>) -> Option<&Refusal> {
        self.without.as_ref().or_else(|| folders.iter().find_map(|folder| self.refused.get(folder)))
    }
}

fn identity(folder: &Path) -> Option<Identity> {
    let found = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    Some((found.dev(), found.ino(), found.created().ok()))
}

fn watcher(hint: &Arc<Notify>, writes: &Arc<Writes>) -> notify::Result<RecommendedWatcher> {
    let (hint, writes) = (Arc::clone(hint), Arc::clone(writes));
    notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
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
    })
}

impl Refusal {
    fn of(error: &notify::Error) -> Self {
        let more = |setting: &str| format!("`sysctl {setting}` allows more; it is tried again each time");
        let (reason, help) = match &error.kind {
            ErrorKind::MaxFilesWatch => {
                ("no inotify watch is left".to_owned(), more("fs.inotify.max_user_watches=524288"))
            }
            ErrorKind::Io(io) if io.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) => {
                ("no inotify instance is left".to_owned(), more("fs.inotify.max_user_instances=1024"))
            }
            ErrorKind::Io(io) => (io.to_string(), String::new()),
            _ => (error.to_string(), String::new()),
        };
        Self { reason, help }
    }

    /// What is said of a stack that has such a folder.
    pub(super) fn finding(&self) -> Finding {
        let every = SWEEP.as_secs();
        let message = format!("its files are compared every {every} s, since they cannot be watched: {}", self.reason);
        Finding::unplaced("warning", "files-not-watched", message, self.help.clone())
    }
}
