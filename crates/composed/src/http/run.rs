//! The route of `run`: a container of a service for one command, beside the service's own. What it depends on is
//! there already; what it says goes over the connection of whoever asked.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Json, Response};
use engine::{Engine, Query, Session, Terminal, Until};
use futures_util::future::BoxFuture;
use model::{MountKind, Project, ProjectName, Service, ServiceName};
use plan::{Action, ContainerId, one_off};
use tracing::{info, warn};

use super::ask::{load, plain};
use super::bridge::{Work, asked, ended, hand_over, no_upgrade};
use super::{Caller, Problem, problem, project_name};
use crate::Supervisor;

/// How long a container whose streams are over may take to be seen as ended, and to be removed.
const LAST_LOOK: Duration = Duration::from_secs(30);

pub(super) async fn run(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let name = project_name(&name)?;
    let (body, upgrade) = asked::<api::Run>(request).await?;
    if !body.detach && upgrade.is_none() {
        return Err(no_upgrade());
    }
    info!(project = %name, service = body.service, who = %caller, "a command is run on request");
    supervisor.note(&name, &caller, format!("run {}", plain(&body.service))).await;
    let engine = Arc::clone(supervisor.engine());
    // What was begun is seen to its end, whoever goes away meanwhile.
    let begun = tokio::spawn(async move { begin(&engine, &name, &body, &caller).await });
    let begun = begun.await.map_err(|panic| {
        Problem(problem("internal", StatusCode::INTERNAL_SERVER_ERROR, &format!("the run failed: {panic}")))
    })??;
    let (Some(work), Some(upgrade)) = (begun.work, upgrade) else {
        return Ok(Json(api::Made { id: begun.id.0 }).into_response());
    };
    Ok(hand_over(&supervisor, upgrade, work))
}

/// A container that was started, and its streams where they are wanted.
struct Begun {
    id: ContainerId,
    work: Option<Work>,
}

async fn begin(
    engine: &Arc<dyn Engine>,
    name: &ProjectName,
    body: &api::Run,
    caller: &Caller,
) -> Result<Begun, Problem> {
    let (project, _) = load(name, &body.source, caller).await?;
    let (service_name, service) = adapted(&project, body)?;
    let images = service.volumes.iter().filter(|mount| mount.kind == MountKind::Image);
    let mut images: std::collections::BTreeSet<String> = images.map(|mount| project.image_of_mount(mount)).collect();
    images.insert(project.image_of(&service_name, &service));
    let observed = engine.observe(&Query { project: name.to_string(), images, ..Query::default() }).await?;
    let run = one_off::Run {
        name: body.name.clone(),
        slug: body.slug.clone(),
        use_aliases: body.use_aliases,
        auto_remove: body.remove,
        stdin: body.stdin,
    };
    let [create, start] = one_off::actions(project, &observed, &service_name, &service, &run);
    let made = engine.apply(&create, &|_| {}).await?;
    if !made.changed {
        let title = format!("the name {} is in use by a container of an earlier run", create.object());
        return Err(Problem(problem("engine", StatusCode::CONFLICT, &title)));
    }
    let id = ContainerId(made.id.unwrap_or_else(|| create.object().to_owned()));
    let begun = async {
        let streams = if body.detach { None } else { Some(streams(engine, &id, body).await?) };
        engine.apply(&start, &|_| {}).await?;
        Ok(streams)
    };
    let streams = match begun.await {
        Ok(streams) => streams,
        Err(error) => {
            if body.remove {
                // The engine removes only what ran.
                remove(engine, &id, create.object()).await;
            }
            return Err(error);
        }
    };
    let work = streams.map(|(session, wait)| Work {
        session,
        terminal: Terminal::Container(id.clone()),
        ends_input: true,
        signals: Some(id.clone()),
        ended: Box::pin(ended(wait, LAST_LOOK)),
    });
    Ok(Begun { id, work })
}

/// Ends and removes a container of which nothing came.
async fn remove(engine: &Arc<dyn Engine>, id: &ContainerId, name: &str) {
    let (id, name) = (id.clone(), name.to_owned());
    let stop = Action::StopContainer {
        replica: None,
        id: id.clone(),
        name: name.clone(),
        grace: Some(0),
        around: Box::default(),
    };
    let gone = Action::RemoveContainer { replica: None, id, name: name.clone(), volumes: true };
    for action in [stop, gone] {
        if let Err(error) = engine.apply(&action, &|_| {}).await {
            warn!(object = name, error = %error, "what is left of a run cannot be removed");
        }
    }
}

/// The streams of a container that is yet to be started, and its end, which is waited for from before that on.
async fn streams(
    engine: &Arc<dyn Engine>,
    id: &ContainerId,
    body: &api::Run,
) -> Result<(Session, BoxFuture<'static, Result<i64, engine::Error>>), engine::Error> {
    let session = engine.attach(id, body.tty, body.stdin, &body.detach_keys).await?;
    let until = if body.remove { Until::Removed } else { Until::NextExit };
    Ok((session, engine.wait(id, until).await?))
}

