//! `cp`: files between a service's containers and here, by docker's rules of what is copied into what and what
//! gets which name. Archives are made and read here; the daemon passes them through.

mod names;
mod pack;
mod unpack;

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use api::{ContainerListing, PathStat};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::{self, BoxStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::target::Told;
use super::{escaped, interruptible};
use crate::args::{Cp, Global};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::source::Place;
use names::{Found, Landing, asserts_folder, landing, rebased, split};

/// Pieces of an archive that wait between the files and the daemon.
const PIECES: usize = 4;

pub(super) async fn run(global: &Global, cp: Cp) -> Result<(), Exit> {
    let (service, way) = match (service_and_path(&cp.source), service_and_path(&cp.destination)) {
        ((Some(_), _), (Some(_), _)) => return Err(Exit::error("copying between services is not supported")),
        ((None, _), (None, _)) => return Err(Exit::error("unknown copy direction")),
        ((Some(service), from), (None, to)) => (service, Way::Out { from, to }),
        ((None, from), (Some(service), to)) => (service, Way::In { from, to }),
    };
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/containers", place.stack);
    let containers: Vec<ContainerListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let chosen = chosen(containers, service, &cp, matches!(way, Way::In { .. }))?;
    // An archive on standard input can be read once only.
    let archive = match way {
        Way::In { from: "-", .. } if chosen.len() > 1 => Some(interruptible(whole_stdin()).await?),
        _ => None,
    };
    let told = std::sync::Mutex::new(Told::new(global));
    let said = |text: &str, done: bool, container: &ContainerListing| {
        let name = &container.name;
        let details = match way {
            Way::Out { from, to } => format!("{name}:{from} to {to}"),
            Way::In { from, to } => format!("{from} to {name}:{to}"),
        };
        let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if done { told.done(name, text, &details) } else { told.working(name, text, &details) }
    };
    let copies = join_all(chosen.iter().map(|container| {
        let (connection, cp, archive, said) = (&connection, &cp, archive.clone(), &said);
        let there = There { connection, base: format!("{path}/{}", container.id), id: &container.id };
        async move {
            said("Copying", false, container);
            match way {
                Way::Out { from, to } => copy_out(&there, from, to, cp.follow_link).await?,
                Way::In { from, to } => copy_in(&there, from, to, cp, archive).await?,
            }
            said("Copied", true, container);
            Ok::<(), Exit>(())
        }
    }));
    let copied = interruptible(async { copies.await.into_iter().collect::<Result<Vec<()>, Exit>>() }).await;
    drop(told);
    copied?;
    connection.close().await;
    Ok(())
}

/// What is copied where: paths inside the container, and here.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    Out { from: &'a str, to: &'a str },
    In { from: &'a str, to: &'a str },
}

/// `SERVICE:PATH`, unless it is a path here: absolute, or beginning with a dot, or without a colon.
fn service_and_path(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((service, path)) if !text.starts_with(['/', '.']) && !service.is_empty() => (Some(service), path),
        _ => (None, text),
    }
}

/// Of a service all are copied into, and the one with the lowest number is copied from.
fn chosen(
    mut containers: Vec<ContainerListing>,
    service: &str,
    cp: &Cp,
    into: bool,
) -> Result<Vec<ContainerListing>, Exit> {
    let quoted = diagnostic::quoted(service);
    containers.retain(|container| container.service == service);
    if cp.index > 0 {
        containers.retain(|container| container.number == Some(cp.index));
        let none = || Exit::error(format!("service {quoted} is not running container #{}", cp.index));
        return if containers.is_empty() { Err(none()) } else { Ok(containers) };
    }
    containers.retain(|container| cp.all || container.number.is_some());
    containers.sort_by_key(|container| (container.number.is_none(), container.number));
    if !into {
        containers.truncate(1);
    }
    if containers.is_empty() {
        return Err(Exit::error(format!("no container found for service {quoted}")));
    }
    Ok(containers)
}

/// A container's files.
struct There<'a> {
    connection: &'a Connection,
    base: String,
    id: &'a str,
}

impl There<'_> {
    async fn stat(&self, path: &str) -> Result<PathStat, api::ClientError> {
        self.connection.client.get(&format!("{}/stat?path={}", self.base, escaped(path))).await
    }
}

async fn copy_in(there: &There<'_>, from: &str, to: &str, cp: &Cp, archive: Option<Bytes>) -> Result<(), Exit> {
    let mut destination = to.to_owned();
    let mut stat = there.stat(to).await.ok();
    if let Some(link) = stat.as_ref().filter(|stat| stat.is_link()) {
        destination = linked(to, &link.link_target);
        stat = there.stat(&destination).await.ok();
    }
    let place = format!("destination \"{}:{to}\"", there.id);
    if stat.as_ref().is_some_and(PathStat::is_device) {
        return Err(Exit::error(format!("{place} must be a directory or a regular file: got a device")));
    }
    let found = match &stat {
        None => Found::Nothing,
        Some(stat) if stat.is_dir() => Found::Folder,
        Some(_) => Found::File,
    };
    let (folder, pieces) = if from == "-" {
        if found != Found::Folder {
            return Err(Exit::error(format!("{place} must be a directory")));
        }
        let pieces = match archive {
            Some(whole) => stream::once(async { Ok(whole) }).boxed(),
            None => stdin_pieces(),
        };
        (destination, pieces)
    } else {
        let source = here(from)?;
        let source = pack::Source::find(&source, cp.follow_link).map_err(Exit::error)?;
        let Landing { folder, root } =
            landing(&source.name, source.is_dir, &destination, found).map_err(Exit::error)?;
        (folder, packed(source, root))
    };
    let path = format!("{}/archive?path={}&keep_owner={}", there.base, escaped(&folder), cp.archive);
    let _: api::Made = there.connection.client.upload(&path, pieces).await?;
    Ok(())
}

