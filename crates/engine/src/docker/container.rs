//! A container's order becomes the body of a create call, field by field (Compose Specification on the left,
//! Engine API on the right). What is unset stays out, so that the engine's own default shows in `inspect`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigIsolationEnum, HostConfigLogConfig, NetworkingConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use model::{Healthcheck, Service};
use plan::action::{ContainerSpec, Endpoint};
use plan::labels;
use serde::Serialize;

use super::transport::ApiVersion;
use super::{mounts, resources};
use crate::error::{Error, Kind};

/// From here on all endpoints and their MAC addresses go into the create call.
pub(crate) const ALL_ENDPOINTS: ApiVersion = ApiVersion(1, 44);

/// The body, and the one field that newer engines no longer take.
#[derive(Debug, Serialize)]
pub(crate) struct Body {
    #[serde(flatten)]
    container: ContainerCreateBody,
    #[serde(rename = "MacAddress", skip_serializing_if = "Option::is_none")]
    mac_address: Option<String>,
}

impl Body {
    /// Has the engine remove the container at its end.
    pub(crate) fn remove_at_end(&mut self) {
        self.container.host_config.get_or_insert_default().auto_remove = Some(true);
    }
}

/// The text, unless it is empty.
pub(crate) fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The list, unless it is empty.
pub(crate) fn list<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

/// The map, unless it is empty.
pub(crate) fn map(map: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    (!map.is_empty()).then(|| map.clone().into_iter().collect())
}

/// A word that the API enumerates.
pub(crate) fn word<T: FromStr>(what: &str, key: &str, word: &str) -> Result<Option<T>, Error> {
    if word.is_empty() {
        return Ok(None);
    }
    let refused = || Error::new(what, Kind::Refused, true, format!("invalid {key}: `{word}`"));
    word.parse().map(Some).map_err(|_| refused())
}

/// The body of the create call.
pub(crate) async fn body(what: &str, spec: &ContainerSpec, version: ApiVersion) -> Result<Body, Error> {
    let security = security(what, spec).await?;
    assemble(what, spec, version, security)
}

/// Options of security modules, and whether `systempaths=unconfined` was among them.
#[derive(Debug, Default)]
struct Security {
    options: Vec<String>,
    is_unconfined: bool,
}

/// Files with seccomp profiles are read, relative to the project's directory, and sent as their content.
async fn security(what: &str, spec: &ContainerSpec) -> Result<Security, Error> {
    let mut found = Security::default();
    for option in &spec.service.security_opt {
        let profile = option.strip_prefix("seccomp=").or_else(|| option.strip_prefix("seccomp:"));
        match profile {
            _ if option == "systempaths=unconfined" => found.is_unconfined = true,
            Some(file) if !matches!(file, "unconfined" | "builtin") => {
                let directory = spec.labels.get(labels::WORKING_DIR).map_or("", String::as_str);
                let file = std::path::Path::new(directory).join(file);
                let local = |message: String| Error::new(what, Kind::Local, false, message);
                let json = tokio::fs::read(&file).await.map_err(|error| {
                    local(format!("the seccomp profile {} cannot be read", file.display())).caused_by(error)
                })?;
                let json: serde_json::Value = serde_json::from_slice(&json).map_err(|error| {
                    local(format!("the seccomp profile {} is no JSON", file.display())).caused_by(error)
                })?;
                found.options.push(format!("seccomp={json}"));
            }
            _ => found.options.push(option.clone()),
        }
    }
    Ok(found)
}

fn assemble(what: &str, spec: &ContainerSpec, version: ApiVersion, security: Security) -> Result<Body, Error> {
    let service = &spec.service;
    let mut container = ContainerCreateBody {
        hostname: text(&service.hostname),
        domainname: text(&service.domainname),
        user: text(&service.user),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        exposed_ports: exposed(what, service)?,
        tty: service.tty.then_some(true),
        open_stdin: service.stdin_open.then_some(true),
        env: environment(service),
        cmd: service.command.clone(),
        entrypoint: service.entrypoint.clone(),
        healthcheck: service.healthcheck.as_ref().map(|check| health(what, check, version)).transpose()?,
        image: Some(spec.image.clone()),
        working_dir: text(&service.working_dir),
        network_disabled: (service.network_mode == "disabled").then_some(true),
        labels: map(&spec.labels),
        stop_signal: text(&service.stop_signal),
        stop_timeout: service.stop_grace_period.map(model::Duration::as_secs),
        ..ContainerCreateBody::default()
    };
    container.host_config = Some(host(what, spec, version, security)?);
    let takes_all = version >= ALL_ENDPOINTS;
    let mut endpoints = HashMap::new();
    for (index, joined) in spec.endpoints.iter().enumerate().take(if takes_all { usize::MAX } else { 1 }) {
        let mut settings = endpoint(what, joined, version)?;
        if index == 0 && takes_all && settings.mac_address.is_none() {
            settings.mac_address = text(&service.mac_address);
        }
        endpoints.insert(joined.network.clone(), settings);
    }
    if !endpoints.is_empty() {
        container.networking_config = Some(NetworkingConfig { endpoints_config: Some(endpoints) });
    }
    let primary = spec.endpoints.first().and_then(|primary| primary.config.as_ref());
    let own = primary.map_or("", |primary| primary.mac_address.as_str());
    let mac_address = if takes_all { None } else { text(own).or_else(|| text(&service.mac_address)) };
    Ok(Body { container, mac_address })
}

