//! The real file system, for the loader.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use spec::{FileKind, Files};

use crate::reader::Reader;

/// The longest input that is read: far beyond any real Compose file.
const LONGEST: u64 = 16 << 20;
/// How long a pipe is waited for that nobody writes to.
const LONGEST_ALONE: Duration = Duration::from_secs(3);
/// How often a pipe is looked into that has nothing in it.
const LOOK: Duration = Duration::from_millis(5);

/// Reads files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Of one that was handed over, as `<(…)` is, the other end is open or was.
        let is_handed_over = ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|place| path.starts_with(place));
        if !is_handed_over && std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
            return from_pipe(path);
        }
        read(path, None)
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(if metadata.is_dir() { FileKind::Directory } else { FileKind::File })
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        std::fs::canonicalize(path).ok()
    }
}

/// What is in a file, for whoever it is read.
fn read(path: &Path, reader: Option<&Reader>) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let file = std::fs::File::open(path)?;
    reader.map_or(Ok(()), |reader| reader.check(&file))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len().min(LONGEST));
    // One byte more tells the end without another look.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST { Err(too_large()) } else { Ok(bytes) }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MiB", LONGEST >> 20))
}

/// What somebody writes into a pipe, as shells and keepers of secrets do. Whoever has it open is waited for; that
/// somebody opens it, only for a while.
fn from_pipe(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut pipe = std::fs::File::options().read(true).custom_flags(at_once).open(path)?;
    let (mut bytes, mut part) = (Vec::new(), [0; 16 << 10]);
    let until = Instant::now() + LONGEST_ALONE;
    while bytes.len() as u64 <= LONGEST {
        match pipe.read(&mut part) {
            // The end, or nobody is there to write yet.
            Ok(0) if !bytes.is_empty() => return Ok(bytes),
            Ok(0) if Instant::now() > until => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it is a pipe, and nobody writes to it"));
            }
            Ok(0) => std::thread::sleep(LOOK),
            Ok(read) => bytes.extend_from_slice(&part[..read]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(LOOK),
            Err(error) => return Err(error),
        }
    }
    Err(too_large())
}

/// What each input was when it was read: a hash of its bytes, or that it could not be read.
pub(crate) type Fingerprints = BTreeMap<PathBuf, Option<[u8; 32]>>;

/// Reads files of this machine and remembers what was in them: what is compared later is what was loaded.
#[derive(Debug, Default)]
pub(crate) struct RememberedFiles {
    reader: Option<Reader>,
    seen: RefCell<Fingerprints>,
    /// What was there under the names that were looked for.
    kinds: RefCell<BTreeMap<PathBuf, Option<FileKind>>>,
}

impl RememberedFiles {
    /// Reads for somebody, or for whoever may read everything.
    pub(crate) fn of(reader: Option<Reader>) -> Self {
        Self { reader, ..Self::default() }
    }

    /// Whether everything that was read and looked for is still so. What was read first and what was read last is of
    /// one moment then.
    pub(crate) fn are_unchanged(&self) -> bool {
        let (seen, kinds) = (self.seen.borrow(), self.kinds.borrow());
        kinds.iter().all(|(path, kind)| OsFiles.kind(path) == *kind)
            && fingerprints(seen.keys().cloned(), self.reader.clone()) == *seen
    }

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
            false => read(path, self.reader.as_ref()),
        };
        let hash = read.as_ref().ok().map(|bytes| Sha256::digest(bytes).into());
        self.seen.borrow_mut().insert(path.to_owned(), hash);
        read
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let kind = OsFiles.kind(path);
        self.kinds.borrow_mut().insert(path.to_owned(), kind);
        kind
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

/// What these files are now, for whoever they are read.
pub(crate) fn fingerprints(paths: impl IntoIterator<Item = PathBuf>, reader: Option<Reader>) -> Fingerprints {
    let files = RememberedFiles::of(reader);
    for path in paths {
        let _ = files.read(&path);
    }
    files.fingerprints([])
}
