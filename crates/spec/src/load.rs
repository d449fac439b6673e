//! The phases of loading, one after the other.

mod all;
mod extends;
mod file;
mod include;
mod loader;
mod service_files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diagnostic::{Diagnostic, Sources};
use model::{ConfigKey, ModelKey, NetworkKey, Project, ProjectName, SecretKey, Services, VolumeKey};

use self::loader::{Loader, Scope};
use crate::context::Context;
use crate::discover::{Place, place};
use crate::environment::{self, Environment};
use crate::files::WithStdin;
use crate::interpolate::{self, Lookup};
use crate::lint::{self, Subject};
use crate::lower::{self, Lowering};
use crate::render::Tree;
use crate::tree::Node;
use crate::{Files, Options, Request, care, normalize, references, schema, unbuilt, validate};

/// What loading found out.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project; `None` as soon as there is one error.
    pub project: Option<Project>,
    /// The tree the project would be made of; only where loading stops there.
    pub tree: Option<Tree>,
    /// Errors and warnings, in the order of the phases that found them.
    pub diagnostics: Vec<Diagnostic>,
    /// What the project asks for and nothing carries out yet, each an error to whoever would act on the project
    /// and none to whoever looks at it. Empty without a project.
    pub unbuilt: Vec<Diagnostic>,
    /// The texts the diagnostics point into.
    pub sources: Sources,
    /// Every file that was read, and every file that was looked for and is missing: what a watcher watches.
    pub inputs: BTreeSet<PathBuf>,
    /// The names of all variables that were looked up: all a client has to send.
    pub referenced: BTreeSet<String>,
    /// Whether the project is called as its folder, because nobody named it: another folder of that name is then another
    /// project of the same name.
    pub is_named_by_folder: bool,
}

/// Loads the project a request asks for. Never fails: what is wrong is in the diagnostics.
#[must_use]
pub fn load(request: &Request, files: &dyn Files) -> Loaded {
    load_with(request, files, Options::default())
}

/// Loads with some of the phases left out.
#[must_use]
pub fn load_with(request: &Request, files: &dyn Files, options: Options) -> Loaded {
    loaded(request, files, options, false)
}

/// Loads, and remarks on what works and is hardly meant ([`LINTS`](crate::LINTS)).
#[must_use]
pub fn check(request: &Request, files: &dyn Files) -> Loaded {
    loaded(request, files, Options::default(), true)
}

