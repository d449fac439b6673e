//! One engine call each, so complete that whoever runs it has nothing left to choose.

use std::collections::BTreeMap;
use std::fmt;

use model::{Build, Network, Service, ServiceName, ServiceNetwork, Volume};
use serde::{Deserialize, Serialize};

use crate::around::Around;
use crate::observed::ContainerId;

/// One engine call. Running it twice is harmless: "already so" is success.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Makes a network.
    CreateNetwork(NetworkSpec),
    /// Removes a network; in use is a refusal, gone is success.
    RemoveNetwork {
        /// The engine's id.
        id: String,
        /// The engine's name.
        name: String,
    },
    /// Takes a container off a network.
    DisconnectNetwork {
        /// The engine's id of the network: its name may be another's too.
        id: String,
        /// The engine's name of the network.
        network: String,
        /// The container.
        container: ContainerId,
        /// The container's name.
        name: String,
    },
    /// Makes a named volume.
    CreateVolume(VolumeSpec),
    /// Removes a named volume with its data.
    RemoveVolume {
        /// The engine's name.
        name: String,
    },
    /// Pulls an image.
    PullImage {
        /// The reference.
        reference: String,
        /// `os/arch[/variant]`, or empty for the engine's own.
        platform: String,
    },
    /// Builds an image.
    BuildImage(Box<BuildSpec>),
    /// Removes a name of an image, and the image with its last one; in use is a refusal, gone is success.
    RemoveImage {
        /// The reference.
        reference: String,
    },
    /// Makes a container; its name is the compare-and-set.
    CreateContainer(Box<ContainerSpec>),
    /// Starts a container.
    StartContainer {
        /// Its place.
        replica: Replica,
        /// Its id, or its name where it is yet to be created.
        container: String,
        /// Its name, for people.
        name: String,
        /// What is done before and after.
        around: Box<Around>,
    },
    /// Stops a container.
    StopContainer {
        /// Its place, when it has one.
        replica: Option<Replica>,
        /// What is to die is named by the id that was seen.
        id: ContainerId,
        /// Its name, for people.
        name: String,
        /// Seconds before it is killed; `None` leaves it to the container's own setting.
        grace: Option<i64>,
        /// What is done before.
        around: Box<Around>,
    },
    /// Restarts a container.
    RestartContainer {
        /// Its place.
        replica: Replica,
        /// The container.
        id: ContainerId,
        /// Its name, for people.
        name: String,
        /// Seconds before it is killed; `None` leaves it to the container's own setting.
        grace: Option<i64>,
        /// What is done before and after.
        around: Box<Around>,
    },
    /// Removes a container that does not run.
    RemoveContainer {
        /// Its place, when it has one.
        replica: Option<Replica>,
        /// What is to die is named by the id that was seen.
        id: ContainerId,
        /// Its name, for people.
        name: String,
        /// Whether its anonymous volumes go with it.
        volumes: bool,
    },
    /// Gives a container the name of its place.
    RenameContainer {
        /// Its place.
        replica: Replica,
        /// Its id, or its name where it is yet to be created.
        container: String,
        /// The new name.
        to: String,
    },
}

/// A place in a project: the n-th container of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Replica {
    /// The service.
    pub service: ServiceName,
    /// From 1.
    pub number: u32,
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.number)
    }
}

/// Everything about a network to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSpec {
    /// What the file says; `name` is the engine's name.
    pub network: Network,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// Everything about a volume to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeSpec {
    /// What the file says; `name` is the engine's name.
    pub volume: Volume,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// Everything about an image to be built.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildSpec {
    /// What the file says; the context is an absolute folder.
    pub build: Build,
    /// The image's first name.
    pub tag: String,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// `os/arch[/variant]`, or empty for the engine's own.
    pub platform: String,
}

/// Everything about a container to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerSpec {
    /// Its place.
    pub replica: Replica,
    /// The name it is created under.
    pub name: String,
    /// The image's reference.
    pub image: String,
    /// The service, with every reference resolved: the source of a volume mount is the engine's name of
    /// the volume, that of an image mount an image; files of secrets and configs are mounts.
    pub service: Service,
    /// Anonymous volumes taken over from the container it replaces: path inside, engine's name.
    pub inherited: Vec<(String, String)>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// `none`, `host`, …, or the engine's name of the primary network.
    pub network_mode: String,
    /// The networks it joins, the primary one first.
    pub endpoints: Vec<Endpoint>,
    /// Containers it reaches by another name where it joins no network, `container:name`.
    pub links: Vec<String>,
    /// Set of the container of a `run`.
    pub one_off: Option<OneOff>,
}

