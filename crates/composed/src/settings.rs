//! The daemon's settings: flag over environment over file over default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::trust::{Untrusted, trusted};

/// Where the settings file is looked for when nobody names one; it may be missing there.
pub const DEFAULT_FILE: &str = "/etc/composed/composed.yaml";
/// A file of `COMPOSED_*` variables that stand in for those missing in the environment; it may be missing.
pub const DEFAULT_ENVIRONMENT_FILE: &str = "/etc/composed/composed.env";

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The unix socket clients come in by.
    pub socket: PathBuf,
    /// The group that may, by name; without it only root and the daemon's own user.
    pub socket_group: Option<String>,
    /// A second socket, for those who may only look; none is the default.
    pub read_socket: Option<PathBuf>,
    /// The group that may use that one.
    pub read_socket_group: Option<String>,
    /// Where the ledger is kept.
    pub state_dir: PathBuf,
    /// The engine, in `DOCKER_HOST` form; none is the default socket.
    pub engine: Option<String>,
    /// What is logged, in `tracing`'s filter form.
    pub log: String,
}

/// The file, as it is written; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// See [`Settings::socket`].
    pub socket: Option<PathBuf>,
    /// See [`Settings::socket_group`].
    pub socket_group: Option<String>,
    /// See [`Settings::read_socket`].
    pub read_socket: Option<PathBuf>,
    /// See [`Settings::read_socket_group`].
    pub read_socket_group: Option<String>,
    /// See [`Settings::state_dir`].
    pub state_dir: Option<PathBuf>,
    /// See [`Settings::engine`].
    pub engine: Option<String>,
    /// See [`Settings::log`].
    pub log: Option<String>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file that was named cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The settings file is not what it should be.
    #[error("{path} is no settings file")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What, and where.
        #[source]
        source: serde_yaml::Error,
    },
    /// A stranger could write it.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// The environment file is not what it should be.
    #[error("{path} is no environment file")]
    Environment {
        /// The file.
        path: PathBuf,
        /// What, and where.
        #[source]
        source: dotenvy::Error,
    },
}

impl Written {
    /// The settings file.
    ///
    /// # Errors
    /// When a stranger could write it, it cannot be read, or holds a key that nobody knows. Missing is fine for the
    /// default place.
    pub fn read(named: Option<&Path>) -> Result<Self, SettingsError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        trusted(path)?;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(SettingsError::Unreadable { path: path.to_owned(), source }),
        };
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        serde_yaml::from_str(&text).map_err(|source| SettingsError::Malformed { path: path.to_owned(), source })
    }

    /// The same out of `COMPOSED_*` variables; the ones of the environment win over those of the file.
    ///
    /// # Errors
    /// When the file is named and cannot be read, a stranger could write it, or it is no environment file.
    pub fn from_environment(variables: &BTreeMap<String, String>, file: Option<&Path>) -> Result<Self, SettingsError> {
        let path = file.unwrap_or(Path::new(DEFAULT_ENVIRONMENT_FILE));
        let mut all = BTreeMap::new();
        trusted(path)?;
        if file.is_some() || path.exists() {
            let malformed = |source| SettingsError::Environment { path: path.to_owned(), source };
            for entry in dotenvy::from_path_iter(path).map_err(malformed)? {
                let (name, value) = entry.map_err(malformed)?;
                all.insert(name, value);
            }
        }
        all.extend(variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        let of = |name: &str| all.get(name).filter(|value| !value.is_empty()).cloned();
        Ok(Self {
            socket: of("COMPOSED_SOCKET").map(PathBuf::from),
            socket_group: of("COMPOSED_SOCKET_GROUP"),
            read_socket: of("COMPOSED_READ_SOCKET").map(PathBuf::from),
            read_socket_group: of("COMPOSED_READ_SOCKET_GROUP"),
            state_dir: of("COMPOSED_STATE_DIR").map(PathBuf::from),
            engine: of("COMPOSED_ENGINE").or_else(|| of("DOCKER_HOST")),
            log: of("COMPOSED_LOG"),
        })
    }

    /// These, and for what they leave open those of `weaker`.
    #[must_use]
    pub fn or(self, weaker: Self) -> Self {
        Self {
            socket: self.socket.or(weaker.socket),
            socket_group: self.socket_group.or(weaker.socket_group),
            read_socket: self.read_socket.or(weaker.read_socket),
            read_socket_group: self.read_socket_group.or(weaker.read_socket_group),
            state_dir: self.state_dir.or(weaker.state_dir),
            engine: self.engine.or(weaker.engine),
            log: self.log.or(weaker.log),
        }
    }

    /// The settings, with a default for what is left open.
    #[must_use]
    pub fn settle(self, places: &Places) -> Settings {
        Settings {
            socket: self.socket.unwrap_or_else(|| places.socket()),
            socket_group: self.socket_group,
            read_socket: self.read_socket,
            read_socket_group: self.read_socket_group,
            state_dir: self.state_dir.unwrap_or_else(|| places.state_dir()),
            engine: self.engine,
            log: self.log.unwrap_or_else(|| "info".to_owned()),
        }
    }
}

