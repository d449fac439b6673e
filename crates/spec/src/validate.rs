//! Whether a lowered project hangs together (docker compose's consistency checks).

mod cycle;
mod files;

use std::collections::{BTreeMap, BTreeSet};

use diagnostic::{Diagnostic, Span, did_you_mean};
use model::{MountKind, NetworkKey, Project, Service, ServiceName};

use crate::tree::{Node, key_place, place};

/// What does not fit together among the enabled services of a project; `root` is the tree it came from.
/// `networks` are all that are declared.
pub(crate) fn project(project: &Project, declared: &Declared<'_>, root: &Node) -> Vec<Diagnostic> {
    let mut checks = Checks { project, declared, root, problems: Vec::new() };
    for (name, service) in &project.services {
        checks.service(name, service);
    }
    checks.sources();
    checks.cycles();
    checks.problems
}

/// What the files declare, used or not.
pub(crate) struct Declared<'a> {
    pub(crate) networks: BTreeSet<&'a str>,
    pub(crate) volumes: BTreeSet<&'a str>,
    pub(crate) secrets: BTreeSet<&'a str>,
    pub(crate) configs: BTreeSet<&'a str>,
    pub(crate) models: BTreeSet<&'a str>,
}

struct Checks<'a> {
    project: &'a Project,
    declared: &'a Declared<'a>,
    root: &'a Node,
    problems: Vec<Diagnostic>,
}

const SUFFIX: &str = "invalid compose project";

