//! A refusal by the engine, or its silence, with the questions callers ask.
//!
//! The kind comes from the call and the status code, where those do not suffice from the state seen
//! afterwards; never from the engine's wording. Only [`Error::help`], which is for people, reads that.

use std::error::Error as StdError;
use std::{fmt, io};

/// Why a call to the engine did not succeed. `Display` says the call and what the engine said; the cause
/// below the engine, if there is one, is the `source`.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    /// The call in words: `create container shop-db-1`.
    call: String,
    kind: Kind,
    /// Whether the call would have changed something.
    mutates: bool,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// What to try next, where more is known than the refusal says.
    remedy: Option<String>,
}

/// What happened, as far as anyone acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No connection: the request was not sent.
    Unreachable,
    /// 404: what it is about, or something that needs, is not there.
    Missing,
    /// 409 and its like: it is in use, or somebody else's.
    Conflict,
    /// Any other 4xx, and 501: it will not do this, however often it is asked.
    Refused,
    /// 5xx, or an error within a stream: the engine itself failed at it.
    Failed,
    /// The request was sent and the deadline passed.
    Deadline,
    /// The request was sent and the connection lost.
    Lost,
    /// The answer was complete and is not what the API promises.
    Garbled,
    /// This crate cannot do that.
    Unsupported,
    /// The engine did its part; a command or container run around it failed.
    Hook,
    /// Something of this machine, not of the engine: a build context that cannot be read.
    Local,
}

