//! What `run` asks for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Source;

/// `POST /v1/stacks/{name}/run`, with an upgrade unless nobody looks at it: makes a container of a service for one
/// command, and starts it. What it depends on is brought up before, by `up` with `ready`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    /// Where the definition comes from.
    pub source: Source,
    /// The service.
    pub service: String,
    /// Its name; none is one made of the slug.
    pub name: Option<String>,
    /// 64 random hexadecimal digits.
    pub slug: String,
    /// Over the service's command; empty leaves that.
    pub command: Vec<String>,
    /// Over the image's and the service's entrypoint; without a command it takes no arguments.
    pub entrypoint: Option<Vec<String>>,
    /// Variables over the service's.
    pub environment: BTreeMap<String, String>,
    /// Labels over the service's.
    pub labels: BTreeMap<String, String>,
    /// The user, or empty for the service's.
    pub user: String,
    /// The folder, or empty for the service's.
    pub workdir: String,
    /// Capabilities more.
    pub cap_add: Vec<String>,
    /// Capabilities less.
    pub cap_drop: Vec<String>,
    /// Ports in short form, in place of the service's.
    pub publish: Vec<String>,
    /// Whether the service's ports are published.
    pub service_ports: bool,
    /// Mounts in short form, beside the service's.
    pub volumes: Vec<String>,
    /// Whether others reach it by the service's names as well.
    pub use_aliases: bool,
    /// Whether its dependencies are nothing to it.
    pub no_deps: bool,
    /// Whether it is removed when it ended, with its anonymous volumes.
    pub remove: bool,
    /// Whether nobody looks at it.
    pub detach: bool,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// Whether its standard input is open.
    pub stdin: bool,
    /// The keys that leave it, or empty for the engine's own.
    pub detach_keys: String,
}
