//! Routes that hand over the streams of a process: one more in a container, or a container's first.

use std::sync::Arc;
use std::time::Duration;

use api::frames::FromProcess;
use api::{Attach, Attachable, Exec};
use axum::extract::{Extension, Json, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use engine::{ExecSpec, Terminal, TerminalSize, Until};
use model::ProjectName;
use plan::{ContainerId, labels};
use tracing::info;

use super::bridge::{Work, asked, ended, hand_over, no_upgrade};
use super::{Caller, Problem, problem, project_name};
use crate::Supervisor;

/// How long a process whose streams are over may take to be seen as ended.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// What attaching to a container needs to know of it.
pub(super) async fn container(
    State(supervisor): State<Supervisor>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<Attachable>, Problem> {
    let name = project_name(&name)?;
    let (_, found) = of_project(&supervisor, &name, &id).await?;
    Ok(Json(Attachable { state: found.state, tty: found.tty, stdin: found.stdin }))
}

/// Runs a process beside those of a container.
pub(super) async fn exec(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let name = project_name(&name)?;
    let (body, upgrade) = asked::<Exec>(request).await?;
    let (id, _) = of_project(&supervisor, &name, &body.container).await?;
    let spec = ExecSpec {
        command: body.command,
        environment: body.environment,
        user: body.user,
        workdir: body.workdir,
        privileged: body.privileged,
        tty: body.tty,
        stdin: body.stdin,
        detached: body.detach,
        detach_keys: body.detach_keys,
        size: body.size.map(|(columns, rows)| TerminalSize { columns, rows }),
    };
    if !spec.detached && upgrade.is_none() {
        return Err(no_upgrade());
    }
    info!(project = %name, container = id.short(), who = %caller, "a process is run on request");
    supervisor.note(&name, &caller, format!("exec in container {}", id.short())).await;
    let engine = supervisor.engine();
    let exec = engine.exec(&id, &spec).await?;
    let session = engine.start_exec(&exec, &spec).await?;
    let (Some(session), Some(upgrade)) = (session, upgrade) else {
        return Ok(Json(api::Made { id: exec.0 }).into_response());
    };
    let ended = {
        let (engine, exec) = (Arc::clone(engine), exec.clone());
        Box::pin(async move {
            match engine.exec_state(&exec).await {
                // It closed its streams and lives on.
                Ok(state) if state.is_running => FromProcess::LeftRunning,
                Ok(state) => FromProcess::Exit(state.code),
                Err(error) => FromProcess::Broken(crate::project::refusal(&error).message),
            }
        })
    };
    let work = Work { session, terminal: Terminal::Exec(exec), ends_input: true, signals: None, ended };
    Ok(hand_over(&supervisor, upgrade, work))
}

/// Hands over the streams of a container's first process.
pub(super) async fn attach(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let name = project_name(&name)?;
    let (body, upgrade) = asked::<Attach>(request).await?;
    let upgrade = upgrade.ok_or_else(no_upgrade)?;
    let (id, found) = of_project(&supervisor, &name, &body.container).await?;
    info!(project = %name, container = id.short(), who = %caller, "somebody attaches to a container");
    supervisor.note(&name, &caller, format!("attach to container {}", id.short())).await;
    let engine = supervisor.engine();
    let wait = engine.wait(&id, Until::Stopped).await?;
    let session = engine.attach(&id, found.tty, body.stdin && found.stdin, &body.detach_keys).await?;
    let ended = Box::pin(ended(wait, LAST_LOOK));
    let terminal = Terminal::Container(id.clone());
    let work = Work { session, terminal, ends_input: found.stdin_once, signals: Some(id), ended };
    Ok(hand_over(&supervisor, upgrade, work))
}

/// A container that is meant, and what it is. Nobody reaches those of another project by way of this one.
pub(super) async fn of_project(
    supervisor: &Supervisor,
    name: &ProjectName,
    id: &str,
) -> Result<(ContainerId, engine::Attachable), Problem> {
    let id = ContainerId(id.to_owned());
    let found = supervisor.engine().attachable(&id).await?;
    let found = found.filter(|found| found.labels.get(labels::PROJECT).is_some_and(|project| project == name.as_str()));
    let missing = || {
        let title = format!("no container {} of project {name}", id.0);
        Problem(problem("no-such-container", StatusCode::NOT_FOUND, &title))
    };
    found.map(|found| (id.clone(), found)).ok_or_else(missing)
}
