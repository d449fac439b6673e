//! Every route with the role that it takes: none can be written down without one.

use axum::Router;
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};

use super::{
    Caller, LONGEST_BODY, Problem, archive, ask, checks, images, list, logs, look, problem, reconciling, run, stream,
    streams, touch,
};
use crate::Supervisor;
use crate::http::caller::Role;

/// Routes while they are written down.
#[derive(Default)]
struct Routes(Router<Supervisor>);

impl Routes {
    /// One that whoever may look may ask.
    fn look(self, path: &str, route: MethodRouter<Supervisor>) -> Self {
        Self(self.0.route(path, route))
    }

    /// One that changes something, has files read, or works in a container: for operators.
    fn operate(self, path: &str, route: MethodRouter<Supervisor>) -> Self {
        Self(self.0.route(path, route.layer(from_fn(operators_only))))
    }
}

async fn operators_only(Extension(caller): Extension<Caller>, request: Request, next: Next) -> Response {
    match caller.role() {
        Role::Operate => next.run(request).await,
        Role::Look => {
            let title = "this socket is for looking only";
            let help = "ask at the socket of operators (`socket` in the settings)".to_owned();
            Problem(api::Problem { help, ..problem("forbidden", StatusCode::FORBIDDEN, title) }).into_response()
        }
    }
}

/// What is refused before a route is asked, a body that is too long or no JSON, is a problem like any other.
async fn explained(response: Response) -> Response {
    let status = response.status();
    let is_text = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !is_text {
        return response;
    }
    let title = match status {
        StatusCode::PAYLOAD_TOO_LARGE => format!("the body of a request may have {LONGEST_BODY} bytes at most"),
        _ => {
            let said = axum::body::to_bytes(response.into_body(), LONGEST_BODY).await.unwrap_or_default();
            String::from_utf8_lossy(&said).into_owned()
        }
    };
    Problem(problem("bad-request", status, &title)).into_response()
}

/// Every route.
pub fn router(supervisor: Supervisor) -> Router {
    let routes = Routes::default()
        .look("/version", get(look::version))
        .look("/checks", get(checks::checks))
        .operate("/images/digest", get(look::digest))
        .operate("/plan", post(look::plan))
        .look("/stacks", get(look::stacks))
        .look("/stacks/{name}", get(look::stack))
        .look("/projects", get(list::projects))
        .look("/stacks/{name}/containers", get(list::containers))
        .look("/stacks/{name}/images", get(list::images))
        .look("/stacks/{name}/volumes", get(list::volumes))
        .look("/stacks/{name}/processes", get(list::processes))
        .look("/stacks/{name}/stats", get(list::stats))
        .look("/stacks/{name}/happenings", get(list::happenings))
        .look("/stacks/{name}/exits", get(list::exits))
        .look("/stacks/{name}/events", get(stream::events))
        .look("/stacks/{name}/logs", get(logs::logs))
        .look("/stacks/{name}/why/{service}", get(reconciling::why))
        .operate("/stacks/{name}/up", post(ask::up))
        .operate("/stacks/{name}/down", post(ask::down))
        .operate("/stacks/{name}/stop", post(ask::stop))
        .operate("/stacks/{name}/start", post(ask::start))
        .operate("/stacks/{name}/restart", post(ask::restart))
        .operate("/stacks/{name}/pause-reconcile", post(reconciling::pause))
        .operate("/stacks/{name}/resume", post(reconciling::resume))
        .operate("/stacks/{name}/pull", post(images::pull))
        .operate("/stacks/{name}/push", post(images::push))
        .operate("/stacks/{name}/build", post(images::build))
        .operate("/stacks/{name}/kill", post(touch::kill))
        .operate("/stacks/{name}/pause", post(touch::pause))
        .operate("/stacks/{name}/unpause", post(touch::unpause))
        .operate("/stacks/{name}/remove", post(touch::remove))
        .operate("/stacks/{name}/exec", post(streams::exec))
        .operate("/stacks/{name}/attach", post(streams::attach))
        .operate("/stacks/{name}/run", post(run::run))
        .operate("/stacks/{name}/containers/{id}", get(streams::container))
        .operate("/stacks/{name}/containers/{id}/stat", get(archive::stat))
        .operate("/stacks/{name}/containers/{id}/archive", get(archive::read).put(archive::write))
        .operate("/stacks/{name}/containers/{id}/export", get(archive::export))
        .operate("/stacks/{name}/commit", post(archive::commit));
    Router::new()
        .nest(api::PREFIX, routes.0)
        .fallback(|| async { Problem(problem("bad-request", StatusCode::NOT_FOUND, "there is no such path")) })
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST_BODY))
        .layer(map_response(explained))
        .with_state(supervisor)
}