impl Checks<'_> {
    /// In docker compose's order: it names the first.
    fn service(&mut self, name: &ServiceName, service: &Service) {
        self.image(name, service);
        self.build(name, service);
        self.build_inputs(name, service);
        self.networks(name, service);
        self.health(name, service);
        self.dependencies(name, service);
        self.volumes(name, service);
        self.references(name, service);
        self.amounts(name, service);
        self.watch(name, service);
        self.targets(name, service);
    }

    fn add(&mut self, code: &'static str, message: String, path: &[&str], label: &str) {
        let span = place(self.root, path);
        self.problems.push(Diagnostic::error(code, message).at(span, label));
    }

    fn help(&mut self, text: String) {
        if let Some(last) = self.problems.last_mut() {
            last.help = Some(text);
        }
    }

    fn near(&mut self, what: &str, word: &str, candidates: Vec<&str>) {
        if let Some(near) = did_you_mean(word, candidates) {
            self.help(format!("a {what} with a similar name is defined: `{near}`"));
        }
    }

    fn image(&mut self, name: &ServiceName, service: &Service) {
        if service.image.is_empty() && service.build.is_none() && service.provider.is_none() {
            let message = format!("service \"{name}\" has neither an image nor a build context specified: {SUFFIX}");
            let span = key_place(self.root, &["services", name.as_str()]);
            self.problems.push(
                Diagnostic::error("no-image", message)
                    .at(span, "nothing to make a container from")
                    .help("add `image:` or `build:`"),
            );
        }
    }

    fn build(&mut self, name: &ServiceName, service: &Service) {
        let Some(build) = &service.build else { return };
        if !build.dockerfile.is_empty() && !build.dockerfile_inline.is_empty() {
            let message =
                format!("service \"{name}\" declares mutualy exclusive dockerfile and dockerfile_inline: {SUFFIX}");
            self.add("conflicting-keys", message, &["services", name.as_str(), "build", "dockerfile_inline"], "");
            self.help("keep one of the two".to_owned());
        }
    }

    fn dependencies(&mut self, name: &ServiceName, service: &Service) {
        for (other, dependency) in &service.depends_on {
            let disabled = self.project.disabled_services.contains_key(other);
            if self.project.services.contains_key(other) || (disabled && !dependency.required) {
                continue;
            }
            let message = format!("service \"{name}\" depends on undefined service \"{other}\": {SUFFIX}");
            let span = self.dependency_place(name, other);
            if disabled {
                let profiles = self.project.disabled_services[other].profiles.join("`, `");
                self.problems.push(
                    Diagnostic::error("undefined-service", message)
                        .at(span, format!("`{other}` is left out: none of its profiles is active"))
                        .help(format!("activate `{profiles}` with `--profile` or COMPOSE_PROFILES")),
                );
            } else {
                let label = format!("no service named `{other}`");
                self.problems.push(Diagnostic::error("undefined-service", message).at(span, label));
                self.near("service", other.as_str(), self.project.services.keys().map(AsRef::as_ref).collect());
            }
        }
    }

    /// Where a dependency is written down, or what it follows from.
    fn dependency_place(&self, name: &ServiceName, other: &ServiceName) -> Span {
        let written = |key: &str| key_place(self.root, &["services", name.as_str(), key, other.as_str()]);
        let by_list = ["depends_on", "links", "volumes_from"].into_iter();
        let by_list = by_list.filter(|key| written(key) != place(self.root, &["services", name.as_str(), key]));
        let shared = format!("service:{other}");
        let by_mode = ["network_mode", "ipc", "pid", "uts", "cgroup"].into_iter().filter(|key| {
            let service = self.root.get("services").and_then(|services| services.get(name.as_str()));
            service.and_then(|service| service.get(key)?.as_str()) == Some(&shared)
        });
        written(by_list.chain(by_mode).next().unwrap_or("depends_on"))
    }

    fn networks(&mut self, name: &ServiceName, service: &Service) {
        let path = ["services", name.as_str(), "networks"];
        if !service.network_mode.is_empty() && !service.networks.is_empty() {
            let message = format!("service {name} declares mutually exclusive `network_mode` and `networks`: {SUFFIX}");
            let span = key_place(self.root, &["services", name.as_str(), "network_mode"]);
            let other = key_place(self.root, &path);
            self.problems.push(
                Diagnostic::error("conflicting-keys", message)
                    .at(span, "")
                    .related(other, "")
                    .help("keep one of the two"),
            );
        }
        // Who shares another's network joins none.
        let joins = service.network_mode.is_empty();
        let undefined: Vec<&NetworkKey> = service
            .networks
            .keys()
            .filter(|_| joins)
            .filter(|key| !self.declared.networks.contains(key.as_str()))
            .collect();
        if let Some(key) = service.networks.keys().find(|key| key.as_str().starts_with("x-")) {
            let message = format!("service \"{name}\" refers to undefined network #extensions: {SUFFIX}");
            let span = key_place(self.root, &["services", name.as_str(), "networks", key.as_str()]);
            self.problems.push(
                Diagnostic::error("undefined-network", message)
                    .at(span, "taken for an extension")
                    .help("give the network a name that does not begin with `x-`"),
            );
        }
        for key in undefined {
            let message = format!("service \"{name}\" refers to undefined network {key}: {SUFFIX}");
            let span = key_place(self.root, &["services", name.as_str(), "networks", key.as_str()]);
            let label = format!("no network named `{key}`");
            self.problems.push(Diagnostic::error("undefined-network", message).at(span, label));
            self.help(format!("declare it at the top level: `networks: {{{key}: {{}}}}`"));
            self.near("network", key.as_str(), self.declared.networks.iter().copied().collect());
        }
    }

    fn health(&mut self, name: &ServiceName, service: &Service) {
        let head = service.healthcheck.as_ref().and_then(|check| check.test.first());
        if head.is_some_and(|head| !matches!(head.as_str(), "NONE" | "CMD" | "CMD-SHELL")) {
            let message = "healthcheck.test must start either by \"CMD\", \"CMD-SHELL\" or \"NONE\"".to_owned();
            self.add("invalid-healthcheck", message, &["services", name.as_str(), "healthcheck", "test"], "");
            self.help("write the command as a text, or put `CMD` first".to_owned());
        }
    }

    fn amounts(&mut self, name: &ServiceName, service: &Service) {
        let Some(deploy) = &service.deploy else { return self.scale(name, service) };
        let mut differ = |key: &str, other: &str, differs: bool| {
            if differs {
                let message = format!("services.{name}: can't set distinct values on '{key}' and '{other}': {SUFFIX}");
                self.add("conflicting-keys", message, &["services", name.as_str(), key], "one value here");
                self.help(format!("keep one of `{key}` and `{other}`"));
            }
        };
        let replicas = deploy.replicas;
        differ("scale", "deploy.replicas", service.scale.is_some() && replicas.is_some() && service.scale != replicas);
        if let Some(limits) = &deploy.resources.limits {
            differ("cpus", "deploy.resources.limits.cpus", service.cpus != 0.0 && service.cpus != limits.cpus);
            let memory = service.mem_limit.0 != 0 && service.mem_limit != limits.memory;
            differ("mem_limit", "deploy.resources.limits.memory", memory);
            differ(
                "pids_limit",
                "deploy.resources.limits.pids",
                service.pids_limit != 0 && service.pids_limit != limits.pids,
            );
        }
        if let Some(reservations) = &deploy.resources.reservations {
            let memory = service.mem_reservation.0 != 0 && service.mem_reservation != reservations.memory;
            differ("mem_reservation", "deploy.resources.reservations.memory", memory);
        }
        self.scale(name, service);
    }

    fn scale(&mut self, name: &ServiceName, service: &Service) {
        if service.container_name.is_empty() || service.replicas() <= 1 {
            return;
        }
        let key = if service.scale.is_some() { "scale" } else { "deploy.replicas" };
        // Docker compose has the two names the wrong way round.
        let message =
            format!("services.{key}: can't set container_name and {name} as container name must be unique: {SUFFIX}");
        self.add(
            "conflicting-keys",
            message,
            &["services", name.as_str(), "container_name"],
            "one name for several containers",
        );
        self.help("leave `container_name` out: each container gets a name of its own".to_owned());
    }

    fn volumes(&mut self, name: &ServiceName, service: &Service) {
        for mount in &service.volumes {
            let source = mount.source.as_str();
            if mount.kind == MountKind::Volume && !source.is_empty() && !self.declared.volumes.contains(source) {
                let message = format!("service \"{name}\" refers to undefined volume {source}: {SUFFIX}");
                self.add(
                    "undefined-volume",
                    message,
                    &["services", name.as_str(), "volumes", source],
                    &format!("no volume named `{source}`"),
                );
                self.help(format!(
                    "declare it at the top level: `volumes: {{{source}: {{}}}}`; a folder starts with `./`"
                ));
                self.near("volume", source, self.declared.volumes.iter().copied().collect());
            }
        }
    }

    fn targets(&mut self, name: &ServiceName, service: &Service) {
        for (index, mount) in service.volumes.iter().enumerate() {
            let same = |tmpfs: &String| tmpfs.split(':').next() == Some(&mount.target);
            if let Some(other) = service.tmpfs.iter().position(same) {
                let target = &mount.target;
                let message = format!(
                    "services.{name}.volumes[{index}]: target {target} already mounted as services.{name}.tmpfs[{other}]"
                );
                self.add("duplicate-target", message, &["services", name.as_str(), "tmpfs", target], "");
            }
        }
    }

    fn cycles(&mut self) {
        let edges: BTreeMap<&ServiceName, Vec<&ServiceName>> = (self.project.services.iter())
            .map(|(name, service)| {
                (name, service.depends_on.keys().filter(|other| self.project.services.contains_key(*other)).collect())
            })
            .collect();
        let Some(ring) = cycle::find(&edges) else { return };
        let shown = ring.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" -> ");
        let entry = |from: &ServiceName, to: &ServiceName| self.dependency_place(from, to);
        let mut diagnostic = Diagnostic::error("dependency-cycle", format!("dependency cycle detected: {shown}"))
            .at(entry(ring[0], ring[1]), format!("`{}` waits for `{}`", ring[0], ring[1]));
        for pair in ring.windows(2).skip(1) {
            diagnostic = diagnostic.related(entry(pair[0], pair[1]), format!("`{}` waits for `{}`", pair[0], pair[1]));
        }
        self.problems.push(diagnostic.help("remove one of these entries: none of the services could ever start"));
    }
}

/// Services that want one container's name: docker compose looks for them before it prints or makes something, not
/// where it lists names.
pub(crate) fn container_names(project: &Project, root: &Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut owners: BTreeMap<&str, &ServiceName> = BTreeMap::new();
    for (name, service) in project.services.iter().filter(|(_, service)| !service.container_name.is_empty()) {
        let Some(other) = owners.insert(&service.container_name, name) else { continue };
        let message = format!(
            "services.{name}: container name \"{}\" is already in use by service {{}}\"",
            service.container_name
        );
        let span = place(root, &["services", name.as_str(), "container_name"]);
        let first = place(root, &["services", other.as_str(), "container_name"]);
        problems.push(
            Diagnostic::error("duplicate-container-name", message)
                .at(span, format!("used by `{other}` as well"))
                .related(first, "first used here"),
        );
    }
    problems
}

#[cfg(test)]
mod tests;
