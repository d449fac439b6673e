//! The words for why something is done and why something is not: the same in every surface.

use std::fmt;

use model::{Condition, ServiceName};
use serde::{Deserialize, Serialize};

/// Why a step exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It is wanted and not there.
    Missing,
    /// It is there and differs.
    Drifted(Vec<Drift>),
    /// An operator asked for it.
    Requested,
    /// It was created and never started.
    NeverStarted,
    /// It ended with the engine or the machine, and nobody meant it to.
    EngineEnded,
    /// It ended, and the engine could not start it again.
    NotRestarted,
    /// It runs, is not healthy, and its service asks for that to be mended.
    Unhealthy,
    /// Something it depends on started after it.
    OutOfOrder {
        /// The dependency.
        dependency: ServiceName,
    },
    /// Something it depends on is about to be replaced.
    DependencyReplaced {
        /// The dependency.
        dependency: ServiceName,
    },
    /// Its place is taken by a newer container.
    Replaced,
    /// It was stopped for a successor that is no longer wanted.
    ReplacementGivenUp,
    /// Its name is not the one its place has.
    Misnamed,
    /// More replicas than wanted.
    Surplus,
    /// Another network of its name was made for the same.
    Twin,
    /// The file has no such service.
    Orphan,
    /// Its removal failed halfway.
    Dead,
    /// The project is to be gone.
    Down,
}

/// One way a container, network or volume differs from what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// It shares with a container that is gone.
    Owner,
    /// The configuration differs; which attributes, where the former ones are known.
    Config(Vec<String>),
    /// The image's tag means another image now.
    Image,
    /// It is not attached to this network.
    Network(String),
    /// It does not mount this volume.
    Volume(String),
    /// It mounts a volume that is made anew.
    Renewed(String),
    /// The engine cannot start this one any more, whatever is done.
    Unstartable,
}

/// Why something is not moving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// A dependency is not there yet.
    Dependency {
        /// The dependency.
        on: ServiceName,
        /// What is waited for.
        wants: Condition,
    },
    /// A dependency cannot become what is waited for by itself.
    DependencyFailed {
        /// The dependency.
        on: ServiceName,
        /// What happened to it.
        problem: String,
    },
    /// An operator stopped it through composed.
    Stopped,
    /// Somebody stopped it at the engine.
    StoppedByHand,
    /// Its process ended and its restart policy leaves it so.
    Exited {
        /// The exit code.
        code: i64,
    },
    /// The engine starts it again and again.
    Restarting {
        /// The exit code of its last life.
        code: i64,
    },
    /// Somebody froze it.
    Paused,
    /// The engine is removing it.
    Removing,
    /// Changing it would lose data; nobody has said that it may.
    Consent {
        /// The volume.
        volume: String,
    },
    /// It must exist already and does not.
    External {
        /// The engine's name of it.
        name: String,
    },
    /// Its image is not there and may not be pulled.
    Image {
        /// The reference.
        reference: String,
    },
    /// Its image is not there and may not be built.
    Unbuilt {
        /// The reference.
        reference: String,
    },
    /// It was asked to be made and not to be started.
    Unstarted,
    /// Somebody gave it another name.
    Renamed {
        /// The name its place has.
        from: String,
    },
    /// It has the right name, and nobody made it for this project: it is used as it is.
    Unmanaged {
        /// The project it was made for; empty when for none.
        owner: String,
    },
    /// The file has no such service, and nobody has said that it may go.
    Orphan,
    /// The file has no such service, and a file in another folder that gives the project the same name made it.
    Elsewhere {
        /// The folder.
        folder: String,
    },
    /// It differs, and somebody makes another such one each time it is replaced.
    Contended,
    /// A container that stays still uses it.
    InUse {
        /// The container's name; empty when the engine did not say.
        by: String,
    },
}

impl Hold {
    /// Whether waiting alone cannot end it.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::DependencyFailed { .. } | Self::External { .. } | Self::Image { .. } | Self::Unbuilt { .. }
        )
    }
}