/// What the default places depend on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// Whether the process is root.
    pub is_root: bool,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `XDG_STATE_HOME`, else `$HOME/.local/state`.
    pub state_home: Option<PathBuf>,
}

impl Places {
    /// The places of a process with these variables.
    #[must_use]
    pub fn of(is_root: bool, variables: &BTreeMap<String, String>) -> Self {
        let path = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            is_root,
            runtime_dir: path("XDG_RUNTIME_DIR"),
            state_home: path("XDG_STATE_HOME").or_else(|| path("HOME").map(|home| home.join(".local/state"))),
        }
    }

    /// `/run/composed/composed.sock` for root, else one in the user's runtime folder.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        match (&self.runtime_dir, self.is_root) {
            (_, true) | (None, false) => PathBuf::from("/run/composed/composed.sock"),
            (Some(runtime), false) => runtime.join("composed.sock"),
        }
    }

    /// `/var/lib/composed` for root, else a folder of the user's state.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        match (&self.state_home, self.is_root) {
            (_, true) | (None, false) => PathBuf::from("/var/lib/composed"),
            (Some(state), false) => state.join("composed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_environment_wins_over_its_file_and_both_over_the_settings_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("composed.env");
        std::fs::write(&file, "COMPOSED_SOCKET=/from/file.sock\nCOMPOSED_LOG=debug\n").unwrap();
        let environment =
            Written::from_environment(&variables(&[("COMPOSED_SOCKET", "/from/env.sock")]), Some(&file)).unwrap();
        let written: Written = serde_yaml::from_str("socket: /from/yaml.sock\nstate_dir: /from/yaml").unwrap();
        let settings = environment.or(written).settle(&Places { is_root: true, ..Places::default() });
        assert_eq!(settings.socket, Path::new("/from/env.sock"));
        assert_eq!(settings.log, "debug");
        assert_eq!(settings.state_dir, Path::new("/from/yaml"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("composed.yaml");
        std::fs::write(&file, "log: info\nsokcet: /x\n").unwrap();
        let error = Written::read(Some(&file)).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("unknown field `sokcet`") && cause.contains("line 2"), "{cause}");
    }

    #[test]
    fn a_user_has_places_of_their_own() {
        let places = Places::of(false, &variables(&[("XDG_RUNTIME_DIR", "/run/user/7"), ("HOME", "/home/a")]));
        assert_eq!(places.socket(), Path::new("/run/user/7/composed.sock"));
        assert_eq!(places.state_dir(), Path::new("/home/a/.local/state/composed"));
    }

    #[test]
    fn the_annotated_example_says_the_defaults() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/composed.yaml");
        let written = Written::read(Some(Path::new(example))).unwrap();
        let places = Places { is_root: true, ..Places::default() };
        let mut settings = written.settle(&places);
        assert_eq!(settings.socket_group.take(), Some("composed".to_owned()));
        assert_eq!(settings, Written::default().settle(&places));
    }
}
