//! Every route with the role that it takes: none can be written down without one.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;

use super::{
    Caller, LONGEST_BODY, Problem, archive, ask, checks, images, list, logs, look, problem, reconciling, run, stream,
    streams, touch,
};
use crate::Supervisor;
use crate::http::caller::Role;

/// Answers without end that may be open at a time on one socket: half of its connections are left for everybody else,
/// since nobody knows whether such a listener will ever read on.
const FOLLOWERS: usize = 128;

/// Routes while they are written down.
struct Routes {
    router: Router<Supervisor>,
    followers: Arc<Semaphore>,
}

impl Routes {
    /// One that whoever may look may ask.
    fn look(self, path: &str, route: MethodRouter<Supervisor>) -> Self {
        Self { router: self.router.route(path, route), ..self }
    }

    /// One of those whose answer goes on until somebody ends it.
    fn follow(self, path: &str, route: MethodRouter<Supervisor>) -> Self {
        let followers = Arc::clone(&self.followers);
        let route = route.layer(from_fn(move |request, next| following(Arc::clone(&followers), request, next)));
        self.look(path, route)
    }

    /// One that changes something, has files read, or works in a container: for operators.
    fn operate(self, path: &str, route: MethodRouter<Supervisor>) -> Self {
        Self { router: self.router.route(path, route.layer(from_fn(operators_only))), ..self }
    }
}

/// Keeps a place until the answer ends, where there is one.
async fn following(followers: Arc<Semaphore>, request: Request, next: Next) -> Response {
    let Ok(place) = followers.try_acquire_owned() else {
        let title = format!("{FOLLOWERS} answers without end are open, and no more are given at a time");
        let help = "end one of them: `composectl logs -f`, `stats`, `events` and the like hold one each".to_owned();
        let problem = api::Problem { help, ..problem("busy", StatusCode::SERVICE_UNAVAILABLE, &title) };
        let mut response = Problem(problem).into_response();
        // It does not keep its connection either.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    };
    let (head, body) = next.run(request).await.into_parts();
    let body = body.map_frame(move |frame| {
        let _held = &place;
        frame
    });
    Response::from_parts(head, Body::new(body))
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
    let is_text =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
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
    let routes = Routes { router: Router::new(), followers: Arc::new(Semaphore::new(FOLLOWERS)) }
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
        .follow("/stacks/{name}/stats", get(list::stats))
        .follow("/stacks/{name}/happenings", get(list::happenings))
        .follow("/stacks/{name}/exits", get(list::exits))
        .look("/stacks/{name}/events", get(stream::events))
        .follow("/stacks/{name}/logs", get(logs::logs))
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
        .nest(api::PREFIX, routes.router)
        .fallback(|| async { Problem(problem("bad-request", StatusCode::NOT_FOUND, "there is no such path")) })
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST_BODY))
        .layer(map_response(explained))
        .with_state(supervisor)
}
