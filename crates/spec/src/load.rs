//! The phases of loading, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diagnostic::{Diagnostic, Sources};
use model::{MountKind, NetworkKey, Project, ProjectName, Service, ServiceName, VolumeKey};

use crate::context::{Context, os_words};
use crate::discover::{Place, place};
use crate::environment::Environment;
use crate::interpolate::{self, Lookup};
use crate::lower::{self, Lowered, Lowering};
use crate::tree::{Node, documents};
use crate::{Files, Request, canonical, dotenv, merge, schema, unique, validate};

/// The largest Compose file that is read, in bytes.
const MAX_FILE: usize = 16 << 20;

/// What loading found out.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project; `None` as soon as there is one error.
    pub project: Option<Project>,
    /// Errors and warnings, in the order of the phases that found them.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts the diagnostics point into.
    pub sources: Sources,
    /// Every file that was read, and every file that was looked for and is missing: what a watcher watches.
    pub inputs: BTreeSet<PathBuf>,
    /// The names of all variables that were looked up: all a client has to send.
    pub referenced: BTreeSet<String>,
}

/// Loads the project a request asks for. Never fails: what is wrong is in the diagnostics.
#[must_use]
pub fn load(request: &Request, files: &dyn Files) -> Loaded {
    let mut context = Context::new(files, &request.working_dir);
    let project = run(&mut context, request);
    finished(context, project)
}

/// What was found out, with the project if there is no error.
pub(crate) fn finished(context: Context<'_>, project: Option<Project>) -> Loaded {
    let failed = context.has_errors();
    Loaded {
        project: project.filter(|_| !failed),
        diagnostics: context.diagnostics,
        sources: context.sources,
        inputs: context.inputs.into_inner(),
        referenced: context.referenced.into_inner(),
    }
}

/// A problem in the words docker compose prints for it, its prefixes included; only the first line is sure to
/// be the same.
#[must_use]
pub fn compose_words(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let checked = schema::CODES.contains(&diagnostic.code);
    let source = diagnostic.primary.as_ref().map(|label| label.span.source);
    match source.and_then(|source| sources.name(source)) {
        Some(file) if checked => {
            // At the top level the path is empty, its blank is not.
            let space = if diagnostic.message.starts_with("additional") { " " } else { "" };
            format!("validating {}: {space}{}", file.display(), diagnostic.message)
        }
        _ => diagnostic.message.clone(),
    }
}

/// The name of the project a request asks for, as far as it can be told when its files may be broken: `-p`,
/// COMPOSE_PROJECT_NAME, `name:` of a file that can be read, the folder.
#[must_use]
pub fn project_name(request: &Request, files: &dyn Files) -> Option<ProjectName> {
    let mut context = Context::new(files, &request.working_dir);
    let place = place(&mut context, request).unwrap_or_else(|_| Place {
        files: Vec::new(),
        folder: request.working_dir.clone(),
        environment: Environment(request.environment.clone()),
    });
    if let Some(name) = &request.project_name {
        return ProjectName::new(name.to_lowercase()).ok();
    }
    let mut roots = Vec::new();
    for path in &place.files {
        roots.extend(read(&mut context, path).unwrap_or_default());
    }
    name(&mut context, request, &place, &roots.iter().collect::<Vec<_>>())
}

fn run(context: &mut Context<'_>, request: &Request) -> Option<Project> {
    let mut place = match place(context, request) {
        Ok(place) => place,
        Err(problem) => {
            context.report(*problem);
            return None;
        }
    };
    let mut read_files = Vec::new();
    for path in place.files.clone() {
        let roots = read(context, &path)?;
        read_files.push((path, roots));
    }
    let roots: Vec<&Node> = read_files.iter().flat_map(|(_, roots)| roots).collect();
    let name = name(context, request, &place, &roots)?;
    place.environment.0.insert("COMPOSE_PROJECT_NAME".to_owned(), name.to_string());

    let mut merged = None;
    for (path, roots) in read_files {
        for root in roots {
            merged = Some(lay(context, &place.environment, &path, merged.take(), root));
            if context.has_errors() {
                return None;
            }
        }
    }
    let Some(root) = merged else {
        let problem = Diagnostic::error("empty-file", "empty compose file");
        context.report(problem.help("a Compose file has at least `services:`"));
        return None;
    };
    let home = request.home.as_deref();
    let mut lowering =
        Lowering { context, environment: &place.environment, folder: &place.folder, home, project: &name };
    let networks = lower::networks(&mut lowering, &root);
    let volumes = lower::volumes(&mut lowering, &root);
    let services = lower::services(&mut lowering, &root);
    if context.has_errors() {
        return None;
    }
    let (enabled, disabled) = by_profile(context, request, &place.environment, services);
    let mut project = Project {
        name,
        working_dir: place.folder.clone(),
        config_files: place.files.clone(),
        env_files: request.env_files.iter().map(|path| crate::paths::absolute(&request.working_dir, path)).collect(),
        services: enabled.iter().map(|(name, lowered)| (name.clone(), lowered.service.clone())).collect(),
        disabled_services: disabled.into_iter().map(|(name, lowered)| (name, lowered.service)).collect(),
        networks,
        volumes,
        extensions: schema::extensions(&root),
    };
    let declared = validate::Declared {
        networks: project.networks.keys().map(NetworkKey::as_str).chain(["default"]).collect(),
        volumes: project.volumes.keys().map(VolumeKey::as_str).collect(),
    };
    let problems = validate::project(&project, &declared, &root);
    context.diagnostics.extend(problems);
    for (name, lowered) in &enabled {
        let environment = env_files(context, &place.environment, lowered);
        if let (Some(service), Some(environment)) = (project.services.get_mut(name), environment) {
            service.environment = environment;
        }
    }
    normalize(&mut project);
    Some(project)
}

