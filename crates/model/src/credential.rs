//! Credentials of a managed service account.

use serde::{Deserialize, Serialize};

use crate::is_default;

/// Where the credentials are (Compose Specification, `credential_spec`); only swarm applies them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialSpec {
    /// The key of a config.
    #[serde(skip_serializing_if = "is_default")]
    pub config: String,
    /// A file, as it is written.
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    /// A value of the registry.
    #[serde(skip_serializing_if = "is_default")]
    pub registry: String,
}
