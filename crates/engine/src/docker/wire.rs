//! The engine's JSON as far as it is read: only the fields that are used, and no closed enumerations, so that
//! a newer or another engine's words do not end an answer.

use std::collections::BTreeMap;

use plan::Stamp;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Kind};

/// Reads an answer; what cannot be read is the engine's fault.
pub(crate) fn decode<'a, T: Deserialize<'a>>(what: &str, mutates: bool, json: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|error| {
        Error::new(what, Kind::Garbled, mutates, "the engine's answer cannot be read").caused_by(error)
    })
}

/// The text of a refusal, on one line.
pub(crate) fn message(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let refusal: Refusal = serde_json::from_slice(json).ok()?;
    let text = refusal.message.trim().replace('\n', " ");
    (!text.is_empty()).then_some(text)
}

/// `null` where a map or a list is meant is the engine's way to say that it is empty.
pub(crate) fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn never() -> Stamp {
    Stamp(0)
}

/// RFC 3339 with nanoseconds. The engine's "never" (year 1) is the epoch.
fn stamp<'de, D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(Stamp(0));
    }
    let moment: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Stamp(i64::try_from(moment.as_nanosecond()).unwrap_or(0).max(0)))
}

/// `GET /info`, as far as anybody asks.
#[derive(Debug, Deserialize)]
pub(crate) struct Info {
    #[serde(rename = "ID", default)]
    pub(crate) id: String,
}

/// `GET /version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version {
    pub(crate) version: String,
    pub(crate) api_version: String,
    #[serde(rename = "MinAPIVersion")]
    pub(crate) min_api_version: Option<String>,
    #[serde(default)]
    pub(crate) os: String,
    #[serde(default)]
    pub(crate) arch: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) components: Vec<Component>,
}

/// What an engine is made of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Component {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: String,
}

/// An entry of `GET /containers/json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) created: i64,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) labels: BTreeMap<String, String>,
}

/// `GET /containers/…/json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Inspected {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The id of its image.
    #[serde(default)]
    pub(crate) image: String,
    #[serde(deserialize_with = "stamp")]
    pub(crate) created: Stamp,
    #[serde(default)]
    pub(crate) path: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) args: Vec<String>,
    pub(crate) state: State,
    pub(crate) config: Config,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) host_config: HostConfig,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) network_settings: NetworkSettings,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) mounts: Vec<Mount>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) running: bool,
    #[serde(default)]
    pub(crate) exit_code: i64,
    #[serde(default, rename = "OOMKilled")]
    pub(crate) out_of_memory: bool,
    #[serde(default)]
    pub(crate) error: String,
    #[serde(deserialize_with = "stamp")]
    pub(crate) started_at: Stamp,
    #[serde(deserialize_with = "stamp")]
    pub(crate) finished_at: Stamp,
    pub(crate) health: Option<Health>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Health {
    #[serde(default)]
    pub(crate) status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) tty: bool,
    #[serde(default)]
    pub(crate) open_stdin: bool,
    #[serde(default)]
    pub(crate) stdin_once: bool,
    pub(crate) stop_timeout: Option<i64>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct HostConfig {
    #[serde(deserialize_with = "or_empty")]
    pub(crate) restart_policy: RestartPolicy,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) network_mode: String,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) pid_mode: String,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) ipc_mode: String,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) volumes_from: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RestartPolicy {
    pub(crate) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NetworkSettings {
    #[serde(deserialize_with = "or_empty")]
    pub(crate) networks: BTreeMap<String, Option<Endpoint>>,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) ports: BTreeMap<String, Option<Vec<Binding>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Endpoint {
    #[serde(rename = "NetworkID", default)]
    pub(crate) network_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Binding {
    #[serde(default)]
    pub(crate) host_ip: String,
    #[serde(default)]
    pub(crate) host_port: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Mount {
    #[serde(rename = "Type", default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) destination: String,
}

/// An entry of `GET /networks`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Network {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default = "never", deserialize_with = "stamp")]
    pub(crate) created: Stamp,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) labels: BTreeMap<String, String>,
}

/// `GET /volumes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Volumes {
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) volumes: Vec<Volume>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Volume {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(crate) labels: BTreeMap<String, String>,
}

/// `GET /images/…/json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Image {
    pub(crate) id: String,
}

/// What a registry says of an image.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Distribution {
    pub(crate) descriptor: Descriptor,
}

/// What a digest is of.
#[derive(Debug, Deserialize)]
pub(crate) struct Descriptor {
    pub(crate) digest: String,
}

/// What a create answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Created {
    pub(crate) id: String,
    #[serde(default, alias = "Warning", deserialize_with = "texts")]
    pub(crate) warnings: Vec<String>,
}

/// Warnings are a list of a container, one text of a network.
fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Option::deserialize(from)? {
        None => Vec::new(),
        Some(Texts::One(text)) if text.is_empty() => Vec::new(),
        Some(Texts::One(text)) => vec![text],
        Some(Texts::Many(texts)) => texts,
    })
}

/// A line of a pull's or a build's stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Step {
    pub(crate) stream: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) id: Option<String>,
    #[serde(rename = "progressDetail")]
    pub(crate) detail: Option<StepDetail>,
    pub(crate) error: Option<String>,
    pub(crate) aux: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StepDetail {
    pub(crate) current: Option<u64>,
    pub(crate) total: Option<u64>,
}
