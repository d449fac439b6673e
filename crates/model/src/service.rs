//! A service: every attribute of the specification, in the order docker compose hashes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Blkio, Build, CredentialSpec, Deploy, Develop, Device, DeviceRequest, Duration, FileReference, Healthcheck, Hook,
    LanguageModelUse, ModelKey, Mount, NetworkKey, Port, Provider, ServiceName, ServiceNetwork, Size, Ulimit,
    is_default,
};

/// One service (Compose Specification, `services`). The order of the fields is the order of the keys in the
/// canonical form, and thus hashed; a new attribute is put at its place in that order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Profiles that enable it; none means always.
    #[serde(skip_serializing_if = "is_default")]
    pub profiles: Vec<String>,
    /// Annotations of the container.
    #[serde(skip_serializing_if = "is_default")]
    pub annotations: BTreeMap<String, String>,
    /// Whether an attached `up` shows its log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<bool>,
    /// How its image is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<Box<Build>>,
    /// Rules for development.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub develop: Option<Develop>,
    /// Bounds of block devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blkio_config: Option<Box<Blkio>>,
    /// Capabilities it gets.
    #[serde(skip_serializing_if = "is_default")]
    pub cap_add: Vec<String>,
    /// Capabilities it loses.
    #[serde(skip_serializing_if = "is_default")]
    pub cap_drop: Vec<String>,
    /// The parent control group.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup_parent: String,
    /// `host` or `private`.
    #[serde(skip_serializing_if = "is_default")]
    pub cgroup: String,
    /// How many processors; Windows only.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_count: i64,
    /// The share of all processors; Windows only.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_percent: f32,
    /// Microseconds of a scheduler's period.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_period: i64,
    /// Microseconds of processor time a period.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_quota: i64,
    /// Microseconds of the real-time scheduler's period.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_rt_period: i64,
    /// Microseconds of real time a period.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_rt_runtime: i64,
    /// Cores.
    #[serde(skip_serializing_if = "is_default")]
    pub cpus: f32,
    /// Which cores, `0-2,4`.
    #[serde(skip_serializing_if = "is_default")]
    pub cpuset: String,
    /// Relative weight.
    #[serde(skip_serializing_if = "is_default")]
    pub cpu_shares: i64,
    /// Arguments; `None` keeps the image's, an empty list clears them. Always written.
    pub command: Option<Vec<String>>,
    /// Configs it gets as files.
    #[serde(skip_serializing_if = "is_default")]
    pub configs: Vec<FileReference>,
    /// A fixed container name.
    #[serde(skip_serializing_if = "is_default")]
    pub container_name: String,
    /// Credentials of a managed service account; not applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_spec: Option<Box<CredentialSpec>>,
    /// What must be up first; not part of the config hash.
    #[serde(skip_serializing_if = "is_default")]
    pub depends_on: BTreeMap<ServiceName, Dependency>,
    /// How it is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Box<Deploy>>,
    /// Rules of the control group for devices.
    #[serde(skip_serializing_if = "is_default")]
    pub device_cgroup_rules: Vec<String>,
    /// Devices of the host.
    #[serde(skip_serializing_if = "is_default")]
    pub devices: Vec<Device>,
    /// Name servers.
    #[serde(skip_serializing_if = "is_default")]
    pub dns: Vec<String>,
    /// Options of the resolver.
    #[serde(skip_serializing_if = "is_default")]
    pub dns_opt: Vec<String>,
    /// Search domains.
    #[serde(skip_serializing_if = "is_default")]
    pub dns_search: Vec<String>,
    /// The domain part of the host name.
    #[serde(skip_serializing_if = "is_default")]
    pub domainname: String,
    /// The program; `None` keeps the image's. Always written.
    pub entrypoint: Option<Vec<String>>,
    /// A program that provides the service instead of a container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// Variables; `None` was asked for and found nowhere. Env files are merged in.
    #[serde(skip_serializing_if = "is_default")]
    pub environment: BTreeMap<String, Option<String>>,
    /// Files of variables that were not read yet; empty once `environment` has what they say.
    #[serde(skip_serializing_if = "is_default")]
    pub env_file: Vec<EnvFile>,
    /// Ports opened towards other containers only.
    #[serde(skip_serializing_if = "is_default")]
    pub expose: Vec<String>,
    /// Containers outside the project it reaches by name, `container[:alias]`.
    #[serde(skip_serializing_if = "is_default")]
    pub external_links: Vec<String>,
    /// Lines of `/etc/hosts`, `host=ip`, sorted.
    #[serde(skip_serializing_if = "is_default")]
    pub extra_hosts: Vec<String>,
    /// More groups of the user.
    #[serde(skip_serializing_if = "is_default")]
    pub group_add: Vec<String>,
    /// Graphics processors.
    #[serde(skip_serializing_if = "is_default")]
    pub gpus: Vec<DeviceRequest>,
    /// The host name.
    #[serde(skip_serializing_if = "is_default")]
    pub hostname: String,
    /// The health check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// The image; empty when it is built under the project's own name.
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    /// Whether a small init is process 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// The IPC namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub ipc: String,
    /// How it is isolated; Windows only.
    #[serde(skip_serializing_if = "is_default")]
    pub isolation: String,
    /// Labels of the container; docker compose's own are not here.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: BTreeMap<String, String>,
    /// The absolute files its labels were read from.
    #[serde(skip_serializing_if = "is_default")]
    pub label_file: Vec<String>,
    /// Services it reaches by another name, `service[:alias]`.
    #[serde(skip_serializing_if = "is_default")]
    pub links: Vec<String>,
    /// Where output goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Logging>,
    /// Bytes of memory.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_limit: Size,
    /// Bytes of memory kept for it.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_reservation: Size,
    /// Bytes of memory and swap.
    #[serde(skip_serializing_if = "is_default")]
    pub memswap_limit: Size,
    /// How readily its memory is swapped, 0 … 100; printed as a size.
    #[serde(skip_serializing_if = "is_default")]
    pub mem_swappiness: Size,
    /// A fixed MAC address on the primary network.
    #[serde(skip_serializing_if = "is_default")]
    pub mac_address: String,
    /// Language models it uses.
    #[serde(skip_serializing_if = "is_default")]
    pub models: BTreeMap<ModelKey, Option<LanguageModelUse>>,
    /// `host`, `none`, `bridge` or a network's name; excludes `networks`.
    #[serde(skip_serializing_if = "is_default")]
    pub network_mode: String,
    /// The networks it joins.
    #[serde(skip_serializing_if = "is_default")]
    pub networks: BTreeMap<NetworkKey, Option<Box<ServiceNetwork>>>,
    /// Whether it may never be killed for want of memory.
    #[serde(skip_serializing_if = "is_default")]
    pub oom_kill_disable: bool,
    /// -1000 … 1000.
    #[serde(skip_serializing_if = "is_default")]
    pub oom_score_adj: i64,
    /// The PID namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub pid: String,
    /// Processes and threads; -1 is unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub pids_limit: i64,
    /// `os/arch[/variant]`.
    #[serde(skip_serializing_if = "is_default")]
    pub platform: String,
    /// Published ports.
    #[serde(skip_serializing_if = "is_default")]
    pub ports: Vec<Port>,
    /// Whether every isolation is off.
    #[serde(skip_serializing_if = "is_default")]
    pub privileged: bool,
    /// When its image is pulled; not part of the config hash.
    #[serde(skip_serializing_if = "is_default")]
    pub pull_policy: String,
    /// Whether its root file system cannot be written.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// `no`, `always`, `unless-stopped`, `on-failure[:n]`.
    #[serde(skip_serializing_if = "is_default")]
    pub restart: String,
    /// The OCI runtime.
    #[serde(skip_serializing_if = "is_default")]
    pub runtime: String,
    /// How many containers; not part of the config hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<u32>,
    /// Secrets it gets as files.
    #[serde(skip_serializing_if = "is_default")]
    pub secrets: Vec<FileReference>,
    /// Options of security modules.
    #[serde(skip_serializing_if = "is_default")]
    pub security_opt: Vec<String>,
    /// Bytes of `/dev/shm`.
    #[serde(skip_serializing_if = "is_default")]
    pub shm_size: Size,
    /// Whether standard input stays open.
    #[serde(skip_serializing_if = "is_default")]
    pub stdin_open: bool,
    /// How long a stop may take before it is a kill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_grace_period: Option<Duration>,
    /// The signal of a stop.
    #[serde(skip_serializing_if = "is_default")]
    pub stop_signal: String,
    /// Options of the storage driver.
    #[serde(skip_serializing_if = "is_default")]
    pub storage_opt: BTreeMap<String, String>,
    /// Kernel settings.
    #[serde(skip_serializing_if = "is_default")]
    pub sysctls: BTreeMap<String, String>,
    /// Memory mounts, `path[:options]`.
    #[serde(skip_serializing_if = "is_default")]
    pub tmpfs: Vec<String>,
    /// Whether it has a terminal.
    #[serde(skip_serializing_if = "is_default")]
    pub tty: bool,
    /// Limits of its processes.
    #[serde(skip_serializing_if = "is_default")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Whether it reaches the engine.
    #[serde(skip_serializing_if = "is_default")]
    pub use_api_socket: bool,
    /// The user its process runs as.
    #[serde(skip_serializing_if = "is_default")]
    pub user: String,
    /// The user namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub userns_mode: String,
    /// The UTS namespace.
    #[serde(skip_serializing_if = "is_default")]
    pub uts: String,
    /// The driver of its anonymous volumes.
    #[serde(skip_serializing_if = "is_default")]
    pub volume_driver: String,
    /// Mounts.
    #[serde(skip_serializing_if = "is_default")]
    pub volumes: Vec<Mount>,
    /// Whose volumes it mounts as well, `service[:mode]` or `container:name[:mode]`.
    #[serde(skip_serializing_if = "is_default")]
    pub volumes_from: Vec<String>,
    /// Where its process starts.
    #[serde(skip_serializing_if = "is_default")]
    pub working_dir: String,
    /// Commands run to their end in containers of their own before the first start.
    #[serde(skip_serializing_if = "is_default")]
    pub pre_start: Vec<Hook>,
    /// Commands run in each container after its start.
    #[serde(skip_serializing_if = "is_default")]
    pub post_start: Vec<Hook>,
    /// Commands run in each container before its stop.
    #[serde(skip_serializing_if = "is_default")]
    pub pre_stop: Vec<Hook>,
}

