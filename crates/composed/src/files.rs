//! The real file system, for the loader.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use spec::{FileKind, Files};

/// The longest input that is read: far beyond any real Compose file.
const LONGEST: u64 = 16 << 20;

/// Reads files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        use io::Read as _;
        let file = std::fs::File::open(path)?;
        let length = file.metadata().map_or(0, |metadata| metadata.len().min(LONGEST));
        // One byte more tells the end without another look.
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MiB", LONGEST >> 20)));
        }
        Ok(bytes)
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(if metadata.is_dir() { FileKind::Directory } else { FileKind::File })
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        std::fs::canonicalize(path).ok()
    }
}

/// Who files are read for: what they could not read themselves is not read for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The user.
    pub uid: u32,
    /// All of the groups they are in.
    pub groups: Vec<u32>,
}

/// What each input was when it was read: a hash of its bytes, or that it could not be read.
pub(crate) type Fingerprints = BTreeMap<PathBuf, Option<[u8; 32]>>;

/// Reads files of this machine and remembers what was in them: what is compared later is what was loaded.
#[derive(Debug, Default)]
pub(crate) struct RememberedFiles {
    seen: RefCell<Fingerprints>,
}

impl RememberedFiles {
    /// What was read; of `others` it is known that they were not there.
    pub(crate) fn fingerprints(self, others: impl IntoIterator<Item = PathBuf>) -> Fingerprints {
        let mut all: Fingerprints = others.into_iter().map(|path| (path, None)).collect();
        all.extend(self.seen.into_inner());
        all
    }
}

impl Files for RememberedFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // One that nobody writes to would be waited for, for ever.
        let is_endless = std::fs::metadata(path).is_ok_and(|found| {
            let kind = found.file_type();
            kind.is_fifo() || kind.is_socket()
        });
        let read = match is_endless {
            true => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or socket, not a file")),
            false => OsFiles.read(path),
        };
        let hash = read.as_ref().ok().map(|bytes| Sha256::digest(bytes).into());
        self.seen.borrow_mut().insert(path.to_owned(), hash);
        read
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        OsFiles.kind(path)
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        OsFiles.real(path)
    }
}

/// The first of these files, or of the folders they lie in, that everybody may write: whoever can write there would be
/// root by a stack that is applied by itself.
pub(crate) fn open_to_all<'p>(mut paths: impl Iterator<Item = &'p PathBuf>) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.permissions().mode(), found.is_dir()));
    let is_open = |path: &Path| {
        // In a sticky folder nobody replaces what another one has.
        mode(path).is_some_and(|(mode, is_folder)| mode & OTHERS != 0 && !(is_folder && mode & STICKY != 0))
    };
    let is_device = |path: &Path| std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    paths.find_map(|path| {
        if !path.exists() || is_device(path) {
            return None;
        }
        path.ancestors().find(|path| is_open(path)).map(Path::to_owned)
    })
}

/// What these files are now.
pub(crate) fn fingerprints(paths: impl IntoIterator<Item = PathBuf>) -> Fingerprints {
    let files = RememberedFiles::default();
    for path in paths {
        let _ = files.read(&path);
    }
    files.fingerprints([])
}
