//! The files of variables and of labels that services name, read once everything else is known to be right.

use std::collections::BTreeMap;
use std::path::Path;

use diagnostic::Diagnostic;
use model::{Hidden, Project, Service, ServiceName};

use crate::context::{Context, os_words, remedy};
use crate::dotenv;
use crate::environment::Environment;
use crate::tree::{Node, place};

/// The values of the variables that secrets and configs are kept in, as far as they are set.
pub(super) fn values(context: &Context<'_>, environment: &Environment, project: &Project) -> BTreeMap<String, Hidden> {
    let secrets = project.secrets.values().map(|secret| &secret.environment);
    let variables = secrets.chain(project.configs.values().map(|config| &config.environment));
    let filled = variables.filter(|variable| !variable.is_empty()).filter_map(|variable| {
        context.reference(variable);
        Some((variable.clone(), Hidden::new(environment.get(variable)?)))
    });
    filled.collect()
}

/// Puts the variables of its files into a service's environment: what the service says itself wins, then a later
/// file. `None` after a problem was told; nothing is put there then.
pub(super) fn variables(
    context: &mut Context<'_>,
    environment: &Environment,
    service: &mut Service,
    root: &Node,
    name: &ServiceName,
) -> Option<()> {
    for (name, value) in &mut service.environment {
        if value.is_none() {
            context.reference(name);
            *value = environment.get(name).map(str::to_owned);
        }
    }
    let mut variables = BTreeMap::new();
    for (index, file) in service.env_file.iter().enumerate() {
        let span = place(root, &["services", name.as_str(), "env_file", &index.to_string()]);
        let path = Path::new(&file.path);
        let bytes = match context.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !file.required => continue,
            Err(error) => {
                let words = os_words(&error);
                let (message, help) = match remedy(&error) {
                    Some(remedy) => (format!("env file {}: {words}", file.path), remedy),
                    None => (
                        format!("env file {} not found: stat {}: {words}", file.path, file.path),
                        "write `required: false` beside `path:` where it may be missing",
                    ),
                };
                context.report(Diagnostic::error("env-file-missing", message).at(span, words).help(help));
                return None;
            }
        };
        let outside = |name: &str| {
            let own = || service.environment.get(name).and_then(Option::as_deref);
            environment.get(name).or_else(own).map(str::to_owned)
        };
        variables = match file.format.as_str() {
            "" => dotenv::parse(context, path, &bytes, &outside, variables)?,
            "raw" => dotenv::parse_raw(context, path, &bytes, &outside, variables)?,
            other => {
                let message = format!("unsupported env_file format \"{other}\"");
                context.report(Diagnostic::error("env-file-format", message).at(span, "").help("write `raw`"));
                return None;
            }
        };
    }
    if !variables.is_empty() {
        let mut all: BTreeMap<_, _> = variables.into_iter().map(|(name, value)| (name, Some(value))).collect();
        all.append(&mut service.environment);
        service.environment = all;
    }
    service.env_file = Vec::new();
    Some(())
}

/// Puts the labels of its files beside a service's own: what the service says itself wins, then a later file.
pub(super) fn labels(context: &mut Context<'_>, service: &mut Service, root: &Node, name: &ServiceName) -> Option<()> {
    let mut labels = BTreeMap::new();
    for (index, text) in service.label_file.iter().enumerate() {
        let path = Path::new(text);
        let bytes = match context.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let words = os_words(&error);
                let span = place(root, &["services", name.as_str(), "label_file", &index.to_string()]);
                let mut problem = match remedy(&error) {
                    Some(remedy) => {
                        Diagnostic::error("label-file-missing", format!("label file {text}: {words}")).help(remedy)
                    }
                    None => Diagnostic::error(
                        "label-file-missing",
                        format!("label file {text} not found: stat {text}: {words}"),
                    ),
                };
                problem = problem.at(span, words);
                context.report(problem);
                return None;
            }
        };
        labels = dotenv::parse(context, path, &bytes, &|_| None, labels)?;
    }
    labels.append(&mut service.labels);
    service.labels = labels;
    Some(())
}