/// The documents of a file; `None` after a problem was reported.
pub(crate) fn read(context: &mut Context<'_>, path: &Path) -> Option<Vec<Node>> {
    let shown = path.display().to_string();
    let bytes = match context.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("open {shown}: {}", os_words(&error));
            context.report(Diagnostic::error("file-unreadable", message));
            return None;
        }
    };
    if bytes.len() > MAX_FILE {
        let message = format!("failed to parse {shown}: the file is larger than {} MiB", MAX_FILE >> 20);
        context.report(Diagnostic::error("file-too-large", message));
        return None;
    }
    let bytes = utf8(bytes);
    let source = context.sources.add(path.to_owned(), String::from_utf8_lossy(&bytes).into());
    match documents(source, &bytes, &shown) {
        Ok(documents) => {
            let odd = documents.iter().find(|document| document.root.as_map().is_none());
            if let Some(document) = odd {
                let message = "top-level object must be a mapping";
                context.report(Diagnostic::error("not-a-mapping", message).at(document.root.span, "not a mapping"));
                return None;
            }
            Some(documents.into_iter().map(|document| document.root).collect())
        }
        Err(problems) => {
            context.diagnostics.extend(problems);
            None
        }
    }
}

/// UTF-8 without byte order mark; UTF-16 is told by its mark.
fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    let units = |pair: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|b| pair([b[0], b[1]])).collect::<Vec<_>>();
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)).into_bytes(),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)).into_bytes(),
        _ => bytes,
    }
}

/// Lays one document over what there is, and checks the result.
fn lay(context: &mut Context<'_>, environment: &Environment, path: &Path, base: Option<Node>, mut root: Node) -> Node {
    interpolate::tree(context, environment, &mut root);
    if let Some(entry) = root.as_map().and_then(|map| map.get("version")) {
        let message = format!(
            "{}: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
            path.display()
        );
        context.report(Diagnostic::warning("obsolete-version", message).at(entry.key, "no longer used"));
    }
    if let Some(problem) = not_mappings(&root) {
        context.report(problem);
        return root;
    }
    let (mut merged, problems) = merge::merge(base, root);
    context.diagnostics.extend(problems);
    context.diagnostics.extend(unique::enforce(&mut merged));
    context.diagnostics.extend(schema::check(&merged));
    if !context.has_errors() {
        canonical::external_names(context, &mut merged);
    }
    merged
}

/// Services that are texts or lists are told apart from other wrong types, because docker compose looks at
/// them before everything else.
fn not_mappings(root: &Node) -> Option<Diagnostic> {
    let wrong = |node: &Node| node.as_map().is_none() && !node.is_null();
    let problem = |path: String, node: &Node| {
        Diagnostic::error("not-a-mapping", format!("{path} must be a mapping")).at(node.span, "not a mapping")
    };
    let services = root.get("services")?;
    if wrong(services) {
        return Some(problem("services".to_owned(), services));
    }
    let (name, entry) = services.as_map()?.iter().find(|(_, entry)| wrong(&entry.node))?;
    Some(problem(format!("services.{name}"), &entry.node))
}

