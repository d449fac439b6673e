//! How an image is built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

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
    /// Build arguments; `None` was found in no environment and is not sent.
    #[serde(skip_serializing_if = "is_default")]
    pub args: BTreeMap<String, Option<String>>,
    /// Labels of the image.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Whether every step is run again.
    #[serde(skip_serializing_if = "is_default")]
    pub no_cache: bool,
    /// Whether base images are looked up anew.
    #[serde(skip_serializing_if = "is_default")]
    pub pull: bool,
    /// The network of the build's containers.
    #[serde(skip_serializing_if = "is_default")]
    pub network: String,
    /// The stage to stop at.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// More names for the image.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
}
