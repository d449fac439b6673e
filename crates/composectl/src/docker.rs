//! Which engine is meant, as docker finds it: a flag, `DOCKER_HOST`, a context of docker's store, the default. The
//! result is an address as `DOCKER_HOST` has it, with the certificates where TLS is asked for, which an address does
//! not show; whether it can be spoken to is not decided here. Nothing here reads the environment.

mod certificates;

use std::path::{Path, PathBuf};

use composed::Tls;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) use self::certificates::TlsFlags;
use crate::exit::Exit;

/// The context that is none: `DOCKER_HOST`, else the default socket.
const DEFAULT: &str = "default";
/// Where an engine listens that nobody moved.
const SOCKETS: [&str; 2] = ["unix:///var/run/docker.sock", "unix:///run/docker.sock"];

/// What docker's own global flags said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Docker {
    /// `-H`
    pub(crate) host: Option<String>,
    /// `--context`
    pub(crate) context: Option<String>,
    /// `--config`: the folder of docker's settings.
    pub(crate) config: Option<PathBuf>,
    /// `--tls`, `--tlsverify` and the files of it.
    pub(crate) tls: TlsFlags,
}

/// An engine to speak to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Engine {
    /// As in `DOCKER_HOST`; `None` is the default socket.
    pub(crate) host: Option<String>,
    /// The context that says so.
    pub(crate) context: Option<String>,
    /// How it is spoken to by TLS; `None` is not by TLS.
    pub(crate) tls: Option<Tls>,
}

impl Engine {
    /// An error, with the context it is the fault of.
    pub(crate) fn refused(&self, error: &str, help: &str) -> Exit {
        match &self.context {
            Some(context) => Exit::error(format!("context {}: {error}", diagnostic::quoted(context))).with_help(
                "`docker context ls` lists the contexts; DOCKER_CONTEXT=default, or DOCKER_HOST, passes them by",
            ),
            None => Exit::error(error).with_help(help),
        }
    }
}

impl Docker {
    /// The folder of docker's settings and contexts.
    pub(crate) fn config(&self, variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let named = self.config.clone().or_else(|| set("DOCKER_CONFIG").map(PathBuf::from));
        named.or_else(|| Some(PathBuf::from(set("HOME")?).join(".docker")))
    }

    /// The engine that is meant. `variable` reads the environment.
    pub(crate) fn engine(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Engine, Exit> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if self.host.is_some() && self.context.is_some() {
            return Err(Exit::error("conflicting options: cannot specify both --host and --context"));
        }
        let host = self.host.clone().or_else(|| set("DOCKER_HOST"));
        let folder = self.config(&variable);
        // As with docker: the flag wins over `DOCKER_HOST`, and that over what was chosen once and for all.
        let context = match (&self.context, &host) {
            (Some(context), _) => Some(context.clone()),
            (None, Some(_)) => None,
            (None, None) => set("DOCKER_CONTEXT").or_else(|| current(folder.as_deref()?)),
        };
        match (context.filter(|context| context != DEFAULT), folder) {
            (Some(context), Some(folder)) => of_context(&folder, context),
            (Some(context), None) => Err(unknown(&context, "there is no folder of docker's settings")),
            // An address without TLS needs no certificate, whatever stands in the environment.
            (None, _) if host.as_ref().is_some_and(|host| !host.starts_with("tcp:")) => {
                Ok(Engine { host, context: None, tls: None })
            }
            (None, _) => Ok(Engine { host, context: None, tls: self.tls.read(variable)? }),
        }
    }

    /// Whether a flag names an engine other than the one that a daemon of this machine keeps.
    pub(crate) fn is_elsewhere(&self, variable: impl Fn(&str) -> Option<String>) -> Result<bool, Exit> {
        let is_named = self.host.is_some() || self.context.as_ref().is_some_and(|context| context != DEFAULT);
        if !is_named && self.tls == TlsFlags::default() {
            return Ok(false);
        }
        let engine = self.engine(variable)?;
        Ok(engine.tls.is_some() || engine.host.is_some_and(|host| !SOCKETS.contains(&host.as_str())))
    }
}

/// The context that is in use until somebody chooses another. Settings that cannot be read choose none.
fn current(folder: &Path) -> Option<String> {
    let text = std::fs::read(folder.join("config.json")).ok()?;
    let settings: Value = serde_json::from_slice(&text).ok()?;
    settings["currentContext"].as_str().filter(|context| !context.is_empty()).map(str::to_owned)
}

/// What docker's store says of a context (docker/cli, `cli/context/store`): its files lie in folders named by the
/// SHA-256 of its name.
fn of_context(folder: &Path, context: String) -> Result<Engine, Exit> {
    let id: String = Sha256::digest(context.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join("contexts/meta").join(&id).join("meta.json");
    let text = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unknown(&context, "context not found"),
        _ => unknown(&context, &format!("{}: {error}", path.display())),
    })?;
    let meta: Value = serde_json::from_slice(&text)
        .map_err(|error| unknown(&context, &format!("{} is no JSON: {error}", path.display())))?;
    let endpoint = &meta["Endpoints"]["docker"];
    let host = endpoint["Host"].as_str().filter(|host| !host.is_empty()).map(str::to_owned);
    let kept = folder.join("contexts/tls").join(&id).join("docker");
    let engine = Engine { host, context: Some(context), tls: None };
    if engine.host.as_ref().is_none_or(|host| !host.starts_with("tcp:")) {
        return Ok(engine);
    }
    let tls = certificates::of_context(&kept, endpoint["SkipTLSVerify"] == true);
    let tls = tls.map_err(|why| engine.refused(&why, ""))?;
    Ok(Engine { tls, ..engine })
}

fn unknown(context: &str, why: &str) -> Exit {
    Engine { context: Some(context.to_owned()), ..Engine::default() }.refused(why, "")
}

#[cfg(test)]
mod tests;
