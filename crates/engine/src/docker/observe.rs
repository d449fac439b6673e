//! What the engine holds of a project: lists by label, one inspect a container, and look-ups by name.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use plan::{Container, ContainerId, Health, Observed, State, labels, observed};

use super::listing;
use super::owner;
use super::path::Path;
use super::transport::Transport;
use super::twins;
use super::wire;
use crate::error::{Error, Kind};
use crate::{Identity, ProjectListing, Query};

/// Inspects asked for at a time; how many are really in flight is the transport's to say.
pub(super) const ABREAST: usize = 32;

/// Everything of one project.
pub(crate) async fn project(http: &Transport, query: &Query) -> Result<Observed, Error> {
    let (containers, networks, volumes, images) = tokio::try_join!(
        containers(http, &query.project),
        networks(http, query),
        volumes(http, query),
        images(http, &query.images),
    )?;
    Ok(Observed { containers, networks, volumes, images })
}

async fn containers(http: &Transport, project: &str) -> Result<BTreeMap<ContainerId, Container>, Error> {
    let path = listing("/containers/json").with("all", "1");
    let path = path.with_json("filters", &of_compose(project));
    let listed: Vec<wire::Listed> = http.get("list containers", path).await?;
    stream::iter(listed)
        .map(|listed| async move { inspect(http, "inspect containers", &listed.id).await })
        .buffer_unordered(ABREAST)
        // One that went between the list and the inspect is gone, which is an answer.
        .try_filter_map(|inspected| async move {
            Ok(inspected.map(container).map(|container| (container.id.clone(), container)))
        })
        .try_collect()
        .await
}

/// One container by id or name; `None` when there is none.
pub(crate) async fn inspect(http: &Transport, what: &str, id: &str) -> Result<Option<wire::Inspected>, Error> {
    found(http.get(what, Path::of("containers", id, "json")).await)
}

/// An answer that may be "not found".
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn networks(http: &Transport, query: &Query) -> Result<BTreeMap<String, observed::Network>, Error> {
    let get = |filters| async move {
        let path = listing("/networks").with_json("filters", &filters);
        http.get::<Vec<wire::Network>>("list networks", path).await
    };
    let told =
        |network: wire::Network| observed::Network { id: network.id, labels: network.labels, ..Default::default() };
    let mut named: BTreeMap<String, Vec<wire::Network>> = BTreeMap::new();
    for network in get(labelled(&query.project)).await? {
        named.entry(network.name.clone()).or_default().push(network);
    }
    let mut found: BTreeMap<String, observed::Network> = BTreeMap::new();
    for (name, all) in named {
        found.insert(name, twins::one_of(http, all).await?);
    }
    let is_wanted = |name: &String, network: &observed::Network| {
        let (hash, wanted) = (network.labels.get(labels::CONFIG_HASH), query.networks.get(name));
        wanted.is_none() || hash.is_none() || hash == wanted
    };
    for (_, network) in found.iter_mut().filter(|(name, network)| !is_wanted(name, network)) {
        network.guests = owner::guests(http, &query.project, &network.id).await?;
    }
    let missing = missing(query.networks.keys(), &found);
    if missing.is_empty() {
        return Ok(found);
    }
    // The engine takes a name as a pattern: only exact ones count.
    for network in get(BTreeMap::from([("name", missing.clone())])).await? {
        if query.networks.contains_key(&network.name) {
            found.entry(network.name.clone()).or_insert(told(network));
        }
    }
    // A file may name an external network by its id.
    for id in missing.iter().filter(|name| is_id(name) && !found.contains_key(*name)).cloned().collect::<Vec<_>>() {
        for network in get(BTreeMap::from([("id", vec![id.clone()])])).await? {
            found.insert(id.clone(), told(network));
        }
    }
    Ok(found)
}

