//! Files that somebody is writing: they were changed, and not closed since. What is in one is half of what is meant,
//! even where it can be loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use notify::EventKind;
use notify::event::{AccessKind, AccessMode, ModifyKind};
use tokio::time::Instant;

/// Longer than this nobody is waited for: some never close, and some systems do not say.
const LONGEST: Duration = Duration::from_secs(10);

/// Which files are being written, and since when.
#[derive(Debug, Default)]
pub(super) struct Writes(Mutex<BTreeMap<PathBuf, Instant>>);

impl Writes {
    /// Takes in what the system says.
    pub(super) fn note(&self, event: &notify::Event) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event.kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                for path in &event.paths {
                    open.entry(path.clone()).or_insert_with(Instant::now);
                }
            }
            // Written to its end, or another file under this name.
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Remove(_) => event.paths.iter().for_each(|path| {
                open.remove(path);
            }),
            _ => {}
        }
        open.retain(|_, since| since.elapsed() < LONGEST);
    }

    /// Until when one of these files may be written on.
    pub(super) fn until<'p>(&self, mut inputs: impl Iterator<Item = &'p Path>) -> Option<Instant> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_empty() {
            return None;
        }
        let is_open = |path: &Path| open.get(path).map(|since| *since + LONGEST).filter(|end| *end > Instant::now());
        inputs.find_map(|path| {
            let real = || std::fs::canonicalize(path).ok();
            is_open(path).or_else(|| is_open(&real()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, RenameMode};

    use super::*;

    #[test]
    fn what_was_changed_is_written_until_it_is_closed() {
        let writes = Writes::default();
        let path = Path::new("/srv/compose.yaml");
        let tell = |kind| writes.note(&notify::Event::new(kind).add_path(path.to_owned()));
        let is_written = || writes.until([path].into_iter()).is_some();
        let change = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        for end in [
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
        ] {
            tell(change);
            assert!(is_written());
            assert!(writes.until([Path::new("/srv/other.yaml")].into_iter()).is_none(), "others are of no interest");
            tell(end);
            assert!(!is_written());
        }
        tell(EventKind::Access(AccessKind::Open(AccessMode::Write)));
        assert!(!is_written(), "whoever opens it may only look");
    }
}