/// What the container of a `run` has that no replica has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOff {
    /// Whether the engine removes it, and its anonymous volumes, when it ended.
    pub auto_remove: bool,
    /// Whether its standard input is for whoever attaches first, and ends with them.
    pub stdin: bool,
    /// Where volumes are mounted that no file declares: the engine makes those it has not.
    pub undeclared: Vec<String>,
}

/// How a container joins a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The engine's name of the network.
    pub network: String,
    /// All names of the container on it.
    pub aliases: Vec<String>,
    /// Containers it reaches by another name on it, `container:name`.
    pub links: Vec<String>,
    /// What the file says about it; `None` when it says nothing.
    pub config: Option<ServiceNetwork>,
}

/// What a step works on: two steps on one target never run at the same time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A network, by its engine name.
    Network(String),
    /// A volume, by its engine name.
    Volume(String),
    /// An image, by reference.
    Image(String),
    /// The n-th container of a service, old and new.
    Replica(Replica),
    /// A container without a place.
    Container(ContainerId),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(name) | Self::Volume(name) | Self::Image(name) => f.write_str(name),
            Self::Replica(replica) => replica.fmt(f),
            Self::Container(id) => f.write_str(id.short()),
        }
    }
}

impl Action {
    /// What it works on.
    #[must_use]
    pub fn target(&self) -> Target {
        match self {
            Self::CreateNetwork(spec) => Target::Network(spec.network.name.clone()),
            Self::RemoveNetwork { name, .. } => Target::Network(name.clone()),
            Self::CreateVolume(spec) => Target::Volume(spec.volume.name.clone()),
            Self::RemoveVolume { name } => Target::Volume(name.clone()),
            Self::PullImage { reference, .. } | Self::RemoveImage { reference } => Target::Image(reference.clone()),
            Self::BuildImage(spec) => Target::Image(spec.tag.clone()),
            Self::CreateContainer(spec) => Target::Replica(spec.replica.clone()),
            Self::StartContainer { replica, .. }
            | Self::RestartContainer { replica, .. }
            | Self::RenameContainer { replica, .. } => Target::Replica(replica.clone()),
            Self::StopContainer { replica, id, .. } | Self::RemoveContainer { replica, id, .. } => {
                replica.clone().map_or_else(|| Target::Container(id.clone()), Target::Replica)
            }
            Self::DisconnectNetwork { container, .. } => Target::Container(container.clone()),
        }
    }

    /// The word for it in plans, logs and the API.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::CreateNetwork(_) => "create-network",
            Self::RemoveNetwork { .. } => "remove-network",
            Self::DisconnectNetwork { .. } => "disconnect",
            Self::CreateVolume(_) => "create-volume",
            Self::RemoveVolume { .. } => "remove-volume",
            Self::PullImage { .. } => "pull",
            Self::BuildImage(_) => "build",
            Self::RemoveImage { .. } => "remove-image",
            Self::CreateContainer(_) => "create",
            Self::StartContainer { .. } => "start",
            Self::StopContainer { .. } => "stop",
            Self::RestartContainer { .. } => "restart",
            Self::RemoveContainer { .. } => "remove",
            Self::RenameContainer { .. } => "rename",
        }
    }

    /// The engine's name of what it works on.
    #[must_use]
    pub fn object(&self) -> &str {
        match self {
            Self::CreateNetwork(spec) => &spec.network.name,
            Self::CreateVolume(spec) => &spec.volume.name,
            Self::RemoveNetwork { name, .. }
            | Self::RemoveVolume { name }
            | Self::StartContainer { name, .. }
            | Self::StopContainer { name, .. }
            | Self::RestartContainer { name, .. }
            | Self::RemoveContainer { name, .. }
            | Self::DisconnectNetwork { name, .. } => name,
            Self::PullImage { reference, .. } | Self::RemoveImage { reference } => reference,
            Self::BuildImage(spec) => &spec.tag,
            Self::CreateContainer(spec) => &spec.name,
            Self::RenameContainer { to, .. } => to,
        }
    }

    /// The service it is done for, where there is one.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::CreateContainer(spec) => Some(&spec.replica.service),
            Self::StartContainer { replica, .. }
            | Self::RestartContainer { replica, .. }
            | Self::RenameContainer { replica, .. } => Some(&replica.service),
            Self::StopContainer { replica, .. } | Self::RemoveContainer { replica, .. } => {
                replica.as_ref().map(|replica| &replica.service)
            }
            _ => None,
        }
    }
}
