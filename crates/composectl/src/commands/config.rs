//! `config`: what the files come to. Needs no daemon and no engine.

use crate::args::{Config, ConfigFormat, Global};
use crate::exit::Exit;
use crate::output::stdout;
use crate::source;

pub(super) fn run(global: &Global, config: &Config) -> Result<(), Exit> {
    let project = source::load(global)?.project;
    if config.quiet {
        return Ok(());
    }
    let paint = stdout();
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
