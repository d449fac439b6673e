//! Bodies that clients send, and the short answers to them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Credentials, Logins};

/// Where a project's definition comes from: everything its loading may know. The variables are the
/// client's, only those its files refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// The client's absolute working directory.
    pub working_dir: PathBuf,
    /// `-f`, in order; empty means discovery.
    pub config_files: Vec<PathBuf>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--env-file`, in order.
    pub env_files: Vec<PathBuf>,
    /// `--profile`.
    pub profiles: Vec<String>,
    /// Services named on the command line: their profiles are active too.
    pub services: Vec<String>,
    /// `--compatibility`: names are joined with `_`.
    pub compatibility: bool,
    /// `--all-resources`: what no service uses is made too.
    pub all_resources: bool,
    /// Variables of the client's environment.
    pub environment: BTreeMap<String, String>,
    /// The client's home, for `~`.
    pub home: Option<PathBuf>,
    /// Variables by service that programs outside provided for it: providers of services it depends on.
    pub provided: BTreeMap<String, BTreeMap<String, String>>,
    /// Who somebody is to registries, for containers that use the engine's API; by registry as docker's settings name it.
    pub api_socket: BTreeMap<String, Credentials>,
    /// The text of the file `-`, which the client read from its standard input.
    pub stdin: Option<String>,
}

/// `POST /v1/stacks/{name}/up`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Up {
    /// Where the definition comes from.
    pub source: Source,
    /// How to converge.
    pub options: UpOptions,
    /// Who asks for images.
    pub logins: Logins,
}

/// How to converge.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpOptions {
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Services of which everything is made ready but containers, for a `run` that follows.
    pub ready: BTreeSet<String>,
    /// What becomes of containers that are there.
    pub recreate: Recreate,
    /// Whether images are built although they are there.
    pub build: bool,
    /// Whether nothing is built.
    pub no_build: bool,
    /// When images are pulled (`always`, `missing`, `never`), over what the file says; empty leaves it to that.
    pub pull: String,
    /// Whether what the named services depend on is left out of it.
    pub no_deps: bool,
    /// Whether containers are made and not started.
    pub no_start: bool,
    /// Whether what the named services depend on is recreated too.
    pub always_recreate_deps: bool,
    /// Whether the anonymous volumes of what is recreated are new ones.
    pub renew_anon_volumes: bool,
    /// Whether a volume whose definition changed may be made anew: the explicit consent that its data is lost.
    pub replace_volumes: bool,
    /// Whether containers of unknown services go.
    pub remove_orphans: bool,
    /// Seconds before a stop becomes a kill.
    pub grace: Option<i64>,
    /// Replicas by service, over what the file says.
    pub scale: BTreeMap<String, u32>,
}

/// What becomes of containers that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recreate {
    /// Those that differ are replaced.
    #[default]
    Drifted,
    /// All are.
    Always,
    /// None is.
    Never,
}

/// `POST /v1/stacks/{name}/down`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Down {
    /// Where the definition comes from; without it, or when it cannot be loaded, labels alone decide.
    pub source: Option<Source>,
    /// The services that go, with what depends on them; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Which images go too.
    pub images: ImagesToRemove,
    /// Volumes too: the explicit request that data may die.
    pub volumes: bool,
    /// Containers of unknown services too.
    pub remove_orphans: bool,
    /// Seconds before a stop becomes a kill.
    pub grace: Option<i64>,
}

/// Which images `down` removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImagesToRemove {
    /// None.
    #[default]
    None,
    /// Those that were built for the project.
    Local,
    /// Every one its services use.
    All,
}

/// `POST /v1/stacks/{name}/stop`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stop {
    /// Where the definition comes from; a supervised stack needs none.
    pub source: Option<Source>,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Seconds before a stop becomes a kill.
    pub grace: Option<i64>,
}

/// `POST /v1/stacks/{name}/start`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Start {
    /// Where the definition comes from; a supervised stack needs none.
    pub source: Option<Source>,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
}

/// `POST /v1/stacks/{name}/restart`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Restart {
    /// Where the definition comes from; a supervised stack needs none.
    pub source: Option<Source>,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Whether services that follow the restarts of others (`restart: true`) are left as they are.
    pub no_deps: bool,
    /// Seconds before a stop becomes a kill.
    pub grace: Option<i64>,
}

/// `POST /v1/stacks/{name}/kill`, `/pause`, `/unpause` and `/remove`: something is done to containers that the
/// client saw. It makes no generation; only a removal changes what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Touch {
    /// The ids of the containers.
    pub containers: BTreeSet<String>,
    /// The signal of `kill`.
    pub signal: String,
    /// Whether `remove` takes anonymous volumes along.
    pub volumes: bool,
}

/// One of the answer to it: what became of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Touched {
    /// Its id.
    pub id: String,
    /// What the engine said to it; empty when it went well.
    pub error: String,
}

/// The answer to everything that changes a stack: it is durable, and will be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The generation that was made; events and reports carry the one they are about.
    pub generation: u64,
    /// Warnings of loading, rendered for people.
    pub warnings: Vec<String>,
}

/// `POST /v1/plan`
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanRequest {
    /// Where the definition comes from.
    pub source: Source,
    /// How it would converge.
    pub options: UpOptions,
}

/// The answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The steps, in an order in which each comes after what it needs.
    pub steps: Vec<crate::StepReport>,
    /// What would be left as it is, and why.
    pub holds: Vec<crate::HoldReport>,
    /// The plan as people read it.
    pub text: String,
}

/// `GET /v1/version`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionReport {
    /// Our version.
    pub composed: String,
    /// The docker compose version whose labels and hashes are written.
    pub dialect: String,
    /// The engine's version; empty while it cannot be reached.
    pub engine: String,
    /// The Engine API version spoken; empty while it cannot be reached.
    pub engine_api: String,
}

/// The query of `GET /v1/images/digest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageQuery {
    /// A reference with its registry, as `docker.io/library/redis:7`.
    pub reference: String,
}

/// `GET /v1/images/digest`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDigest {
    /// `sha256:…`
    pub digest: String,
}