impl Error {
    pub(crate) fn new(call: impl Into<String>, kind: Kind, mutates: bool, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { call: call.into(), kind, mutates, message: message.into(), source: None, remedy: None }))
    }

    pub(crate) fn unsupported(call: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(call, Kind::Unsupported, false, message)
    }

    #[must_use]
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same refusal, understood from the call that it answers.
    #[must_use]
    pub(crate) fn turned(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same refusal, with something better to try next.
    #[must_use]
    pub(crate) fn remedied(mut self, remedy: String) -> Self {
        self.0.remedy = Some(remedy);
        self
    }

    /// Whether a port could not be had; for remedies alone, since only the wording tells it.
    pub(crate) fn is_port_taken(&self) -> bool {
        let says = |text: &str| self.0.message.contains(text);
        self.0.kind == Kind::Failed && (says("port is already allocated") || says("address already in use"))
    }

    /// Whether another network has these addresses; for remedies alone, since only the wording tells it.
    pub(crate) fn is_subnet_taken(&self) -> bool {
        self.0.message.contains("Pool overlaps")
    }

    /// Whether the engine lost track of a container and cannot start it any more: one that ended within a start, whose
    /// containerd has a task that it knows nothing of. Only the wording tells it.
    #[must_use]
    pub fn is_unstartable(&self) -> bool {
        self.0.kind == Kind::Failed
            && self.0.message.contains("already exists")
            && self.0.call.starts_with("start container")
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Something that the call is about, or that it needs (an image, a network), is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.0.kind == Kind::Missing
    }

    /// It is in use, or somebody else holds the name.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.kind == Kind::Conflict
    }

    /// What is run around it failed, and the engine did its own part.
    #[must_use]
    pub fn is_hook(&self) -> bool {
        self.0.kind == Kind::Hook
    }

    /// The same call may succeed later although nobody changes the request.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.0.kind, Kind::Unreachable | Kind::Failed | Kind::Deadline | Kind::Lost)
    }

    /// The order was sent and nobody knows whether it was carried out: look again before anything else.
    #[must_use]
    pub fn is_unknown_outcome(&self) -> bool {
        self.0.mutates && matches!(self.0.kind, Kind::Deadline | Kind::Lost | Kind::Garbled)
    }

    /// The engine could not be reached at all; nothing was sent.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.0.kind == Kind::Unreachable
    }

    /// The next thing to try, for the refusals that are common.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        if let Some(remedy) = &self.0.remedy {
            return Some(remedy.clone());
        }
        let says = |text: &str| self.0.message.contains(text);
        let denied = || {
            let io = self.0.source.as_deref().and_then(|source| source.downcast_ref::<io::Error>());
            io.is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied)
        };
        let text = match self.0.kind {
            Kind::Unreachable if denied() => {
                "the socket may be opened by root and by its group only: join the group `docker`, or run as root"
            }
            Kind::Unreachable => "is the engine running, and does DOCKER_HOST name its socket?",
            Kind::Missing if says("No such image") || says("manifest") => {
                "check the image's name and tag, pull it (`docker pull …`), or set `build:`"
            }
            Kind::Missing | Kind::Failed if says("pull access denied") => {
                "check the image's name; a private one needs `docker login`"
            }
            Kind::Failed if self.is_port_taken() => {
                "another process or container has the port: `docker ps` and `ss -ltnp` show which; or publish another"
            }
            Kind::Failed if self.is_unstartable() => {
                "the engine lost track of it: `composectl up --force-recreate SERVICE` makes it anew, its volumes stay"
            }
            Kind::Failed if says("no space left") => {
                "free space on the engine's disk: `docker system df` shows what takes it"
            }
            _ if says("address pools have been fully subnetted") || says("non-overlapping") => {
                "every subnet of the engine is taken: `docker network prune` removes unused networks; or give it `ipam:`"
            }
            _ if self.is_subnet_taken() => {
                "another network has addresses of this subnet: `docker network ls`; give it another `subnet:`"
            }
            Kind::Conflict if self.0.call.starts_with("remove volume") => {
                "a container still has the volume: `docker ps -a --filter volume=NAME` shows which"
            }
            Kind::Conflict if self.0.call.starts_with("create container") => {
                "rename or remove the container that has the name, or set `container_name:`"
            }
            Kind::Deadline => "the engine did not answer in time: its log tells whether it hangs",
            Kind::Failed if says("dial tcp") && self.0.call.starts_with("push image") => {
                "the registry cannot be reached: check the image's name and this machine's way out"
            }
            Kind::Failed if ["no such host", "dial tcp", "i/o timeout"].iter().any(|text| says(text)) => {
                "the registry cannot be reached: check the image's name and this machine's way out, or set `build:`"
            }
            Kind::Failed if says("does not exist locally") || says("tag does not exist") => {
                "build it before: `composectl build`"
            }
            Kind::Failed | Kind::Missing
                if ["denied", "unauthorized", "no basic auth"].iter().any(|text| says(text)) =>
            {
                "the registry wants to know who asks: `docker login` with its name"
            }
            // Its output says why.
            Kind::Failed if self.0.call.starts_with("build image") => return None,
            Kind::Failed => "the engine itself failed at it: its log may say more (`journalctl -u docker`)",
            Kind::Unsupported if self.0.call.starts_with("connect to ") => {
                "DOCKER_HOST names the engine, as in `unix:///var/run/docker.sock`"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            // Its message says whose it is.
            Kind::Hook => f.write_str(&self.0.message),
            _ => write!(f, "{}: {}", self.0.call, self.0.message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_order_that_was_sent_has_an_unknown_outcome() {
        for kind in [Kind::Deadline, Kind::Lost, Kind::Garbled] {
            assert!(Error::new("", kind, true, "").is_unknown_outcome(), "{kind:?}");
            assert!(!Error::new("", kind, false, "").is_unknown_outcome(), "{kind:?}");
        }
        for kind in [Kind::Unreachable, Kind::Missing, Kind::Conflict, Kind::Refused, Kind::Failed, Kind::Local] {
            assert!(!Error::new("", kind, true, "").is_unknown_outcome(), "{kind:?}");
        }
    }

    #[test]
    fn what_it_says_is_its_own_and_the_rest_is_the_source() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = Error::new("list containers", Kind::Unreachable, false, "cannot connect").caused_by(denied);
        assert_eq!(error.to_string(), "list containers: cannot connect");
        assert_eq!(error.source().unwrap().to_string(), "permission denied");
        assert!(error.help().unwrap().contains("group `docker`"));
    }

    #[test]
    fn a_start_that_an_engine_lost_track_of_is_told_with_what_helps() {
        let message = "failed to create task for container: task 3fa0c9 already exists: unknown";
        let help = |call: &str| Error::new(call, Kind::Failed, true, message).help().unwrap();
        assert!(help("start container shop-web-1").contains("--force-recreate"));
        assert!(!help("create container shop-web-1").contains("--force-recreate"));
    }
}
