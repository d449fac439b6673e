//! Services that a program of the user's provides instead of a container (Compose Specification, `provider`). It is
//! run here, with the user's rights and never by a daemon; what it says of variables travels along with the
//! definition of the services that depend on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use api::{Progress, ProgressState};
use model::{Project, Provider, ServiceName};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::cli_plugins::{self, is_program};
use crate::exit::Exit;
use crate::output;
use crate::output::progress::Display;

/// What is asked of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// That its service be there.
    Up,
    /// That it rest.
    Stop,
    /// That it be gone.
    Down,
}

/// What a provider says it understands; nothing said is everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    up: Understood,
    down: Understood,
    stop: Option<Understood>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Understood {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameter {
    name: String,
    required: bool,
}

/// A line a provider says.
#[derive(Debug, Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

/// Asks the providers of some services, dependencies first, and gives the variables of those who depend on them.
///
/// # Errors
/// A program that is not there, does not answer as agreed, or says that it failed.
pub(crate) async fn ask(
    project: &Project,
    is_meant: impl Fn(&ServiceName) -> bool,
    ask: Ask,
    display: &mut Display,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Exit> {
    let mut provided: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut order: Vec<&ServiceName> = spec::dependency_order(project);
    if ask != Ask::Up {
        order.reverse();
    }
    for name in order.into_iter().filter(|name| is_meant(name)) {
        let Some(provider) = &project.services[name].provider else { continue };
        let variables = one(project, name, provider, ask, display).await?;
        for (dependent, service) in &project.services {
            if !service.depends_on.contains_key(name) {
                continue;
            }
            for (variable, (value, is_raw)) in &variables {
                if *is_raw && service.environment.contains_key(variable) {
                    let (name, variable) = (diagnostic::quoted(name.as_str()), diagnostic::quoted(variable));
                    let dependent = diagnostic::quoted(dependent.as_str());
                    output::warning(&format!(
                        "provider {name} overrides environment variable {variable} in service {dependent}"
                    ));
                }
                provided.entry(dependent.to_string()).or_default().insert(variable.clone(), value.clone());
            }
        }
    }
    Ok(provided)
}

/// A variable's value, and whether it was said without the service's name before it.
type Variables = BTreeMap<String, (String, bool)>;

async fn one(
    project: &Project,
    name: &ServiceName,
    provider: &Provider,
    ask: Ask,
    display: &mut Display,
) -> Result<Variables, Exit> {
    let program = found(&provider.kind)?;
    let metadata = metadata(&program).await;
    let (verb, understood, doing, done) = match ask {
        Ask::Up => ("up", &metadata.up, "Creating", "Created"),
        Ask::Down => ("down", &metadata.down, "Removing", "Removed"),
        Ask::Stop => match &metadata.stop {
            Some(understood) => ("stop", understood, "Stopping", "Stopped"),
            None => return Ok(Variables::new()),
        },
    };
    for parameter in understood.parameters.iter().filter(|parameter| parameter.required) {
        if !provider.options.contains_key(&parameter.name) {
            let (parameter, kind) = (diagnostic::quoted(&parameter.name), diagnostic::quoted(&provider.kind));
            return Err(Exit::error(format!(
                "required parameter {parameter} is missing from provider {kind} definition"
            )));
        }
    }
    let mut command = Command::new(&program);
    command.args(["compose", &format!("--project-name={}", project.name), verb]);
    for (option, values) in &provider.options {
        if understood.parameters.is_empty() || understood.parameters.iter().any(|known| known.name == *option) {
            command.args(values.iter().map(|value| format!("--{option}={value}")));
        }
    }
    command.arg(name.as_str()).current_dir(&project.working_dir);
    let mut tell = |state, text: &str, details: &str| {
        let (id, text, details) = (name.to_string(), text.to_owned(), details.to_owned());
        display.show(&Progress { generation: 0, id, state, text, details });
    };
    tell(ProgressState::Working, doing, "");
    let ran = run(command, name, &mut |details| tell(ProgressState::Working, doing, details)).await;
    match &ran {
        Ok(_) => tell(ProgressState::Done, done, ""),
        Err(exit) => tell(ProgressState::Error, "Error", exit.message.as_deref().unwrap_or_default()),
    }
    ran
}

/// Runs a provider to its end and takes in what it says.
async fn run(mut command: Command, name: &ServiceName, tell: &mut impl FnMut(&str)) -> Result<Variables, Exit> {
    let failed = |why: String| Exit::error(format!("service {}: {why}", diagnostic::quoted(name.as_str())));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| failed(format!("its provider cannot be run: {error}")))?;
    let Some(stdout) = child.stdout.take() else { return Err(failed("its provider says nothing".to_owned())) };
    let mut lines = BufReader::new(stdout).lines();
    let mut variables = Variables::new();
    let prefix = name.as_str().to_uppercase();
    while let Some(line) = lines.next_line().await.map_err(|error| failed(error.to_string()))? {
        let Ok(said) = serde_json::from_str::<Said>(&line) else {
            return Err(Exit::error(format!("invalid response from plugin: {line}")));
        };
        let variable = || {
            let invalid = || Exit::error(format!("invalid response from plugin: {line}"));
            said.message.split_once('=').ok_or_else(invalid)
        };
        match said.kind.as_str() {
            "error" => return Err(failed(said.message)),
            "info" => tell(&said.message),
            "setenv" => {
                let (key, value) = variable()?;
                variables.insert(format!("{prefix}_{key}"), (value.to_owned(), false));
            }
            "rawsetenv" => {
                let (key, value) = variable()?;
                variables.insert(key.to_owned(), (value.to_owned(), true));
            }
            "debug" => {}
            _ => return Err(Exit::error(format!("invalid response from plugin: {line}"))),
        }
    }
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(variables) } else { Err(failed(format!("its provider ended with {status}"))) }
}

/// What a provider understands; one that does not say is told everything.
async fn metadata(program: &Path) -> Metadata {
    let mut command = Command::new(program);
    command.args(["compose", "metadata"]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.ok().filter(|output| output.status.success());
    output.and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default()
}

/// The program behind a kind of provider: a plugin of the Docker CLI, else what the shell would find.
fn found(kind: &str) -> Result<PathBuf, Exit> {
    let missing = || {
        Exit::error(format!("exec: {}: executable file not found in $PATH", diagnostic::quoted(kind)))
            .with_help("install the provider, or correct `provider.type`")
    };
    if kind.contains('/') {
        return Some(PathBuf::from(kind)).filter(|path| is_program(path)).ok_or_else(missing);
    }
    let plugins = cli_plugins::places(kind);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(kind)).collect::<Vec<_>>();
    plugins.into_iter().chain(in_path).find(|path| is_program(path)).ok_or_else(missing)
}
