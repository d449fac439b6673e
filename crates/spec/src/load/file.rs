//! One file laid over what there is, a document after the other.

use std::path::Path;

use diagnostic::Diagnostic;

use super::loader::{Loader, Scope};
use crate::context::Context;
use crate::reset::Resets;
use crate::tree::{Directive, Node};
use crate::{canonical, interpolate, merge, schema, unique};

impl Loader<'_, '_> {
    /// Lays the documents of a file over what there is, and checks the result; `None` after a problem was told.
    pub(super) fn lay(
        &mut self,
        scope: &Scope<'_>,
        path: &Path,
        documents: Vec<Node>,
        mut base: Option<Node>,
    ) -> Option<Node> {
        for mut root in documents {
            self.fill_in(scope, &mut root)?;
            self.warn_of_version(path, &root);
            if let Some(problem) = not_mappings(&root) {
                self.context.report(problem);
                return None;
            }
            let resets = Resets::take(&mut root);
            self.include(scope, path, &mut root, &resets)?;
            if let Some(base) = &mut base {
                resets.apply(base);
            }
            self.extend(scope, path, &mut root, &resets)?;
            let mut merged = self.laid(base.take(), root);
            if self.options.validate {
                self.context.diagnostics.extend(schema::check(&merged));
            }
            if self.options.interpolate {
                self.context.diagnostics.extend(canonical::misread_ports(&merged));
            }
            if self.context.has_errors() {
                return None;
            }
            canonical::apply(self.context, &mut merged, !self.options.interpolate);
            self.context.diagnostics.extend(unique::enforce_spelled_out(&mut merged));
            if self.context.has_errors() {
                return None;
            }
            base = Some(merged);
        }
        base
    }

    /// The services of a file that others extend: spelled out, but neither merged nor checked.
    pub(super) fn spelled_out(
        &mut self,
        scope: &Scope<'_>,
        path: &Path,
        documents: Vec<Node>,
    ) -> Option<(Node, Resets)> {
        let mut base = None;
        let mut last = Resets::default();
        for mut root in documents {
            self.fill_in(scope, &mut root)?;
            self.warn_of_version(path, &root);
            let resets = Resets::take(&mut root);
            if let Some(base) = &mut base {
                resets.apply(base);
            }
            let mut merged = self.laid(base.take(), root);
            if self.context.has_errors() {
                return None;
            }
            canonical::apply(self.context, &mut merged, !self.options.interpolate);
            base = Some(merged);
            last = resets;
        }
        base.filter(|_| !self.context.has_errors()).map(|base| (base, last))
    }

    /// One document laid over what there is, each key of a list there once.
    fn laid(&mut self, base: Option<Node>, root: Node) -> Node {
        let (mut merged, problems) = merge::merge(base, root);
        self.context.diagnostics.extend(problems);
        self.context.diagnostics.extend(unique::enforce(&mut merged));
        merged
    }

    fn fill_in(&mut self, scope: &Scope<'_>, root: &mut Node) -> Option<()> {
        if self.options.interpolate {
            interpolate::tree(self.context, scope.environment, root);
        }
        if self.context.is_overfilled() {
            self.context.report(Diagnostic::error("too-much-filled-in", Context::overfilled()));
            return None;
        }
        Some(())
    }

    fn warn_of_version(&mut self, path: &Path, root: &Node) {
        let version = root.as_map().and_then(|map| map.get("version"));
        let version = version.filter(|entry| self.options.validate && entry.node.directive != Some(Directive::Reset));
        let Some(entry) = version else { return };
        let message = format!(
            "{}: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
            path.display()
        );
        self.context
            .report(Diagnostic::warning("obsolete-version", message).at(entry.key, "no longer used").help("remove it"));
    }
}

/// Services that are texts or lists are told apart from other wrong types, because docker compose looks at
/// them before everything else.
fn not_mappings(root: &Node) -> Option<Diagnostic> {
    let wrong = |node: &Node| node.as_map().is_none() && !node.is_null();
    let problem = |path: String, node: &Node| {
        Diagnostic::error("not-a-mapping", format!("{path} must be a mapping")).at(node.span, "not a mapping")
    };
    let services = root.get("services")?;
    // What a tag takes away is not looked at.
    if services.as_map().is_none() && services.directive != Some(Directive::Reset) {
        return Some(problem("services".to_owned(), services));
    }
    let (name, entry) = services.as_map()?.iter().find(|(_, entry)| wrong(&entry.node))?;
    Some(problem(format!("services.{name}"), &entry.node))
}
