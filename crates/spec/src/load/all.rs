//! All files of a scope as one tree.

use std::path::{Path, PathBuf};

use diagnostic::Span;

use super::loader::{Loader, Scope};
use crate::defaults;
use crate::environment::Environment;
use crate::tree::edit::{for_services, items};
use crate::tree::{Node, Value};

impl Loader<'_, '_> {
    /// Reads and lays all files over each other; the inner `None` is for files that hold nothing.
    pub(super) fn files(&mut self, scope: &Scope<'_>, paths: &[(PathBuf, Option<Span>)]) -> Option<Option<Node>> {
        let mut files = Vec::new();
        for (path, from) in paths {
            files.push((path.as_path(), self.read(path, *from)?));
        }
        self.lay_all(scope, files)
    }

    /// Lays files that were read already over each other, and fills in what they leave out.
    pub(super) fn lay_all(&mut self, scope: &Scope<'_>, files: Vec<(&Path, Vec<Node>)>) -> Option<Option<Node>> {
        let mut merged = None;
        for (path, documents) in files {
            if !documents.is_empty() {
                merged = Some(self.lay(scope, path, documents, merged.take())?);
            }
            self.tell_late(path)?;
        }
        if let Some(root) = &mut merged {
            defaults::fill(root);
            self.name_values(root, scope.environment);
        }
        Some(merged)
    }

    /// Variables of a list that have no value take that of the environment the list was read in.
    fn name_values(&self, root: &mut Node, environment: &Environment) {
        for_services(root, |_, _, service| {
            for item in items(service, "environment") {
                let Value::String(text) = &mut item.value else { continue };
                if text.contains('=') {
                    continue;
                }
                self.context.reference(text);
                if let Some(value) = environment.get(text) {
                    *text = format!("{text}={value}").into();
                }
            }
        });
    }
}
