//! How an image is built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FileReference, Size, Ulimit, is_default};

/// The `build` block (Compose Build Specification). Not part of the config hash: a rebuilt image is seen
/// by its id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// An absolute folder.
    #[serde(skip_serializing_if = "is_default")]
    pub context: String,
    /// The Dockerfile's path, relative to the context.
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile: String,
    /// The Dockerfile's text, instead of a path.
    #[serde(skip_serializing_if = "is_default")]
    pub dockerfile_inline: String,
    /// What the builder has to be allowed.
    #[serde(skip_serializing_if = "is_default")]
    pub entitlements: Vec<String>,
    /// Build arguments; `None` was found in no environment and is not sent.
    #[serde(skip_serializing_if = "is_default")]
    pub args: BTreeMap<String, Option<String>>,
    /// The attestation of where it comes from, in the builder's words.
    #[serde(skip_serializing_if = "is_default")]
    pub provenance: String,
    /// The bill of materials, in the builder's words.
    #[serde(skip_serializing_if = "is_default")]
    pub sbom: String,
    /// Keys and agents the build may use.
    #[serde(skip_serializing_if = "is_default")]
    pub ssh: Vec<SshKey>,
    /// Labels of the image.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Where cached steps are looked for.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_from: Vec<String>,
    /// Where steps are cached.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_to: Vec<String>,
    /// Whether every step is run again.
    #[serde(skip_serializing_if = "is_default")]
    pub no_cache: bool,
    /// Stages whose steps are run again.
    #[serde(skip_serializing_if = "is_default")]
    pub no_cache_filter: Vec<String>,
    /// More folders, images or services to copy from, by the name the Dockerfile has for them.
    #[serde(skip_serializing_if = "is_default")]
    pub additional_contexts: BTreeMap<String, String>,
    /// Whether base images are looked up anew.
    #[serde(skip_serializing_if = "is_default")]
    pub pull: bool,
    /// Lines of `/etc/hosts` during the build, `host=ip`, sorted.
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// How the build's containers are isolated.
    #[serde(skip_serializing_if = "is_default")]
    pub isolation: String,
    /// The network of the build's containers.
    #[serde(skip_serializing_if = "is_default")]
    pub network: String,
    /// The stage to stop at.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// Secrets the build may read.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    /// Bytes of `/dev/shm` during the build.
    #[serde(skip_serializing_if = "is_default")]
    pub shm_size: Size,
    /// More names for the image.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Limits of the build's processes.
    #[serde(skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// What it is built for.
    #[serde(skip_serializing_if = "is_default")]
    pub platforms: Vec<String>,
    /// Whether the build's containers have no isolation.
    #[serde(skip_serializing_if = "is_default")]
    pub privileged: bool,
}

/// A key or agent of `ssh`: its id, and its path unless it is the agent at hand. Written `id`, or `id: path`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SshKey {
    /// What the Dockerfile calls it.
    pub id: String,
    /// An absolute path of a key or socket; empty means the agent of the environment.
    pub path: String,
}

impl From<String> for SshKey {
    fn from(text: String) -> Self {
        let (id, path) = text.split_once(": ").unwrap_or((&text, ""));
        Self { id: id.to_owned(), path: path.to_owned() }
    }
}

impl From<SshKey> for String {
    fn from(key: SshKey) -> String {
        if key.path.is_empty() { key.id } else { format!("{}: {}", key.id, key.path) }
    }
}
