//! What is done around a container's life beside the engine's own part: files brought in, commands run before and
//! after (Compose Specification, `secrets`, `configs`, `pre_start`, `post_start`, `pre_stop`).

use std::collections::BTreeMap;

use model::{API_SOCKET, FileReference, Hidden, Hook, Service, ServiceName, ServiceNetwork};

use crate::action::{ContainerSpec, Endpoint, Replica};
use crate::{Desired, container, labels};

/// What belongs to a start, a stop or a restart. A restart has the second half of both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Around {
    /// Commands run inside before it stops.
    pub pre_stop: Vec<Hook>,
    /// Files brought in before it starts.
    pub files: Vec<InnerFile>,
    /// Containers run to their end before it starts, one after the other.
    pub pre_start: Vec<ContainerSpec>,
    /// Commands run inside once it started.
    pub post_start: Vec<Hook>,
}

/// A file to be written inside a container.
#[derive(Debug, Clone, PartialEq)]
pub struct InnerFile {
    /// Its absolute path inside.
    pub path: String,
    /// What it holds.
    pub content: Hidden,
    /// The owner's number, the engine's when empty.
    pub uid: String,
    /// The group's number, the engine's when empty.
    pub gid: String,
    /// Its permissions.
    pub mode: u32,
}

/// What is done around the start of a container. `is_first` says that none of the service runs: then what has to
/// be done once before it is done.
pub(crate) fn start(
    desired: &Desired,
    name: &ServiceName,
    service: &Service,
    container: &str,
    is_first: bool,
) -> Box<Around> {
    let hooks = service.pre_start.iter().filter(|hook| is_first || hook.per_replica);
    Box::new(Around {
        files: files(desired, service),
        pre_start: hooks.map(|hook| hook_container(desired, name, service, hook, container)).collect(),
        post_start: service.post_start.clone(),
        pre_stop: Vec::new(),
    })
}

/// What is done before a container of a service stops, and, where it starts again, after that.
pub(crate) fn stop(service: Option<&Service>) -> Box<Around> {
    let pre_stop = service.map(|service| service.pre_stop.clone()).unwrap_or_default();
    Box::new(Around { pre_stop, ..Around::default() })
}

/// Both.
pub(crate) fn restart(service: &Service) -> Box<Around> {
    let (pre_stop, post_start) = (service.pre_stop.clone(), service.post_start.clone());
    Box::new(Around { pre_stop, post_start, ..Around::default() })
}

/// Secrets and configs that are texts; those that are files are mounts.
fn files(desired: &Desired, service: &Service) -> Vec<InnerFile> {
    let project = &desired.project;
    let secrets = service.secrets.iter().filter_map(|used| {
        let secret = project.secrets.get(used.source.as_str()).filter(|secret| secret.file.is_empty())?;
        inner(used, "/run/secrets", project.values.get(&secret.environment)?.clone())
    });
    let configs = service.configs.iter().filter_map(|used| {
        if used.source == API_SOCKET {
            return inner(used, "", project.values.get(API_SOCKET)?.clone());
        }
        let config = project.configs.get(used.source.as_str()).filter(|config| config.file.is_empty())?;
        let value = project.values.get(&config.environment).cloned();
        inner(used, "", value.unwrap_or_else(|| Hidden::new(config.content.clone())))
    });
    secrets.chain(configs).collect()
}

fn inner(used: &FileReference, folder: &str, content: Hidden) -> Option<InnerFile> {
    let target = if used.target.is_empty() { &used.source } else { &used.target };
    let mode = used.mode.map_or(0o444, |mode| mode.0);
    let (uid, gid) = (used.uid.clone(), used.gid.clone());
    Some(InnerFile { path: container::below(folder, target), content, uid, gid, mode: u32::try_from(mode).ok()? })
}

/// The container of a hook: it sees the networks and volumes of the one that is to start, which must be there.
fn hook_container(
    desired: &Desired,
    name: &ServiceName,
    service: &Service,
    hook: &Hook,
    container: &str,
) -> ContainerSpec {
    let project = &desired.project;
    let image = if hook.image.is_empty() { project.image_of(name, service) } else { hook.image.clone() };
    let mut environment = service.environment.clone();
    environment.extend(hook.environment.clone());
    let run = Service {
        command: hook.command.clone(),
        environment,
        user: hook.user.clone(),
        working_dir: hook.working_dir.clone(),
        privileged: hook.privileged,
        platform: service.platform.clone(),
        volumes_from: vec![format!("container:{container}")],
        ..Service::default()
    };
    let alias = format!("{}-{name}-0", project.name);
    let endpoints: Vec<Endpoint> = container::endpoints(desired, name, service, &alias)
        .into_iter()
        .map(|endpoint| Endpoint {
            aliases: vec![alias.clone(), name.to_string()],
            config: endpoint.config.map(|config| ServiceNetwork { priority: config.priority, ..Default::default() }),
            ..endpoint
        })
        .collect();
    let network_mode = endpoints.first().map_or_else(|| service.network_mode.clone(), |first| first.network.clone());
    // It is nobody's replica: no list shows it.
    let labels = BTreeMap::from([
        (labels::PROJECT.to_owned(), project.name.to_string()),
        (labels::SERVICE.to_owned(), name.to_string()),
        (labels::VERSION.to_owned(), labels::DIALECT.to_owned()),
    ]);
    ContainerSpec {
        replica: Replica { service: name.clone(), number: 0 },
        name: String::new(),
        image,
        service: run,
        inherited: Vec::new(),
        labels,
        network_mode: if network_mode.is_empty() { "none".to_owned() } else { network_mode },
        endpoints,
        links: Vec::new(),
        one_off: None,
    }
}
