//! The edge towards clients: routes, who may use them, and the words of the wire.

mod archive;
mod ask;
mod bridge;
mod caller;
mod checks;
mod groups;
mod images;
mod list;
mod logs;
mod look;
mod namesake;
pub(crate) mod patience;
mod reconciling;
mod routes;
mod run;
mod stream;
mod streams;
mod touch;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

pub use caller::{Caller, Role, Stranger};
pub use routes::router;

/// The longest request body: a source with all its variables is a few kilobytes.
const LONGEST_BODY: usize = 4 << 20;

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
