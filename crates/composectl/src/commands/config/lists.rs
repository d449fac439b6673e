//! The lists of `config`: names, images, hashes, variables.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Options, Request, Variable};

use super::{no_such_service, project, project_with, selected};
use crate::args::{Config, ConfigFormat};
use crate::exit::Exit;
use crate::output::{findings, stdout};

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Services,
    Volumes,
    Networks,
    Models,
    Hash,
    Profiles,
    Images,
    Variables,
    Environment,
}

/// The list that is asked for; of several flags the first in docker compose's order wins.
pub(super) fn asked(config: &Config) -> Option<List> {
    let flags = [
        (config.services, List::Services),
        (config.volumes, List::Volumes),
        (config.networks, List::Networks),
        (config.models, List::Models),
        (config.hash.is_some(), List::Hash),
        (config.profiles, List::Profiles),
        (config.images, List::Images),
        (config.variables, List::Variables),
        (config.environment, List::Environment),
    ];
    flags.into_iter().find(|(is_asked, _)| *is_asked).map(|(_, list)| list)
}

/// Prints a list. Only images are those of the named services; of the others all are listed, as docker compose
/// does.
pub(super) fn print(request: &Request, config: &Config, list: List) -> Result<(), Exit> {
    // Names come from a whole project, whatever is to be left out of what is printed, but no `env_file` is read.
    let options = Options { env_files: false, container_names: false, ..Options::default() };
    let whole = || project_with(request, config, options);
    let lines: Vec<String> = match list {
        List::Services if config.no_interpolate => super::tree(request, config)?.names("services"),
        List::Services => {
            let project = whole()?;
            spec::dependency_order(&project).into_iter().map(ToString::to_string).collect()
        }
        List::Volumes => whole()?.volumes.keys().map(ToString::to_string).collect(),
        List::Networks => whole()?.networks.keys().map(ToString::to_string).collect(),
        // The models themselves, not their keys.
        List::Models => {
            whole()?.models.values().map(|model| model.model.clone()).filter(|name| !name.is_empty()).collect()
        }
        List::Hash => hashes(request, config)?,
        List::Profiles => {
            let project = selected(request, config)?;
            let all = project.services.values().chain(project.disabled_services.values());
            all.flat_map(|service| service.profiles.clone()).collect::<BTreeSet<_>>().into_iter().collect()
        }
        List::Images => {
            let project = selected(request, config)?;
            project.services.iter().map(|(name, service)| project.image_of(name, service)).collect()
        }
        List::Variables => vec![variables(request, config)?],
        List::Environment => {
            let name = selected(request, config)?.name.to_string();
            let mut environment = spec::environment(request, &composed::OsFiles);
            environment.insert("COMPOSE_PROJECT_NAME".to_owned(), name);
            environment.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
        }
    };
    if !config.quiet {
        lines.iter().for_each(|line| stdout().line(line));
    }
    Ok(())
}

fn hashes(request: &Request, config: &Config) -> Result<Vec<String>, Exit> {
    let project = project(request, config)?;
    let wanted = config.hash.as_deref().unwrap_or("*");
    let is_all = wanted == "*";
    let unknown = wanted.split(',').find(|name| !is_all && !project.services.contains_key(*name));
    if let Some(name) = unknown {
        return Err(no_such_service(&format!("{name}: not found")));
    }
    let is_wanted = |name: &str| is_all || wanted.split(',').any(|one| one == name);
    let services = project.services.iter().filter(|(name, _)| is_wanted(name.as_str()));
    Ok(services.map(|(name, service)| format!("{name} {}", model::hash::service(service))).collect())
}

fn variables(request: &Request, config: &Config) -> Result<String, Exit> {
    // Variables may stand where the schema wants something else.
    let options =
        Options { interpolate: false, validate: false, stop_at_tree: true, ..super::options(request, config) };
    let loaded = spec::load_with(request, &composed::OsFiles, options);
    findings::show(&loaded);
    let tree = loaded.tree.as_ref().ok_or_else(|| Exit::silent(1))?;
    let found = spec::variables(tree);
    Ok(match config.format {
        ConfigFormat::Yaml => table(&found),
        ConfigFormat::Json => {
            let object: serde_json::Map<_, _> = found.into_iter().map(|(name, found)| (name, json(&found))).collect();
            let mut text = Vec::new();
            let four = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut serializer = serde_json::Serializer::with_formatter(&mut text, four);
            serde::Serialize::serialize(&object, &mut serializer).map_err(|error| Exit::error(error.to_string()))?;
            String::from_utf8_lossy(&text).into_owned() + "\n"
        }
    })
}

fn json(found: &Variable) -> serde_json::Value {
    serde_json::json!({
        "Name": found.name,
        "DefaultValue": found.default,
        "PresenceValue": found.alternate,
        "Required": found.required,
    })
}

/// Columns of 20 at least with three blanks between them, without the line break at the end.
fn table(found: &BTreeMap<String, Variable>) -> String {
    let heads = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"].map(str::to_owned);
    let rows = found
        .values()
        .map(|found| [found.name.clone(), found.required.to_string(), found.default.clone(), found.alternate.clone()]);
    let rows: Vec<[String; 4]> = std::iter::once(heads).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count() + 3).max().unwrap_or(0).max(20);
    let widths = [width(0), width(1), width(2)];
    let line = |row: &[String; 4]| {
        let [name, required, default, alternate] = row;
        format!("{name:<0$}{required:<1$}{default:<2$}{alternate}", widths[0], widths[1], widths[2])
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
