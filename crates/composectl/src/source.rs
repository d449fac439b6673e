//! The project at hand: its definition, loaded here for its name and its mistakes, and on its way to the
//! daemon with the variables its files refer to and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use api::Source;
use model::{Project, ProjectName};
use spec::{Loaded, Options, Request};

use crate::args::Global;
use crate::exit::Exit;
use crate::output::findings;

/// A definition that could be loaded.
pub(crate) struct Definition {
    pub(crate) project: Project,
    pub(crate) source: Source,
}

/// Loads the project at hand to act on it: what nothing carries out yet ends the command as a mistake does.
///
/// Naming a service enables its profiles.
pub(crate) fn load_to_apply(global: &Global, named: &[String]) -> Result<Definition, Exit> {
    defined(global, named, true)
}

/// The same, where no container is made: what nothing carries out yet stands in nobody's way.
pub(crate) fn load(global: &Global, named: &[String]) -> Result<Definition, Exit> {
    defined(global, named, false)
}

fn defined(global: &Global, named: &[String], applies: bool) -> Result<Definition, Exit> {
    let request = Request { services: named.to_vec(), ..request(global)? };
    let mut loaded = spec::load(&request, &composed::OsFiles);
    let unbuilt = if applies { std::mem::take(&mut loaded.unbuilt) } else { Vec::new() };
    let is_refused = unbuilt.iter().any(diagnostic::Diagnostic::is_error);
    loaded.diagnostics.extend(unbuilt);
    findings::show(&loaded);
    let source = source(&request, &loaded);
    let project = loaded.project.filter(|_| !is_refused).ok_or_else(|| Exit::silent(1))?;
    Ok(Definition { project, source })
}

/// Loads what a request asks for, with some phases left out, and shows what was found.
pub(crate) fn loaded_with(request: &Request, options: Options) -> Loaded {
    let loaded = spec::load_with(request, &composed::OsFiles, options);
    findings::show(&loaded);
    loaded
}

/// The name of the project at hand, and its definition where there is one.
pub(crate) struct Named {
    pub(crate) stack: ProjectName,
    pub(crate) definition: Option<Definition>,
}

impl Named {
    /// The definition on its way to the daemon.
    pub(crate) fn source(&self) -> Option<Source> {
        self.definition.as_ref().map(|definition| definition.source.clone())
    }
}

/// The project at hand, for verbs that need only its name: with `-p` and without `-f` a broken file keeps nobody
/// from stopping a stack or taking it down.
pub(crate) fn name(global: &Global) -> Result<Named, Exit> {
    let request = request(global)?;
    let named = named_alone(global)?;
    let mut loaded = spec::load(&request, &composed::OsFiles);
    let project = loaded.project.take();
    let definition = project.map(|project| Definition { source: source(&request, &loaded), project });
    match (named, &definition) {
        (Some(stack), _) => Ok(Named { stack, definition }),
        (None, Some(known)) => Ok(Named { stack: known.project.name.clone(), definition }),
        (None, None) => {
            findings::show(&loaded);
            Err(Exit::silent(1).with_help("-p NAME names a project without its file"))
        }
    }
}

/// The name of `-p`, where no file is named beside it.
fn named_alone(global: &Global) -> Result<Option<ProjectName>, Exit> {
    let named = global.project_name.as_ref().filter(|_| global.files.is_empty());
    let name = named.map(|name| ProjectName::new(name.to_lowercase())).transpose();
    name.map_err(|error| Exit::error(error.to_string()))
}

/// What a verb looks at: a project by its name, and, unless `-p` alone names it, the services its file knows.
pub(crate) struct Place {
    pub(crate) stack: ProjectName,
    services: Option<BTreeSet<String>>,
}

impl Place {
    /// The project at hand. As docker compose, it reads no file where `-p` stands without `-f`.
    pub(crate) fn at_hand(global: &Global) -> Result<Self, Exit> {
        if let Some(stack) = named_alone(global)? {
            return Ok(Self { stack, services: None });
        }
        let request = request(global)?;
        let loaded = spec::load(&request, &composed::OsFiles);
        if let Some(project) = loaded.project {
            let services = project.services.keys().chain(project.disabled_services.keys());
            return Ok(Self {
                stack: project.name.clone(),
                services: Some(services.map(ToString::to_string).collect()),
            });
        }
        // As with docker compose, the variable alone is enough where no file can be loaded.
        let named = request.environment.get("COMPOSE_PROJECT_NAME").map(|name| ProjectName::new(name.to_lowercase()));
        match named {
            Some(Ok(stack)) => Ok(Self { stack, services: None }),
            _ => {
                findings::show(&loaded);
                // A broken file keeps nobody from looking.
                let is_there = loaded.inputs.iter().any(|path| path.is_file());
                let named = spec::project_name(&request, &composed::OsFiles).filter(|_| is_there);
                let stack =
                    named.ok_or_else(|| Exit::silent(1).with_help("-p NAME names a project without its file"))?;
                Ok(Self { stack, services: None })
            }
        }
    }

    /// Whether the file, where one is at hand, knows all these services.
    pub(crate) fn knows(&self, named: &[String]) -> Result<(), Exit> {
        let Some(services) = &self.services else { return Ok(()) };
        match named.iter().find(|name| !services.contains(*name)) {
            Some(unknown) => Err(Exit::error(format!("no such service: {unknown}"))),
            None => Ok(()),
        }
    }

    /// Whether a service is one the file knows; without a file every one is.
    pub(crate) fn covers(&self, service: &str) -> bool {
        self.services.as_ref().is_none_or(|services| services.contains(service))
    }
}

fn source(request: &Request, loaded: &Loaded) -> Source {
    let environment: BTreeMap<String, String> = request
        .environment
        .iter()
        .filter(|(name, _)| loaded.referenced.contains(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Source {
        working_dir: request.working_dir.clone(),
        config_files: request.config_files.clone(),
        project_directory: request.project_directory.clone(),
        stdin: request.stdin.clone(),
        provided: BTreeMap::new(),
        api_socket: BTreeMap::new(),
        project_name: request.project_name.clone(),
        env_files: request.env_files.clone(),
        profiles: request.profiles.clone(),
        services: request.services.clone(),
        compatibility: request.compatibility,
        all_resources: request.all_resources,
        environment,
        home: request.home.clone(),
    }
}

/// What the command line asks to be loaded.
pub(crate) fn request(global: &Global) -> Result<Request, Exit> {
    let working_dir =
        working_dir().map_err(|error| Exit::error(format!("the current folder cannot be told: {error}")))?;
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let stdin = match global.files.iter().any(|file| file == Path::new("-")) {
        true => {
            Some(std::io::read_to_string(std::io::stdin()).map_err(|error| Exit::error(format!("read -: {error}")))?)
        }
        false => None,
    };
    Ok(Request {
        working_dir,
        config_files: global.files.clone(),
        project_directory: global.project_directory.clone(),
        stdin,
        project_name: global.project_name.clone(),
        env_files: global.env_files.clone(),
        profiles: global.profiles.clone(),
        services: Vec::new(),
        compatibility: global.is_compatible(|name| environment.get(name).cloned()),
        all_resources: global.all_resources,
        home: environment.get("HOME").map(Into::into),
        environment,
    })
}

/// `$PWD` where it names the current folder: the path people see, links and all.
fn working_dir() -> std::io::Result<std::path::PathBuf> {
    let real = std::env::current_dir()?;
    let named = std::env::var_os("PWD").map(std::path::PathBuf::from).filter(|path| path.is_absolute());
    Ok(named.filter(|path| path.canonicalize().is_ok_and(|path| path == real)).unwrap_or(real))
}
