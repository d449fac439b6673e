//! What `pull`, `push` and `build` ask for, and what is told while they are at it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Progress, Source};

/// `POST /v1/stacks/{name}/pull`; the answer is a stream of [`ImageEvent`]. Whoever closes it ends the pulls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pull {
    /// Where the definition comes from.
    pub source: Source,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Whether what they depend on is pulled too.
    pub with_dependencies: bool,
    /// When images are pulled, over what the file says; empty leaves it to that.
    pub policy: String,
    /// Whether images that can be built are left out.
    pub without_buildable: bool,
    /// Whether it counts as done although some failed.
    pub ignore_failures: bool,
    /// `os/arch[/variant]` of services that say none; empty is the engine's own.
    pub platform: String,
    /// At most this many at a time; 0 leaves it to the daemon.
    pub parallel: usize,
    /// Who asks, by reference of an image.
    pub credentials: BTreeMap<String, Credentials>,
}

/// `POST /v1/stacks/{name}/push`; the answer is a stream of [`ImageEvent`]. Whoever closes it ends the pushes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// Where the definition comes from.
    pub source: Source,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Whether what they depend on is pushed too.
    pub with_dependencies: bool,
    /// Whether it counts as done although some failed.
    pub ignore_failures: bool,
    /// At most this many at a time; 0 leaves it to the daemon.
    pub parallel: usize,
    /// Who asks, by reference of an image.
    pub credentials: BTreeMap<String, Credentials>,
}

/// `POST /v1/stacks/{name}/build`; the answer is a stream of [`ImageEvent`]. Whoever closes it ends the builds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Build {
    /// Where the definition comes from.
    pub source: Source,
    /// The services named; none is all.
    pub services: Option<BTreeSet<String>>,
    /// Whether what they depend on is built too.
    pub with_dependencies: bool,
    /// Build arguments over the file's; one without a value is not given.
    pub args: BTreeMap<String, Option<String>>,
    /// Whether every step is run again.
    pub no_cache: bool,
    /// Whether base images are looked up anew.
    pub pull: bool,
    /// Whether what was built is pushed.
    pub push: bool,
    /// Bytes of memory for each step; 0 is no limit.
    pub memory: i64,
    /// `os/arch[/variant]` of services that say none; empty is the engine's own.
    pub platform: String,
    /// At most this many at a time; 0 leaves it to the daemon.
    pub parallel: usize,
    /// Who asks, by reference of an image that is pushed.
    pub credentials: BTreeMap<String, Credentials>,
    /// Who asks for base images, by registry as docker's settings name it.
    pub registries: BTreeMap<String, Credentials>,
}

/// Who somebody is to a registry. It is shown nowhere, and kept nowhere.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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

/// Who asks for the images that a stack is made from. The daemon remembers it for as long as it lives.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Logins {
    /// For images that are pulled, by reference.
    pub images: BTreeMap<String, Credentials>,
    /// For the base images of builds, by registry as docker's settings name it.
    pub registries: BTreeMap<String, Credentials>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}

/// One server-sent event of a pull, push or build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body", rename_all = "kebab-case")]
pub enum ImageEvent {
    /// Something began, went on or ended.
    Progress(Progress),
    /// A line that a build says.
    Output(BuildOutput),
    /// All of it is over; nothing follows.
    Ended(ImagesEnded),
}

/// A line that a build says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BuildOutput {
    /// The service it is for.
    pub service: String,
    /// The image's reference.
    pub image: String,
    /// The line, as the builder has it.
    pub line: String,
}

/// What became of all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImagesEnded {
    /// How many images it was about.
    pub count: usize,
    /// What failed, but for what was to be ignored; empty when it went well.
    pub failures: Vec<ImageFailure>,
    /// Services whose image could not be pulled and can be built.
    pub to_build: Vec<String>,
}

/// An image that was not pulled, pushed or built.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFailure {
    /// The service it is for.
    pub service: String,
    /// The reference.
    pub image: String,
    /// What went wrong.
    pub message: String,
    /// The next thing to try; may be empty.
    pub help: String,
    /// Of a build: the step that failed, and under it the last lines it said.
    pub last: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_nowhere() {
        let known = Credentials { username: "somebody".into(), password: "s3cret".into(), ..Credentials::default() };
        let pull = Pull { credentials: BTreeMap::from([("a".to_owned(), known)]), ..Pull::default() };
        let shown = format!("{pull:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("somebody"), "{shown}");
    }
}
