//! Pulls an image and tells how it gets on.

use std::time::Duration;

use hyper::Method;

use super::chunks::Chunks;
use super::path::Path;
use super::transport::Transport;
use super::{credentials, observe, wire};
use crate::error::{Error, Kind};
use crate::{Done, Progress, RemoteImage};

pub(crate) async fn pull(
    http: &Transport,
    image: &RemoteImage,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Done, Error> {
    let RemoteImage { reference, platform, credentials } = image;
    let what = format!("pull image {reference}");
    let before = observe::image(http, reference).await?;
    let (name, tag) = split(reference);
    let mut path = Path::new("/images/create").with("fromImage", name).with("tag", tag);
    if !platform.is_empty() {
        path = path.with("platform", platform);
    }
    let header = credentials.as_ref().map(|known| credentials::of_one(Some(known)));
    let _permit = http.fetches.acquire().await;
    let idle = http.limits.idle;
    let mut steps = http.open_as(&what, Method::POST, &path, None, Some(idle), header).await?;
    follow(&what, &mut steps, idle, tag, progress).await?;
    let id = observe::image(http, reference).await?;
    Ok(Done { changed: id != before, id, warnings: Vec::new() })
}

/// Follows a pull or push of a tag to its end.
pub(crate) async fn follow(
    what: &str,
    steps: &mut Chunks,
    idle: Duration,
    tag: &str,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), Error> {
    while let Some(step) = steps.object_within::<wire::Step>(idle).await? {
        if let Some(message) = step.error {
            return Err(Error::new(what, Kind::Failed, true, message));
        }
        let Some(status) = step.status else { continue };
        let detail = step.detail.unwrap_or_default();
        progress(match step.id {
            Some(id) if id != tag => Progress::Layer { id, status, current: detail.current, total: detail.total },
            _ => Progress::Line(status),
        });
    }
    Ok(())
}

/// A reference as pulls and pushes want it: a name without its tag would mean all tags.
pub(crate) fn split(reference: &str) -> (&str, &str) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, digest);
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_split_where_its_tag_begins() {
        for (reference, expected) in [
            ("nginx", ("nginx", "latest")),
            ("nginx:1", ("nginx", "1")),
            ("host:5000/a", ("host:5000/a", "latest")),
            ("host:5000/a:b", ("host:5000/a", "b")),
            ("a@sha256:00", ("a", "sha256:00")),
            ("host:5000/a:b@sha256:00", ("host:5000/a:b", "sha256:00")),
        ] {
            assert_eq!(split(reference), expected, "{reference}");
        }
    }
}
