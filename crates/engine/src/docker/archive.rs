//! The files of containers, in and out as tar archives, and images made of containers. The archives are passed on
//! as they come, unread.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::stream::{self, StreamExt};
use http_body_util::{BodyExt, StreamBody};
use hyper::Method;
use hyper::body::Frame;
use plan::ContainerId;

use super::chunks::Chunks;
use super::path::Path;
use super::transport::{Call, Class, Transport};
use super::wire;
use crate::error::{Error, Kind};
use crate::session::{Archive, CommitSpec, PathStat};

/// The header with a path's standing: JSON in base64.
const STAT: &str = "x-docker-container-path-stat";

fn path(id: &ContainerId, inside: &str) -> Path {
    Path::of("containers", &id.0, "archive").with("path", inside)
}

/// What stands at a path.
pub(crate) async fn stat(http: &Transport, id: &ContainerId, inside: &str) -> Result<PathStat, Error> {
    let what = format!("look at {inside} in container {}", id.short());
    let headers = http.head(&what, &path(id, inside)).await?;
    let told = headers.get(STAT).and_then(|value| value.to_str().ok());
    decoded(&what, told)
}

/// A path as an archive.
pub(crate) async fn read(http: &Transport, id: &ContainerId, inside: &str) -> Result<(PathStat, Archive), Error> {
    let what = format!("read {inside} in container {}", id.short());
    let (headers, chunks) =
        http.open_with_head(&what, Method::GET, &path(id, inside), None, Some(http.limits.act)).await?;
    let told = headers.get(STAT).and_then(|value| value.to_str().ok());
    Ok((decoded(&what, told)?, archive(chunks)))
}

/// Unpacks an archive into a folder.
pub(crate) async fn write(
    http: &Transport,
    id: &ContainerId,
    inside: &str,
    keep_owner: bool,
    archive: stream::BoxStream<'static, std::io::Result<bytes::Bytes>>,
) -> Result<(), Error> {
    let what = format!("write {inside} in container {}", id.short());
    let mut path = path(id, inside).with("noOverwriteDirNonDir", "true");
    if keep_owner {
        path = path.with("copyUIDGID", "true");
    }
    let body = StreamBody::new(archive.map(|piece| piece.map(Frame::data)));
    // As long as the archive comes, it takes.
    let mut chunks = http.open(&what, Method::PUT, &path, Some(body.boxed_unsync()), None).await?;
    while chunks.next().await?.is_some() {}
    Ok(())
}

/// All files of a container as an archive.
pub(crate) async fn export(http: &Transport, id: &ContainerId) -> Result<Archive, Error> {
    let what = format!("export container {}", id.short());
    let path = Path::of("containers", &id.0, "export");
    Ok(archive(http.open(&what, Method::GET, &path, None, Some(http.limits.act)).await?))
}

/// Makes an image of a container; its id.
pub(crate) async fn commit(http: &Transport, id: &ContainerId, spec: &CommitSpec) -> Result<String, Error> {
    let what = format!("commit container {}", id.short());
    let mut path = Path::new("/commit").with("container", &id.0);
    if !spec.reference.is_empty() {
        let (repository, tag) = repository_and_tag(&spec.reference);
        path = path.with("repo", repository).with("tag", tag);
    }
    for (key, value) in [("author", &spec.author), ("comment", &spec.message)] {
        if !value.is_empty() {
            path = path.with(key, value);
        }
    }
    for change in &spec.changes {
        path = path.with("changes", change);
    }
    if !spec.pause {
        path = path.with("pause", "0");
    }
    // It takes as long as the container's files are large.
    let call = Call { what: &what, class: Class::Wait(None), method: Method::POST, path, json: Some(b"{}".to_vec()) };
    let made: wire::Created = wire::decode(&what, true, &http.send(call).await?.body)?;
    Ok(made.id)
}

/// A tag follows the last colon behind the last slash.
fn repository_and_tag(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (reference, "latest"),
    }
}

fn archive(chunks: Chunks) -> Archive {
    stream::unfold(Some(chunks), |chunks| async {
        let mut chunks = chunks?;
        match chunks.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(chunks))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

fn decoded(what: &str, told: Option<&str>) -> Result<PathStat, Error> {
    let garbled = || Error::new(what, Kind::Garbled, false, "the engine does not say what stands there");
    let json = told.and_then(|told| BASE64_STANDARD.decode(told).ok()).ok_or_else(garbled)?;
    wire::decode(what, false, &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_at_a_path_is_read() {
        // {"name":"x","size":3,"mode":420,"mtime":"2026-01-01T00:00:00Z","linkTarget":"/y"}
        let told = "eyJuYW1lIjoieCIsInNpemUiOjMsIm1vZGUiOjQyMCwibXRpbWUiOiIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsImxpbmtUYXJnZXQiOiIveSJ9";
        let stat = decoded("", Some(told)).unwrap();
        assert_eq!((stat.name.as_str(), stat.size, stat.mode, stat.link_target.as_str()), ("x", 3, 0o644, "/y"));
        assert!(decoded("", Some("*")).is_err());
        assert!(decoded("", None).is_err());
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(repository_and_tag("a/b:c"), ("a/b", "c"));
        assert_eq!(repository_and_tag("host:5000/b"), ("host:5000/b", "latest"));
    }
}
