//! Who somebody is to registries, as docker's settings have it: kept in `config.json` itself, or by a program beside
//! docker (`credsStore`, `credHelpers`). They travel with the request: a daemon has settings of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use api::Credentials;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::args::Global;
use crate::exit::Exit;

/// What docker's settings call its own registry.
const HUB: &str = "https://index.docker.io/v1/";
/// How long a program may take: some ask people for a password.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user that says that the secret is a token.
const TOKEN: &str = "<token>";
/// What every such program says of a registry that it knows nothing of.
const UNKNOWN: &str = "credentials not found in native keychain";

/// The part of docker's settings that is about registries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    auths: BTreeMap<String, Entry>,
    #[serde(rename = "credsStore")]
    store: String,
    #[serde(rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    #[serde(rename = "identitytoken")]
    identity_token: String,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entry")
    }
}

/// What such a program answers.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Settings {
    /// The settings of whoever calls; none are empty ones.
    ///
    /// # Errors
    /// When they cannot be read, or are none.
    pub(crate) fn at_hand(global: &Global) -> Result<Self, Exit> {
        let folder = global.docker.config(|name| std::env::var(name).ok());
        let Some(path) = folder.map(|folder| folder.join("config.json")) else { return Ok(Self::default()) };
        let unreadable = |why: String| {
            Exit::error(format!("docker's settings {}: {why}", path.display()))
                .with_help("correct the file, or let DOCKER_CONFIG name another folder")
        };
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    /// Whether a program has to be asked, which takes its time.
    pub(crate) fn are_elsewhere(&self) -> bool {
        !self.store.is_empty() || !self.helpers.is_empty()
    }

    /// Who asks for these images, where anything is known of their registries.
    ///
    /// # Errors
    /// When a program that keeps them fails at it.
    pub(crate) async fn of_images(&self, images: &BTreeSet<String>) -> Result<BTreeMap<String, Credentials>, Exit> {
        let mut known: BTreeMap<String, Option<Credentials>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for image in images {
            let server = server_of(image);
            if !known.contains_key(&server) {
                known.insert(server.clone(), self.of(&server).await?);
            }
            if let Some(credentials) = &known[&server] {
                found.insert(image.clone(), credentials.clone());
            }
        }
        Ok(found)
    }

    /// Everything that is known, by registry, and what kept the rest from being known: who builds may need none of it.
    pub(crate) async fn all(&self) -> (BTreeMap<String, Credentials>, BTreeSet<String>) {
        let (mut found, mut failures) = (BTreeMap::new(), BTreeSet::new());
        for server in self.auths.keys().chain(self.helpers.keys()) {
            match self.of(server).await {
                Ok(known) => found.extend(known.map(|known| (server.clone(), known))),
                Err(exit) => failures.extend(exit.message),
            }
        }
        (found, failures)
    }

    async fn of(&self, server: &str) -> Result<Option<Credentials>, Exit> {
        let helper = self.helpers.get(server).unwrap_or(&self.store);
        if helper.is_empty() { Ok(self.written(server)) } else { asked(helper, server).await }
    }

    /// What stands in the settings themselves; a name may be written as an address.
    fn written(&self, server: &str) -> Option<Credentials> {
        let same = |name: &&String| bare(name) == bare(server);
        let entry = self.auths.get(server).or_else(|| self.auths.get(self.auths.keys().find(same)?))?;
        let decoded = BASE64_STANDARD.decode(entry.auth.trim()).ok().and_then(|text| String::from_utf8(text).ok());
        let (username, password) = match decoded.as_deref().and_then(|text| text.split_once(':')) {
            // docker once wrote NULs behind the password.
            Some((username, password)) => (username.to_owned(), password.trim_end_matches('\0').to_owned()),
            None => (entry.username.clone(), entry.password.clone()),
        };
        let identity_token = entry.identity_token.clone();
        let is_empty = username.is_empty() && identity_token.is_empty();
        (!is_empty).then(|| Credentials { username, password, identity_token, server: server.to_owned() })
    }
}

/// Asks the program that keeps them. That it knows nothing is no error.
async fn asked(helper: &str, server: &str) -> Result<Option<Credentials>, Exit> {
    let program = format!("docker-credential-{helper}");
    let failed = |why: &str| {
        Exit::error(format!("error getting credentials: {program}: {why}"))
            .with_help("docker's settings name this program; `docker logout` and `docker login` set it right")
    };
    let mut command = Command::new(PathBuf::from(&program));
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let asking = async {
        let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read it says so at its end.
            let _ = stdin.write_all(server.as_bytes()).await;
        }
        child.wait_with_output().await.map_err(|error| failed(&error.to_string()))
    };
    let ended = tokio::time::timeout(PATIENCE, asking).await;
    let output = ended.unwrap_or_else(|_| Err(failed(&format!("no answer within {} s", PATIENCE.as_secs()))))?;
    if !output.status.success() {
        // It says why on standard output.
        let why = String::from_utf8_lossy(&output.stdout);
        return if why.trim() == UNKNOWN { Ok(None) } else { Err(failed(why.trim())) };
    }
    // What it said may be a secret: it is told nowhere.
    let Answer { username, secret } =
        serde_json::from_slice(&output.stdout).map_err(|_| failed("its answer is none"))?;
    let server = server.to_owned();
    Ok(Some(match username == TOKEN {
        true => Credentials { identity_token: secret, server, ..Credentials::default() },
        false => Credentials { username, password: secret, server, ..Credentials::default() },
    }))
}

/// The registry of an image, as docker's settings name it. A name whose first part is no host is docker's own.
fn server_of(image: &str) -> String {
    let host = image.split_once('/').map(|(host, _)| host);
    match host.filter(|host| host.contains(['.', ':']) || *host == "localhost") {
        Some("docker.io" | "index.docker.io") | None => HUB.to_owned(),
        Some(host) => host.to_owned(),
    }
}

/// A host without scheme and path.
fn bare(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
