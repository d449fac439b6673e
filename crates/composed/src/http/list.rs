//! Routes that only look at the engine: what is there of a project, supervised or not. The ledger is not asked.

use std::collections::BTreeSet;

use api::{
    ContainerExit, ContainerListing, ContainerUsage, Happening, HappeningQuery, ImageListing, PortListing,
    ProcessListing, ProjectListing, Selection, Usage, UsageReport, VolumeListing, is_alive,
};
use axum::extract::{Json, Path, Query, State};
use engine::{Listing, Until};
use futures_util::future::{TryFutureExt as _, join_all};
use futures_util::stream::{self, StreamExt};
use plan::labels;

use super::logs::moment;
use super::stream::{Events, server_sent};
use super::{Problem, project_name};
use crate::Supervisor;

/// docker compose's own labels; events are told without them.
const OWN_LABELS: &str = "com.docker.compose.";

pub(super) async fn projects(State(supervisor): State<Supervisor>) -> Result<Json<Vec<ProjectListing>>, Problem> {
    let told = |project: engine::ProjectListing| ProjectListing {
        name: project.name,
        config_files: project.config_files,
        states: project.states,
    };
    Ok(Json(supervisor.engine().projects().await?.into_iter().map(told).collect()))
}

pub(super) async fn containers(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
) -> Result<Json<Vec<ContainerListing>>, Problem> {
    let name = project_name(&name)?;
    let containers = supervisor.engine().containers(name.as_str()).await?;
    let mut containers: Vec<ContainerListing> = containers.into_iter().map(container).collect();
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(containers))
}

