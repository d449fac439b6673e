//! `config`: what the files come to. Needs no daemon and no engine.

use crate::args::{Config, ConfigFormat, Global};
use crate::exit::Exit;
use crate::output::{Paint, stdout};
use crate::source::{self, Shown};
use spec::Options;
use spec::render::Tree;

pub(super) fn run(global: &Global, config: &Config) -> Result<(), Exit> {
    let options = Options {
        // Hashes are those of containers, which know no variables.
        interpolate: !config.no_interpolate || config.hash.is_some() || config.images,
        normalize: !config.no_normalize,
        resolve_paths: !config.no_path_resolution,
        consistency: !config.no_consistency,
        env_files: !config.no_env_resolution,
    };
    let shown = source::load_with(global, options)?;
    if config.quiet {
        return Ok(());
    }
    let paint = stdout();
    let project = match shown {
        Shown::Project(project) => project,
        Shown::Tree(tree) => return self::tree(config, &tree, &paint),
    };
    // The first of several lists wins, as in docker compose.
    if config.services {
        project.services.keys().for_each(|name| paint.line(name.as_str()));
    } else if config.volumes {
        project.volumes.keys().for_each(|name| paint.line(name.as_str()));
    } else if config.networks {
        project.networks.keys().for_each(|name| paint.line(name.as_str()));
    } else if let Some(wanted) = &config.hash {
        for name in wanted.split(',').filter(|name| *name != "*") {
            if !project.services.contains_key(name) {
                return Err(Exit::error(format!("no such service: {name}")));
            }
        }
        let is_wanted = |name: &str| wanted == "*" || wanted.split(',').any(|one| one == name);
        for (name, service) in project.services.iter().filter(|(name, _)| is_wanted(name.as_str())) {
            paint.line(&format!("{name} {}", model::hash::service(service)));
        }
    } else if config.images {
        project.services.iter().for_each(|(name, service)| paint.line(&project.image_of(name, service)));
    } else {
        match config.format {
            ConfigFormat::Yaml => paint.line(spec::render::yaml(&project).trim_end_matches('\n')),
            // No newline at the end, as docker compose prints it.
            ConfigFormat::Json => paint.text(&spec::render::json(&project)),
        }
    }
    Ok(())
}

/// The same of a tree whose variables are not filled in.
fn tree(config: &Config, tree: &Tree, paint: &Paint) -> Result<(), Exit> {
    let sections = [(config.services, "services"), (config.volumes, "volumes"), (config.networks, "networks")];
    if let Some((_, section)) = sections.iter().find(|(asked, _)| *asked) {
        tree.names(section).iter().for_each(|name| paint.line(name));
    } else {
        match config.format {
            ConfigFormat::Yaml => paint.line(tree.yaml().trim_end_matches('\n')),
            ConfigFormat::Json => paint.text(&tree.json()),
        }
    }
    Ok(())
}
