//! Routes that ask for something: each becomes a request to the project's task, durable before the answer.

use std::collections::BTreeSet;

use api::{Accepted, Finding, Source};
use axum::extract::{Extension, Json, Path, State};
use axum::http::StatusCode;
use model::{Duration, Project, ProjectName, ServiceName};
use plan::Goal;
use reconcile::Request;

use super::{Caller, Problem, namesake, problem, project_name};
use crate::ledger::Stack;
use crate::project::{Asked, Logins};
use crate::{Supervisor, source};

type Answer = Result<Json<Accepted>, Problem>;

pub(super) async fn up(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Up>,
) -> Answer {
    let name = project_name(&name)?;
    let loaded = of_project(&name, source::load_to_apply(&body.source, caller.reader()).await)?;
    namesake::refuse(&supervisor, &loaded).await?;
    let (mut project, warnings) = (loaded.project, loaded.warnings);
    source::adapt(&mut project, &body.options)?;
    let up = up_options(&project, &body.options)?;
    let what = described("up", body.options.services.as_ref());
    let request = Request::Up { project, up };
    let (source, scale) = (Some(body.source), Some(body.options.scale));
    let logins = super::images::logins(&body.logins);
    let (who, reader) = (caller.to_string(), caller.reader().cloned());
    let asked = Asked { request, source, reader, scale, who, what, warnings, logins };
    Ok(Json(supervisor.ask(&name, asked).await?))
}

pub(super) async fn down(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Down>,
) -> Answer {
    let name = project_name(&name)?;
    let grace = body.grace;
    let loaded = match &body.source {
        Some(source) => source::load(source, caller.reader()).await.ok().filter(|loaded| loaded.project.name == name),
        None => None,
    };
    if let Some(loaded) = &loaded {
        namesake::refuse(&supervisor, loaded).await?;
    }
    // What cannot be loaded can still be taken down: labels say what is there.
    let everything = loaded.is_none();
    let project = loaded.map_or_else(|| Project::named(name.clone()), |loaded| loaded.project);
    let services = match (&body.services, everything) {
        // Without a file labels say which services there are.
        (Some(named), true) => Some(named.iter().filter_map(|name| ServiceName::new(name.as_str()).ok()).collect()),
        (named, _) => source::scope(&project, named.as_ref())?,
    };
    let images = images_to_remove(&supervisor, &project, &body).await?;
    let down = plan::Down {
        services,
        volumes: body.volumes,
        remove_orphans: body.remove_orphans,
        everything,
        grace,
        images,
        left: BTreeSet::new(),
    };
    let what = described(if body.volumes { "down with volumes" } else { "down" }, body.services.as_ref());
    let request = Request::Down { project, down };
    passing(&supervisor, &name, request, &caller, what).await
}

/// The references of the images that go with a project: those built for it by their label or their name, and for
/// `all` those its services use.
async fn images_to_remove(
    supervisor: &Supervisor,
    project: &Project,
    body: &api::Down,
) -> Result<BTreeSet<String>, Problem> {
    let mut images = match body.images {
        api::ImagesToRemove::None => return Ok(BTreeSet::new()),
        api::ImagesToRemove::Local => BTreeSet::new(),
        api::ImagesToRemove::All => project.images(),
    };
    let implied = project.services.iter().filter(|(_, service)| service.image.is_empty());
    images.extend(implied.map(|(name, service)| project.image_of(name, service)));
    for built in supervisor.engine().built_images(project.name.as_str()).await? {
        if body.remove_orphans || project.services.contains_key(built.service.as_str()) {
            images.insert(built.reference);
        }
    }
    Ok(images)
}

pub(super) async fn stop(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Stop>,
) -> Answer {
    let name = project_name(&name)?;
    let (project, services) = known(&supervisor, &name, &caller, body.source.as_ref(), body.services.as_ref()).await?;
    let what = described("stop", body.services.as_ref());
    let request = Request::Stop { project, services, grace: body.grace.map(Duration::from_secs) };
    passing(&supervisor, &name, request, &caller, what).await
}

pub(super) async fn start(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Start>,
) -> Answer {
    let name = project_name(&name)?;
    let (project, services) = known(&supervisor, &name, &caller, body.source.as_ref(), body.services.as_ref()).await?;
    let what = described("start", body.services.as_ref());
    let request = Request::Start { project, services };
    passing(&supervisor, &name, request, &caller, what).await
}

pub(super) async fn restart(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(body): Json<api::Restart>,
) -> Answer {
    let name = project_name(&name)?;
    let (project, services) = known(&supervisor, &name, &caller, body.source.as_ref(), body.services.as_ref()).await?;
    let what = described("restart", body.services.as_ref());
    let (without_dependents, grace) = (body.no_deps, body.grace.map(Duration::from_secs));
    let request = Request::Restart { project, services, without_dependents, grace };
    passing(&supervisor, &name, request, &caller, what).await
}

/// Asks for something that changes no definition.
pub(super) async fn passing(
    supervisor: &Supervisor,
    name: &ProjectName,
    request: Request,
    caller: &Caller,
    what: String,
) -> Answer {
    let who = caller.to_string();
    let logins = Logins::default();
    let asked = Asked { request, source: None, reader: None, scale: None, who, what, warnings: Vec::new(), logins };
    Ok(Json(supervisor.ask(name, asked).await?))
}

