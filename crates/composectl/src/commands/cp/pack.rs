//! Files of this machine become an archive. Links are taken as links; sockets are left out, as docker does.

use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use super::names::split;

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// Its name in the archive; `.` is its content alone.
    pub(super) name: String,
    pub(super) is_dir: bool,
}

impl Source {
    /// What stands at a path; what a link leads to when it is followed, or when the path can only be a folder's.
    pub(super) fn find(path: &str, follows: bool) -> Result<Self, String> {
        let failed = |error: io::Error| format!("lstat {path}: {}", text(&error));
        let name = split(path).1;
        let found = std::fs::symlink_metadata(path).map_err(failed)?;
        let resolved = if follows || super::asserts_folder(path) {
            std::fs::canonicalize(path).map_err(failed)?
        } else {
            PathBuf::from(path)
        };
        let found = if follows { std::fs::metadata(path).map_err(failed)? } else { found };
        Ok(Self { path: resolved, name, is_dir: found.is_dir() })
    }
}

/// The system's words without its number.
pub(super) fn text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Writes the archive; what is copied is called `root` in it, and is its content alone where that is none.
pub(super) fn pack(source: &Source, root: Option<&str>, to: impl Write) -> io::Result<()> {
    let mut archive = tar::Builder::new(BufWriter::with_capacity(64 << 10, to));
    archive.follow_symlinks(false);
    archive.sparse(false);
    match root {
        Some(root) => add(&mut archive, &source.path, Path::new(root))?,
        None => add_content(&mut archive, &source.path, Path::new(""))?,
    }
    archive.into_inner()?.flush()
}

fn add(archive: &mut tar::Builder<impl Write>, path: &Path, name: &Path) -> io::Result<()> {
    let kind = std::fs::symlink_metadata(path)?.file_type();
    if kind.is_socket() {
        return Ok(());
    }
    archive.append_path_with_name(path, name)?;
    if kind.is_dir() { add_content(archive, path, name) } else { Ok(()) }
}

fn add_content(archive: &mut tar::Builder<impl Write>, folder: &Path, name: &Path) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    entries.iter().try_for_each(|entry| add(archive, &entry.path(), &name.join(entry.file_name())))
}
