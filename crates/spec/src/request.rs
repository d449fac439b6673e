//! What is to be loaded, as plain data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One `docker compose`-like invocation as far as loading goes: what a client sends to a daemon, and what
/// can be kept to load the same stack again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The absolute working directory of the client.
    pub working_dir: PathBuf,
    /// The files of `-f`; none means that they are looked for. Relative ones start at `working_dir`.
    pub config_files: Vec<PathBuf>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `-p`.
    pub project_name: Option<String>,
    /// The files of `--env-file`; none means `.env`, if there is one.
    pub env_files: Vec<PathBuf>,
    /// The names of `--profile`.
    pub profiles: Vec<String>,
    /// Services named on the command line: their profiles are active too.
    pub services: Vec<String>,
    /// Whether names are joined with `_` (`--compatibility`).
    pub compatibility: bool,
    /// Whether what no service uses is kept (`--all-resources`).
    pub all_resources: bool,
    /// The variables of the client, or those of them that the files reference.
    pub environment: BTreeMap<String, String>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// The text of the file `-`.
    pub stdin: Option<String>,
}
