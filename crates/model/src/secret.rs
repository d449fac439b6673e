//! Secrets and configs: of the project, and as a service gets them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A secret of the project (Compose Specification, `secrets`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Secret {
    /// `<project>_<key>` unless the file says otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The absolute path of the file that holds it.
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    /// The variable that holds it; its value is never kept here.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: String,
    /// Whether somebody else keeps it; no engine without swarm has such a thing.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels the file gives it.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Who keeps it, in swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub driver_opts: BTreeMap<String, String>,
    /// Who fills in its template, in swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub template_driver: String,
}

/// A config of the project (Compose Specification, `configs`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// `<project>_<key>` unless the file says otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The absolute path of the file that holds it.
    #[serde(skip_serializing_if = "is_default")]
    pub file: String,
    /// The variable that holds it.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: String,
    /// Its text.
    #[serde(skip_serializing_if = "is_default")]
    pub content: String,
    /// Whether somebody else keeps it; no engine without swarm has such a thing.
    #[serde(skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels the file gives it.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// Who fills in its template, in swarm.
    #[serde(skip_serializing_if = "is_default")]
    pub template_driver: String,
}

/// A secret or config that a service, or its build, gets as a file. The order of the fields is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileReference {
    /// The key of the secret or config.
    #[serde(skip_serializing_if = "is_default")]
    pub source: String,
    /// The path inside, or the id of a build secret; empty is the default.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// The owner's number.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: String,
    /// The group's number.
    #[serde(skip_serializing_if = "is_default")]
    pub gid: String,
    /// The permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<FileMode>,
}

/// The source of the config that brings credentials for registries into a container that uses the engine's API
/// (`use_api_socket`): none of the file's, and docker compose's own name for it. Its text is one of the project's values.
pub const API_SOCKET: &str = "#apisocket";

/// Permissions of a file, written in octal (`"0440"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileMode(pub i64);

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "0{sign}{:o}", self.0.unsigned_abs())
    }
}

impl TryFrom<String> for FileMode {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        i64::from_str_radix(&text, 8).map(Self)
    }
}

impl From<FileMode> for String {
    fn from(mode: FileMode) -> String {
        mode.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_written_in_octal() {
        for (mode, text) in [(0o440, "0440"), (0, "00"), (-1, "0-1")] {
            assert_eq!(FileMode(mode).to_string(), text);
        }
        assert_eq!(FileMode::try_from("0440".to_owned()), Ok(FileMode(0o440)));
    }
}
