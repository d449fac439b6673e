//! Pushes an image and tells how it gets on.

use hyper::Method;

use super::path::Path;
use super::transport::Transport;
use super::{credentials, pull};
use crate::error::Error;
use crate::{Progress, RemoteImage};

pub(crate) async fn push(
    http: &Transport,
    image: &RemoteImage,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), Error> {
    let what = format!("push image {}", image.reference);
    let (name, tag) = pull::split(&image.reference);
    let path = Path::of("images", name, "push").with("tag", tag);
    let header = credentials::of_one(image.credentials.as_ref());
    let _permit = http.fetches.acquire().await;
    let idle = http.limits.idle;
    let mut steps = http.open_as(&what, Method::POST, &path, None, Some(idle), Some(header)).await?;
    pull::follow(&what, &mut steps, idle, tag, progress).await
}