/// The definition behind a source that is to be acted on, if it is one of this project.
pub(super) async fn load(
    name: &ProjectName,
    source: &Source,
    caller: &Caller,
) -> Result<(Project, Vec<Finding>), Problem> {
    let loaded = of_project(name, source::load_to_apply(source, caller.reader()).await)?;
    Ok((loaded.project, loaded.warnings))
}

/// What was loaded, if it is of this project.
pub(super) fn of_project(
    name: &ProjectName,
    loaded: Result<source::Loaded, source::Unloadable>,
) -> Result<source::Loaded, Problem> {
    let loaded = loaded.map_err(|unloadable| Problem(unloadable.problem()))?;
    if loaded.project.name != *name {
        let title = format!("the files define project {}, not {name}", loaded.project.name);
        return Err(Problem(problem("bad-request", StatusCode::BAD_REQUEST, &title)));
    }
    Ok(loaded)
}

pub(super) fn up_options(project: &Project, options: &api::UpOptions) -> Result<reconcile::Up, Problem> {
    Ok(reconcile::Up {
        services: source::scope(project, options.services.as_ref())?,
        ready: source::scope(project, Some(&options.ready))?.unwrap_or_default(),
        recreate: match options.recreate {
            api::Recreate::Drifted => reconcile::Recreate::Drifted,
            api::Recreate::Always => reconcile::Recreate::Always,
            api::Recreate::Never => reconcile::Recreate::Never,
        },
        pull: options.pull.clone(),
        build: options.build,
        never_builds: options.no_build,
        without_dependencies: options.no_deps,
        unstarted: options.no_start,
        recreates_dependencies: options.always_recreate_deps,
        renews_volumes: options.renew_anon_volumes,
        replaces_volumes: options.replace_volumes,
        remove_orphans: options.remove_orphans,
        grace: options.grace.map(Duration::from_secs),
    })
}

/// The model a passing wish is about: the supervised one where there is one, else what the source says.
async fn known(
    supervisor: &Supervisor,
    name: &ProjectName,
    caller: &Caller,
    source: Option<&Source>,
    named: Option<&BTreeSet<String>>,
) -> Result<(Project, reconcile::Scope), Problem> {
    let Some(kept) = supervisor.kept(name).await? else {
        let source = source.ok_or_else(|| Problem(no_such_stack(name)))?;
        let project = of_project(name, source::load(source, caller.reader()).await)?.project;
        let scope = source::scope(&project, named)?;
        return Ok((project, scope));
    };
    let project = kept.project;
    if named.is_some() {
        let scope = source::scope(&project, named)?;
        return Ok((project, scope));
    }
    // Who names nobody means what is enabled for them, which may be less than what is kept.
    let seen = match source {
        Some(source) => of_project(name, source::load(source, caller.reader()).await).ok(),
        None => None,
    };
    let is_out = |service: &ServiceName| seen.as_ref().is_some_and(|seen| !seen.project.services.contains_key(service));
    let services = project.services.keys();
    let scope = services.clone().any(is_out).then(|| services.filter(|service| !is_out(service)).cloned().collect());
    Ok((project, scope))
}

pub(super) fn no_such_stack(name: &ProjectName) -> api::Problem {
    api::Problem {
        help: "`composectl status` lists the stacks composed keeps; run the command where the Compose file is, or name it with -f"
            .to_owned(),
        ..problem("no-such-stack", StatusCode::NOT_FOUND, &format!("no stack {name} is known"))
    }
}

/// A line of the audit: names that nobody has checked cannot make it two, or hide a part of it.
pub(super) fn described(verb: &str, services: Option<&BTreeSet<String>>) -> String {
    let names = services.map(|names| names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(" "));
    names.map_or_else(|| verb.to_owned(), |names| format!("{verb} {names}"))
}

/// A text of a request within a line of the audit.
pub(super) fn plain(name: &str) -> String {
    match ServiceName::new(name) {
        Ok(name) => name.to_string(),
        Err(_) => format!("{name:?}"),
    }
}

/// What `up` would do, without doing it.
pub(super) async fn planned(
    supervisor: &Supervisor,
    caller: &Caller,
    body: &api::PlanRequest,
) -> Result<plan::Plan, Problem> {
    let loaded = source::load_to_apply(&body.source, caller.reader())
        .await
        .map_err(|unloadable| Problem(unloadable.problem()))?;
    let mut project = loaded.project;
    source::adapt(&mut project, &body.options)?;
    let up = up_options(&project, &body.options)?;
    let name = project.name.clone();
    let kept = supervisor.kept(&name).await?;
    // The same controller that would carry it out says what it would do.
    let mut controller = reconcile::Controller::new();
    let now = reconcile::Now::default();
    if let Some(Stack { project, wishes, interrupted, ended, .. }) = kept {
        let request = Request::Resume { project, wishes, is_converged: true, interrupted, ended };
        let _ = controller.step(now, reconcile::Input::Request(Box::new(request)));
    }
    let outputs = controller.step(now, reconcile::Input::Request(Box::new(Request::Up { project, up })));
    for output in outputs {
        if let reconcile::Output::Observe { number, images, networks, volumes } = output {
            let query = engine::Query { project: name.to_string(), images, networks, volumes };
            let observed = supervisor.engine().observe(&query).await?;
            let _ = controller.step(now, reconcile::Input::Observed(number, Box::new(observed)));
        }
    }
    debug_assert!(matches!(controller.desired().map(|desired| &desired.goal), Some(Goal::Up)));
    Ok(controller.plan().clone())
}
