//! Pulls an image and tells how it gets on.
//!
//! Registries are asked anonymously: the header that would carry credentials (`X-Registry-Auth`, base64url)
//! belongs to the call below.

use hyper::Method;

use super::path::Path;
use super::transport::Transport;
use super::{observe, wire};
use crate::error::{Error, Kind};
use crate::{Done, Progress};

pub(crate) async fn pull(
    http: &Transport,
    what: &str,
    reference: &str,
    platform: &str,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Done, Error> {
    let before = observe::image(http, reference).await?;
    let (name, tag) = split(reference);
    let mut path = Path::new("/images/create").with("fromImage", name).with("tag", tag);
    if !platform.is_empty() {
        path = path.with("platform", platform);
    }
    let _permit = http.fetches.acquire().await;
    let idle = http.limits.idle;
    let mut steps = http.open(what, Method::POST, &path, None, Some(idle)).await?;
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
    let id = observe::image(http, reference).await?;
    Ok(Done { changed: id != before, id, warnings: Vec::new() })
}

/// A reference as the pull call wants it: a name without its tag would mean all tags.
fn split(reference: &str) -> (&str, &str) {
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
