//! What people look at: containers, images, volumes, processes and use as the engine lists them, in its own
//! words. Nothing is decided by any of it; what decides is [`Observed`](plan::Observed).

use std::collections::BTreeMap;
use std::path::PathBuf;

use plan::{ContainerId, Stamp};

/// A container as a list of the engine shows it, with what only its inspection tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The engine's id.
    pub id: ContainerId,
    /// Its name and the names others link it by, without the leading slash.
    pub names: Vec<String>,
    /// The image it was created from, as named then.
    pub image: String,
    /// Its command line.
    pub command: String,
    /// When it was created, in seconds since the Unix epoch.
    pub created: i64,
    /// Every label.
    pub labels: BTreeMap<String, String>,
    /// One word: `running`, `exited`, ….
    pub state: String,
    /// The state for people: `Up 3 seconds (healthy)`.
    pub status: String,
    /// What the check of a running one says: `starting`, `healthy`, `unhealthy`; empty when there is none.
    pub health: String,
    /// The exit code of one that ended; else 0.
    pub exit_code: i64,
    /// Its ports, in the engine's order.
    pub ports: Vec<Port>,
    /// What is mounted: the volume's name, else the path outside.
    pub mounts: Vec<String>,
    /// How many of its mounts are volumes of the driver `local`.
    pub local_volumes: usize,
    /// The engine names of its networks.
    pub networks: Vec<String>,
}

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The host's address; empty when it is only exposed.
    pub ip: String,
    /// The port inside.
    pub private: u16,
    /// The host's port; 0 when it is only exposed.
    pub public: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// The image of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageListing {
    /// `sha256:…`; what the container says when the image is gone.
    pub id: String,
    /// Its first reference, `docker.io/library/redis:7` as `redis:7`; empty when it has none.
    pub reference: String,
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// `v7`; mostly empty.
    pub variant: String,
    /// In bytes.
    pub size: i64,
    /// When it was built, where it says.
    pub created: Option<Stamp>,
    /// When it was tagged here, where the engine says.
    pub tagged: Option<Stamp>,
}

/// An image that was built for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// The service its label names.
    pub service: String,
    /// One of its names.
    pub reference: String,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeListing {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Where the host has it.
    pub mountpoint: String,
    /// `local` or `global`.
    pub scope: String,
    /// Every label.
    pub labels: BTreeMap<String, String>,
}

/// The processes of a container, in the columns of the engine's `ps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processes {
    /// The heads of the columns.
    pub titles: Vec<String>,
    /// A row a process.
    pub rows: Vec<Vec<String>>,
}

/// What a container uses, over the last second.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// Of one processor, in percent: four busy ones are 400.
    pub cpu_percent: f64,
    /// Bytes, without what the kernel can take back at once.
    pub memory: u64,
    /// Bytes; the machine's where there is no limit of its own.
    pub memory_limit: u64,
    /// Bytes received since its start.
    pub received: u64,
    /// Bytes sent since its start.
    pub sent: u64,
    /// Bytes read from disks since its start.
    pub read: u64,
    /// Bytes written to disks since its start.
    pub written: u64,
    /// Processes and threads.
    pub pids: u64,
}

/// What an engine says of itself, and what of its machine is inside containers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installation {
    /// What it is made of (`Engine`, `containerd`, `runc`), each with its version.
    pub parts: BTreeMap<String, String>,
    /// The plugins that are asked about every request.
    pub authorizers: Vec<String>,
    /// What it warns of, in its own words.
    pub warnings: Vec<String>,
    /// What running containers have of the machine.
    pub reaches: Vec<Reach>,
}

/// A path of the machine that is bound into a running container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The container's name.
    pub container: String,
    /// The path outside.
    pub path: PathBuf,
}