fn host(what: &str, spec: &ContainerSpec, version: ApiVersion, security: Security) -> Result<HostConfig, Error> {
    let service = &spec.service;
    let mounted = mounts::of(what, spec, version)?;
    let mut host = resources::of(service);
    host.binds = list(&mounted.binds);
    host.mounts = (!mounted.mounts.is_empty()).then_some(mounted.mounts);
    host.annotations = map(&service.annotations);
    host.cap_add = list(&capabilities(&service.cap_add));
    host.cap_drop = list(&capabilities(&service.cap_drop));
    host.network_mode = Some(spec.network_mode.clone());
    host.init = service.init;
    host.ipc_mode = text(&service.ipc);
    host.cgroupns_mode = word::<HostConfigCgroupnsModeEnum>(what, "cgroup", &service.cgroup)?;
    host.readonly_rootfs = service.read_only.then_some(true);
    host.restart_policy = restart(what, service)?;
    host.sysctls = map(&service.sysctls);
    host.port_bindings = Some(published(service));
    host.dns = list(&service.dns);
    host.dns_search = list(&service.dns_search);
    host.dns_options = list(&service.dns_opt);
    host.extra_hosts = Some(service.extra_hosts.iter().map(|line| extra_host(line)).collect());
    host.security_opt = list(&security.options);
    if security.is_unconfined {
        host.masked_paths = Some(Vec::new());
        host.readonly_paths = Some(Vec::new());
    }
    host.storage_opt = map(&service.storage_opt);
    host.userns_mode = text(&service.userns_mode);
    host.uts_mode = text(&service.uts);
    host.privileged = service.privileged.then_some(true);
    host.pid_mode = text(&service.pid);
    host.runtime = text(&service.runtime);
    host.isolation = word::<HostConfigIsolationEnum>(what, "isolation", &service.isolation)?;
    host.volume_driver = text(&service.volume_driver);
    let owners = service.volumes_from.iter().map(|from| from.strip_prefix("container:").unwrap_or(from).to_owned());
    host.volumes_from = list(&owners.collect::<Vec<_>>());
    host.links = list(&spec.links);
    host.log_config = service
        .logging
        .as_ref()
        .map(|logging| HostConfigLogConfig { typ: text(&logging.driver), config: map(&logging.options) });
    host.group_add = list(&service.group_add);
    let tmpfs = service.tmpfs.iter().map(|entry| entry.split_once(':').unwrap_or((entry, "")));
    let tmpfs: HashMap<String, String> = tmpfs.map(|(path, options)| (path.to_owned(), options.to_owned())).collect();
    host.tmpfs = (!tmpfs.is_empty()).then_some(tmpfs);
    Ok(host)
}

/// `K=V`, or `K` alone for a variable that was found nowhere; sorted by name.
fn environment(service: &Service) -> Option<Vec<String>> {
    let line = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    (!service.environment.is_empty()).then(|| service.environment.iter().map(line).collect())
}

/// The full names in their order, each once, as docker's own clients send them.
fn capabilities(names: &[String]) -> Vec<String> {
    let full = |name: &String| {
        let name = name.to_uppercase();
        if name == "ALL" || name.starts_with("CAP_") { name } else { format!("CAP_{name}") }
    };
    names.iter().map(full).collect::<BTreeSet<_>>().into_iter().collect()
}

pub(crate) fn extra_host(line: &str) -> String {
    match line.split_once('=') {
        Some((host, ip)) => {
            let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
            format!("{host}:{ip}")
        }
        None => line.to_owned(),
    }
}

