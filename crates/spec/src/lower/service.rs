//! A service.

use std::collections::BTreeMap;
use std::fmt::Display;

use diagnostic::Diagnostic;
use model::{Condition, CredentialSpec, Dependency, EnvFile, Logging, Service, ServiceName, Ulimit};

use super::fields::{Fields, integer, pairs, texts};
use super::{Lowering, build, deploy, devices, health, hooks, mounts, network, ports, provider, secrets, words};
use crate::tree::{Node, Value};

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, name: &str, node: &Node) -> Service {
    let path = format_args!("services[{name}]");
    let Some(fields) = Fields::new(node, &path) else {
        return Service::default();
    };
    let f = &fields;
    f.check_texts(lowering, "group_add");
    f.check_texts(lowering, "storage_opt");
    let mut service = Service {
        profiles: f.texts("profiles"),
        annotations: f.mapping("annotations"),
        attach: f.optional_flag(lowering, "attach"),
        build: f.node("build").and_then(|node| build::lower(lowering, node, name)).map(Box::new),
        develop: hooks::develop(lowering, f, name),
        blkio_config: devices::blkio(lowering, f).map(Box::new),
        cap_add: f.texts("cap_add"),
        cap_drop: f.texts("cap_drop"),
        cgroup_parent: f.text("cgroup_parent"),
        cgroup: f.text("cgroup"),
        cpu_count: f.integer(lowering, "cpu_count"),
        cpu_percent: f.cores(lowering, "cpu_percent"),
        cpu_period: f.integer(lowering, "cpu_period"),
        cpu_quota: f.integer(lowering, "cpu_quota"),
        cpu_rt_period: f.integer(lowering, "cpu_rt_period"),
        cpu_rt_runtime: f.integer(lowering, "cpu_rt_runtime"),
        cpus: f.cores(lowering, "cpus"),
        cpuset: f.text("cpuset"),
        cpu_shares: f.integer(lowering, "cpu_shares"),
        command: command(lowering, f, "command"),
        configs: secrets::references(lowering, f, "configs"),
        container_name: f.text("container_name"),
        credential_spec: f.node("credential_spec").and_then(|node| credentials(node, &path)).map(Box::new),
        depends_on: depends_on(lowering, f, name),
        deploy: f.node("deploy").and_then(|node| deploy::lower(lowering, node, name)).map(Box::new),
        device_cgroup_rules: f.texts("device_cgroup_rules"),
        devices: devices::lower(lowering, f.node("devices")),
        dns: f.texts("dns"),
        dns_opt: f.texts("dns_opt"),
        dns_search: f.texts("dns_search"),
        domainname: f.text("domainname"),
        entrypoint: command(lowering, f, "entrypoint"),
        provider: provider::lower(f),
        environment: environment(lowering, f),
        env_file: env_files(lowering, f),
        expose: f.texts("expose"),
        external_links: f.texts("external_links"),
        extra_hosts: extra_hosts(lowering, f),
        group_add: f.texts("group_add"),
        gpus: devices::requests(lowering, f, "gpus", &format!("services.{name}.gpus")),
        hostname: f.text("hostname"),
        healthcheck: f.node("healthcheck").and_then(|node| health::lower(lowering, node, name)),
        image: f.text("image"),
        init: f.optional_flag(lowering, "init"),
        ipc: f.text("ipc"),
        isolation: f.text("isolation"),
        labels: f.mapping("labels"),
        label_file: f.texts("label_file"),
        links: f.texts("links"),
        logging: f.node("logging").and_then(|node| logging(node, &path)),
        mem_limit: f.size(lowering, "mem_limit"),
        mem_reservation: f.size(lowering, "mem_reservation"),
        memswap_limit: f.size(lowering, "memswap_limit"),
        mem_swappiness: f.size(lowering, "mem_swappiness"),
        mac_address: f.text("mac_address"),
        models: provider::uses(lowering, f, name),
        network_mode: f.text("network_mode"),
        networks: network::lower(lowering, f.node("networks"), name),
        oom_kill_disable: f.flag(lowering, "oom_kill_disable"),
        oom_score_adj: f.integer(lowering, "oom_score_adj"),
        pid: f.text("pid"),
        pids_limit: f.integer(lowering, "pids_limit"),
        platform: f.text("platform"),
        ports: ports::lower(lowering, f.node("ports"), name),
        privileged: f.flag(lowering, "privileged"),
        pull_policy: f.text("pull_policy"),
        read_only: f.flag(lowering, "read_only"),
        restart: f.text("restart"),
        runtime: f.text("runtime"),
        scale: f.replicas(lowering, "scale"),
        secrets: secrets::references(lowering, f, "secrets"),
        security_opt: f.texts("security_opt"),
        shm_size: f.size(lowering, "shm_size"),
        stdin_open: f.flag(lowering, "stdin_open"),
        stop_grace_period: f.duration(lowering, "stop_grace_period"),
        stop_signal: f.text("stop_signal"),
        storage_opt: f.mapping("storage_opt"),
        sysctls: f.mapping("sysctls"),
        tmpfs: f.texts("tmpfs"),
        tty: f.flag(lowering, "tty"),
        ulimits: ulimits(f),
        use_api_socket: f.flag(lowering, "use_api_socket"),
        user: f.text("user"),
        userns_mode: f.text("userns_mode"),
        uts: f.text("uts"),
        // Part of the hash, but no key of the Compose Specification: a file that sets it is refused.
        volume_driver: String::new(),
        volumes: mounts::lower(lowering, f.node("volumes"), name),
        volumes_from: f.texts("volumes_from"),
        working_dir: f.text("working_dir"),
        pre_start: hooks::lower(lowering, f, "pre_start"),
        post_start: hooks::lower(lowering, f, "post_start"),
        pre_stop: hooks::lower(lowering, f, "pre_stop"),
    };
    if let Some(deploy) = &mut service.deploy {
        deploy.replicas = deploy.replicas.or(service.scale);
    }
    service
}

