//! Routes that work on images alone: pull, push, build. They make no generation and no container: what runs goes on
//! as it is until the next `up`. What is done is driven by the answer, so that it ends when nobody reads it any more.

mod build;
mod pull;
mod push;
mod telling;

use std::collections::{BTreeMap, BTreeSet};

use api::{ImageFailure, ImagesEnded};
use axum::extract::{Extension, Json, Path, State};
use engine::{Error, RemoteImage};
use futures_util::StreamExt as _;
use futures_util::stream;
use model::{Project, ProjectName, ServiceName};
use tracing::info;

use super::ask::{described, load, of_project};
use super::stream::{Events, server_sent};
use super::{Caller, Problem, project_name};
use crate::project::Logins;
use crate::{Supervisor, source};

pub(super) async fn pull(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Pull>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let project = loaded(&name, &body.source, &caller).await?;
    let meant = meant(&project, body.services.as_ref(), body.with_dependencies)?;
    info!(project = %name, services = meant.len(), who = %caller, "images are pulled on request");
    supervisor.note(&name, &caller, described("pull", body.services.as_ref())).await;
    let engine = supervisor.engine().clone();
    let wanted = pull::wanted(engine.as_ref(), &project, &meant, &body).await?;
    let told = telling::driven(|told| Box::pin(pull::run(engine, wanted, body, told)));
    Ok(server_sent(&supervisor, told))
}

pub(super) async fn push(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Push>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let project = loaded(&name, &body.source, &caller).await?;
    let meant = meant(&project, body.services.as_ref(), body.with_dependencies)?;
    info!(project = %name, services = meant.len(), who = %caller, "images are pushed on request");
    supervisor.note(&name, &caller, described("push", body.services.as_ref())).await;
    let engine = supervisor.engine().clone();
    let told = telling::driven(|told| Box::pin(push::run(engine, project, meant, body, told)));
    Ok(server_sent(&supervisor, told))
}

pub(super) async fn build(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Build>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let (project, _) = load(&name, &body.source, &caller).await?;
    let meant = meant(&project, body.services.as_ref(), body.with_dependencies)?;
    let builds = build::wanted(&project, &meant, &body)?;
    info!(project = %name, services = builds.len(), who = %caller, "images are built on request");
    supervisor.note(&name, &caller, described("build", body.services.as_ref())).await;
    let engine = supervisor.engine().clone();
    let told = telling::driven(|told| Box::pin(build::run(engine, builds, body, told)));
    Ok(server_sent(&supervisor, told))
}

/// The definition behind a source. What nothing carries out yet stands in nobody's way: no container is made.
async fn loaded(name: &ProjectName, source: &api::Source, caller: &Caller) -> Result<Project, Problem> {
    Ok(of_project(name, source::load(source, caller.reader()).await)?.project)
}

/// The services that are meant: those named, or all.
fn meant(
    project: &Project,
    named: Option<&BTreeSet<String>>,
    with_dependencies: bool,
) -> Result<BTreeSet<ServiceName>, Problem> {
    let scope = source::scope(project, named)?;
    Ok(match scope {
        Some(named) if !with_dependencies => named,
        scope => plan::reach(project, scope.as_ref()),
    })
}

/// An image with whoever asks for it.
fn remote(reference: &str, platform: &str, known: &BTreeMap<String, api::Credentials>) -> RemoteImage {
    let (reference, platform) = (reference.to_owned(), platform.to_owned());
    RemoteImage { credentials: known.get(&reference).map(credentials), reference, platform }
}

/// Who asks for the images of a stack.
pub(super) fn logins(known: &api::Logins) -> Logins {
    let all = |known: &BTreeMap<String, api::Credentials>| {
        known.iter().map(|(name, known)| (name.clone(), credentials(known))).collect()
    };
    Logins { images: all(&known.images), registries: all(&known.registries) }
}

fn credentials(known: &api::Credentials) -> engine::Credentials {
    let api::Credentials { username, password, identity_token, server } = known.clone();
    engine::Credentials { username, password, identity_token, server }
}

fn failure(service: &ServiceName, image: &str, error: &Error) -> ImageFailure {
    let refusal = crate::project::refusal(error);
    let (service, image) = (service.to_string(), image.to_owned());
    ImageFailure { service, image, message: refusal.message, help: refusal.help, last: Vec::new() }
}

/// Does all of it, so many at a time, and gathers what failed in the order it was asked for.
async fn each<F>(parallel: usize, work: Vec<F>) -> ImagesEnded
where
    F: Future<Output = Vec<ImageFailure>>,
{
    let count = work.len();
    // The engine's own bound holds in any case.
    let at_once = if parallel == 0 { count.max(1) } else { parallel };
    let numbered = work.into_iter().enumerate().map(|(number, one)| async move { (number, one.await) });
    let mut ended: Vec<_> = stream::iter(numbered).buffer_unordered(at_once).collect().await;
    ended.sort_by_key(|(number, _)| *number);
    let failures = ended.into_iter().flat_map(|(_, failures)| failures).collect();
    ImagesEnded { count, failures, to_build: Vec::new() }
}
