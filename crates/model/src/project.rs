//! A whole project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    Care, Config, ConfigKey, Hidden, LanguageModel, ModelKey, Mount, MountKind, Network, NetworkKey, ProjectName,
    Secret, SecretKey, Service, ServiceName, Volume, VolumeKey,
};

/// Services by name. A service is large, and half of the pages of a map are empty: so it is boxed.
pub type Services = BTreeMap<ServiceName, Box<Service>>;

/// What the files of one project ask for, after every rule of Compose was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The name that labels, container names and network names start with.
    pub name: ProjectName,
    /// The absolute project directory: the label `project.working_dir`.
    pub working_dir: PathBuf,
    /// The absolute Compose files in the order they were merged: the label `project.config_files`.
    pub config_files: Vec<PathBuf>,
    /// Only what `--env-file` named: the label `project.environment_file`.
    pub env_files: Vec<PathBuf>,
    /// Whether names are joined with `_`, as docker-compose 1 had them (`--compatibility`).
    #[serde(default)]
    pub compatibility: bool,
    /// Whether networks, volumes, secrets and configs that no service uses are kept and made (`--all-resources`).
    #[serde(default)]
    pub all_resources: bool,
    /// The services that are enabled.
    pub services: Services,
    /// Services an inactive profile leaves out: their containers are no orphans.
    pub disabled_services: Services,
    /// The networks some service uses; with [`Self::all_resources`] all, here and in what follows.
    pub networks: BTreeMap<NetworkKey, Network>,
    /// The volumes some service uses.
    pub volumes: BTreeMap<VolumeKey, Volume>,
    /// The secrets some service or build uses.
    #[serde(default)]
    pub secrets: BTreeMap<SecretKey, Secret>,
    /// The configs some service uses.
    #[serde(default)]
    pub configs: BTreeMap<ConfigKey, Config>,
    /// The language models some service uses.
    #[serde(default)]
    pub models: BTreeMap<ModelKey, LanguageModel>,
    /// The values of the variables that secrets and configs are kept in, by the variable's name.
    #[serde(default)]
    pub values: BTreeMap<String, Hidden>,
    /// What `x-composed` of services asks for.
    #[serde(default)]
    pub care: BTreeMap<ServiceName, Care>,
    /// The values of `x-…` keys by their path (`x-a`, `services/web/x-b`, `services/web/volumes/0/x-c`). They
    /// mean nothing here and are in no hash; they are kept to be printed, and for whoever gave them a meaning.
    #[serde(default)]
    pub extensions: BTreeMap<String, serde_json::Value>,
}

impl Project {
    /// A project of which nothing but the name is known.
    #[must_use]
    pub fn named(name: ProjectName) -> Self {
        Self {
            name,
            working_dir: PathBuf::new(),
            config_files: Vec::new(),
            env_files: Vec::new(),
            compatibility: false,
            all_resources: false,
            services: BTreeMap::new(),
            disabled_services: BTreeMap::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
            models: BTreeMap::new(),
            values: BTreeMap::new(),
            care: BTreeMap::new(),
            extensions: Default::default(),
        }
    }

    /// A name of ours: the project's and what follows, joined.
    #[must_use]
    pub fn joined(&self, parts: &[&dyn std::fmt::Display]) -> String {
        let joint = if self.compatibility { '_' } else { '-' };
        parts.iter().fold(self.name.to_string(), |name, part| format!("{name}{joint}{part}"))
    }

    /// The image a service's containers are made from: its `image`, else `<project>-<service>`.
    #[must_use]
    pub fn image_of(&self, name: &ServiceName, service: &Service) -> String {
        if service.image.is_empty() { self.joined(&[name]) } else { service.image.clone() }
    }

    /// The volumes of the project that a service mounts.
    pub fn volumes_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Volume> {
        let mounts = service.volumes.iter().filter(|mount| mount.kind == MountKind::Volume);
        mounts.filter_map(|mount| self.volumes.get(mount.source.as_str()))
    }

    /// The image a mount of kind `image` is made from: that of the service it names, else what it names.
    #[must_use]
    pub fn image_of_mount(&self, mount: &Mount) -> String {
        match self.services.get_key_value(mount.source.as_str()) {
            Some((name, service)) => self.image_of(name, service),
            None => mount.source.clone(),
        }
    }

    /// Every image the services need: made from, mounted, or run before their start.
    #[must_use]
    pub fn images(&self) -> BTreeSet<String> {
        let made = self.services.iter().filter(|(_, service)| service.provider.is_none());
        let own = made.map(|(name, service)| self.image_of(name, service));
        let mounts = self.services.values().flat_map(|service| &service.volumes);
        let mounted = mounts.filter(|mount| mount.kind == MountKind::Image).map(|mount| self.image_of_mount(mount));
        let hooks = self.services.values().flat_map(|service| &service.pre_start);
        let run = hooks.map(|hook| hook.image.clone()).filter(|image| !image.is_empty());
        own.chain(mounted).chain(run).collect()
    }
}
