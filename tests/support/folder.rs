//! A project folder of one's own: files, a home, and sockets; gone at the end of the test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that nobody else knows.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// An empty one, with a `home` beside what a test writes.
    ///
    /// # Panics
    /// When the system's folder for passing files cannot be written.
    #[must_use]
    pub fn new() -> Self {
        // Short and directly below the system's folder: the path of a unix socket has 108 bytes at most.
        let folder = tempfile::Builder::new().prefix("composed-").tempdir().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("home")).expect("a folder can be made in it");
        Self(folder)
    }

    /// Where it is, links on the way resolved.
    ///
    /// # Panics
    /// When it is gone.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.path().canonicalize().expect("the folder is there until the end")
    }

    /// A place in it.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file anew, in place, making the folders on the way.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.join(name);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
    }

    /// What a file says.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).expect("the file is there")
    }
}
