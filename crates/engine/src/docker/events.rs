//! What happens at the engine, as a stream. Nothing is decided by it, so nothing is refused either: words that
//! are unknown pass through.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt};
use hyper::Method;
use plan::{Stamp, labels};
use serde::Deserialize;

use super::observe;
use super::path::Path;
use super::transport::Transport;
use crate::error::Error;
use crate::{Event, EventKind};

/// Everything but the noise: each health check is three `exec_*` events, each start mounts its volumes.
const ACTIONS: [&str; 26] = [
    "connect",
    "create",
    "delete",
    "destroy",
    "die",
    "disconnect",
    "health_status",
    "import",
    "kill",
    "load",
    "oom",
    "pause",
    "prune",
    "pull",
    "push",
    "remove",
    "rename",
    "restart",
    "save",
    "start",
    "stop",
    "tag",
    "unpause",
    "untag",
    "update",
    "build",
];

#[derive(Debug, Deserialize)]
struct Told {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "Action", default)]
    action: String,
    #[serde(rename = "Actor", default)]
    actor: Actor,
    #[serde(default)]
    time: i64,
    #[serde(rename = "timeNano", default)]
    time_nano: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Attributes")]
    attributes: BTreeMap<String, String>,
}

/// Subscribes. The engine answers just before it begins to collect, so an event in that instant is lost
/// unless `since` reaches back; whoever lists afterwards has it anyway.
pub(crate) async fn open(
    http: &Transport,
    since: Option<Stamp>,
) -> Result<BoxStream<'static, Result<Event, Error>>, Error> {
    let filters = BTreeMap::from([
        ("type", ["container", "network", "volume", "image"].as_slice()),
        ("event", ACTIONS.as_slice()),
    ]);
    let mut path = Path::new("/events").with_json("filters", &filters);
    if let Some(since) = since {
        path = path.with("since", &seconds(since));
    }
    stream(http, &path, Some(http.limits.read)).await
}

/// Subscribes to everything that happens to a project's containers, between two moments.
pub(crate) async fn happenings(
    http: &Transport,
    project: &str,
    since: Option<Stamp>,
    until: Option<Stamp>,
) -> Result<BoxStream<'static, Result<Event, Error>>, Error> {
    let mut filters = observe::labelled(project);
    filters.insert("type", vec!["container".to_owned()]);
    let mut path = Path::new("/events").with_json("filters", &filters);
    if let Some(since) = since {
        path = path.with("since", &seconds(since));
    }
    if let Some(until) = until {
        path = path.with("until", &seconds(until));
    }
    stream(http, &path, Some(http.limits.read)).await
}

async fn stream(
    http: &Transport,
    path: &Path,
    head: Option<Duration>,
) -> Result<BoxStream<'static, Result<Event, Error>>, Error> {
    let chunks = http.open("follow events", Method::GET, path, None, head).await?;
    Ok(stream::unfold(Some(chunks), |chunks| async {
        let mut chunks = chunks?;
        match chunks.object::<Told>().await {
            Ok(Some(told)) => Some((Ok(event(told)), Some(chunks))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed())
}

/// The engine's form of a moment.
pub(crate) fn seconds(stamp: Stamp) -> String {
    format!("{}.{:09}", stamp.0.div_euclid(1_000_000_000), stamp.0.rem_euclid(1_000_000_000))
}

fn event(told: Told) -> Event {
    let kind = match told.kind.as_str() {
        "container" => EventKind::Container,
        "network" => EventKind::Network,
        "volume" => EventKind::Volume,
        "image" => EventKind::Image,
        _ => EventKind::Other,
    };
    let attributes = told.actor.attributes;
    let name = attributes.get("name").cloned();
    Event {
        kind,
        action: told.action,
        name: name.unwrap_or_else(|| if kind == EventKind::Volume { told.actor.id.clone() } else { String::new() }),
        id: told.actor.id,
        project: attributes.get(labels::PROJECT).cloned(),
        at: Stamp(if told.time_nano > 0 { told.time_nano } else { told.time.saturating_mul(1_000_000_000) }),
        attributes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Event {
        event(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_container_event_knows_its_project() {
        let event = check(
            r#"{"status":"die","id":"ab","Type":"container","Action":"die","Actor":{"ID":"ab","Attributes":
            {"com.docker.compose.project":"shop","exitCode":"3","name":"shop-db-1"}},"scope":"local","time":5,"timeNano":5000000007}"#,
        );
        assert_eq!(
            (event.kind, event.action.as_str(), event.name.as_str()),
            (EventKind::Container, "die", "shop-db-1")
        );
        assert_eq!(event.project.as_deref(), Some("shop"));
        assert_eq!((event.at, event.attributes["exitCode"].as_str()), (Stamp(5_000_000_007), "3"));
    }

    #[test]
    fn an_unknown_word_is_passed_on() {
        let event = check(r#"{"Type":"hologram","Action":"shimmer","Actor":{"ID":"x"},"time":7}"#);
        assert_eq!((event.kind, event.action.as_str(), event.at), (EventKind::Other, "shimmer", Stamp(7_000_000_000)));
    }

    #[test]
    fn moments_keep_their_nanoseconds() {
        assert_eq!(seconds(Stamp(1_700_000_000_000_000_042)), "1700000000.000000042");
    }
}
