//! The edge towards clients: routes, who may use them, and the words of the wire.

mod archive;
mod ask;
mod bridge;
mod caller;
mod images;
mod list;
mod logs;
mod look;
mod reconciling;
mod run;
mod stream;
mod streams;
mod touch;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::Supervisor;

pub use caller::Caller;

/// The longest request body: a source with all its variables is a few kilobytes.
const LONGEST_BODY: usize = 4 << 20;

/// Every route.
pub fn router(supervisor: Supervisor) -> Router {
    let routes = Router::new()
        .route("/version", get(look::version))
        .route("/images/digest", get(look::digest))
        .route("/plan", post(look::plan))
        .route("/stacks", get(look::stacks))
        .route("/stacks/{name}", get(look::stack))
        .route("/projects", get(list::projects))
        .route("/stacks/{name}/containers", get(list::containers))
        .route("/stacks/{name}/images", get(list::images))
        .route("/stacks/{name}/volumes", get(list::volumes))
        .route("/stacks/{name}/processes", get(list::processes))
        .route("/stacks/{name}/stats", get(list::stats))
        .route("/stacks/{name}/happenings", get(list::happenings))
        .route("/stacks/{name}/exits", get(list::exits))
        .route("/stacks/{name}/events", get(stream::events))
        .route("/stacks/{name}/logs", get(logs::logs))
        .route("/stacks/{name}/up", post(ask::up))
        .route("/stacks/{name}/down", post(ask::down))
        .route("/stacks/{name}/stop", post(ask::stop))
        .route("/stacks/{name}/start", post(ask::start))
        .route("/stacks/{name}/restart", post(ask::restart))
        .route("/stacks/{name}/pause-reconcile", post(reconciling::pause))
        .route("/stacks/{name}/resume", post(reconciling::resume))
        .route("/stacks/{name}/why/{service}", get(reconciling::why))
        .route("/stacks/{name}/pull", post(images::pull))
        .route("/stacks/{name}/push", post(images::push))
        .route("/stacks/{name}/build", post(images::build))
        .route("/stacks/{name}/kill", post(touch::kill))
        .route("/stacks/{name}/pause", post(touch::pause))
        .route("/stacks/{name}/unpause", post(touch::unpause))
        .route("/stacks/{name}/remove", post(touch::remove))
        .route("/stacks/{name}/exec", post(streams::exec))
        .route("/stacks/{name}/attach", post(streams::attach))
        .route("/stacks/{name}/run", post(run::run))
        .route("/stacks/{name}/containers/{id}", get(streams::container))
        .route("/stacks/{name}/containers/{id}/stat", get(archive::stat))
        .route("/stacks/{name}/containers/{id}/archive", get(archive::read).put(archive::write))
        .route("/stacks/{name}/containers/{id}/export", get(archive::export))
        .route("/stacks/{name}/commit", post(archive::commit));
    Router::new()
        .nest(api::PREFIX, routes)
        .fallback(|| async { Problem(problem("bad-request", StatusCode::NOT_FOUND, "there is no such path")) })
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(supervisor)
}

/// A problem document as an answer.
pub(crate) struct Problem(pub(crate) api::Problem);

impl From<api::Problem> for Problem {
    fn from(problem: api::Problem) -> Self {
        Self(problem)
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        let refusal = crate::project::refusal(&error);
        let status = if error.is_unreachable() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_GATEWAY };
        Self(api::Problem { help: refusal.help, ..problem("engine", status, &refusal.message) })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self.0)).into_response();
        let kind = axum::http::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
        response
    }
}

/// A problem without findings.
pub(crate) fn problem(kind: &str, status: StatusCode, title: &str) -> api::Problem {
    api::Problem { kind: kind.to_owned(), status: status.as_u16(), title: title.to_owned(), ..api::Problem::default() }
}

/// A project's name out of a path.
pub(crate) fn project_name(text: &str) -> Result<model::ProjectName, Problem> {
    model::ProjectName::new(text)
        .map_err(|error| Problem(problem("bad-request", StatusCode::BAD_REQUEST, &error.to_string())))
}
