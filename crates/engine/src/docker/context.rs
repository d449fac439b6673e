//! The context of a build as a tar stream: written on a blocking thread, piece by piece, so that memory does
//! not grow with the folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::ignore::Ignore;
use super::transport::Body;

/// The name under which a Dockerfile that is no file of the context is sent along.
pub(crate) const ADDED: &str = ".dockerfile.added";
const IGNORE: &str = ".dockerignore";
/// Pieces of this size, at most this many under way.
const PIECE: usize = 64 << 10;
const PIECES: usize = 8;

/// What to send.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) folder: PathBuf,
    /// The Dockerfile's path within the context.
    pub(crate) dockerfile: String,
    /// The text of a Dockerfile that is not in the context, sent as [`ADDED`].
    pub(crate) added: Option<Vec<u8>>,
}

/// The stream, and the thread that feeds it: its error is the real one when the stream breaks off.
pub(crate) fn stream(context: Context) -> (Body, JoinHandle<io::Result<()>>) {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    let thread = tokio::task::spawn_blocking(move || {
        let written = write(&context, BufWriter::with_capacity(PIECE, Pipe(sender.clone())));
        if written.is_err() {
            // Without this the engine would take what it got for all there is.
            let _ = sender.blocking_send(Err(io::Error::other("the build context cannot be read")));
        }
        written
    });
    let pieces = stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((piece.map(Frame::data), receiver))
    });
    (StreamBody::new(pieces).boxed_unsync(), thread)
}

struct Pipe(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the archive.
pub(crate) fn write(context: &Context, into: impl Write) -> io::Result<()> {
    let file = match fs::read(context.folder.join(IGNORE)) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(named(&context.folder.join(IGNORE), error)),
    };
    let mut ignore = Ignore::parse(file.as_deref().unwrap_or_default());
    // The builder reads these two before it drops them by the same patterns.
    ignore.keep(IGNORE);
    ignore.keep(&context.dockerfile);
    let mut tar = Builder::new(into);
    if let Some(added) = &context.added {
        append(&mut tar, ADDED, added)?;
        // The builder is told to drop what we added; what was no file of the context must not be copied.
        let patterns = match &file {
            Some(text) => format!("{text}\n{ADDED}\n"),
            None => format!("{ADDED}\n{IGNORE}\n"),
        };
        append(&mut tar, IGNORE, patterns.as_bytes())?;
    }
    folder(context, &ignore, "", &mut tar)?;
    tar.into_inner()?.flush()
}

fn append(tar: &mut Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(EntryType::Regular);
    tar.append_data(&mut header, name, bytes)
}

/// Sends a folder's content in the order of its names, so that the same folder is the same archive.
fn folder(context: &Context, ignore: &Ignore, below: &str, tar: &mut Builder<impl Write>) -> io::Result<()> {
    let path = context.folder.join(below);
    let mut entries: Vec<fs::DirEntry> =
        fs::read_dir(&path).and_then(Iterator::collect).map_err(|error| named(&path, error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(named(&path, io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8")));
        };
        let inside = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if context.added.is_some() && (inside == IGNORE || inside == ADDED) {
            continue;
        }
        let is_ignored = ignore.ignores(&inside);
        let about = match fs::symlink_metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(named(&path, error)),
        };
        if about.is_dir() {
            if !is_ignored {
                let mut header = header(&about, EntryType::Directory);
                tar.append_data(&mut header, format!("{inside}/"), io::empty())?;
            }
            if !is_ignored || ignore.may_keep_below(&inside) {
                folder(context, ignore, &inside, tar)?;
            }
        } else if is_ignored {
        } else if about.is_symlink() {
            let target = fs::read_link(&path).map_err(|error| named(&path, error))?;
            tar.append_link(&mut header(&about, EntryType::Symlink), &inside, target)?;
        } else if about.is_file() {
            let file = File::open(&path).map_err(|error| named(&path, error))?;
            // The size of the open file: another one may have taken the name.
            let about = file.metadata().map_err(|error| named(&path, error))?;
            let mut header = header(&about, EntryType::Regular);
            header.set_size(about.len());
            let exact = Exact { file, left: about.len() };
            tar.append_data(&mut header, &inside, exact).map_err(|error| named(&path, error))?;
        }
        // Sockets, pipes and devices are nothing to build from.
    }
    Ok(())
}

/// Owner root, as docker sends it: the builder copies files as root's anyway.
fn header(about: &fs::Metadata, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata(about);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(kind);
    header.set_size(0);
    header
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// A file at the size its header told: what is written to it meanwhile is left out, what is cut off is an
/// error, since the archive could not be read after it.
struct Exact {
    file: File,
    left: u64,
}

impl Read for Exact {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        match self.file.read(&mut into[..most])? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file was cut short while it was read")),
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

#[cfg(test)]
mod tests;
