//! Lists for people: what `ps`, `images`, `volumes` and `top` show. Read-only, and each answer stands alone.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use plan::{ContainerId, Stamp, labels};
use serde::{Deserialize, Deserializer};

use super::observe::{self, ABREAST};
use super::path::Path;
use super::transport::Transport;
use super::wire::or_empty;
use crate::error::Error;
use crate::{BuiltImage, ImageListing, Listing, Port, Processes, VolumeListing};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    id: String,
    #[serde(default, deserialize_with = "or_empty")]
    names: Vec<String>,
    #[serde(default)]
    image: String,
    #[serde(default)]
    command: String,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    status: String,
    #[serde(default, deserialize_with = "or_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_empty")]
    ports: Vec<ToldPort>,
    #[serde(default, deserialize_with = "or_empty")]
    mounts: Vec<ToldMount>,
    #[serde(default, deserialize_with = "or_empty")]
    network_settings: ToldNetworks,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldPort {
    #[serde(rename = "IP", default)]
    ip: String,
    #[serde(default)]
    private_port: u16,
    #[serde(default)]
    public_port: u16,
    #[serde(rename = "Type", default)]
    protocol: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ToldMount {
    name: String,
    source: String,
    driver: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ToldNetworks {
    #[serde(deserialize_with = "or_empty")]
    networks: BTreeMap<String, serde_json::Value>,
}

/// Every container with the project's label, one-off and stopped ones too, newest first.
pub(crate) async fn containers(http: &Transport, project: &str) -> Result<Vec<Listing>, Error> {
    let path = Path::new("/containers/json").with("all", "1");
    let path = path.with_json("filters", &observe::of_compose(project));
    let told: Vec<Told> = http.get("list containers", path).await?;
    stream::iter(told)
        .map(|told| async move {
            if let Some((health, exit_code)) = said(&told.state, &told.status) {
                return Ok(Some(listing(told, &health, exit_code)));
            }
            let inspected = observe::inspect(http, "inspect containers", &told.id).await?;
            Ok::<_, Error>(inspected.map(|inspected| {
                let health = inspected.state.health.map(|health| health.status).unwrap_or_default();
                listing(told, &health, inspected.state.exit_code)
            }))
        })
        .buffered(ABREAST)
        .try_filter_map(|listing| async move { Ok(listing) })
        .try_collect()
        .await
}

/// The health and the exit code that a list's words for people tell (`Up 3 seconds (healthy)`, `Exited (1) …`), so
/// that a list is one call. `None` when they are other words: then the container is inspected.
fn said(state: &str, status: &str) -> Option<(String, i64)> {
    let told = |health: &str| Some((health.to_owned(), 0));
    match state {
        "running" if !status.starts_with("Up ") => None,
        "running" if status.ends_with("(healthy)") => told("healthy"),
        "running" if status.ends_with("(unhealthy)") => told("unhealthy"),
        "running" if status.ends_with("(health: starting)") => told("starting"),
        "running" if status.ends_with(')') => None,
        "exited" => {
            let code = status.strip_prefix("Exited (")?.split_once(')')?.0;
            Some((String::new(), code.parse().ok()?))
        }
        "running" | "paused" | "created" | "restarting" | "removing" => told(""),
        _ => None,
    }
}

fn listing(told: Told, health: &str, exit_code: i64) -> Listing {
    let is_checked = told.state == "running" && health != "none";
    Listing {
        id: ContainerId(told.id),
        names: told.names.iter().map(|name| name.trim_start_matches('/').to_owned()).collect(),
        image: told.image,
        command: told.command,
        created: told.created,
        labels: told.labels,
        health: if is_checked { health.to_owned() } else { String::new() },
        exit_code: if matches!(told.state.as_str(), "exited" | "dead") { exit_code } else { 0 },
        state: told.state,
        status: told.status,
        ports: told
            .ports
            .into_iter()
            .map(|port| Port {
                ip: port.ip,
                private: port.private_port,
                public: port.public_port,
                protocol: port.protocol,
            })
            .collect(),
        local_volumes: told.mounts.iter().filter(|mount| mount.driver == "local").count(),
        mounts: told.mounts.into_iter().map(|m| if m.name.is_empty() { m.source } else { m.name }).collect(),
        networks: told.network_settings.networks.into_keys().collect(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldImage {
    id: String,
    #[serde(default, deserialize_with = "or_empty")]
    repo_tags: Vec<String>,
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
    #[serde(default)]
    size: i64,
    #[serde(default, deserialize_with = "maybe")]
    created: Option<Stamp>,
    #[serde(default, deserialize_with = "or_empty")]
    metadata: ToldMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ToldMetadata {
    #[serde(deserialize_with = "maybe")]
    last_tag_time: Option<Stamp>,
}

/// A moment; the engine's "never" (year 1), and what is none, is `None`.
fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Stamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    let moment = text.parse::<jiff::Timestamp>().ok().and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    Ok(moment.filter(|at| *at > 0).map(Stamp))
}

/// The image of each container, by the container's id; one that is gone is left with its id alone.
pub(crate) async fn images(
    http: &Transport,
    containers: &[ContainerId],
) -> Result<BTreeMap<ContainerId, ImageListing>, Error> {
    stream::iter(containers.to_vec())
        .map(|id| async move {
            let Some(container) = observe::inspect(http, "inspect containers", &id.0).await? else { return Ok(None) };
            let path = Path::of("images", &container.image, "json");
            let image = observe::found(http.get::<ToldImage>("inspect images", path).await)?;
            let gone = ImageListing { id: container.image, ..ImageListing::default() };
            Ok::<_, Error>(Some((id, image.map_or(gone, image_listing))))
        })
        .buffer_unordered(ABREAST)
        .try_filter_map(|image| async move { Ok(image) })
        .try_collect()
        .await
}

fn image_listing(told: ToldImage) -> ImageListing {
    ImageListing {
        id: told.id,
        reference: told.repo_tags.into_iter().next().unwrap_or_default(),
        os: told.os,
        architecture: told.architecture,
        variant: told.variant,
        size: told.size,
        created: told.created,
        tagged: told.metadata.last_tag_time,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldVolume {
    name: String,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    mountpoint: String,
    #[serde(default)]
    scope: String,
    #[serde(default, deserialize_with = "or_empty")]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldVolumes {
    #[serde(default, deserialize_with = "or_empty")]
    volumes: Vec<ToldVolume>,
}

/// Every volume with the project's label, by name.
pub(crate) async fn volumes(http: &Transport, project: &str) -> Result<Vec<VolumeListing>, Error> {
    let path = Path::new("/volumes").with_json("filters", &observe::labelled(project));
    let told: ToldVolumes = http.get("list volumes", path).await?;
    let mut volumes: Vec<VolumeListing> = told
        .volumes
        .into_iter()
        .map(|told| VolumeListing {
            name: told.name,
            driver: told.driver,
            mountpoint: told.mountpoint,
            scope: told.scope,
            labels: told.labels,
        })
        .collect();
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(volumes)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldBuilt {
    #[serde(default, deserialize_with = "or_empty")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    labels: BTreeMap<String, String>,
}

/// What older engines call an image that has no name any more.
const NAMELESS: &str = "<none>:<none>";

/// Every image with the project's label, once for each of its names.
pub(crate) async fn built_images(http: &Transport, project: &str) -> Result<Vec<BuiltImage>, Error> {
    let path = Path::new("/images/json").with_json("filters", &observe::labelled(project));
    let told: Vec<ToldBuilt> = http.get("list images", path).await?;
    let named = |told: ToldBuilt| {
        let service = told.labels.get(labels::SERVICE).cloned().unwrap_or_default();
        let names = told.repo_tags.into_iter().filter(|name| name != NAMELESS);
        names.map(move |reference| BuiltImage { reference, service: service.clone() })
    };
    Ok(told.into_iter().flat_map(named).collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ToldProcesses {
    #[serde(default, deserialize_with = "or_empty")]
    titles: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    processes: Vec<Vec<String>>,
}

/// The processes of a running container.
pub(crate) async fn processes(http: &Transport, id: &ContainerId) -> Result<Processes, Error> {
    let what = format!("list the processes of container {}", id.short());
    let told: ToldProcesses = http.get(&what, Path::of("containers", &id.0, "top")).await?;
    Ok(Processes { titles: told.titles, rows: told.processes })
}

/// Where a project's containers are, for [`ProjectListing`](crate::ProjectListing): the files of all, newest
/// container first, each once.
pub(crate) fn add_files(known: &mut String, more: &str) {
    for file in more.split(',').filter(|file| !file.is_empty()) {
        if !known.split(',').any(|known| known == file) {
            if !known.is_empty() {
                known.push(',');
            }
            known.push_str(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_once_each() {
        let mut known = String::new();
        for more in ["/a,/b", "", "/b,/c"] {
            add_files(&mut known, more);
        }
        assert_eq!(known, "/a,/b,/c");
    }

    #[test]
    fn a_list_of_an_old_engine_is_read() {
        let told: Told = serde_json::from_str(
            r#"{"Id":"ab","Names":["/p-a-1","/p-b-1/a"],"Image":"box","Ports":[{"PrivatePort":80,"Type":"tcp"}],
            "Labels":null,"State":"exited","Mounts":[{"Type":"volume","Name":"v","Driver":"local"},{"Source":"/x"}]}"#,
        )
        .unwrap();
        let listing = listing(told, "", 3);
        assert_eq!(listing.names, ["p-a-1", "p-b-1/a"]);
        assert_eq!((listing.exit_code, listing.mounts, listing.local_volumes), (3, vec!["v".into(), "/x".into()], 1));
        assert_eq!(listing.ports[0].public, 0);
    }

    #[test]
    fn a_list_says_health_and_exit_code_in_words() {
        let check = |state: &str, status: &str, expected: Option<(&str, i64)>| {
            let expected = expected.map(|(health, code)| (health.to_owned(), code));
            assert_eq!(said(state, status), expected, "{state}: {status}");
        };
        check("running", "Up 3 seconds", Some(("", 0)));
        check("running", "Up About a minute (healthy)", Some(("healthy", 0)));
        check("running", "Up 2 hours (health: starting)", Some(("starting", 0)));
        check("running", "Up 2 hours (unhealthy)", Some(("unhealthy", 0)));
        check("exited", "Exited (137) 2 minutes ago", Some(("", 137)));
        check("created", "Created", Some(("", 0)));
        check("running", "läuft", None);
        check("running", "Up 3 seconds (gesund)", None);
        check("exited", "Ended", None);
        check("dead", "Dead", None);
    }

    #[test]
    fn never_is_no_moment() {
        let image: ToldImage = serde_json::from_str(
            r#"{"Id":"sha256:0a","Created":"0001-01-01T00:00:00Z","Metadata":{"LastTagTime":"2026-01-01T00:00:00Z"}}"#,
        )
        .unwrap();
        let image = image_listing(image);
        assert_eq!((image.created, image.tagged), (None, Some(Stamp(1_767_225_600_000_000_000))));
    }
}