/// What a hold is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A service.
    Service(ServiceName),
    /// One container, by name.
    Container(String),
    /// A network, by its engine name.
    Network(String),
    /// A volume, by its engine name.
    Volume(String),
    /// An image, by its reference.
    Image(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name) => write!(f, "{name}"),
            Self::Container(name) => write!(f, "container {name}"),
            Self::Network(name) => write!(f, "network {name}"),
            Self::Volume(name) => write!(f, "volume {name}"),
            Self::Image(reference) => write!(f, "image {reference}"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Drifted(drifts) => {
                let drifts: Vec<String> = drifts.iter().map(ToString::to_string).collect();
                write!(f, "{}", drifts.join(", "))
            }
            Self::Requested => f.write_str("requested"),
            Self::NeverStarted => f.write_str("never started"),
            Self::Unhealthy => f.write_str("unhealthy"),
            Self::EngineEnded => f.write_str("it ended with the engine"),
            Self::NotRestarted => f.write_str("the engine could not start it again"),
            Self::OutOfOrder { dependency } => write!(f, "{dependency} started after it"),
            Self::DependencyReplaced { dependency } => write!(f, "{dependency} is about to be replaced"),
            Self::Replaced => f.write_str("replaced"),
            Self::ReplacementGivenUp => f.write_str("its replacement is no longer wanted"),
            Self::Misnamed => f.write_str("wrong name"),
            Self::Surplus => f.write_str("more replicas than wanted"),
            Self::Twin => f.write_str("another network has its name"),
            Self::Orphan => f.write_str("no such service in the file"),
            Self::Dead => f.write_str("half removed"),
            Self::Down => f.write_str("down was requested"),
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("what it shares with is another container"),
            Self::Config(fields) if fields.is_empty() => f.write_str("configuration changed"),
            Self::Config(fields) => write!(f, "{} changed", fields.join(", ")),
            Self::Image => f.write_str("image changed"),
            Self::Network(name) => write!(f, "not attached to network {name}"),
            Self::Volume(name) => write!(f, "volume {name} not mounted"),
            Self::Renewed(name) => write!(f, "volume {name} is made anew"),
            Self::Unstartable => f.write_str("the engine lost track of it and cannot start it"),
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dependency { on, wants } => {
                let state = match wants {
                    Condition::Started => "started",
                    Condition::Healthy => "healthy",
                    Condition::Completed => "completed",
                };
                write!(f, "waiting for {on} to be {state}")
            }
            Self::DependencyFailed { on, problem } => write!(f, "dependency {on} failed: {problem}"),
            Self::Stopped => f.write_str("stopped on request"),
            Self::StoppedByHand => f.write_str("stopped by hand"),
            Self::Exited { code } => write!(f, "exited ({code}), its restart policy leaves it so"),
            Self::Restarting { code } => write!(f, "exited ({code}), the engine is restarting it"),
            Self::Paused => f.write_str("paused"),
            Self::Removing => f.write_str("being removed by the engine"),
            Self::Consent { volume } => {
                write!(f, "its definition changed; recreating it would lose the data of {volume}")
            }
            Self::External { name } => write!(f, "declared as external, but {name} does not exist"),
            Self::Image { reference } => write!(f, "image {reference} is not local and its pull policy is never"),
            Self::Unbuilt { reference } => write!(f, "image {reference} is not local and may not be built"),
            Self::Unstarted => f.write_str("created and not started; `start` starts it"),
            Self::Renamed { from } => write!(f, "renamed from {from}; `up --force-recreate` names it anew"),
            Self::Unmanaged { owner } if owner.is_empty() => {
                f.write_str("not made by compose; set `external: true` to say so")
            }
            Self::Unmanaged { owner } => write!(f, "made for project {owner}; set `external: true` to say so"),
            Self::Orphan => f.write_str("no such service in the file; `up --remove-orphans` removes it"),
            Self::Elsewhere { folder } => {
                write!(f, "made from {folder}, whose project has the same name; `-p` or `name:` keeps the two apart")
            }
            Self::Contended => {
                f.write_str("it differs, and is left so for a while: something makes such a one each time")
            }
            Self::InUse { by } if by.is_empty() => f.write_str("still in use"),
            Self::InUse { by } => write!(f, "still in use by container {by}, which stays"),
        }
    }
}
