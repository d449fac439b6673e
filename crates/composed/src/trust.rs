//! Whether what decides what the daemon does can be changed by a stranger: its settings, and the ledger.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::files::open_to_all;

/// How a stranger could change it. As a text, what was found and what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.found(), self.help())]
pub enum Untrusted {
    /// By its mode, or by that of a folder on the way.
    OpenToAll {
        /// What everybody may write.
        path: PathBuf,
    },
    /// As its owner.
    Owned {
        /// What somebody else has.
        path: PathBuf,
        /// The user.
        uid: u32,
        /// Whose it should be.
        owner: String,
    },
}

impl Untrusted {
    /// What was found.
    #[must_use]
    pub fn found(&self) -> String {
        match self {
            Self::OpenToAll { path } => {
                format!("everybody may write {}, which decides what composed does", path.display())
            }
            Self::Owned { path, uid, .. } => {
                format!("{} belongs to user {uid}, and decides what composed does", path.display())
            }
        }
    }

    /// What helps.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::OpenToAll { path } => format!("`chmod o-w {}`", path.display()),
            Self::Owned { path, owner, .. } => format!("`chown {owner} {}`", path.display()),
        }
    }
}

/// Looks at a file or folder, if it is there: at its owner, and at its mode and that of every folder above it, links
/// followed or not. Whose those folders are does not matter: who puts another file there is the owner of that one.
/// Devices and pipes are whoever's who started the daemon with them.
///
/// # Errors
/// When somebody but root and the daemon's own user could change it.
pub fn trusted(path: &Path) -> Result<(), Untrusted> {
    let (Ok(found), Ok(link)) = (std::fs::metadata(path), std::fs::symlink_metadata(path)) else { return Ok(()) };
    if !found.is_file() && !found.is_dir() {
        return Ok(());
    }
    let myself = rustix::process::geteuid().as_raw();
    if let Some(uid) = [link.uid(), found.uid()].into_iter().find(|uid| *uid != 0 && *uid != myself) {
        let owner = if myself == 0 { "root".to_owned() } else { myself.to_string() };
        return Err(Untrusted::Owned { path: path.to_owned(), uid, owner });
    }
    let written = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| written.clone());
    open_to_all([written, real].iter()).map_or(Ok(()), |path| Err(Untrusted::OpenToAll { path }))
}
