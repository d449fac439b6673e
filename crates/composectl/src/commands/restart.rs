//! `restart`: what is there, again; with `--apply` as the files say now.

use std::collections::{BTreeMap, BTreeSet};

use api::{PlanRequest, Planned, UpOptions};
use model::{Project, ServiceName};

use super::{interruptible, named, service, up};
use crate::args::{Global, Restart};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::follow::Until;
use crate::output::{self, progress::Display};
use crate::source::{self, Definition, Named};

pub(super) async fn run(global: &Global, restart: Restart) -> Result<(), Exit> {
    let Named { stack, definition } = source::name(global)?;
    let connection = connect(global).await?;
    let mut services = named(restart.services);
    let (source, no_deps) = (definition.as_ref().map(|known| known.source.clone()), restart.no_deps);
    interruptible(async {
        // A file that cannot be planned keeps nobody from restarting what is there.
        let changed = match &definition {
            Some(known) => changed(&connection, known, services.as_ref(), no_deps).await.unwrap_or_default(),
            None => BTreeMap::new(),
        };
        if restart.apply {
            let definition = definition.ok_or_else(|| {
                Exit::error("--apply needs the files of the project").with_help("name them with -f")
            })?;
            let left = apply(global, &connection, definition, services.as_ref(), no_deps, &changed).await?;
            if left.is_empty() {
                return Ok(());
            }
            services = Some(left);
        } else {
            for (service, why) in &changed {
                output::warning(&format!(
                    "service {service}: {why} since its container was made, which a restart does not apply; `restart --apply` does"
                ));
            }
        }
        let body = api::Restart { source, services, no_deps, grace: restart.timeout };
        service::ask(global, &connection, stack.as_str(), "restart", &body, Until::Settled, None).await.map(|_| ())
    })
    .await?;
    connection.close().await;
    Ok(())
}

/// The services whose containers are not what the files say now, and what of each differs.
async fn changed(
    connection: &Connection,
    known: &Definition,
    services: Option<&BTreeSet<String>>,
    no_deps: bool,
) -> Result<BTreeMap<String, String>, Exit> {
    let options = UpOptions { services: services.cloned(), no_deps, ..UpOptions::default() };
    let body = PlanRequest { source: known.source.clone(), options };
    let planned: Planned = connection.client.post("/plan", &body).await?;
    let made = planned.steps.into_iter().filter(|step| step.verb == "create" && step.cause != "missing");
    let made = made.filter_map(|step| Some((step.service?, step.cause)));
    let is_meant = |service: &str| services.is_none_or(|services| services.contains(service));
    Ok(made.filter(|(service, _)| is_meant(service) && is_known_whole(&known.project, service)).collect())
}

/// Whether no program outside has a say in what the service's containers are.
fn is_known_whole(project: &Project, service: &str) -> bool {
    project.services.get(service).is_some_and(|service| {
        let is_provided = |on: &ServiceName| project.services.get(on).is_some_and(|on| on.provider.is_some());
        service.models.is_empty() && !service.depends_on.keys().any(is_provided)
    })
}

/// Brings services to what the files say; gives those that were as they say before.
async fn apply(
    global: &Global,
    connection: &Connection,
    mut definition: Definition,
    services: Option<&BTreeSet<String>>,
    no_deps: bool,
    changed: &BTreeMap<String, String>,
) -> Result<BTreeSet<String>, Exit> {
    let options = UpOptions { services: services.cloned(), no_deps, ..UpOptions::default() };
    let mut display = Display::new(global);
    let all = definition.project.services.keys().map(ToString::to_string).collect();
    let report = up::ask(global, connection, &mut definition, options, Until::Settled, || (), &mut display).await;
    display.finish();
    report?;
    let mut left: BTreeSet<String> = services.cloned().unwrap_or(all);
    left.retain(|service| !changed.contains_key(service));
    Ok(left)
}
