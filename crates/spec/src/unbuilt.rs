//! What a project asks for and nothing carries out yet: keys by their mark in the schema, and values that only
//! the whole project tells.

use diagnostic::Diagnostic;
use model::{Project, Service, ServiceName};

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

/// Secrets and configs that are no files: a text has to be brought into the container, and what swarm keeps
/// nobody can.
fn files(project: &Project, name: &ServiceName, service: &Service, root: &Node, found: &mut Vec<Diagnostic>) {
    let mut check = |kind: &str, key: &str, is_kept: bool, is_text: bool| {
        let span = place(root, &["services", name.as_str(), kind, key]);
        let thing = kind.trim_end_matches('s');
        if is_kept {
            let problem = Diagnostic::error("unsupported-by-engine", format!("unsupported external {thing} {key}"));
            let help = format!("give the {thing} a `file:`");
            found.push(problem.at(span, "only swarm keeps and fills in such ones").help(help));
        } else if is_text {
            found.push(unbuilt_problem(&format!("services.{name}.{kind}: {key} without a file"), span));
        }
    };
    for used in &service.secrets {
        let Some(secret) = project.secrets.get(used.source.as_str()) else { continue };
        let is_kept = secret.external || !secret.driver.is_empty() || !secret.template_driver.is_empty();
        check("secrets", &used.source, is_kept, secret.file.is_empty());
    }
    for used in &service.configs {
        let Some(config) = project.configs.get(used.source.as_str()) else { continue };
        let is_kept = config.external || !config.template_driver.is_empty();
        check("configs", &used.source, is_kept, config.file.is_empty());
    }
}

#[cfg(test)]
mod tests;
