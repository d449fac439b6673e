//! What is asked of single containers: a process more, their streams, their files, an image of them. Where a
//! process's streams are wanted the request asks for an upgrade to [`frames::PROTOCOL`](crate::frames::PROTOCOL).

use serde::{Deserialize, Serialize};

/// The header with what stands at the path of an archive: a [`PathStat`] as JSON.
pub const PATH_STAT: &str = "x-path-stat";

/// `POST /v1/stacks/{name}/exec`, with an upgrade unless nobody looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exec {
    /// The container's id.
    pub container: String,
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
    pub detach: bool,
    /// The keys that leave it, or empty for the engine's own.
    pub detach_keys: String,
    /// Columns and rows of its terminal.
    pub size: Option<(u16, u16)>,
}

/// `POST /v1/stacks/{name}/attach`, with an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attach {
    /// The container's id.
    pub container: String,
    /// Whether its standard input is wanted.
    pub stdin: bool,
    /// The keys that leave it, or empty for the engine's own.
    pub detach_keys: String,
}

/// `GET /v1/stacks/{name}/containers/{id}`: what attaching needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachable {
    /// The engine's word for its state.
    pub state: String,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its standard input is open.
    pub stdin: bool,
}

/// The query of `GET` and `PUT /v1/stacks/{name}/containers/{id}/archive` and of `GET …/stat`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchiveQuery {
    /// The path inside.
    pub path: String,
    /// Whether the owners of what is written are those of the archive.
    pub keep_owner: bool,
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
    /// Where a symbolic link leads; empty of everything else.
    pub link_target: String,
}

impl PathStat {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.mode & 1 << 31 != 0
    }

    /// Whether it is a symbolic link.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.mode & 1 << 27 != 0
    }

    /// Whether it is a device.
    #[must_use]
    pub fn is_device(&self) -> bool {
        self.mode & 1 << 26 != 0
    }
}

/// `POST /v1/stacks/{name}/commit`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Commit {
    /// The container's id.
    pub container: String,
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

/// The answer to what makes one thing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    /// The engine's id of it.
    pub id: String,
}
