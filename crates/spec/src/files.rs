//! How files are read: through a trait, so that a stack can be judged from memory as well as from disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Something that can be read.
    File,
    /// A folder.
    Directory,
}

/// Read access to files; paths are absolute.
pub trait Files {
    /// The whole content.
    ///
    /// # Errors
    /// Whatever keeps it from being read; `NotFound` where there is nothing of that name.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What the path names; `None` when it names nothing that can be seen.
    fn kind(&self, path: &Path) -> Option<FileKind>;

    /// The path without symbolic links; `None` where there are none, or nothing can be said.
    fn real(&self, _path: &Path) -> Option<PathBuf> {
        None
    }
}

/// Files, and the text that stands for the file `-`.
pub(crate) struct WithStdin<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) text: Option<&'a str>,
}

impl WithStdin<'_> {
    fn text_of(&self, path: &Path) -> Option<&str> {
        self.text.filter(|_| path == Path::new(crate::discover::STDIN))
    }
}

impl Files for WithStdin<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.text_of(path).map_or_else(|| self.files.read(path), |text| Ok(text.as_bytes().to_vec()))
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        if self.text_of(path).is_some() { Some(FileKind::File) } else { self.files.kind(path) }
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        self.files.real(path)
    }
}

/// Files in memory: for tests, and for stacks that were sent along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, Vec<u8>>);

impl MemoryFiles {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.into(), content.into());
        self
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.kind(path) {
            Some(FileKind::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            _ => self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        if self.0.contains_key(path) {
            return Some(FileKind::File);
        }
        self.0.keys().any(|file| file.starts_with(path)).then_some(FileKind::Directory)
    }
}