impl Service {
    /// How many containers the file asks for: `scale`, else `deploy.replicas`, else one; none where a program
    /// provides the service.
    #[must_use]
    pub fn replicas(&self) -> u32 {
        if self.provider.is_some() {
            return 0;
        }
        self.scale.or_else(|| self.deploy.as_ref().and_then(|deploy| deploy.replicas)).unwrap_or(1)
    }

    /// When its image is pulled: as somebody says `over` the file (`--pull`), else, where that is empty, as the file does.
    #[must_use]
    pub fn pull_policy_under<'a>(&'a self, over: &'a str) -> &'a str {
        if over.is_empty() { &self.pull_policy } else { over }
    }
}

/// What another service must be before this one starts (Compose Specification, `depends_on`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The state to wait for.
    pub condition: Condition,
    /// Whether this service is restarted when the other one is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restart: bool,
    /// Whether the start fails without it.
    pub required: bool,
}

/// A state of a dependency that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Condition {
    /// It was started; nobody checks whether it stays up.
    #[serde(rename = "service_started")]
    Started,
    /// Its health check passes.
    #[serde(rename = "service_healthy")]
    Healthy,
    /// It ended with exit code 0.
    #[serde(rename = "service_completed_successfully")]
    Completed,
}

impl Condition {
    /// The word of the Compose file for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::Completed => "service_completed_successfully",
        }
    }
}

/// Where the output of a container goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// The log driver; empty leaves it to the engine.
    #[serde(skip_serializing_if = "is_default")]
    pub driver: String,
    /// Options of the driver.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, String>,
}

/// A file of variables of a service (Compose Specification, `env_file`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvFile {
    /// The path.
    pub path: String,
    /// Whether it has to be there. Written only when it has not.
    #[serde(skip_serializing_if = "is_true")]
    pub required: bool,
    /// Its dialect: empty for that of `.env`, or `raw`.
    #[serde(skip_serializing_if = "is_default")]
    pub format: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_true(flag: &bool) -> bool {
    *flag
}
