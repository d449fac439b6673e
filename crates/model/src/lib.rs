//! The desired state of a Compose project: what a loaded file means, in one vocabulary.
//!
//! Every type is plain, ordered and inert. Serialising a value gives docker compose's canonical form:
//! the order of the fields is the order of the keys, and what is empty is left out, because the config
//! hash is taken over exactly that text (see [`hash`]). This crate knows no YAML, no engine, no file and
//! no clock.

mod blkio;
mod build;
pub mod canonical;
mod care;
mod credential;
mod deploy;
mod develop;
mod device;
mod duration;
pub mod hash;
mod health;
mod hidden;
mod hook;
mod mount;
mod name;
mod network;
mod port;
mod project;
mod provider;
mod secret;
mod service;
mod size;
mod ulimit;
mod volume;

pub use blkio::{Blkio, DeviceRate, DeviceWeight};
pub use build::{Build, SshKey};
pub use care::{Care, Heal};
pub use credential::CredentialSpec;
pub use deploy::{Deploy, Limits, Placement, PlacementPreference, Resources, RestartPolicy, UpdateConfig};
pub use develop::{Develop, Trigger};
pub use device::{Device, DeviceRequest, DiscreteResource, GenericResource};
pub use duration::{Duration, DurationError};
pub use health::Healthcheck;
pub use hidden::Hidden;
pub use hook::Hook;
pub use mount::{BindOptions, ImageOptions, Mount, MountKind, TmpfsOptions, VolumeOptions};
pub use name::{ConfigKey, ModelKey, NameError, NetworkKey, ProjectName, SecretKey, ServiceName, VolumeKey};
pub use network::{Ipam, IpamPool, Network, ServiceNetwork};
pub use port::Port;
pub use project::{Project, Services};
pub use provider::{LanguageModel, LanguageModelUse, Provider};
pub use secret::{API_SOCKET, Config, FileMode, FileReference, Secret};
pub use service::{Condition, Dependency, EnvFile, Logging, Service};
pub use size::{Size, SizeError};
pub use ulimit::Ulimit;
pub use volume::Volume;

/// Leaves out what docker compose's `omitempty` leaves out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