async fn volumes(http: &Transport, query: &Query) -> Result<BTreeMap<String, observed::Volume>, Error> {
    let get = |filters| async move {
        let path = listing("/volumes").with_json("filters", &filters);
        http.get::<wire::Volumes>("list volumes", path).await.map(|list| list.volumes)
    };
    let told = |volume: wire::Volume| (volume.name, observed::Volume { labels: volume.labels });
    let mut found: BTreeMap<_, _> = get(labelled(&query.project)).await?.into_iter().map(told).collect();
    let missing = missing(&query.volumes, &found);
    if !missing.is_empty() {
        let named = get(BTreeMap::from([("name", missing)])).await?;
        found.extend(named.into_iter().filter(|volume| query.volumes.contains(&volume.name)).map(told));
    }
    Ok(found)
}

fn missing<'n, T>(names: impl IntoIterator<Item = &'n String>, found: &BTreeMap<String, T>) -> Vec<String> {
    names.into_iter().filter(|name| !found.contains_key(*name)).cloned().collect()
}

async fn images(http: &Transport, references: &BTreeSet<String>) -> Result<BTreeMap<String, String>, Error> {
    stream::iter(references.iter().cloned())
        .map(|reference| async move { Ok((image(http, &reference).await?, reference)) })
        .buffer_unordered(ABREAST)
        .try_filter_map(|(id, reference)| async move { Ok(id.map(|id| (reference, id))) })
        .try_collect()
        .await
}

/// The id of a local image; `None` when there is none.
pub(crate) async fn image(http: &Transport, reference: &str) -> Result<Option<String>, Error> {
    let what = format!("inspect image {reference}");
    let image = http.get::<wire::Image>(&what, Path::of("images", reference, "json")).await;
    Ok(found(image)?.map(|image| image.id))
}

/// The digest of an image in its registry (Engine API, `/distribution/{name}/json`).
pub(crate) async fn digest(http: &Transport, reference: &str) -> Result<String, Error> {
    let what = format!("look up the digest of {reference}");
    let found: wire::Distribution = http.get(&what, Path::of("distribution", reference, "json")).await?;
    Ok(found.descriptor.digest)
}

/// Which engine answers (Engine API, `/info` and `/networks/{name}`). One without a default network has no name for
/// its life.
pub(crate) async fn identity(http: &Transport) -> Result<Identity, Error> {
    let what = "ask which engine this is";
    // Something between here and the engine may refuse these for good: then it has no name, as with other engines.
    let told = |answer: Result<String, Error>| match answer {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(error) if error.is_missing() || error.kind() == Kind::Refused => Ok(None),
        Err(error) => Err(error),
    };
    let info = http.get::<wire::Info>(what, Path::new("/info")).await;
    let bridge = http.get::<wire::Network>(what, Path::of("networks", "bridge", "")).await;
    Ok(Identity { id: told(info.map(|info| info.id))?, life: told(bridge.map(|bridge| bridge.id))? })
}

/// Every project that has a container.
pub(crate) async fn projects(http: &Transport) -> Result<Vec<ProjectListing>, Error> {
    let filters = BTreeMap::from([("label", vec![labels::PROJECT.to_owned()])]);
    let path = listing("/containers/json").with("all", "1").with_json("filters", &filters);
    let mut listed: Vec<wire::Listed> = http.get("list containers", path).await?;
    listed.sort_by_key(|container| std::cmp::Reverse(container.created));
    let mut projects: BTreeMap<String, ProjectListing> = BTreeMap::new();
    for mut container in listed {
        let Some(name) = container.labels.remove(labels::PROJECT) else { continue };
        let project = projects.entry(name.clone()).or_insert_with(|| ProjectListing {
            name,
            config_files: String::new(),
            states: BTreeMap::new(),
        });
        *project.states.entry(container.state).or_default() += 1;
        if let Some(files) = container.labels.remove(labels::CONFIG_FILES) {
            listing::add_files(&mut project.config_files, &files);
        }
    }
    Ok(projects.into_values().collect())
}

fn listing(path: &str) -> Path {
    Path::new(path)
}

/// The filter of a project's containers: made from a Compose file, not only labelled with its name.
pub(crate) fn of_compose(project: &str) -> BTreeMap<&'static str, Vec<String>> {
    BTreeMap::from([("label", vec![format!("{}={project}", labels::PROJECT), labels::CONFIG_HASH.to_owned()])])
}