/// The service with what the command line says over it.
fn adapted(project: &Project, body: &api::Run) -> Result<(ServiceName, Service), Problem> {
    let refused = |title: String| Problem(problem("bad-request", StatusCode::BAD_REQUEST, &title));
    let named = std::collections::BTreeSet::from([body.service.clone()]);
    let scope = crate::source::scope(project, Some(&named))?.unwrap_or_default();
    let name = scope.into_iter().next().ok_or_else(|| refused("no service is named".to_owned()))?;
    let mut service = project.services[&name].clone();
    service.tty = body.tty;
    service.stdin_open = body.stdin;
    if !body.service_ports {
        service.ports.clear();
        for text in &body.publish {
            service.ports.extend(spec::flags::port(text).map_err(refused)?);
        }
    }
    for text in &body.volumes {
        let mut mount = spec::flags::mount(text).map_err(refused)?;
        if mount.kind == MountKind::Bind {
            mount.source = here(&mount.source, &body.source);
        }
        service.volumes.push(mount);
    }
    let override_with = |own: &mut String, given: &String| {
        if !given.is_empty() {
            own.clone_from(given);
        }
    };
    override_with(&mut service.user, &body.user);
    override_with(&mut service.working_dir, &body.workdir);
    if !body.command.is_empty() {
        service.command = Some(body.command.clone());
    }
    if let Some(entrypoint) = &body.entrypoint {
        service.entrypoint = Some(entrypoint.clone());
        if body.command.is_empty() {
            service.command = Some(Vec::new());
        }
    }
    service.cap_drop.retain(|name| !body.cap_add.contains(name));
    service.cap_add.extend(body.cap_add.iter().cloned());
    service.cap_add.retain(|name| !body.cap_drop.contains(name));
    service.cap_drop.extend(body.cap_drop.iter().cloned());
    service.environment.extend(body.environment.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
    service.labels.extend(body.labels.clone());
    if body.no_deps {
        service.depends_on.clear();
    }
    Ok((name, *service))
}

/// A path of the client's machine in full.
fn here(path: &str, source: &api::Source) -> String {
    if let (Some(rest), Some(home)) = (path.strip_prefix('~'), &source.home) {
        return format!("{}{rest}", home.display());
    }
    let joined = source.working_dir.join(path);
    let clean: std::path::PathBuf = joined.components().collect();
    clean.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: api::Run, is_so: impl Fn(&Service) -> bool) {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let web = Service {
            image: "box".into(),
            command: Some(vec!["serve".into()]),
            cap_drop: vec!["CHOWN".into()],
            ports: spec::flags::port("80").unwrap(),
            environment: [("A".to_owned(), Some("1".to_owned()))].into(),
            ..Service::default()
        };
        project.services.insert(ServiceName::new("web").unwrap(), Box::new(web));
        let source = api::Source { working_dir: "/w".into(), home: Some("/h".into()), ..api::Source::default() };
        let (_, service) = adapted(&project, &api::Run { service: "web".into(), source, ..body }).ok().unwrap();
        assert!(is_so(&service), "{service:?}");
    }

    #[test]
    fn ports_are_published_when_asked_for() {
        check(api::Run::default(), |service| service.ports.is_empty());
        check(api::Run { service_ports: true, ..api::Run::default() }, |service| service.ports.len() == 1);
        check(api::Run { publish: vec!["81:80".into()], ..api::Run::default() }, |service| {
            service.ports[0].published == "81"
        });
    }

    #[test]
    fn an_entrypoint_takes_the_command_away() {
        let entrypoint = Some(vec!["echo".to_owned()]);
        check(api::Run { entrypoint: entrypoint.clone(), ..api::Run::default() }, |service| {
            service.command == Some(Vec::new())
        });
        check(api::Run { entrypoint, command: vec!["a".into()], ..api::Run::default() }, |service| {
            service.command == Some(vec!["a".into()])
        });
        check(api::Run::default(), |service| service.command == Some(vec!["serve".into()]));
    }

    #[test]
    fn a_capability_is_added_or_dropped() {
        check(api::Run { cap_add: vec!["CHOWN".into()], ..api::Run::default() }, |service| {
            service.cap_drop.is_empty() && service.cap_add == ["CHOWN"]
        });
    }

    #[test]
    fn paths_are_the_clients() {
        let volumes = ["./a:/a", "~/b:/b", "vol:/v"].map(str::to_owned).to_vec();
        check(api::Run { volumes, ..api::Run::default() }, |service| {
            let sources: Vec<&str> = service.volumes.iter().map(|mount| mount.source.as_str()).collect();
            sources == ["/w/a", "/h/b", "vol"]
        });
    }
}