/// The project's name, reported when there is none.
fn name(context: &mut Context<'_>, request: &Request, place: &Place, roots: &[&Node]) -> Option<ProjectName> {
    context.reference("COMPOSE_PROJECT_NAME");
    let given =
        request.project_name.clone().or_else(|| place.environment.get("COMPOSE_PROJECT_NAME").map(str::to_owned));
    if let Some(given) = given.filter(|name| !name.is_empty()) {
        return match ProjectName::new(given) {
            Ok(name) => Some(name),
            Err(error) => {
                context.report(Diagnostic::error("invalid-project-name", error.to_string()));
                None
            }
        };
    }
    let mut quiet = Quiet { context, environment: &place.environment };
    let named = roots.iter().rev().filter_map(|root| root.get("name")?.as_str());
    let named = named.filter_map(|name| interpolate::substitute(name, &mut quiet).ok()).find(|name| !name.is_empty());
    let folder = place.folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = ProjectName::normalized(&named.or(folder).unwrap_or_default());
    if name.is_none() {
        let problem = Diagnostic::error("invalid-project-name", "project name must not be empty");
        context.report(problem.help("name it with `-p`, or with `name:` in the file"));
    }
    name
}

/// Looks variables up without telling anyone of missing ones: the same text is filled in again later.
struct Quiet<'a, 'c> {
    context: &'a Context<'c>,
    environment: &'a Environment,
}

impl Lookup for Quiet<'_, '_> {
    fn value(&mut self, name: &str) -> Option<String> {
        self.context.reference(name);
        self.environment.get(name).map(str::to_owned)
    }

    fn missing(&mut self, _: &str, _: usize) {}
}

type Services = BTreeMap<ServiceName, Lowered>;

/// The services that are enabled, and the others: one without profiles always is, one with profiles when one
/// of them is active.
fn by_profile(
    context: &Context<'_>,
    request: &Request,
    environment: &Environment,
    services: Services,
) -> (Services, Services) {
    let mut active = request.profiles.clone();
    if active.is_empty() {
        context.reference("COMPOSE_PROFILES");
        let listed = environment.get("COMPOSE_PROFILES").unwrap_or_default();
        active = listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    }
    services.into_iter().partition(|(_, lowered)| {
        let profiles = &lowered.service.profiles;
        profiles.is_empty() || active.iter().any(|name| name == "*" || profiles.contains(name))
    })
}

/// The environment of a service with its files: what the service says itself wins, then a later file.
fn env_files(
    context: &mut Context<'_>,
    environment: &Environment,
    lowered: &Lowered,
) -> Option<BTreeMap<String, Option<String>>> {
    let own = &lowered.service.environment;
    let mut variables = BTreeMap::new();
    for file in &lowered.env_files {
        let path = Path::new(&file.path);
        let bytes = match context.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !file.required => continue,
            Err(error) => {
                let words = os_words(&error);
                let message = format!("env file {} not found: stat {}: {words}", file.path, file.path);
                let problem = Diagnostic::error("env-file-missing", message).at(file.span, words);
                context.report(problem.help("write `required: false` beside `path:` where it may be missing"));
                return None;
            }
        };
        let outside = |name: &str| {
            let own = || own.get(name).and_then(Option::as_deref);
            environment.get(name).or_else(own).map(str::to_owned)
        };
        variables = match file.format.as_str() {
            "" => dotenv::parse(context, path, &bytes, &outside, variables)?,
            "raw" => dotenv::parse_raw(context, path, &bytes, &outside, variables)?,
            other => {
                let message = format!("unsupported env_file format \"{other}\"");
                context.report(Diagnostic::error("env-file-format", message).at(file.span, "").help("write `raw`"));
                return None;
            }
        };
    }
    let mut merged: BTreeMap<String, Option<String>> =
        variables.into_iter().map(|(name, value)| (name, Some(value))).collect();
    merged.extend(own.clone());
    Some(merged)
}

/// What is implied: the default network, and that nothing is kept that no service uses.
fn normalize(project: &mut Project) {
    let default = NetworkKey::new("default").expect("the word is a name");
    let join = |service: &mut Service| {
        if service.network_mode.is_empty() && service.networks.is_empty() {
            service.networks.insert(default.clone(), None);
        }
    };
    project.services.values_mut().for_each(join);
    project.disabled_services.values_mut().for_each(join);
    let services = &project.services;
    let joined: BTreeSet<NetworkKey> = services.values().flat_map(|service| service.networks.keys().cloned()).collect();
    if joined.contains(&default) {
        project.networks.entry(default).or_insert_with(|| lower::default_network(&project.name));
    }
    project.networks.retain(|key, _| joined.contains(key));
    let mounted: BTreeSet<&str> = (services.values())
        .flat_map(|service| &service.volumes)
        .filter(|mount| mount.kind == MountKind::Volume)
        .map(|mount| mount.source.as_str())
        .collect();
    project.volumes.retain(|key, _| mounted.contains(key.as_str()));
}

#[cfg(test)]
pub(crate) mod tests;
