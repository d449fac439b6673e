//! Loading a client's definition: from its source to a model, or to a problem that names every place.

use std::collections::{BTreeMap, BTreeSet};

use api::{Finding, Problem, Source};
use diagnostic::{Severity, Sources, render};
use model::{Project, ServiceName};

use crate::files::{Fingerprints, RememberedFiles};
use crate::reader::Reader;

/// How often files are read that somebody replaces meanwhile, before that is told.
const READINGS: usize = 5;

/// A definition that could be loaded.
pub(crate) struct Loaded {
    pub(crate) project: Project,
    pub(crate) warnings: Vec<Finding>,
    /// What it asks for and nothing carries out yet.
    pub(crate) unbuilt: Vec<Finding>,
    /// Every file that was read or looked for, as it was.
    pub(crate) inputs: Fingerprints,
    /// Whether it is called as its folder, because nobody named it.
    pub(crate) is_named_by_folder: bool,
}

/// A definition that could not.
pub(crate) struct Unloadable {
    pub(crate) findings: Vec<Finding>,
    pub(crate) inputs: Fingerprints,
}

impl Unloadable {
    pub(crate) fn problem(self) -> Problem {
        let first = self.findings.iter().find(|finding| finding.severity == "error");
        Problem {
            kind: "invalid-project".to_owned(),
            status: 422,
            title: first.map_or_else(|| "the project cannot be loaded".to_owned(), |finding| finding.message.clone()),
            findings: self.findings,
            ..Problem::default()
        }
    }
}

/// The loader's request for a source.
#[must_use]
pub fn to_request(source: &Source) -> spec::Request {
    spec::Request {
        working_dir: source.working_dir.clone(),
        config_files: source.config_files.clone(),
        project_directory: source.project_directory.clone(),
        stdin: source.stdin.clone(),
        project_name: source.project_name.clone(),
        env_files: source.env_files.clone(),
        profiles: source.profiles.clone(),
        services: source.services.clone(),
        compatibility: source.compatibility,
        all_resources: source.all_resources,
        environment: source.environment.clone(),
        home: source.home.clone(),
    }
}

/// Loads a source from this machine's files as they were at one moment, on a thread that may block; for what only looks
/// at a project, or takes it down. What a reader may not read, is not.
pub(crate) async fn load(source: &Source, reader: Option<&Reader>) -> Result<Loaded, Unloadable> {
    let request = to_request(source);
    let reader = reader.cloned();
    let (provided, known) = (source.provided.clone(), source.api_socket.clone());
    let loading = tokio::task::spawn_blocking(move || {
        let mut restless_inputs = Fingerprints::new();
        for _ in 0..READINGS {
            let files = RememberedFiles::of(reader.clone());
            let loaded = spec::load(&request, &files);
            if !files.are_unchanged() {
                // Whoever compares them finds that they are others, whatever they are then.
                restless_inputs = files.fingerprints(loaded.inputs).into_keys().map(|path| (path, None)).collect();
                continue;
            }
            let is_named_by_folder = loaded.is_named_by_folder;
            let findings = findings(&loaded.sources, &loaded.diagnostics);
            let unbuilt = self::findings(&loaded.sources, &loaded.unbuilt);
            let inputs = files.fingerprints(loaded.inputs);
            return match loaded.project {
                Some(mut project) => {
                    provide(&mut project, provided);
                    crate::api_socket::share(&mut project, &known);
                    Ok(Loaded { project, warnings: findings, unbuilt, inputs, is_named_by_folder })
                }
                None => Err(Unloadable { findings, inputs }),
            };
        }
        Err(Unloadable { findings: vec![restless()], inputs: restless_inputs })
    });
    loading.await.unwrap_or_else(|panic| {
        let message = format!("the loader failed: {panic}");
        let finding = Finding {
            severity: "error".to_owned(),
            code: "internal".to_owned(),
            rendered: message.clone(),
            message,
            ..Finding::default()
        };
        Err(Unloadable { findings: vec![finding], inputs: Fingerprints::new() })
    })
}

