//! Routes about what is done by itself: whether, and why.

use api::{StackReport, Why};
use axum::extract::{Extension, Json, Path, State};
use axum::http::StatusCode;
use engine::LogOptions;
use futures_util::StreamExt as _;
use plan::ContainerId;

use super::ask::no_such_stack;
use super::{Caller, Problem, problem, project_name};
use crate::{Supervisor, why};

/// How many lines of a container's log are told.
const LINES: u64 = 10;

pub(super) async fn pause(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Json<StackReport>, Problem> {
    set(&supervisor, &caller, &name, true).await
}

pub(super) async fn resume(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Json<StackReport>, Problem> {
    set(&supervisor, &caller, &name, false).await
}

async fn set(
    supervisor: &Supervisor,
    caller: &Caller,
    name: &str,
    is_paused: bool,
) -> Result<Json<StackReport>, Problem> {
    let name = project_name(name)?;
    let set = supervisor.pause(&name, is_paused, caller.to_string()).await?;
    set.map(Json).ok_or_else(|| Problem(no_such_stack(&name)))
}

pub(super) async fn why(
    State(supervisor): State<Supervisor>,
    Path((name, service)): Path<(String, String)>,
) -> Result<Json<Why>, Problem> {
    let name = project_name(&name)?;
    let asked = supervisor.why(&name, &service).await;
    let chain = asked.ok_or_else(|| Problem(no_such_stack(&name)))?;
    let mut chain = chain.ok_or_else(|| {
        let title = format!("no such service: {service}");
        let help = "`composectl status` lists the services of a stack".to_owned();
        Problem(api::Problem { help, ..problem("no-such-service", StatusCode::NOT_FOUND, &title) })
    })?;
    for link in &mut chain.links {
        for container in link.containers.iter().filter(|container| why::is_telling(container)) {
            link.log.extend(last_lines(&supervisor, &container.id).await);
        }
    }
    Ok(Json(chain))
}

/// What a container wrote last; where it cannot be read, the chain is told without it.
async fn last_lines(supervisor: &Supervisor, id: &str) -> Vec<String> {
    let options = LogOptions { follow: false, tail: Some(LINES), since: None, until: None, timestamps: false };
    let Ok(lines) = supervisor.engine().logs(&ContainerId(id.to_owned()), options).await else { return Vec::new() };
    let lines = lines.take(LINES as usize).filter_map(|line| async move { line.ok() });
    lines.map(|line| String::from_utf8_lossy(&line.bytes).trim_end().to_owned()).collect().await
}
