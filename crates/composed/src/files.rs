//! The real file system, for the loader.

use std::io;
use std::path::Path;

use spec::{FileKind, Files};

/// The longest input that is read: far beyond any real Compose file.
const LONGEST: u64 = 16 << 20;

/// Reads files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        use io::Read as _;
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path)?;
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
}