fn inside(target: u32, protocol: &str) -> String {
    format!("{target}/{}", if protocol.is_empty() { "tcp" } else { protocol })
}

/// `expose`, its ranges written out, and the inside of `ports`.
fn exposed(what: &str, service: &Service) -> Result<Option<Vec<String>>, Error> {
    let mut ports: BTreeSet<String> = BTreeSet::new();
    for entry in &service.expose {
        let (range, protocol) = entry.split_once('/').unwrap_or((entry, "tcp"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            return Err(Error::new(what, Kind::Refused, false, format!("invalid `expose` port: {entry}")));
        };
        ports.extend((first..=last).map(|port| inside(port.into(), &protocol.to_lowercase())));
    }
    ports.extend(service.ports.iter().map(|port| inside(port.target, &port.protocol)));
    Ok((!ports.is_empty()).then(|| ports.into_iter().collect()))
}

fn published(service: &Service) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in &service.ports {
        let binding = PortBinding { host_ip: Some(port.host_ip.clone()), host_port: Some(port.published.clone()) };
        bindings.entry(inside(port.target, &port.protocol)).or_default().get_or_insert_default().push(binding);
    }
    bindings
}

/// `deploy.restart_policy` wins over `restart`.
fn restart(what: &str, service: &Service) -> Result<Option<RestartPolicy>, Error> {
    let (name, attempts) = match service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref()) {
        Some(policy) => (policy.condition.as_str(), policy.max_attempts.and_then(|most| i64::try_from(most).ok())),
        None => {
            let (name, attempts) = service.restart.split_once(':').unwrap_or((&service.restart, ""));
            (name, attempts.parse().ok())
        }
    };
    let name = match name {
        "none" => "no",
        "any" => "always",
        other => other,
    };
    let name = word::<RestartPolicyNameEnum>(what, "restart policy", name)?;
    Ok((name.is_some() || attempts.is_some()).then_some(RestartPolicy { name, maximum_retry_count: attempts }))
}

fn health(what: &str, check: &Healthcheck, version: ApiVersion) -> Result<HealthConfig, Error> {
    let nanos = |duration: Option<model::Duration>| duration.map(model::Duration::as_nanos);
    if check.start_interval.is_some() && version < ALL_ENDPOINTS {
        let why = format!("`healthcheck.start_interval` needs engine API 1.44, this one speaks {version}");
        return Err(Error::unsupported(what, why));
    }
    if check.start_interval.is_some() && check.start_period.is_none() {
        return Err(Error::unsupported(what, "`healthcheck.start_interval` needs `start_period`"));
    }
    Ok(HealthConfig {
        test: if check.disable { Some(vec!["NONE".to_owned()]) } else { list(&check.test) },
        interval: nanos(check.interval),
        timeout: nanos(check.timeout),
        retries: check.retries.and_then(|retries| i64::try_from(retries).ok()),
        start_period: nanos(check.start_period),
        start_interval: nanos(check.start_interval),
    })
}

/// How a container joins a network.
pub(crate) fn endpoint(what: &str, endpoint: &Endpoint, version: ApiVersion) -> Result<EndpointSettings, Error> {
    let mut settings = EndpointSettings {
        aliases: list(&endpoint.aliases),
        links: list(&endpoint.links),
        ..EndpointSettings::default()
    };
    let Some(config) = &endpoint.config else { return Ok(settings) };
    settings.ipam_config = Some(EndpointIpamConfig {
        ipv4_address: text(&config.ipv4_address),
        ipv6_address: text(&config.ipv6_address),
        link_local_ips: list(&config.link_local_ips),
    });
    // docker compose sends these two as well.
    settings.ip_address = text(&config.ipv4_address);
    settings.ipv6_gateway = text(&config.ipv6_address);
    settings.mac_address = text(&config.mac_address).filter(|_| version >= ALL_ENDPOINTS);
    settings.gw_priority = (config.gw_priority != 0).then_some(config.gw_priority);
    let mut options = config.driver_opts.clone();
    if !config.interface_name.is_empty() {
        if version < ApiVersion(1, 49) {
            let why = format!("`interface_name` needs engine API 1.49, this one speaks {version}");
            return Err(Error::unsupported(what, why));
        }
        // An option that the file spells out wins.
        let name = "com.docker.network.endpoint.ifname".to_owned();
        options.entry(name).or_insert_with(|| config.interface_name.clone());
    }
    settings.driver_opts = map(&options);
    Ok(settings)
}

#[cfg(test)]
mod tests;