pub(crate) fn labelled(project: &str) -> BTreeMap<&'static str, Vec<String>> {
    BTreeMap::from([("label", vec![format!("{}={project}", labels::PROJECT)])])
}

fn is_id(name: &str) -> bool {
    (12..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A container in our words.
pub(crate) fn container(told: wire::Inspected) -> Container {
    let state = state(&told.state);
    let ports = ports(&told.network_settings.ports);
    let owners = owners(&told.host_config);
    Container {
        owners,
        id: ContainerId(told.id),
        name: told.name.trim_start_matches('/').to_owned(),
        image: told.config.image,
        labels: told.config.labels,
        state,
        health: health(told.state.health.as_ref()),
        out_of_memory: told.state.out_of_memory,
        restarts_always: matches!(told.host_config.restart_policy.name.as_str(), "always" | "unless-stopped"),
        networks: told
            .network_settings
            .networks
            .into_iter()
            .map(|(name, endpoint)| (name, endpoint.map_or_else(String::new, |endpoint| endpoint.network_id)))
            .collect(),
        volumes: told
            .mounts
            .into_iter()
            .filter(|mount| mount.kind == "volume")
            .map(|mount| (mount.destination, mount.name))
            .collect(),
        created: told.created,
        ports,
        command: command(&told.path, &told.args),
    }
}

/// The containers it uses something of. Whose volumes it uses may be named; that is none of ours.
fn owners(host: &wire::HostConfig) -> BTreeSet<ContainerId> {
    let modes = [&host.network_mode, &host.pid_mode, &host.ipc_mode];
    let shared = modes.into_iter().filter_map(|mode| mode.strip_prefix("container:"));
    let volumes = host.volumes_from.iter().map(|from| from.split(':').next().unwrap_or_default());
    shared.chain(volumes).map(|id| ContainerId(id.to_owned())).collect()
}

/// The engine's word for a state; of an engine that has other words, whether it runs decides.
fn state(told: &wire::State) -> State {
    match told.status.as_str() {
        "created" => State::Created { error: told.error.clone() },
        "paused" => State::Paused,
        "restarting" => State::Restarting { code: told.exit_code },
        "removing" => State::Removing,
        "dead" => State::Dead,
        "running" => State::Running { started: told.started_at },
        "exited" => exited(told),
        _ if told.running => State::Running { started: told.started_at },
        _ => exited(told),
    }
}

fn exited(told: &wire::State) -> State {
    let (started, finished) = (told.started_at, told.finished_at);
    State::Exited { code: told.exit_code, started, finished, error: told.error.clone() }
}

fn health(told: Option<&wire::Health>) -> Health {
    match told.map(|health| health.status.as_str()) {
        Some("starting") => Health::Starting,
        Some("healthy") => Health::Healthy,
        Some("unhealthy") => Health::Unhealthy,
        _ => Health::None,
    }
}

/// `ip:host->inside/protocol` for what is published, `inside/protocol` for what is only exposed, in the order
/// of the ports inside.
fn ports(told: &BTreeMap<String, Option<Vec<wire::Binding>>>) -> Vec<String> {
    let number = |port: &str| port.split('/').next().and_then(|number| number.parse::<u16>().ok());
    let mut inside: Vec<&String> = told.keys().collect();
    inside.sort_by_key(|port| (number(port), *port));
    let mut ports = Vec::new();
    for port in inside {
        match told[port].as_deref() {
            None | Some([]) => ports.push(port.clone()),
            Some(bindings) => ports.extend(bindings.iter().map(|binding| {
                let ip = if binding.host_ip.contains(':') {
                    format!("[{}]", binding.host_ip)
                } else {
                    binding.host_ip.clone()
                };
                format!("{ip}:{}->{port}", binding.host_port)
            })),
        }
    }
    ports
}

/// The command line as `docker ps` shows it: what holds a blank is quoted.
fn command(path: &str, args: &[String]) -> String {
    let mut line = path.to_owned();
    for arg in args {
        if arg.contains(' ') {
            line.push_str(&format!(" '{arg}'"));
        } else {
            line.push_str(&format!(" {arg}"));
        }
    }
    line
}

#[cfg(test)]
mod tests;
