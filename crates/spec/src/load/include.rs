//! `include` (Compose Specification, include): other projects whose parts become parts of this one.
//!
//! Each is loaded by itself, with a folder and variables of its own. What this file says about the same part is
//! laid over it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use diagnostic::{Diagnostic, Span, did_you_mean};

use super::loader::{Loader, Scope};
use crate::environment::Environment;
use crate::merge;
use crate::paths::{absolute, relative};
use crate::reset::Resets;
use crate::tree::edit::put;
use crate::tree::{Map, Node, Value};
use crate::{FileKind, dotenv};

/// How deep includes may nest.
const MAX_DEPTH: usize = 64;
/// What an include brings.
const SECTIONS: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];
const KEYS: [&str; 3] = ["path", "project_directory", "env_file"];

/// An item of `include`.
struct Include {
    span: Span,
    paths: Vec<(String, Span)>,
    folder: Option<String>,
    env_files: Vec<(String, Span)>,
}

impl Loader<'_, '_> {
    /// Brings what `root` includes under what it says itself; `None` after a problem was told.
    pub(super) fn include(&mut self, scope: &Scope<'_>, path: &Path, root: &mut Node, resets: &Resets) -> Option<()> {
        let Some(file) = root.as_map_mut() else { return Some(()) };
        let Some(entry) = file.remove("include").filter(|entry| !entry.node.is_null()) else { return Some(()) };
        let Value::Seq(items) = &entry.node.value else {
            let shown = entry.node.scalar_text().unwrap_or_else(|| "a mapping".to_owned());
            let message = format!("`include` must be a list, got {shown}");
            self.report("wrong-type", message, entry.node.span, "not a list");
            return None;
        };
        let includes: Vec<Include> = items.iter().enumerate().map_while(|(at, item)| self.item(at, item)).collect();
        if includes.len() < items.len() {
            return None;
        }
        let mut chain = scope.chain.to_vec();
        chain.push(path.to_owned());
        for include in &includes {
            let included = self.included(&Scope { chain: &chain, ..*scope }, include)?;
            for section in SECTIONS {
                self.import(file, section, &included, include.span, resets)?;
            }
        }
        Some(())
    }

