//! `up`, `create`, `scale`: converge, and keep it so where composed runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api::{Accepted, Logins, PlanRequest, Planned, Source, StackReport, UpOptions};
use model::{Project, ServiceName};

use super::{attached, imaging, interruptible, making, plan};
use crate::args::{Create, Global, Scale, Up};
use crate::connect::{Connection, connect, say_unsupervised};
use crate::credentials::Settings;
use crate::exit::Exit;
use crate::follow::{Of, Until, follow};
use crate::language_model;
use crate::output::{self, progress::Display};
use crate::provider::{self, Ask};
use crate::source::{self, Definition};

pub(super) async fn run(global: &Global, up: Up) -> Result<(), Exit> {
    let options = making::of_up(&up)?;
    let mut definition = load(global, &up.services)?;
    if up.dry_run {
        return plan::show(global, definition.source, options, crate::args::Format::Table).await.map(|_| ());
    }
    let connection = connect(global).await?;
    if !(up.detach || up.wait || up.no_start) {
        return attached::run(global, connection, definition, options, &up).await;
    }
    let until = if up.wait { Until::Healthy } else { Until::Settled };
    let limit = up.wait_timeout.map_or(Duration::MAX, Duration::from_secs);
    let stack = definition.project.name.to_string();
    let mut display = display(global, &up.making);
    let asking = ask(global, &connection, &mut definition, options, until, || (), &mut display);
    let report = interruptible(async {
        tokio::time::timeout(limit, asking)
            .await
            .unwrap_or_else(|_| Err(Exit::error(format!("{stack} is not up after {} s", limit.as_secs()))))
    })
    .await;
    display.finish();
    report?;
    ended(connection, &stack).await
}

pub(super) async fn create(global: &Global, create: Create) -> Result<(), Exit> {
    let options = making::of_making(&create.making, &create.services)?;
    let definition = load(global, &create.services)?;
    let display = display(global, &create.making);
    converge(global, definition, UpOptions { no_start: true, ..options }, display).await
}

pub(super) async fn scale(global: &Global, scale: Scale) -> Result<(), Exit> {
    let (replicas, services) = making::of_scale(&scale.replicas)?;
    let definition = load(global, &services.iter().cloned().collect::<Vec<_>>())?;
    let options =
        UpOptions { services: Some(services), scale: replicas, no_deps: scale.no_deps, ..UpOptions::default() };
    converge(global, definition, options, Display::new(global)).await
}

async fn converge(
    global: &Global,
    mut definition: Definition,
    options: UpOptions,
    mut display: Display,
) -> Result<(), Exit> {
    let connection = connect(global).await?;
    let stack = definition.project.name.to_string();
    let report =
        interruptible(ask(global, &connection, &mut definition, options, Until::Settled, || (), &mut display)).await;
    display.finish();
    report?;
    ended(connection, &stack).await
}

/// Asks for it, providers before, says when that was taken in, and follows it to its end.
pub(super) async fn ask(
    global: &Global,
    connection: &Connection,
    definition: &mut Definition,
    options: UpOptions,
    until: Until,
    accepted: impl FnOnce(),
    display: &mut Display,
) -> Result<StackReport, Exit> {
    let stack = definition.project.name.to_string();
    let services = options.services.clone();
    let tells_orphans = !options.remove_orphans && !making::ignores_orphans();
    let Definition { project, source } = definition;
    let named = services.as_ref().map(|names| names.iter().chain(&options.ready));
    let named = named.map(|names| names.filter_map(|name| ServiceName::new(name.as_str()).ok()).collect());
    let reached = named.map(|named| spec::with_dependencies(project, &named));
    let is_meant = |name: &ServiceName| reached.as_ref().is_none_or(|reached| reached.contains(name));
    source.provided = provider::ask(project, is_meant, Ask::Up, display).await?;
    for (service, variables) in language_model::ready(project, display).await? {
        source.provided.entry(service).or_default().extend(variables);
    }
    let reached: Option<BTreeSet<String>> = reached.map(|reached| reached.iter().map(ToString::to_string).collect());
    let of = Of { services: services.as_ref(), reached: reached.as_ref() };
    if project.services.values().any(|service| service.use_api_socket) {
        source.api_socket = Settings::at_hand(global)?.all().await.0;
    }
    let logins = logins(global, connection, project, source, &options).await?;
    let body = api::Up { source: source.clone(), options, logins };
    let work = async {
        let Accepted { generation, .. } = connection.client.post(&format!("/stacks/{stack}/up"), &body).await?;
        accepted();
        follow(&connection.client, &stack, generation, until, of, display).await
    };
    let report = connection.alone(&stack, work).await?;
    report.warnings.iter().for_each(|warning| output::warning(warning));
    if tells_orphans {
        orphans(&report);
    }
    Ok(report)
}

/// Who asks for the images that are to come. A program that keeps that is asked only where one is to come.
async fn logins(
    global: &Global,
    connection: &Connection,
    project: &Project,
    source: &Source,
    options: &UpOptions,
) -> Result<Logins, Exit> {
    let settings = Settings::at_hand(global)?;
    if settings.are_elsewhere() {
        let (source, options) = (source.clone(), options.clone());
        let planned: Planned = connection.client.post("/plan", &PlanRequest { source, options }).await?;
        if !planned.steps.iter().any(|step| matches!(step.verb.as_str(), "pull" | "build")) {
            return Ok(Logins::default());
        }
    }
    let images = settings.of_images(&imaging::references(project)).await?;
    let is_built = project.services.values().any(|service| service.build.is_some());
    let registries = if is_built { settings.all().await.0 } else { BTreeMap::new() };
    Ok(Logins { images, registries })
}

/// Loads what is to be brought up. Naming a service of an inactive profile is enough to have it.
pub(super) fn load(global: &Global, services: &[String]) -> Result<Definition, Exit> {
    let definition = source::load_to_apply(global, services)?;
    if definition.project.services.is_empty() && !definition.project.all_resources {
        return Err(Exit::error("no service selected"));
    }
    Ok(definition)
}

pub(super) fn display(global: &Global, making: &crate::args::Making) -> Display {
    Display::new(global).without(making.quiet_pull, making.quiet_build)
}

/// Says which containers the file does not know.
fn orphans(report: &StackReport) {
    let names: Vec<&str> = report.orphans.iter().map(String::as_str).collect();
    if !names.is_empty() {
        output::warning(&format!(
            "Found orphan containers ([{}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.",
            names.join(" ")
        ));
    }
}

async fn ended(connection: Connection, stack: &str) -> Result<(), Exit> {
    if connection.is_local() {
        say_unsupervised(stack);
    }
    connection.close().await;
    Ok(())
}