/// A command: a list as it is, a text split into words; `None` where there is none.
pub(super) fn command(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, key: &str) -> Option<Vec<String>> {
    let node = fields.node(key)?;
    let Some(line) = node.as_str() else { return Some(texts(node)) };
    let Some(split) = words::split(line) else {
        let path = format_args!("{}.{key}", fields.path);
        lowering.undecodable(path, "invalid command line string", node.span);
        return None;
    };
    if let Some(dropped) = split.dropped {
        lowering.context.report(
            Diagnostic::warning(
                "command-cut",
                format!("`{key}` ends before `{dropped}`: a command is not run by a shell"),
            )
            .at(node.span, "the rest is dropped, as docker compose does")
            .help(format!("write `{key}: [\"sh\", \"-c\", \"…\"]` to have a shell, or quote the character")),
        );
    }
    Some(split.words)
}

/// Variables.
fn environment(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> BTreeMap<String, Option<String>> {
    let variables = fields.node("environment").map(pairs).unwrap_or_default();
    for (name, _, span) in &variables {
        if name.ends_with(char::is_whitespace) {
            let what = format!("environment variable {name} is declared with a trailing space");
            lowering.undecodable(format!("{}.environment", fields.path), &what, *span);
        }
    }
    variables.into_iter().map(|(name, value, _)| (name, value)).collect()
}

/// Files of variables; each path is there once already.
fn env_files(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Vec<EnvFile> {
    let items = fields.node("env_file").and_then(Node::as_seq).unwrap_or_default();
    let file = |(index, item)| {
        let path = format_args!("{}.env_file[{index}]", fields.path);
        let fields = Fields::new(item, &path)?;
        Some(EnvFile {
            path: fields.text("path"),
            required: fields.optional_flag(lowering, "required").unwrap_or(true),
            format: fields.text("format"),
        })
    };
    items.iter().enumerate().filter_map(file).collect()
}

fn depends_on(
    lowering: &mut Lowering<'_, '_>,
    fields: &Fields<'_>,
    service: &str,
) -> BTreeMap<ServiceName, Dependency> {
    let mut dependencies = BTreeMap::new();
    for (name, entry) in fields.node("depends_on").and_then(Node::as_map).into_iter().flatten() {
        let Some(fields) = Fields::new(&entry.node, fields.path) else { continue };
        let condition = match fields.text("condition").as_str() {
            "service_healthy" => Condition::Healthy,
            "service_completed_successfully" => Condition::Completed,
            _ => Condition::Started,
        };
        let dependency = Dependency {
            condition,
            restart: fields.flag(lowering, "restart"),
            required: fields.optional_flag(lowering, "required").unwrap_or(true),
        };
        match ServiceName::new(name.as_str()) {
            Ok(name) => {
                dependencies.insert(name, dependency);
            }
            Err(_) => {
                // No service can have that name.
                let message =
                    format!("service \"{service}\" depends on undefined service \"{name}\": invalid compose project");
                lowering.problem("undefined-service", message, entry.key);
            }
        }
    }
    dependencies
}

/// Lines of `/etc/hosts` as `host=ip`, sorted.
pub(super) fn extra_hosts(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    let plain = |ip: &str| ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip).to_owned();
    match fields.node("extra_hosts").map(|node| &node.value) {
        Some(Value::Map(map)) => {
            for (host, entry) in map {
                hosts.extend(texts(&entry.node).iter().map(|ip| format!("{host}={}", plain(ip))));
            }
        }
        Some(Value::Seq(items)) => {
            for item in items {
                let text = item.scalar_text().unwrap_or_default();
                let Some((host, ip)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                    let what = format!("invalid additional host, missing IP: {text}");
                    lowering.undecodable(format!("{}.extra_hosts", fields.path), &what, item.span);
                    continue;
                };
                if host.is_empty() || host.contains(':') {
                    let what = format!("bad host name '{host}'");
                    lowering.undecodable(format!("{}.extra_hosts", fields.path), &what, item.span);
                }
                hosts.extend(ip.split(',').map(|ip| format!("{host}={}", plain(ip))));
            }
        }
        _ => {}
    }
    hosts.sort();
    hosts
}

fn logging(node: &Node, path: &dyn Display) -> Option<Logging> {
    let fields = Fields::new(node, path)?;
    Some(Logging { driver: fields.text("driver"), options: fields.mapping("options") })
}

pub(super) fn ulimits(fields: &Fields<'_>) -> BTreeMap<String, Ulimit> {
    let map = fields.node("ulimits").and_then(Node::as_map).into_iter().flatten();
    map.filter_map(|(name, entry)| {
        let limit = match integer(&entry.node) {
            Some(both) => Ulimit::Single(both),
            None => {
                let bound = |key| entry.node.get(key).and_then(integer).unwrap_or_default();
                entry.node.as_map()?;
                Ulimit::Range { soft: bound("soft"), hard: bound("hard") }
            }
        };
        Some((name.to_string(), limit))
    })
    .collect()
}

fn credentials(node: &Node, path: &dyn Display) -> Option<CredentialSpec> {
    let fields = Fields::new(node, path)?;
    Some(CredentialSpec { config: fields.text("config"), file: fields.text("file"), registry: fields.text("registry") })
}
