//! Routes for the files of containers, as archives that pass through unread, and for images made of containers.

use api::{ArchiveQuery, Commit, Made, PATH_STAT, PathStat};
use axum::body::Body;
use axum::extract::{Extension, Json, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use engine::CommitSpec;
use futures_util::stream::{self, StreamExt as _};
use tracing::info;

use super::streams::of_project;
use super::{Caller, Problem, project_name};
use crate::Supervisor;

pub(super) async fn stat(
    State(supervisor): State<Supervisor>,
    Path((name, id)): Path<(String, String)>,
    Query(query): Query<ArchiveQuery>,
) -> Result<Json<PathStat>, Problem> {
    let (id, _) = of_project(&supervisor, &project_name(&name)?, &id).await?;
    Ok(Json(told(supervisor.engine().stat(&id, &query.path).await?)))
}

/// A path inside as an archive, and in a header what stands there.
pub(super) async fn read(
    State(supervisor): State<Supervisor>,
    Path((name, id)): Path<(String, String)>,
    Query(query): Query<ArchiveQuery>,
) -> Result<Response, Problem> {
    let (id, _) = of_project(&supervisor, &project_name(&name)?, &id).await?;
    let (stat, archive) = supervisor.engine().read(&id, &query.path).await?;
    let mut headers = HeaderMap::new();
    let json = serde_json::to_vec(&told(stat)).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_bytes(&json) {
        headers.insert(PATH_STAT, value);
    }
    Ok((headers, tar(&supervisor, archive)).into_response())
}

/// Unpacks an archive into a folder inside.
pub(super) async fn write(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path((name, id)): Path<(String, String)>,
    Query(query): Query<ArchiveQuery>,
    body: Body,
) -> Result<Json<Made>, Problem> {
    let name = project_name(&name)?;
    let (id, _) = of_project(&supervisor, &name, &id).await?;
    info!(project = %name, container = id.short(), who = %caller, "files are written on request");
    supervisor.note(&name, &caller, format!("cp into container {}", id.short())).await;
    let archive = body.into_data_stream().map(|piece| piece.map_err(std::io::Error::other));
    supervisor.engine().write(&id, &query.path, query.keep_owner, archive.boxed()).await?;
    Ok(Json(Made { id: id.0 }))
}

/// All files as an archive.
pub(super) async fn export(
    State(supervisor): State<Supervisor>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, _) = of_project(&supervisor, &project_name(&name)?, &id).await?;
    let archive = supervisor.engine().export(&id).await?;
    Ok(tar(&supervisor, archive))
}

/// Makes an image of a container.
pub(super) async fn commit(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<Commit>,
) -> Result<Json<Made>, Problem> {
    let name = project_name(&name)?;
    let (id, _) = of_project(&supervisor, &name, &body.container).await?;
    info!(project = %name, container = id.short(), who = %caller, "an image is made of a container on request");
    supervisor.note(&name, &caller, format!("commit of container {}", id.short())).await;
    let spec = CommitSpec {
        reference: body.reference,
        author: body.author,
        message: body.message,
        changes: body.changes,
        pause: body.pause,
    };
    let id = supervisor.engine().commit(&id, &spec).await?;
    Ok(Json(Made { id }))
}

/// An archive as an answer. When the daemon stops it breaks off: nobody is to take a part for the whole.
fn tar(supervisor: &Supervisor, archive: engine::Archive) -> Response {
    let stopping = supervisor.stopping();
    let archive = stream::unfold(Some(archive), move |archive| {
        let stopping = stopping.clone();
        async move {
            let mut archive = archive?;
            let piece = tokio::select! {
                () = stopping.cancelled() => Some(Err(std::io::Error::other("composed stops"))),
                piece = archive.next() => piece.map(|piece| piece.map_err(std::io::Error::other)),
            };
            let piece = piece?;
            let rest = piece.is_ok().then_some(archive);
            Some((piece, rest))
        }
    });
    ([(header::CONTENT_TYPE, "application/x-tar")], Body::from_stream(archive)).into_response()
}

fn told(stat: engine::PathStat) -> PathStat {
    PathStat { name: stat.name, size: stat.size, mode: stat.mode, link_target: stat.link_target }
}