async fn copy_out(there: &There<'_>, from: &str, to: &str, follows: bool) -> Result<(), Exit> {
    let destination = if to == "-" { None } else { Some(here(to)?) };
    if let Some(destination) = &destination {
        check_output(destination).map_err(Exit::error)?;
    }
    let mut source = from.to_owned();
    let mut name = None;
    if follows && let Some(link) = there.stat(from).await.ok().filter(PathStat::is_link) {
        name = Some(split(from).1);
        source = linked(from, &link.link_target);
    }
    let download =
        there.connection.client.download(&format!("{}/archive?path={}", there.base, escaped(&source))).await?;
    let mut bytes = download.bytes;
    let Some(destination) = destination else {
        let mut stdout = tokio::io::stdout();
        while let Some(piece) = bytes.next().await {
            stdout.write_all(&piece?).await.map_err(|_| Exit::silent(141))?;
        }
        return stdout.flush().await.map_err(|_| Exit::silent(141));
    };
    let is_dir = download.stat.as_ref().is_some_and(PathStat::is_dir);
    let base = split(&source).1;
    let (destination, found) = unpack::destination(&destination).map_err(Exit::error)?;
    let Landing { folder, root } =
        landing(name.as_deref().unwrap_or(&base), is_dir, &destination, found).map_err(Exit::error)?;
    let (hand, pieces) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    let unpacking = tokio::task::spawn_blocking(move || {
        unpack::unpack(Pieces { pieces, rest: Bytes::new() }, Path::new(&folder), |entry| rebased(entry, &base, &root))
    });
    while let Some(piece) = bytes.next().await {
        let broken = piece.is_err();
        if hand.send(piece.map_err(io::Error::other)).await.is_err() || broken {
            break;
        }
    }
    drop(hand);
    unpacking.await.map_err(|error| Exit::error(error.to_string()))?.map_err(Exit::error)
}

/// Where a link leads, from where it stands.
fn linked(path: &str, target: &str) -> String {
    if target.starts_with('/') { target.to_owned() } else { format!("{}/{target}", split(path).0) }
}

/// A path of this machine in full, with what stands at its end: `/` and `/.` mean something.
fn here(path: &str) -> Result<String, Exit> {
    if path.starts_with('/') {
        return Ok(path.to_owned());
    }
    let folder = std::env::current_dir().map_err(|error| Exit::error(error.to_string()))?;
    Ok(format!("{}/{path}", folder.display()))
}

/// Whether something can be written there: its folder is there, and it is no device.
pub(super) fn check_output(path: impl AsRef<Path>) -> Result<(), String> {
    let path: PathBuf = path.as_ref().components().collect();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        let folder = diagnostic::quoted(&folder.display().to_string());
        return Err(format!("invalid output path: directory {folder} does not exist"));
    }
    match std::fs::metadata(&path) {
        Ok(found) if found.file_type().is_char_device() || found.file_type().is_block_device() => {
            let path = diagnostic::quoted(&path.display().to_string());
            Err(format!("invalid output path: {path} must be a directory or a regular file: got a device"))
        }
        _ => Ok(()),
    }
}

/// Standard input as it comes.
fn stdin_pieces() -> BoxStream<'static, io::Result<Bytes>> {
    stream::unfold(tokio::io::stdin(), |mut stdin| async {
        let mut piece = bytes::BytesMut::with_capacity(64 << 10);
        match stdin.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.freeze()), stdin)),
            Err(error) => Some((Err(error), stdin)),
        }
    })
    .boxed()
}

async fn whole_stdin() -> Result<Bytes, Exit> {
    let mut all = Vec::new();
    tokio::io::stdin().read_to_end(&mut all).await.map_err(|error| Exit::error(error.to_string()))?;
    Ok(all.into())
}

/// An archive of files, made as it is asked for.
fn packed(source: pack::Source, root: Option<String>) -> BoxStream<'static, io::Result<Bytes>> {
    let (hand, pieces) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = pack::pack(&source, root.as_deref(), Pieced(hand.clone())) {
            let _ = hand.blocking_send(Err(error));
        }
    });
    stream::unfold(pieces, |mut pieces| async move { Some((pieces.recv().await?, pieces)) }).boxed()
}

/// Writes pieces.
struct Pieced(mpsc::Sender<io::Result<Bytes>>);

impl io::Write for Pieced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads pieces.
struct Pieces {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl io::Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.rest = piece?,
            }
        }
        let piece = self.rest.split_to(into.len().min(self.rest.len()));
        into[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_is_no_service_in_a_path() {
        assert_eq!(service_and_path("web:/a:b"), (Some("web"), "/a:b"));
        assert_eq!(service_and_path("./web:x"), (None, "./web:x"));
        assert_eq!(service_and_path("/web:x"), (None, "/web:x"));
        assert_eq!(service_and_path("web"), (None, "web"));
        assert_eq!(service_and_path("-"), (None, "-"));
    }

    #[test]
    fn links_lead_from_where_they_stand() {
        assert_eq!(linked("/a/b", "../c"), "/a/../c");
        assert_eq!(linked("/a/b", "/c"), "/c");
    }
}