pub(super) async fn images(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Json<Vec<ImageListing>>, Problem> {
    let containers = selected(&supervisor, &name, &selection).await?;
    let ids: Vec<_> = containers.iter().map(|container| container.id.clone()).collect();
    let mut images = supervisor.engine().images(&ids).await?;
    let mut listed: Vec<ImageListing> = containers
        .iter()
        .filter_map(|container| {
            let image = images.remove(&container.id)?;
            Some(ImageListing {
                container: canonical(container),
                id: image.id,
                reference: image.reference,
                os: image.os,
                architecture: image.architecture,
                variant: image.variant,
                size: image.size,
                created: image.created.map(|at| at.0),
                tagged: image.tagged.map(|at| at.0),
            })
        })
        .collect();
    listed.sort_by(|a, b| a.container.cmp(&b.container));
    Ok(Json(listed))
}

pub(super) async fn volumes(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Json<Vec<VolumeListing>>, Problem> {
    let project = project_name(&name)?;
    let mut volumes = supervisor.engine().volumes(project.as_str()).await?;
    if !selection.services.is_empty() {
        let containers = selected(&supervisor, &name, &selection).await?;
        let mounted: BTreeSet<&String> =
            containers.iter().filter(|c| is_alive(&c.state)).flat_map(|container| &container.mounts).collect();
        volumes.retain(|volume| mounted.contains(&volume.name));
    }
    let told = |volume: engine::VolumeListing| VolumeListing {
        name: volume.name,
        driver: volume.driver,
        mountpoint: volume.mountpoint,
        scope: volume.scope,
        labels: volume.labels,
    };
    Ok(Json(volumes.into_iter().map(told).collect()))
}

pub(super) async fn processes(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Json<Vec<ProcessListing>>, Problem> {
    let mut containers = selected(&supervisor, &name, &selection).await?;
    containers.retain(|container| is_alive(&container.state));
    let engine = supervisor.engine();
    let told = join_all(containers.iter().map(|container| engine.processes(&container.id))).await;
    let mut listed = Vec::new();
    for (container, told) in containers.iter().zip(told) {
        let told = told?;
        listed.push(ProcessListing {
            container: canonical(container),
            service: label(container, labels::SERVICE),
            number: label(container, labels::NUMBER),
            titles: told.titles,
            rows: told.rows,
        });
    }
    listed.sort_by(|a, b| a.container.cmp(&b.container));
    Ok(Json(listed))
}

/// Measures again and again, each time everything that is there then.
pub(super) async fn stats(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Events, Problem> {
    // The first look is made before the answer begins, so that its failure is an answer too.
    selected(&supervisor, &name, &selection).await?;
    let measuring = supervisor.clone();
    let reports = stream::unfold((measuring, name, selection), |(supervisor, name, selection)| async move {
        let mut containers = selected(&supervisor, &name, &selection).await.ok()?;
        containers.retain(|container| selection.all || is_alive(&container.state));
        if containers.is_empty() {
            // Measuring is what takes time; nothing to measure is no reason to spin.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        let engine = supervisor.engine();
        let measured = join_all(containers.iter().map(|container| engine.usage(&container.id))).await;
        let containers = containers
            .iter()
            .zip(measured)
            .map(|(container, measured)| ContainerUsage {
                id: container.id.0.clone(),
                name: canonical(container),
                usage: measured.ok().map(usage),
            })
            .collect();
        Some((UsageReport { containers }, (supervisor, name, selection)))
    });
    Ok(server_sent(&supervisor, reports))
}

pub(super) async fn happenings(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(query): Query<HappeningQuery>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let since = query.since.as_deref().map(|text| moment("since", text)).transpose()?;
    let until = query.until.as_deref().map(|text| moment("until", text)).transpose()?;
    let events = supervisor.engine().happenings(name.as_str(), since, until).await?;
    let services = names(&query.services);
    let happenings = events
        .take_while(|event| std::future::ready(event.is_ok()))
        .filter_map(move |event| std::future::ready(event.ok().and_then(|event| happening(event, &services))));
    Ok(server_sent(&supervisor, happenings))
}

/// Waits for running containers; those of a `run` too.
pub(super) async fn exits(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(selection): Query<Selection>,
) -> Result<Events, Problem> {
    let mut containers = selected(&supervisor, &name, &selection).await?;
    containers.retain(|container| is_alive(&container.state));
    let waiting: stream::FuturesUnordered<_> = containers
        .into_iter()
        .map(|container| {
            let supervisor = supervisor.clone();
            async move {
                let waiting = supervisor.engine().wait(&container.id, Until::Stopped).and_then(|ended| ended);
                let (code, error) = match waiting.await {
                    Ok(code) => (code, String::new()),
                    Err(error) => (0, error.to_string()),
                };
                ContainerExit { id: container.id.0, code, error }
            }
        })
        .collect();
    Ok(server_sent(&supervisor, waiting))
}

/// The containers of a project's services, newest first.
async fn selected(supervisor: &Supervisor, name: &str, selection: &Selection) -> Result<Vec<Listing>, Problem> {
    let name = project_name(name)?;
    let services = names(&selection.services);
    let mut containers = supervisor.engine().containers(name.as_str()).await?;
    containers.retain(|container| services.is_empty() || services.contains(&label(container, labels::SERVICE)));
    Ok(containers)
}

fn names(joined: &str) -> BTreeSet<String> {
    joined.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn label(container: &Listing, key: &str) -> String {
    container.labels.get(key).cloned().unwrap_or_default()
}

/// The name that is its own: those others link it by have a slash inside.
fn canonical(container: &Listing) -> String {
    let own = container.names.iter().find(|name| !name.contains('/'));
    own.or(container.names.first()).cloned().unwrap_or_else(|| container.id.short().to_owned())
}

fn container(listing: Listing) -> ContainerListing {
    let is_one_off = listing.labels.get(labels::ONEOFF).is_some_and(|value| value == "True");
    let number = label(&listing, labels::NUMBER).parse().ok();
    ContainerListing {
        name: canonical(&listing),
        service: label(&listing, labels::SERVICE),
        number: number.filter(|_| !is_one_off),
        id: listing.id.0,
        names: listing.names,
        image: listing.image,
        command: listing.command,
        created: listing.created,
        labels: listing.labels,
        state: listing.state,
        status: listing.status,
        health: listing.health,
        exit_code: listing.exit_code,
        ports: listing
            .ports
            .into_iter()
            .map(|port| PortListing {
                ip: port.ip,
                private: port.private,
                public: port.public,
                protocol: port.protocol,
            })
            .collect(),
        mounts: listing.mounts,
        local_volumes: listing.local_volumes,
        networks: listing.networks,
    }
}

fn usage(told: engine::Usage) -> Usage {
    Usage {
        cpu_percent: told.cpu_percent,
        memory: told.memory,
        memory_limit: told.memory_limit,
        received: told.received,
        sent: told.sent,
        read: told.read,
        written: told.written,
        pids: told.pids,
    }
}

/// An event of a service's container; those of a `run` are nobody's business.
fn happening(event: engine::Event, services: &BTreeSet<String>) -> Option<Happening> {
    let label = |key: &str| event.attributes.get(key).cloned().unwrap_or_default();
    let service = label(labels::SERVICE);
    if label(labels::ONEOFF) == "True" || (!services.is_empty() && !services.contains(&service)) {
        return None;
    }
    let attributes = event.attributes.into_iter().filter(|(key, _)| !key.starts_with(OWN_LABELS)).collect();
    Some(Happening { at: event.at.0, action: event.action, id: event.id, service, attributes })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::EventKind;
    use plan::{ContainerId, Stamp};

    use super::*;

    fn listing(names: &[&str]) -> Listing {
        Listing {
            id: ContainerId("0123456789abcdef".to_owned()),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            image: String::new(),
            command: String::new(),
            created: 0,
            labels: BTreeMap::new(),
            state: String::new(),
            status: String::new(),
            health: String::new(),
            exit_code: 0,
            ports: Vec::new(),
            mounts: Vec::new(),
            local_volumes: 0,
            networks: Vec::new(),
        }
    }

    #[test]
    fn a_name_that_is_a_link_is_not_its_own() {
        assert_eq!(canonical(&listing(&["shop-web-1/db", "shop-db-1"])), "shop-db-1");
        assert_eq!(canonical(&listing(&[])), "0123456789ab");
    }

    #[test]
    fn the_container_of_a_run_has_no_number_and_no_events() {
        let mut one_off = listing(&["shop-web-run-0a"]);
        one_off.labels.insert(labels::ONEOFF.to_owned(), "True".to_owned());
        one_off.labels.insert(labels::NUMBER.to_owned(), "1".to_owned());
        let event = engine::Event {
            kind: EventKind::Container,
            action: "start".to_owned(),
            id: "ab".to_owned(),
            name: String::new(),
            project: None,
            at: Stamp(7),
            attributes: one_off.labels.clone(),
        };
        assert_eq!(happening(event.clone(), &BTreeSet::new()), None);
        assert_eq!(container(one_off).number, None);
        let attributes = BTreeMap::from([(labels::SERVICE.to_owned(), "web".to_owned()), ("k".into(), "v".into())]);
        let told = happening(engine::Event { attributes, ..event }, &names("web,db")).unwrap();
        assert_eq!((told.service.as_str(), told.attributes.len()), ("web", 1));
    }
}
