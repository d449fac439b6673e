//! Language models of a project (Compose Specification, `models`). Docker's plugin `model` fetches and runs them; it
//! is asked here, with the user's rights, and what it says of their address travels along with the definition of the
//! services that use them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use api::{Progress, ProgressState};
use model::{LanguageModel, Project};
use serde::Deserialize;
use tokio::process::Command;

use crate::cli_plugins;
use crate::exit::Exit;
use crate::output::progress::Display;

/// Since this version it takes flags of what runs a model.
const WITH_RUNTIME_FLAGS: [u64; 3] = [1, 0, 6];

/// What the plugin says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    #[serde(rename = "Version")]
    version: String,
}

/// A model it has.
#[derive(Debug, Deserialize)]
struct Known {
    #[serde(default)]
    tags: Vec<String>,
}

/// What it says of what runs the models.
#[derive(Debug, Deserialize)]
struct Running {
    endpoint: String,
}

/// Has every model of a project fetched and set up, and gives the variables of the services that use them.
///
/// # Errors
/// The plugin is not there, does not answer as agreed, or fails.
pub(crate) async fn ready(
    project: &Project,
    display: &mut Display,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Exit> {
    if project.models.is_empty() {
        return Ok(BTreeMap::new());
    }
    let plugin = cli_plugins::find("model").ok_or_else(|| {
        Exit::error("'models' support requires Docker Model plugin")
            .with_help("install the plugin `docker model`, or leave `models` out of the services")
    })?;
    let known: Vec<Known> = answer(&plugin, &["ls", "--json"], "checking available models").await?;
    let takes_flags = takes_runtime_flags(&plugin).await;
    for (key, wanted) in &project.models {
        let name = if wanted.name.is_empty() { key.as_str() } else { &wanted.name };
        let mut tell = |state, text: &str, details: String| {
            display.show(&Progress { generation: 0, id: name.to_owned(), state, text: text.to_owned(), details });
        };
        let done = async {
            if !known.iter().any(|known| known.tags.contains(&wanted.model)) {
                tell(ProgressState::Working, "Pulling", String::new());
                said(&plugin, &["pull".to_owned(), wanted.model.clone()]).await?;
            }
            tell(ProgressState::Working, "Configuring", String::new());
            said(&plugin, &configure(wanted, takes_flags)).await
        };
        match done.await {
            Ok(_) => tell(ProgressState::Done, "Configured", String::new()),
            Err(exit) => {
                tell(ProgressState::Error, "Error", exit.message.clone().unwrap_or_default());
                return Err(exit);
            }
        }
    }
    let running: Running = answer(&plugin, &["status", "--json"], "checking docker-model status").await?;
    Ok(variables(project, &running.endpoint))
}

/// The variables of each service that uses a model: its reference, and where it answers.
fn variables(project: &Project, endpoint: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (service, uses) in project.services.iter().map(|(name, service)| (name, &service.models)) {
        for (key, used) in uses {
            let Some(wanted) = project.models.get(key) else { continue };
            let prefix = key.as_str().to_uppercase().replace('-', "_");
            let given = |own: Option<&String>, ending: &str| {
                own.filter(|own| !own.is_empty()).cloned().unwrap_or_else(|| format!("{prefix}_{ending}"))
            };
            let own = all.entry(service.to_string()).or_default();
            own.insert(given(used.as_ref().map(|used| &used.model_var), "MODEL"), wanted.model.clone());
            own.insert(given(used.as_ref().map(|used| &used.endpoint_var), "URL"), endpoint.to_owned());
        }
    }
    all
}

fn configure(wanted: &LanguageModel, takes_flags: bool) -> Vec<String> {
    let mut arguments = vec!["configure".to_owned()];
    if wanted.context_size > 0 {
        arguments.extend(["--context-size".to_owned(), wanted.context_size.to_string()]);
    }
    arguments.push(wanted.model.clone());
    if takes_flags && !wanted.runtime_flags.is_empty() {
        arguments.push("--".to_owned());
        arguments.extend(wanted.runtime_flags.iter().cloned());
    }
    arguments
}

async fn takes_runtime_flags(plugin: &Path) -> bool {
    let Ok(said) = said(plugin, &["docker-cli-plugin-metadata".to_owned()]).await else { return false };
    let metadata: Metadata = serde_json::from_slice(&said).unwrap_or_default();
    is_since(&metadata.version, WITH_RUNTIME_FLAGS)
}

fn is_since(version: &str, since: [u64; 3]) -> bool {
    let numbers = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default().split('.');
    let numbers: Option<Vec<u64>> = numbers.map(|number| number.parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers.as_slice() >= since.as_slice())
}

async fn answer<T: serde::de::DeserializeOwned>(plugin: &Path, arguments: &[&str], doing: &str) -> Result<T, Exit> {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let said = said(plugin, &arguments)
        .await
        .map_err(|exit| Exit::error(format!("error {doing}: {}", exit.message.unwrap_or_default())))?;
    serde_json::from_slice(&said).map_err(|error| Exit::error(format!("error {doing}: {error}")))
}

/// What the plugin says on its output.
async fn said(plugin: &Path, arguments: &[String]) -> Result<Vec<u8>, Exit> {
    let failed = |why: String| Exit::error(format!("docker model {}: {why}", arguments.join(" ")));
    let mut command = Command::new(plugin);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let last =
        told.lines().rfind(|line| !line.trim().is_empty()).map_or_else(|| output.status.to_string(), str::to_owned);
    Err(failed(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, expected) in
            [("v1.0.6", true), ("1.0.10", true), ("1.0.5", false), ("2.0.0-rc1", true), ("", false), ("dev", false)]
        {
            assert_eq!(is_since(version, WITH_RUNTIME_FLAGS), expected, "{version}");
        }
    }

    #[test]
    fn a_model_is_set_up_as_it_is_written() {
        let wanted = LanguageModel {
            model: "ai/m".into(),
            context_size: 4096,
            runtime_flags: vec!["--seed".into(), "1".into()],
            ..LanguageModel::default()
        };
        assert_eq!(configure(&wanted, true).join(" "), "configure --context-size 4096 ai/m -- --seed 1");
        assert_eq!(configure(&wanted, false).join(" "), "configure --context-size 4096 ai/m");
    }
}
