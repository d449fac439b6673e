//! What an engine says of itself, and what of its machine is inside containers: three calls that only read.

use std::path::PathBuf;

use serde::Deserialize;

use super::path::Path;
use super::transport::Transport;
use super::wire::or_empty;
use crate::error::Error;
use crate::{Installation, Reach};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    #[serde(default, deserialize_with = "or_empty")]
    warnings: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    plugins: Plugins,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Plugins {
    #[serde(default, deserialize_with = "or_empty")]
    authorization: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default, deserialize_with = "or_empty")]
    names: Vec<String>,
    #[serde(default, deserialize_with = "or_empty")]
    mounts: Vec<Mount>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(default)]
    source: PathBuf,
}

pub(crate) async fn installation(http: &Transport) -> Result<Installation, Error> {
    let (_, version) = http.ask_version("ask the engine's version").await?;
    let told: Told = http.get("ask what the engine says of itself", Path::new("/info")).await?;
    let running: Vec<Listed> = http.get("list containers", Path::new("/containers/json")).await?;
    let parts = version.components.into_iter().map(|part| (part.name, part.version)).collect();
    let reaches = running.into_iter().flat_map(|listed| {
        let name = listed.names.first().map(|name| name.trim_start_matches('/').to_owned()).unwrap_or_default();
        let binds = listed.mounts.into_iter().filter(|mount| mount.kind == "bind");
        binds.map(move |mount| Reach { container: name.clone(), path: mount.source }).collect::<Vec<_>>()
    });
    Ok(Installation {
        parts,
        authorizers: told.plugins.authorization,
        warnings: told.warnings,
        reaches: reaches.collect(),
    })
}
