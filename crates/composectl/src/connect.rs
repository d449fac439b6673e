//! To the daemon where one answers, else to the same service in this process.

use std::io::ErrorKind;
use std::time::Duration;

use api::Client;
use composed::settings::{Places, Written};

use crate::args::Global;
use crate::docker::Engine;
use crate::exit::{ELSEWHERE, Exit};
use crate::output::stderr;
use crate::turn::Turn;

/// How long engine calls under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody to ask.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Set when it is this process; it has to live as long as what it is asked.
    local: Option<composed::Supervisor>,
}

impl Connection {
    /// Whether nothing supervises what is done, once this command has ended.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Does something to a project that no other command works on meanwhile. A daemon sees to that itself.
    pub(crate) async fn alone<T>(&self, stack: &str, work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
        let Some(local) = &self.local else { return work.await };
        let Some(turn) = Turn::take(stack).await? else { return work.await };
        tokio::select! {
            done = work => done,
            exit = turn.lost() => {
                // What was begun is seen to its end before whoever is newer looks.
                local.stop(PATIENCE).await;
                Err(exit)
            }
        }
    }

    /// Sees engine calls under way to their end.
    pub(crate) async fn close(self) {
        if let Some(local) = self.local {
            local.stop(PATIENCE).await;
        }
    }
}

/// Connects; a socket that was named must answer.
pub(crate) async fn connect(global: &Global) -> Result<Connection, Exit> {
    let variable = |name: &str| std::env::var(name).ok();
    let is_elsewhere = global.docker.is_elsewhere(variable)?;
    if is_elsewhere && global.socket.is_some() {
        let message = "--socket names a daemon, which has an engine of its own; --host or --context names another";
        return Err(Exit::error(message));
    }
    if !global.no_daemon && !is_elsewhere {
        // Not clap's to read: what stands in the environment contradicts no flag.
        let variable =
            std::env::var_os("COMPOSED_SOCKET").filter(|path| !path.is_empty()).map(std::path::PathBuf::from);
        let named = global.socket.clone().or(variable);
        let path = named.clone().unwrap_or_else(default_socket);
        match tokio::net::UnixStream::connect(&path).await {
            Ok(_) => return Ok(Connection { client: Client::unix(path), local: None }),
            Err(error) => {
                let is_absent = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused);
                if named.is_some() || !is_absent {
                    let place = path.display().to_string();
                    return Err(api::ClientError::Unreachable { place, source: error }.into());
                }
            }
        }
    }
    local(&global.docker.engine(variable)?)
}

/// Connects to a daemon; where none runs there is nothing to be asked.
pub(crate) async fn connect_to_daemon(global: &Global) -> Result<Connection, Exit> {
    let connection = connect(global).await?;
    if connection.is_local() {
        return Err(Exit { code: ELSEWHERE, ..Exit::error("composed does not run here: nothing is supervised") }
            .with_help("`systemctl start composed`; `composectl ps` shows a project's containers without it"));
    }
    Ok(connection)
}

/// The same service in this process.
fn local(engine: &Engine) -> Result<Connection, Exit> {
    let supervisor = composed::local(engine.host.as_deref(), engine.tls.as_ref())
        .map_err(|error| engine.refused(&error.to_string(), &error.help().unwrap_or_default()))?;
    Ok(Connection { client: composed::in_process(&supervisor), local: Some(supervisor) })
}

/// Where the daemon's settings, or their defaults, put its socket.
fn default_socket() -> std::path::PathBuf {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let variables = variables.collect();
    let system = Places { is_root: true, ..Places::default() }.socket();
    let own = Places::of(false, &variables).socket();
    // A user's own daemon comes first, then the system's as its settings place it.
    if own != system && own.exists() {
        return own;
    }
    Written::read(None).ok().and_then(|written| written.socket).unwrap_or(system)
}

/// Says that nobody looks after the stack from now on.
pub(crate) fn say_unsupervised(stack: &str) {
    let paint = stderr();
    let note = format!("nothing supervises {stack}: composed does not run here (`systemctl start composed`)");
    paint.line(&format!("{} {note}", paint.yellow("note:")));
}
