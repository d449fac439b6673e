//! Names as types: a name that exists has been checked, so no path, label or URL is ever joined from an
//! unchecked one.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not a name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a project name in docker compose's sense.
    #[error(
        "invalid project name {0:?}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number"
    )]
    Project(String),
    /// Not a key of `services`, `networks`, `volumes`, … (Compose schema: `^[a-zA-Z0-9._-]+$`).
    #[error("invalid name {0:?}: only letters, digits, `.`, `_` and `-` are allowed")]
    Key(String),
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $check:expr, $error:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The checked name.
            ///
            /// # Errors
            /// [`NameError`] when the text holds a character that the kind forbids, or is empty.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(NameError::$error(text)) }
            }

            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
    };
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_project(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

name! {
    /// The name of a project: lower-case letters, digits, `-` and `_`, starting with a letter or digit.
    ProjectName, is_project, Project
}
name! {
    /// A key of `services`.
    ServiceName, is_key, Key
}
name! {
    /// A key of `networks`; not the engine's name of the network.
    NetworkKey, is_key, Key
}
name! {
    /// A key of `secrets`.
    SecretKey, is_key, Key
}
name! {
    /// A key of `configs`.
    ConfigKey, is_key, Key
}
name! {
    /// A key of `models`.
    ModelKey, is_key, Key
}
name! {
    /// A key of `volumes`; not the engine's name of the volume.
    VolumeKey, is_key, Key
}

impl ProjectName {
    /// The project name docker compose makes of a directory's name or a `name:` entry: lower case,
    /// foreign characters dropped, leading `_` and `-` trimmed. `None` when nothing is left.
    #[must_use]
    pub fn normalized(text: &str) -> Option<Self> {
        let kept: String = text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
            .collect();
        Self::new(kept.trim_start_matches(['_', '-'])).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_names_are_what_docker_compose_accepts() {
        for good in ["a", "0", "my-app_2"] {
            assert!(ProjectName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "-a", "_a", "a.b", "../x", "a/b"] {
            assert!(ProjectName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn normalizing_keeps_what_can_be_kept() {
        assert_eq!(ProjectName::normalized("My App.2").unwrap().as_str(), "myapp2");
        assert_eq!(ProjectName::normalized("__-x").unwrap().as_str(), "x");
        assert!(ProjectName::normalized("...").is_none());
    }
}
