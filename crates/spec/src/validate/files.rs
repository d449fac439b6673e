//! Secrets, configs, language models and what a build takes: whether what is referred to is there.

use std::collections::BTreeSet;

use diagnostic::Diagnostic;
use model::{Service, ServiceName};

use super::{Checks, SUFFIX};
use crate::tree::{key_place, place};

impl Checks<'_> {
    /// Secrets, configs and language models of a service that nobody defined.
    pub(super) fn references(&mut self, name: &ServiceName, service: &Service) {
        let declared = self.declared;
        let in_build = ["services", name.as_str(), "build"];
        for used in service.build.iter().flat_map(|build| &build.secrets) {
            self.reference(name, "build secret", "secrets", &used.source, &declared.secrets, &in_build);
        }
        let in_service = ["services", name.as_str()];
        for used in &service.configs {
            self.reference(name, "config", "configs", &used.source, &declared.configs, &in_service);
        }
        for used in service.models.keys() {
            self.reference(name, "model", "models", used.as_str(), &declared.models, &in_service);
        }
        for used in &service.secrets {
            self.reference(name, "secret", "secrets", &used.source, &declared.secrets, &in_service);
        }
    }

    fn reference(
        &mut self,
        name: &ServiceName,
        what: &str,
        section: &str,
        key: &str,
        declared: &BTreeSet<&str>,
        parent: &[&str],
    ) {
        if declared.contains(key) {
            return;
        }
        let message = format!("service \"{name}\" refers to undefined {what} {key}: {SUFFIX}");
        let path: Vec<&str> = parent.iter().copied().chain([section, key]).collect();
        let span = key_place(self.root, &path);
        let code = match section {
            "secrets" => "undefined-secret",
            "configs" => "undefined-config",
            _ => "undefined-model",
        };
        let label = format!("nothing named `{key}` in `{section}`");
        self.problems.push(Diagnostic::error(code, message).at(span, label));
        self.help(format!("declare it at the top level, in `{section}:`"));
        self.near(what, key, declared.iter().copied().collect());
    }

    /// Platforms and additional contexts of a build.
    pub(super) fn build_inputs(&mut self, name: &ServiceName, service: &Service) {
        let Some(build) = &service.build else { return };
        if !service.platform.is_empty() && !build.platforms.is_empty() && !build.platforms.contains(&service.platform) {
            let message =
                format!("service.build.platforms MUST include service.platform \"{}\": {SUFFIX}", service.platform);
            self.add(
                "conflicting-keys",
                message,
                &["services", name.as_str(), "build", "platforms"],
                "not among these",
            );
        }
        for (context, source) in &build.additional_contexts {
            let Some(other) = source.strip_prefix("service:") else { continue };
            let found = self.project.services.get(other);
            if found.is_some_and(|other| other.build.is_some()) {
                continue;
            }
            let which = if found.is_some() { "non-buildable" } else { "unknown" };
            let message =
                format!("service \"{name}\" declares {which} service \"{other}\" as additional contexts {context}");
            let path = ["services", name.as_str(), "build", "additional_contexts", context];
            self.add("undefined-service", message, &path, "");
        }
    }

    /// Whether every watched path that is copied says where to.
    pub(super) fn watch(&mut self, name: &ServiceName, service: &Service) {
        for (index, trigger) in service.develop.iter().flat_map(|develop| &develop.watch).enumerate() {
            if trigger.target.is_empty() && !matches!(trigger.action.as_str(), "rebuild" | "restart") {
                let message =
                    format!("services.{name}.develop.watch: target is required for non-rebuild actions: {SUFFIX}");
                let index = index.to_string();
                let path = ["services", name.as_str(), "develop", "watch", &index];
                self.add("missing-target", message, &path, "copied to where?");
                self.help("add `target:`, a path in the container".to_owned());
            }
        }
    }

    /// Secrets of the project that say nothing of where they come from.
    pub(super) fn sources(&mut self) {
        for (key, secret) in &self.project.secrets {
            if !secret.external && secret.file.is_empty() && secret.environment.is_empty() {
                let message = format!("secret \"{key}\" must declare either `file` or `environment`: {SUFFIX}");
                let span = place(self.root, &["secrets", key.as_str()]);
                self.problems.push(Diagnostic::error("no-source", message).at(span, "where does it come from?"));
            }
        }
    }
}
