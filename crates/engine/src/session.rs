//! What is asked of a container while somebody works with it: a process more inside, its streams, its files. The
//! words only; nothing here knows how a call is made.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use plan::ContainerId;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWrite;

use crate::{Error, LogSource};

/// A process to be run beside those of a running container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// `K=V`, or `K` alone, which takes a variable of the container away.
    pub environment: Vec<String>,
    /// The user, or empty for the container's own.
    pub user: String,
    /// The folder, or empty for the container's own.
    pub workdir: String,
    /// Whether it may do everything.
    pub privileged: bool,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// Whether its standard input is open.
    pub stdin: bool,
    /// Whether nobody looks at it.
    pub detached: bool,
    /// The keys that leave it, or empty for the engine's own.
    pub detach_keys: String,
    /// The terminal's size at its start.
    pub size: Option<TerminalSize>,
}

/// A process made by [`ExecSpec`], by the engine's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecId(pub String);

/// How a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecState {
    /// Whether it runs.
    pub is_running: bool,
    /// Its exit code; 0 while it runs.
    pub code: i64,
}

/// In characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TerminalSize {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// Whose terminal it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terminal {
    /// That of a container's first process.
    Container(ContainerId),
    /// That of a process beside it.
    Exec(ExecId),
}

/// The streams of a process. Dropping it lets go of them, and of the process's standard input with them.
pub struct Session {
    /// Its standard input; shutting it down closes it.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it writes, as it comes; with a terminal everything is standard output. It ends with the process.
    pub output: BoxStream<'static, Result<(LogSource, Bytes), Error>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// What is waited for of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// That it does not run.
    Stopped,
    /// The next end, of one that is yet to be started.
    NextExit,
    /// That it is gone, of one that the engine removes at its end.
    Removed,
}

/// What stands at a path inside a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PathStat {
    /// Its name alone.
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// Kind and permissions as Go's `fs.FileMode` has them.
    pub mode: u32,
    /// Where a symbolic link leads.
    #[serde(rename = "linkTarget")]
    pub link_target: String,
}

/// An answer of bytes as they come: a tar archive.
pub type Archive = BoxStream<'static, Result<Bytes, Error>>;

/// An image to be made of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitSpec {
    /// `REPOSITORY[:TAG]`, or empty for an image without a name.
    pub reference: String,
    /// Who made it.
    pub author: String,
    /// What was done.
    pub message: String,
    /// Instructions of a Dockerfile that are applied to it.
    pub changes: Vec<String>,
    /// Whether the container is frozen meanwhile.
    pub pause: bool,
}

/// A container as far as attaching needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachable {
    /// The engine's word for its state.
    pub state: String,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its standard input is open.
    pub stdin: bool,
    /// Whether that ends with the first who attaches to it. Of any other the engine closes the output, not the
    /// input, when the input of who is attached ends.
    pub stdin_once: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}