/// That files were replaced each time they were read, so that nobody knows which of them belong together.
fn restless() -> Finding {
    let message = "the files change while they are read, so none of it is taken".to_owned();
    let help = "they are read again once they stay as they are; `composectl up` reads them at once".to_owned();
    Finding::unplaced("error", "changing-files", message, help)
}

/// Puts what programs outside provided into the environment of the services it is for.
fn provide(project: &mut Project, provided: BTreeMap<String, BTreeMap<String, String>>) {
    for (name, variables) in provided {
        if let Some(service) = project.services.get_mut(name.as_str()) {
            service.environment.extend(variables.into_iter().map(|(variable, value)| (variable, Some(value))));
        }
    }
}

/// Loads a source whose project is to be acted on: one that asks for what nothing carries out is refused, so
/// that no part of it is silently left out.
pub(crate) async fn load_to_apply(source: &Source, reader: Option<&Reader>) -> Result<Loaded, Unloadable> {
    let Loaded { project, warnings, unbuilt, inputs, is_named_by_folder } = load(source, reader).await?;
    let is_refused = unbuilt.iter().any(|finding| finding.severity == "error");
    let findings = unbuilt.into_iter().chain(warnings).collect();
    if is_refused {
        return Err(Unloadable { findings, inputs });
    }
    Ok(Loaded { project, warnings: findings, unbuilt: Vec::new(), inputs, is_named_by_folder })
}

fn findings(sources: &Sources, diagnostics: &[diagnostic::Diagnostic]) -> Vec<Finding> {
    let style = render::Style { color: false, width: 120 };
    diagnostics
        .iter()
        .map(|found| {
            let place = found.primary.as_ref().map(|label| sources.locate(label.span));
            Finding {
                severity: if found.severity == Severity::Error { "error" } else { "warning" }.to_owned(),
                code: found.code.to_owned(),
                message: found.message.clone(),
                line: place.as_ref().map_or(0, |place| place.line),
                column: place.as_ref().map_or(0, |place| place.column),
                file: place.map(|place| place.file).unwrap_or_default(),
                help: found.help.clone().unwrap_or_default(),
                rendered: render::text(sources, found, &style),
            }
        })
        .collect()
}

/// What the command line says over the files: the number of replicas.
pub(crate) fn adapt(project: &mut Project, options: &api::UpOptions) -> Result<(), Problem> {
    let named = scope(project, options.services.as_ref())?;
    let reached = plan::reach(project, named.as_ref());
    if let Some(name) = options.scale.keys().find(|name| !reached.contains(name.as_str())) {
        return Err(Problem { title: format!("no such service: {name}: not found"), ..no_such_service(name) });
    }
    scale(project, &options.scale)
}

/// Overrides the number of replicas, as `--scale` does.
pub(crate) fn scale(project: &mut Project, replicas: &BTreeMap<String, u32>) -> Result<(), Problem> {
    for (name, count) in replicas {
        let service = project.services.get_mut(name.as_str()).ok_or_else(|| no_such_service(name))?;
        service.scale = Some(*count);
        if let Some(deploy) = &mut service.deploy {
            deploy.replicas = Some(*count);
        }
    }
    Ok(())
}

/// The services named by a client, checked against the model.
pub(crate) fn scope(project: &Project, named: Option<&BTreeSet<String>>) -> Result<reconcile::Scope, Problem> {
    named
        .map(|named| {
            named
                .iter()
                .map(|name| {
                    let known = ServiceName::new(name.as_str()).ok().filter(|key| project.services.contains_key(key));
                    known.ok_or_else(|| no_such_service(name))
                })
                .collect()
        })
        .transpose()
}

fn no_such_service(name: &str) -> Problem {
    Problem {
        kind: "no-such-service".to_owned(),
        status: 404,
        title: format!("no such service: {name}"),
        help: "`composectl config --services` lists the services of the project".to_owned(),
        ..Problem::default()
    }
}
