//! Images as registries have them, and what registries ask for.

use std::collections::BTreeMap;
use std::fmt;

/// An image on its way from or to its registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteImage {
    /// The reference.
    pub reference: String,
    /// `os/arch[/variant]`, or empty for the engine's own; of no meaning to a push.
    pub platform: String,
    /// Who asks; `None` asks as nobody.
    pub credentials: Option<Credentials>,
}

/// What a build is given beside what its file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Building {
    /// Bytes of memory for each of its steps; 0 is no limit.
    pub memory: i64,
    /// Who asks for base images, by registry as docker's settings name it (`https://index.docker.io/v1/`,
    /// `registry.example:5000`).
    pub registries: BTreeMap<String, Credentials>,
}

/// Who somebody is to a registry. It is shown nowhere.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The user; empty with a token.
    pub username: String,
    /// The password.
    pub password: String,
    /// What stands for both, where a login gave one.
    pub identity_token: String,
    /// The registry, as docker's settings name it.
    pub server: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_nowhere() {
        let known = Credentials {
            username: "somebody".into(),
            password: "s3cret".into(),
            identity_token: "t0ken".into(),
            server: "registry.example".into(),
        };
        let shown = format!("{:?}", RemoteImage { credentials: Some(known), ..RemoteImage::default() });
        assert!(shown.contains("registry.example"), "{shown}");
        assert!(["somebody", "s3cret", "t0ken"].iter().all(|hidden| !shown.contains(hidden)), "{shown}");
    }
}
