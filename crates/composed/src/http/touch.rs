//! Routes that do something to containers as a hand at the engine would: kill, pause, unpause, remove. The
//! project's task sees it by looking, and leaves what was killed or paused as it is until `up` or `start`.

use std::collections::BTreeSet;

use api::{Touch, Touched};
use axum::extract::{Extension, Json, Path, State};
use axum::http::StatusCode;
use engine::Listing;
use futures_util::future::join_all;
use model::{ProjectName, ServiceName};
use plan::{Action, labels};
use reconcile::Request;
use tracing::info;

use super::ask::{passing, plain};
use super::{Caller, Problem, problem, project_name};
use crate::Supervisor;

type Answer = Result<Json<Vec<Touched>>, Problem>;

pub(super) async fn kill(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<Touch>,
) -> Answer {
    let signal = if body.signal.is_empty() { "SIGKILL".to_owned() } else { body.signal.clone() };
    touched(&supervisor, &name, &body, &caller, engine::Touch::Kill(signal)).await
}

pub(super) async fn pause(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<Touch>,
) -> Answer {
    touched(&supervisor, &name, &body, &caller, engine::Touch::Pause).await
}

pub(super) async fn unpause(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<Touch>,
) -> Answer {
    touched(&supervisor, &name, &body, &caller, engine::Touch::Unpause).await
}

async fn touched(supervisor: &Supervisor, name: &str, body: &Touch, caller: &Caller, touch: engine::Touch) -> Answer {
    let name = project_name(name)?;
    let (chosen, _) = chosen(supervisor, &name, body).await?;
    info!(project = %name, ?touch, containers = chosen.len(), who = %caller, "containers are touched on request");
    let verb = match &touch {
        engine::Touch::Kill(signal) => format!("kill {}", plain(signal)),
        engine::Touch::Pause => "pause".to_owned(),
        engine::Touch::Unpause => "unpause".to_owned(),
    };
    supervisor.note(&name, caller, format!("{verb} {}", ids(&chosen))).await;
    let engine = supervisor.engine();
    let outcomes = join_all(chosen.iter().map(|container| engine.touch(&container.id, &touch))).await;
    Ok(told(&chosen, outcomes))
}

/// Removes containers that do not run. A supervised service of which nothing is left counts as stopped: else
/// its containers would be made anew at once.
pub(super) async fn remove(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<Touch>,
) -> Answer {
    let name = project_name(&name)?;
    let (chosen, others) = chosen(&supervisor, &name, &body).await?;
    supervisor.note(&name, &caller, format!("rm {}", ids(&chosen))).await;
    if let Some(kept) = supervisor.kept(&name).await? {
        let project = kept.project;
        let service = |container: &Listing| container.labels.get(labels::SERVICE).cloned().unwrap_or_default();
        let left: BTreeSet<String> = others.iter().map(service).collect();
        let emptied: BTreeSet<ServiceName> = chosen
            .iter()
            .map(service)
            .filter(|service| !left.contains(service))
            .filter_map(|service| project.services.keys().find(|known| known.as_str() == service).cloned())
            .collect();
        if !emptied.is_empty() {
            let request = Request::Stop { project, services: Some(emptied), grace: None };
            let _ = passing(&supervisor, &name, request, &caller, "rm".to_owned()).await?;
        }
    }
    let outcomes = join_all(chosen.iter().map(|container| {
        let supervisor = supervisor.clone();
        let action = Action::RemoveContainer {
            replica: None,
            id: container.id.clone(),
            name: container.names.first().cloned().unwrap_or_default(),
            volumes: body.volumes,
        };
        async move { supervisor.engine().apply(&action, &|_| {}).await.map(|_| ()) }
    }));
    let outcomes = outcomes.await;
    Ok(told(&chosen, outcomes))
}

/// The containers that are meant, and the project's other ones. Nobody touches those of another project by
/// way of this one.
async fn chosen(
    supervisor: &Supervisor,
    name: &ProjectName,
    body: &Touch,
) -> Result<(Vec<Listing>, Vec<Listing>), Problem> {
    let containers = supervisor.engine().containers(name.as_str()).await?;
    let stranger = body.containers.iter().find(|id| !containers.iter().any(|container| container.id.0 == **id));
    if let Some(id) = stranger {
        let title = format!("no container {id} of project {name}");
        return Err(Problem(problem("no-such-container", StatusCode::NOT_FOUND, &title)));
    }
    Ok(containers.into_iter().partition(|container| body.containers.contains(&container.id.0)))
}

fn ids(containers: &[Listing]) -> String {
    containers.iter().map(|container| container.id.short()).collect::<Vec<_>>().join(" ")
}

fn told(chosen: &[Listing], outcomes: Vec<Result<(), engine::Error>>) -> Json<Vec<Touched>> {
    let told = chosen.iter().zip(outcomes).map(|(container, outcome)| Touched {
        id: container.id.0.clone(),
        error: outcome.err().map(|error| crate::project::refusal(&error).message).unwrap_or_default(),
    });
    Json(told.collect())
}
