//! What works and is hardly meant: remarks on a project that loaded, a file a family. They are warnings, never keep
//! anybody from anything, and each has a code with its paragraph in `docs/lints.md`.

mod environment;
mod health;
mod images;
mod mounts;
mod ports;
mod restart;

use std::path::PathBuf;

use diagnostic::{Diagnostic, Span};
use model::{Project, ServiceName};

use crate::context::Context;
use crate::tree::{Node, key_place, place};

/// The codes of all remarks: those made here, and the warnings of loading.
pub const LINTS: [&str; 15] = [
    "command-cut",
    "doubtful-health",
    "env-file-dollar",
    "external-name",
    "floating-image",
    "missing-bind-source",
    "no-restart",
    "obsolete-version",
    "published-everywhere",
    "published-twice",
    "several-files",
    "unhealthy-never",
    "unset-variable",
    "unused-variable",
    "yaml-1.1-boolean",
];

/// What is looked at: a project that loaded, and where its values were written.
pub(crate) struct Subject<'s> {
    pub(crate) project: &'s Project,
    /// The tree the project was made of.
    pub(crate) root: &'s Node,
    /// The files its variables come from.
    pub(crate) variable_files: &'s [PathBuf],
}

/// Every remark there is, a family after the other.
pub(crate) fn lint(context: &Context<'_>, subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(images::lint(subject));
    found.extend(ports::lint(subject));
    found.extend(mounts::lint(context, subject));
    found.extend(health::lint(subject));
    found.extend(restart::lint(subject));
    found.extend(environment::lint(context, subject));
    found
}

impl Subject<'_> {
    /// Where a value of a service is written.
    fn place(&self, service: &ServiceName, path: &[&str]) -> Span {
        place(self.root, &[&["services", service.as_str()], path].concat())
    }

    /// Where the key of a value of a service is written.
    fn key(&self, service: &ServiceName, path: &[&str]) -> Span {
        key_place(self.root, &[&["services", service.as_str()], path].concat())
    }
}

#[cfg(test)]
mod tests;