fn loaded(request: &Request, files: &dyn Files, options: Options, lints: bool) -> Loaded {
    let files = WithStdin { files, text: request.stdin.as_deref() };
    let mut context = Context::new(&files, &request.working_dir);
    context.lints = lints;
    let mut tree = None;
    let project = run(&mut context, request, options, &mut tree);
    let failed = context.has_errors();
    context.name_chains();
    let (project, unbuilt) = project.filter(|_| !failed).unzip();
    Loaded {
        project,
        unbuilt: unbuilt.unwrap_or_default(),
        tree: tree.filter(|_| !failed),
        diagnostics: context.diagnostics,
        sources: context.sources,
        inputs: context.inputs.into_inner().into_iter().filter(|path| path.is_absolute()).collect(),
        referenced: context.referenced.into_inner(),
        is_named_by_folder: context.is_named_by_folder,
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
    let files = WithStdin { files, text: request.stdin.as_deref() };
    let mut context = Context::new(&files, &request.working_dir);
    let place = place(&mut context, request).unwrap_or_else(|_| Place {
        files: Vec::new(),
        folder: request.working_dir.clone(),
        environment: Environment(request.environment.clone()),
    });
    if let Some(name) = &request.project_name {
        return ProjectName::new(name.to_lowercase()).ok();
    }
    let mut roots = Vec::new();
    let mut loader = Loader::new(&mut context, Options::default(), None);
    for path in &place.files {
        roots.extend(loader.read(path, None).unwrap_or_default());
    }
    name(&mut context, request, &place, &roots.iter().collect::<Vec<_>>(), true)
}

/// Everything up to the project; the tree it was made of is left in `tree` when variables are not filled in.
fn run(
    context: &mut Context<'_>,
    request: &Request,
    options: Options,
    tree: &mut Option<Tree>,
) -> Option<(Project, Vec<Diagnostic>)> {
    let mut place = match place(context, request) {
        Ok(place) => place,
        Err(problem) => {
            context.report(*problem);
            return None;
        }
    };
    let mut loader = Loader::new(context, options, request.home.as_deref());
    let mut files = Vec::new();
    for path in &place.files {
        files.push((path.as_path(), loader.read(path, None)?));
    }
    let roots: Vec<&Node> = files.iter().flat_map(|(_, roots)| roots).collect();
    let name = name(loader.context, request, &place, &roots, options.interpolate)?;
    place.environment.0.insert("COMPOSE_PROJECT_NAME".to_owned(), name.to_string());
    if !options.interpolate {
        // Values that nobody fills in are not looked up either.
        place.environment.0.retain(|variable, _| variable == "COMPOSE_PROJECT_NAME");
    }
    let scope = Scope { folder: &place.folder, environment: &place.environment, chain: &[] };
    let laid = loader.lay_all(&scope, files)?;
    let Some(mut root) = laid.filter(|root| root.as_map().is_some_and(|map| map.keys().any(|key| key != "version")))
    else {
        let problem = Diagnostic::error("empty-file", "empty compose file");
        context.report(problem.help("a Compose file has at least `services:`"));
        return None;
    };
    if options.resolve_paths {
        loader.resolve(&mut root, &place.folder);
    }
    if options.normalize {
        normalize::normalize(&mut root, name.as_str(), &|variable| {
            loader.context.reference(variable);
            place.environment.get(variable).map(str::to_owned)
        });
    }
    if options.stop_at_tree {
        *tree = Some(Tree::new(root, Some(&name).filter(|_| options.normalize)));
        return None;
    }
    let mut lowering = Lowering { context };
    let networks = lower::networks(&mut lowering, &root);
    let volumes = lower::volumes(&mut lowering, &root);
    let secrets = lower::secrets(&mut lowering, &root);
    let configs = lower::configs(&mut lowering, &root);
    let models = lower::models(&mut lowering, &root);
    let services = lower::services(&mut lowering, &mut root);
    if context.has_errors() {
        return None;
    }
    let (enabled, disabled) = by_profile(context, request, &place.environment, services);
    let mut project = Project {
        name,
        working_dir: place.folder.clone(),
        config_files: place.files.clone(),
        env_files: request.env_files.iter().map(|path| crate::paths::absolute(&request.working_dir, path)).collect(),
        compatibility: request.compatibility,
        all_resources: request.all_resources,
        services: enabled,
        disabled_services: disabled,
        networks,
        volumes,
        secrets,
        configs,
        models,
        values: BTreeMap::new(),
        care: BTreeMap::new(),
        extensions: schema::extensions(&root),
    };
    if options.consistency {
        let declared = validate::Declared {
            networks: project.networks.keys().map(NetworkKey::as_str).collect(),
            volumes: project.volumes.keys().map(VolumeKey::as_str).collect(),
            secrets: project.secrets.keys().map(SecretKey::as_str).collect(),
            configs: project.configs.keys().map(ConfigKey::as_str).collect(),
            models: project.models.keys().map(ModelKey::as_str).collect(),
        };
        let problems = validate::project(&project, &declared, &root);
        context.diagnostics.extend(problems);
        if options.container_names {
            context.diagnostics.extend(validate::container_names(&project, &root));
        }
    }
    // What is wrong with one service's files keeps nobody from looking at the next one's.
    for (name, service) in project.services.iter_mut().filter(|_| options.env_files) {
        let _ = service_files::variables(context, &place.environment, service, &root, name);
    }
    for (name, service) in &mut project.services {
        let _ = service_files::labels(context, service, &root, name);
    }
    if context.lints && !context.has_errors() {
        let variable_files = environment::files(context, request, &place.folder);
        let subject = Subject { project: &project, root: &root, variable_files: &variable_files };
        let remarks = lint::lint(context, &subject);
        context.diagnostics.extend(remarks);
    }
    references::retain(&mut project);
    project.values = service_files::values(context, &place.environment, &project);
    let mut unbuilt = unbuilt::unbuilt(&project, &root);
    unbuilt.extend(care::take(&mut project, &root));
    Some((project, unbuilt))
}

/// The project's name, reported when there is none.
fn name(
    context: &mut Context<'_>,
    request: &Request,
    place: &Place,
    roots: &[&Node],
    interpolate: bool,
) -> Option<ProjectName> {
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
    let mut named = named.filter_map(|name| {
        if interpolate { interpolate::substitute(name, &mut quiet).ok() } else { Some(name.to_owned()) }
    });
    let named = named.find(|name| !name.is_empty());
    context.is_named_by_folder = named.is_none();
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
        self.environment.get(name).map(|value| self.context.fill_in(value))
    }

    fn missing(&mut self, _: &str, _: usize) {}
}

/// The services that are enabled, and the others: one without profiles always is, one with profiles when one
/// of them is active. Naming a service activates its profiles.
fn by_profile(
    context: &Context<'_>,
    request: &Request,
    environment: &Environment,
    mut services: Services,
) -> (Services, Services) {
    let mut active = request.profiles.clone();
    if active.is_empty() {
        context.reference("COMPOSE_PROFILES");
        let listed = environment.get("COMPOSE_PROFILES").unwrap_or_default();
        // Nothing listed is one profile without a name, as of `profiles: ["${PROFILE:-}"]`, and enables it.
        active = listed.split(',').map(|name| name.trim().to_owned()).collect();
    }
    let named = request.services.iter().filter_map(|name| services.get(name.as_str()));
    active.extend(named.flat_map(|service| service.profiles.iter().cloned()));
    let is_left_out =
        |profiles: &[String]| !profiles.is_empty() && !active.iter().any(|name| name == "*" || profiles.contains(name));
    let disabled = services.extract_if(.., |_, service| is_left_out(&service.profiles)).collect();
    (services, disabled)
}

#[cfg(test)]
pub(crate) mod tests;
