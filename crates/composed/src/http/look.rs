//! Routes that only look.

use api::{ImageDigest, ImageQuery, PlanRequest, Planned, StackReport, VersionReport};
use axum::extract::{Extension, Json, Path, Query, State};

use super::ask::{no_such_stack, planned};
use super::{Caller, Problem, project_name};
use crate::{Supervisor, report};

pub(super) async fn version(State(supervisor): State<Supervisor>) -> Json<VersionReport> {
    let engine = supervisor.engine().version().await.ok();
    Json(VersionReport {
        composed: env!("CARGO_PKG_VERSION").to_owned(),
        dialect: plan::labels::DIALECT.to_owned(),
        engine_api: engine.as_ref().map(|version| version.negotiated.clone()).unwrap_or_default(),
        engine: engine.map(|version| version.engine).unwrap_or_default(),
    })
}

/// The digest of an image in its registry, which the engine asks.
pub(super) async fn digest(
    State(supervisor): State<Supervisor>,
    Query(wanted): Query<ImageQuery>,
) -> Result<Json<ImageDigest>, Problem> {
    let digest = supervisor.engine().digest(&wanted.reference).await?;
    Ok(Json(ImageDigest { digest }))
}

pub(super) async fn plan(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<PlanRequest>,
) -> Result<Json<Planned>, Problem> {
    Ok(Json(report::planned(&planned(&supervisor, &caller, &body).await?)))
}

pub(super) async fn stacks(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
) -> Json<Vec<StackReport>> {
    Json(supervisor.reports().into_iter().map(|report| caller.may_see(report)).collect())
}

pub(super) async fn stack(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Json<StackReport>, Problem> {
    let name = project_name(&name)?;
    let feed = supervisor.feed(name.as_str()).ok_or_else(|| Problem(no_such_stack(&name)))?;
    Ok(Json(caller.may_see(feed.report())))
}
