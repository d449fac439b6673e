//! `extends` (Compose Specification, extends): a service laid over another one, of the same file or of another.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use diagnostic::{Diagnostic, Span, did_you_mean};

use super::loader::{BaseFile, Loader, Scope};
use crate::merge;
use crate::paths::{absolute, relative};
use crate::reset::Resets;
use crate::tree::{Map, Node, Text, Value};

/// How long a chain of bases may be.
const MAX_CHAIN: usize = 200;

/// What a service extends.
struct Extends {
    service: String,
    span: Span,
    file: Option<(String, Span)>,
}

/// The walk over the bases of one file's services.
struct Bases<'b> {
    scope: &'b Scope<'b>,
    files: HashMap<PathBuf, Rc<BaseFile>>,
    /// Finished services; those of the file all began with have no path.
    done: BTreeMap<(Option<PathBuf>, String), Node>,
}

/// A service on the way to its last base: its file as it is named in messages, and its name.
type Trail = Vec<(String, String)>;

impl Loader<'_, '_> {
    /// Puts every service of `root` that extends another together; `None` after a problem was told.
    pub(super) fn extend(&mut self, scope: &Scope<'_>, path: &Path, root: &mut Node, resets: &Resets) -> Option<()> {
        let Some(Value::Map(services)) = root.as_map_mut().and_then(|file| crate::tree::edit::value(file, "services"))
        else {
            return Some(());
        };
        let extending = services.iter().filter(|(_, entry)| entry.node.get("extends").is_some());
        let names: Vec<String> = extending.map(|(name, _)| name.to_string()).collect();
        let mut bases = Bases { scope, files: HashMap::new(), done: BTreeMap::new() };
        let file = Current { name: path.display().to_string(), path: None, services, resets };
        for name in names {
            self.service(&mut bases, &file, &name, &mut Vec::new())?;
        }
        for ((path, name), node) in bases.done {
            if let (None, Some(entry)) = (path, services.get_mut(&name)) {
                entry.node = node;
            }
        }
        Some(())
    }

    /// The service with all its bases, put back into its file.
    fn service(&mut self, bases: &mut Bases<'_>, file: &Current<'_>, name: &str, trail: &mut Trail) -> Option<Node> {
        let own = &file.services.get(name)?.node;
        let Some(extends) = own.get("extends") else { return Some(own.clone()) };
        let done = (file.path.clone(), name.to_owned());
        if let Some(node) = bases.done.get(&done) {
            return Some(node.clone());
        }
        let extends = self.extends(name, extends)?;
        let step = (file.name.clone(), name.to_owned());
        if trail.contains(&step) || trail.len() > MAX_CHAIN {
            trail.push(step);
            let mut lines = trail.iter().map(|(file, service)| format!("{service} in {file}"));
            let first = lines.next().unwrap_or_default();
            let rest: String = lines.map(|line| format!("\n  extends {line}")).collect();
            let message = format!("Circular reference:\n  {first}{rest}");
            self.report("extends-cycle", message, extends.span, "extends itself in the end");
            return None;
        }
        trail.push(step);
        let mut base = match &extends.file {
            None => {
                if !file.services.contains_key(&extends.service) {
                    let names = file.services.keys().map(Text::as_str);
                    let message = format!(
                        "cannot extend service \"{name}\" in {}: service \"{}\" not found",
                        file.name, extends.service
                    );
                    self.no_base(message, &extends, names);
                    return None;
                }
                self.service(bases, file, &extends.service, trail)?
            }
            Some((text, span)) => self.of_another_file(bases, file, name, &extends, (text, *span), trail)?,
        };
        trail.pop();
        file.resets.apply_below(&["services", name], &mut base);
        let mut node = if base.is_null() {
            own.clone()
        } else {
            let (node, problems) = merge::merge_at(&["services", name], base, own.clone());
            let failed = problems.iter().any(Diagnostic::is_error);
            self.context.diagnostics.extend(problems);
            if failed {
                return None;
            }
            node
        };
        if let Some(service) = node.as_map_mut() {
            service.remove("extends");
        }
        bases.done.insert(done, node.clone());
        Some(node)
    }

