//! What stands in the way of acting on a project that may well be looked at: keys that nothing carries out yet, by
//! their mark in the schema, and values that only the whole project tells.

use diagnostic::Diagnostic;
use model::{FileReference, Project, Service, ServiceName};

use crate::schema::{self, unbuilt_problem};
use crate::tree::{Node, place};

/// A problem for each, of enabled services only.
pub(crate) fn unbuilt(project: &Project, root: &Node) -> Vec<Diagnostic> {
    let mut found = schema::unbuilt(root, &|name| project.services.contains_key(name));
    for (name, service) in &project.services {
        shared(name, service, root, &mut found);
        files(project, name, service, root, &mut found);
    }
    found
}

/// Namespaces of another service that docker compose hands to the engine as they are written, which refuses them.
fn shared(name: &ServiceName, service: &Service, root: &Node, found: &mut Vec<Diagnostic>) {
    for (key, value) in [("uts", &service.uts), ("cgroup", &service.cgroup)] {
        if value.starts_with("service:") {
            let span = place(root, &["services", name.as_str(), key]);
            found.push(unbuilt_problem(&format!("services.{name}.{key}: {value}"), span));
        }
    }
}

/// A secret or config as far as it can stand in the way.
struct Kept<'a> {
    /// `secrets` or `configs`.
    kind: &'static str,
    used: &'a FileReference,
    name: &'a str,
    file: &'a str,
    variable: &'a str,
    /// Whether only swarm keeps it and fills it in.
    is_elsewhere: bool,
}

/// Secrets and configs that cannot be brought into a container: what swarm keeps, a variable that is not set, a
/// text for a service whose files cannot be written. And what is asked of a file and not done to it.
fn files(project: &Project, name: &ServiceName, service: &Service, root: &Node, found: &mut Vec<Diagnostic>) {
    let secrets = service.secrets.iter().filter_map(|used| {
        let secret = project.secrets.get(used.source.as_str())?;
        let is_elsewhere = secret.external || !secret.driver.is_empty() || !secret.template_driver.is_empty();
        let (file, variable) = (secret.file.as_str(), secret.environment.as_str());
        Some(Kept { kind: "secrets", used, name: &secret.name, file, variable, is_elsewhere })
    });
    let configs = service.configs.iter().filter_map(|used| {
        let config = project.configs.get(used.source.as_str())?;
        let is_elsewhere = config.external || !config.template_driver.is_empty();
        let (file, variable) = (config.file.as_str(), config.environment.as_str());
        Some(Kept { kind: "configs", used, name: &config.name, file, variable, is_elsewhere })
    });
    for kept in secrets.chain(configs) {
        let span = place(root, &["services", name.as_str(), kept.kind, &kept.used.source]);
        let (thing, key) = (kept.kind.trim_end_matches('s'), &kept.used.source);
        let is_owned = !kept.used.uid.is_empty() || !kept.used.gid.is_empty() || kept.used.mode.is_some();
        found.extend(if kept.is_elsewhere {
            let problem = Diagnostic::error("unsupported-by-engine", format!("unsupported external {thing} {key}"));
            let help = format!("give the {thing} a `file:`");
            Some(problem.at(span, "only swarm keeps and fills in such ones").help(help))
        } else if !kept.file.is_empty() {
            let message = format!("{} `uid`, `gid` and `mode` are not supported, they will be ignored", kept.kind);
            let problem = Diagnostic::warning("ignored-owner", message);
            is_owned.then(|| problem.at(span, "a file is mounted as it is"))
        } else if service.read_only {
            let message = format!(
                "cannot create {thing} {} in read-only service {name}: `file` is the sole supported option",
                diagnostic::quoted(kept.name)
            );
            let problem = Diagnostic::error("read-only-service", message);
            Some(problem.at(span, "a text is written into the container").help(format!("give the {thing} a `file:`")))
        } else if !kept.variable.is_empty() && !project.values.contains_key(kept.variable) {
            let message = format!(
                "environment variable {} required by {thing} {} is not set",
                diagnostic::quoted(kept.variable),
                diagnostic::quoted(kept.name)
            );
            let problem = Diagnostic::error("unset-secret", message);
            Some(problem.at(span, "its value is in a variable").help(format!("set {}", kept.variable)))
        } else {
            None
        });
    }
}

#[cfg(test)]
mod tests;
