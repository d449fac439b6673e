//! `config`: what the files come to. Needs no daemon and no engine.
//!
//! Where `--format json` is asked for and the files have mistakes, standard output has these as a JSON array;
//! standard error has them for people as always.

mod digests;
mod lists;

use std::io::{self, BufWriter, Write};

use model::Project;
use spec::render::Tree;
use spec::{Options, Request};

use crate::args::{Config, ConfigFormat, Global};
use crate::exit::Exit;
use crate::output::{findings, stdout};
use crate::source;

pub(super) async fn run(global: &Global, config: &Config) -> Result<(), Exit> {
    let request = source::request(global)?;
    match lists::asked(config) {
        Some(list) => lists::print(&request, config, list),
        None => print(global, &request, config).await,
    }
}

async fn print(global: &Global, request: &Request, config: &Config) -> Result<(), Exit> {
    let printed = if config.no_interpolate {
        Printed::Tree(tree(request, config)?)
    } else {
        let mut project = selected(request, config)?;
        if config.resolve_image_digests || config.lock_image_digests {
            digests::resolve(global, &mut project).await?;
        }
        if config.lock_image_digests {
            project = digests::lock(project);
        }
        Printed::Project(Box::new(project))
    };
    match &config.output {
        _ if config.quiet => Ok(()),
        Some(path) => std::fs::File::create(path)
            .and_then(|file| printed.write(config, file))
            .map_err(|error| Exit::error(format!("open {}: {error}", path.display()))),
        None => {
            // A reader that went away is no reason to fail.
            let _ = printed.write(config, std::io::stdout().lock());
            Ok(())
        }
    }
}

/// What is printed.
enum Printed {
    /// The files, their variables not filled in.
    Tree(Tree),
    Project(Box<Project>),
}

impl Printed {
    /// Writes it, never all of it at once: as a text it may be larger than what it is made of.
    fn write(&self, config: &Config, to: impl Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, to);
        // JSON has no newline at the end, as docker compose prints it.
        let is_json = config.format == ConfigFormat::Json;
        match self {
            Self::Tree(tree) => out.write_all(if is_json { tree.json() } else { tree.yaml() }.as_bytes())?,
            Self::Project(project) if is_json => spec::render::write_json(project, &mut out)?,
            Self::Project(project) if config.lock_image_digests => {
                // An override that pins images is one for any project: the first line, which names one, goes.
                let text = spec::render::yaml(project);
                out.write_all(text.split_once('\n').map_or("", |(_, services)| services).as_bytes())?;
            }
            Self::Project(project) => spec::render::write_yaml(project, &mut out)?,
        }
        out.flush()
    }
}

fn options(request: &Request, config: &Config) -> Options {
    Options {
        interpolate: !config.no_interpolate,
        validate: true,
        // As docker compose, which prints names that were never joined.
        normalize: !config.no_normalize && !request.compatibility,
        resolve_paths: !config.no_path_resolution,
        consistency: !config.no_consistency,
        // Only what is printed is checked for that.
        container_names: lists::asked(config).is_none(),
        env_files: !config.no_env_resolution,
        stop_at_tree: false,
    }
}

/// The whole project.
fn project(request: &Request, config: &Config) -> Result<Project, Exit> {
    project_with(request, config, options(request, config))
}

fn project_with(request: &Request, config: &Config, options: Options) -> Result<Project, Exit> {
    let loaded = source::loaded_with(request, options);
    if loaded.project.is_none() && config.format == ConfigFormat::Json {
        stdout().line(&findings::json(&loaded));
    }
    loaded.project.ok_or_else(|| Exit::silent(1))
}

/// The files with their variables as they are written.
fn tree(request: &Request, config: &Config) -> Result<Tree, Exit> {
    let options = Options { interpolate: false, stop_at_tree: true, ..options(request, config) };
    let loaded = source::loaded_with(request, options);
    loaded.tree.ok_or_else(|| Exit::silent(1))
}

/// What is named of the project, else all of it. Who is named is enabled by that.
fn selected(request: &Request, config: &Config) -> Result<Project, Exit> {
    let mut project = project(request, config)?;
    if config.names.is_empty() {
        return Ok(project);
    }
    let named = |name: &str| config.names.iter().any(|one| one == name);
    let disabled = project.disabled_services.iter().filter(|(name, _)| named(name.as_str()));
    let profiles: Vec<String> = disabled.flat_map(|(_, service)| service.profiles.clone()).collect();
    if !profiles.is_empty() {
        let mut request = request.clone();
        if request.profiles.is_empty() {
            let listed = spec::environment(&request, &composed::OsFiles).remove("COMPOSE_PROFILES");
            let listed = listed.unwrap_or_default();
            request.profiles = listed.split(',').map(|name| name.trim().to_owned()).collect();
        }
        request.profiles.extend(profiles);
        // What there is to warn of was said already.
        let loaded = spec::load_with(&request, &composed::OsFiles, options(&request, config));
        if loaded.project.is_none() {
            findings::show(&loaded);
        }
        project = loaded.project.ok_or_else(|| Exit::silent(1))?;
    }
    spec::select(&mut project, &config.names).map_err(|name| no_such_service(&name))?;
    Ok(project)
}

fn no_such_service(name: &str) -> Exit {
    Exit::error(format!("no such service: {name}"))
        .with_help("`composectl config --services` lists the services of the project")
}