    fn item(&mut self, at: usize, item: &Node) -> Option<Include> {
        let texts = |node: Option<&Node>| -> Vec<(String, Span)> {
            let text = |node: &Node| node.scalar_text().map(|text| (text, node.span));
            match node.map(|node| &node.value) {
                Some(Value::Seq(items)) => items.iter().filter_map(text).collect(),
                _ => node.and_then(text).into_iter().collect(),
            }
        };
        let Some(map) = item.as_map() else {
            return Some(Include { span: item.span, paths: texts(Some(item)), folder: None, env_files: Vec::new() });
        };
        if let Some((key, entry)) = map.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
            let message = format!("decoding failed due to the following error(s):\n\n'[{at}]' has invalid keys: {key}");
            let mut problem = Diagnostic::error("unknown-key", message).at(entry.key, "no such key");
            if let Some(near) = did_you_mean(key, KEYS) {
                problem = problem.help(format!("did you mean `{near}`?"));
            }
            self.context.report(problem);
            return None;
        }
        let folder = item.get("project_directory").and_then(Node::scalar_text).filter(|folder| !folder.is_empty());
        Some(Include {
            span: item.span,
            paths: texts(item.get("path")),
            folder,
            env_files: texts(item.get("env_file")),
        })
    }

    /// The tree of an include, relative paths joined to its folder as seen from ours.
    fn included(&mut self, scope: &Scope<'_>, include: &Include) -> Option<Node> {
        for (text, span) in &include.paths {
            if self.is_remote(text, *span) {
                return None;
            }
        }
        let paths: Vec<(PathBuf, Span)> =
            include.paths.iter().map(|(text, span)| (absolute(scope.folder, Path::new(text)), *span)).collect();
        let Some((main, main_span)) = paths.first() else {
            return Some(Node::new(Value::Map(Map::new()), include.span));
        };
        if scope.chain.contains(main) || scope.chain.len() > MAX_DEPTH {
            let ring: Vec<String> = scope.chain.iter().map(|path| format!("\n include {}", path.display())).collect();
            let first = scope.chain.first().map(|path| path.display().to_string()).unwrap_or_default();
            let rest = ring.get(1..).unwrap_or_default().concat();
            let message = format!("include cycle detected:\n{first}{rest}\n include {}", main.display());
            self.report("include-cycle", message, *main_span, "includes itself");
            return None;
        }
        let folder = match &include.folder {
            Some(folder) => absolute(scope.folder, Path::new(folder)),
            None => main.parent().unwrap_or(scope.folder).to_owned(),
        };
        let joined = match &include.folder {
            Some(given) if Path::new(given).is_absolute() => folder.clone(),
            // What is no folder is taken for a file, and paths begin beside it.
            Some(_) if self.context.kind(&folder) != Some(FileKind::Directory) => {
                relative(scope.folder, folder.parent().unwrap_or(&folder))
            }
            _ => relative(scope.folder, &folder),
        };
        let environment = self.environment_of(scope, include, &folder)?;
        let mut hasher = DefaultHasher::new();
        environment.0.hash(&mut hasher);
        let key = (paths.iter().map(|(path, _)| path.clone()).collect(), folder.clone(), hasher.finish());
        let known = match self.included.get(&key) {
            Some(known) => Rc::clone(known),
            None => {
                let inner = Scope { folder: &folder, environment: &environment, chain: scope.chain };
                let paths: Vec<_> = paths.into_iter().map(|(path, span)| (path, Some(span))).collect();
                let root = self.files(&inner, &paths)?;
                let root = Rc::new(root.unwrap_or_else(|| Node::new(Value::Map(Map::new()), include.span)));
                self.included.insert(key, Rc::clone(&root));
                root
            }
        };
        // The same file is another folder away from each that includes it.
        let mut root = Node::clone(&known);
        self.resolve(&mut root, &joined);
        Some(root)
    }

    /// Our variables, and what the files of the include add to them.
    fn environment_of(&mut self, scope: &Scope<'_>, include: &Include, folder: &Path) -> Option<Environment> {
        let mut files = Vec::new();
        if include.env_files.is_empty() {
            let default = folder.join(".env");
            if self.context.kind(&default) == Some(FileKind::File) {
                files.push((default, include.span));
            }
        }
        for (text, span) in include.env_files.iter().filter(|(text, _)| text != "/dev/null") {
            let path = absolute(scope.folder, Path::new(text));
            let message = match self.context.kind(&path) {
                Some(FileKind::File) => {
                    files.push((path, *span));
                    continue;
                }
                Some(FileKind::Directory) => format!("{} is not a file", path.display()),
                None => format!("stat {}: no such file or directory", path.display()),
            };
            self.report("env-file-missing", message, *span, "");
            return None;
        }
        let mut environment = scope.environment.clone();
        let mut variables = std::collections::BTreeMap::new();
        for (path, span) in files {
            let bytes = match self.context.read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let words = crate::context::os_words(&error);
                    let remedy = crate::context::remedy(&error).unwrap_or_default();
                    self.report("env-file-missing", format!("open {}: {words}", path.display()), span, remedy);
                    return None;
                }
            };
            let earlier = variables.clone();
            let lookup = |name: &str| {
                let ours = scope.environment.get_filled(name).map(str::to_owned);
                ours.or_else(|| earlier.get(name).cloned())
            };
            variables = dotenv::parse(self.context, &path, &bytes, &lookup, variables)?;
        }
        environment.fill(variables);
        Some(environment)
    }

    /// Takes one kind of parts over; what is there already is laid over what comes.
    fn import(&mut self, file: &mut Map, section: &str, included: &Node, span: Span, resets: &Resets) -> Option<()> {
        let Some(parts) = included.get(section).and_then(Node::as_map).filter(|parts| !parts.is_empty()) else {
            return Some(());
        };
        put(file, section, span, || Value::Map(Map::new()));
        let Some(entry) = file.get_mut(section) else { return Some(()) };
        if entry.node.is_null() {
            entry.node.value = Value::Map(Map::new());
        }
        let Value::Map(ours) = &mut entry.node.value else { return Some(()) };
        for (name, part) in parts {
            let mut part = part.clone();
            let Some(own) = ours.remove(name) else {
                ours.insert(name.clone(), part);
                continue;
            };
            resets.apply_below(&[section, name], &mut part.node);
            let (node, problems) = merge::merge_at(&[section, name], part.node, own.node);
            let failed = problems.iter().any(Diagnostic::is_error);
            self.context.diagnostics.extend(problems);
            if failed {
                return None;
            }
            ours.insert(name.clone(), crate::tree::Entry { key: own.key, node });
        }
        Some(())
    }
}