    fn extends(&mut self, name: &str, node: &Node) -> Option<Extends> {
        if let Some(service) = node.as_str() {
            return Some(Extends { service: service.to_owned(), span: node.span, file: None });
        }
        if node.as_map().is_none() {
            return Some(Extends { service: String::new(), span: node.span, file: None });
        }
        let service = node.get("service").and_then(|service| Some((service.as_str()?.to_owned(), service.span)));
        let Some((service, span)) = service else {
            self.report("extends-nothing", format!("extends.{name}.service is required"), node.span, "no `service:`");
            return None;
        };
        let file = node.get("file").and_then(|file| Some((file.scalar_text()?, file.span)));
        Some(Extends { service, span, file })
    }

    fn of_another_file(
        &mut self,
        bases: &mut Bases<'_>,
        from: &Current<'_>,
        name: &str,
        extends: &Extends,
        (text, span): (&str, Span),
        trail: &mut Trail,
    ) -> Option<Node> {
        if self.is_remote(text, span) {
            return None;
        }
        let path = absolute(bases.scope.folder, Path::new(text));
        let base = self.base_file(bases, &path, name, &from.name, span)?;
        if !base.services.contains_key(&extends.service) {
            let message = format!(
                "cannot extend service \"{name}\" in {}: service \"{}\" not found in {text}",
                from.name, extends.service
            );
            self.no_base(message, extends, base.services.keys().map(Text::as_str));
            return None;
        }
        let (name, path) = (text.to_owned(), Some(path));
        let file = Current { name, path, services: &base.services, resets: &base.resets };
        self.service(bases, &file, &extends.service, trail)
    }

    /// The services of another file, their paths joined to its folder as seen from ours.
    fn base_file(
        &mut self,
        bases: &mut Bases<'_>,
        path: &Path,
        name: &str,
        from: &str,
        span: Span,
    ) -> Option<Rc<BaseFile>> {
        if let Some(known) = bases.files.get(path) {
            return Some(Rc::clone(known));
        }
        let documents = self.read(path, Some(span))?;
        let spelled_out = self.spelled_out(bases.scope, path, documents);
        self.tell_late(path)?;
        let (mut root, resets) = spelled_out?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        self.resolve(&mut root, &relative(bases.scope.folder, folder));
        let services = root.as_map_mut().and_then(|file| file.remove("services"));
        let shown = path.display();
        let services = match services.map(|entry| entry.node.value) {
            Some(Value::Map(services)) => services,
            Some(_) => {
                let message = format!("cannot extend service \"{name}\" in {shown}: services must be a mapping");
                self.report("extends-nothing", message, span, "");
                return None;
            }
            None => {
                let message = format!("cannot extend service \"{name}\" in {shown}: no services section");
                self.context.report(
                    Diagnostic::error("extends-nothing", message)
                        .at(span, "has no services")
                        .note(format!("named by `{name}` in {from}")),
                );
                return None;
            }
        };
        let base = Rc::new(BaseFile { services, resets });
        bases.files.insert(path.to_owned(), Rc::clone(&base));
        Some(base)
    }

    fn no_base<'n>(&mut self, message: String, extends: &Extends, names: impl Iterator<Item = &'n str>) {
        let mut problem = Diagnostic::error("extends-nothing", message).at(extends.span, "no such service");
        if let Some(near) = did_you_mean(&extends.service, names) {
            problem = problem.help(format!("did you mean `{near}`?"));
        }
        self.context.report(problem);
    }
}

/// The file whose services are put together at the moment.
struct Current<'f> {
    /// As messages name it.
    name: String,
    /// Where it is, when it is not the file all began with.
    path: Option<PathBuf>,
    services: &'f Map,
    resets: &'f Resets,
}
