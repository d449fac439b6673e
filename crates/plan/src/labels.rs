//! docker compose's labels: the identity of everything composed makes, readable by both tools.

use std::collections::BTreeMap;
use std::path::Path;

use model::{Project, Service, ServiceName};

use crate::cause::Hold;
use crate::hashed;
use crate::observed::Container;

/// The project's name.
pub const PROJECT: &str = "com.docker.compose.project";
/// The service's name.
pub const SERVICE: &str = "com.docker.compose.service";
/// The replica's number, from 1.
pub const NUMBER: &str = "com.docker.compose.container-number";
/// `True` on the container of a `run`.
pub const ONEOFF: &str = "com.docker.compose.oneoff";
/// The config hash of a container, network or volume.
pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
/// The id of the image a container was made from.
pub const IMAGE: &str = "com.docker.compose.image";
/// `name:condition:restart`, comma-joined.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// The dialect of the other labels.
pub const VERSION: &str = "com.docker.compose.version";
/// What a recreated container took the place of.
pub const REPLACE: &str = "com.docker.compose.replace";
/// The key of a network.
pub const NETWORK: &str = "com.docker.compose.network";
/// The content of the images a container mounts, `target=digest`, comma-joined.
pub const IMAGE_VOLUMES: &str = "com.docker.compose.image-volume-digest";
/// The key of a volume.
pub const VOLUME: &str = "com.docker.compose.volume";
/// The project directory.
pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
/// The Compose files, comma-joined.
pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
/// The files of `--env-file`, comma-joined.
pub const ENV_FILE: &str = "com.docker.compose.project.environment_file";

/// The docker compose version whose labels, names and hashes we write.
pub const DIALECT: &str = "5.5.0";

/// The labels of a container of `service`, the file's own first, so that docker compose's win.
#[must_use]
pub fn of_container(
    project: &Project,
    name: &ServiceName,
    service: &Service,
    number: u32,
    image: Option<&str>,
) -> BTreeMap<String, String> {
    let mut labels = service.labels.clone();
    // One that is disabled and may be is no dependency.
    let edges = service.depends_on.iter().filter(|(on, _)| project.services.contains_key(*on));
    let dependencies: Vec<String> =
        edges.map(|(on, edge)| format!("{on}:{}:{}", edge.condition.as_str(), edge.restart)).collect();
    labels.extend([
        (PROJECT.into(), project.name.to_string()),
        (SERVICE.into(), name.to_string()),
        (NUMBER.into(), number.to_string()),
        (ONEOFF.into(), "False".into()),
        (CONFIG_HASH.into(), hashed::service(service)),
        (DEPENDS_ON.into(), dependencies.join(",")),
        (VERSION.into(), DIALECT.into()),
        (WORKING_DIR.into(), project.working_dir.display().to_string()),
        (CONFIG_FILES.into(), joined(&project.config_files)),
    ]);
    if let Some(image) = image {
        labels.insert(IMAGE.into(), image.into());
    }
    if !project.env_files.is_empty() {
        labels.insert(ENV_FILE.into(), joined(&project.env_files));
    }
    labels
}

/// Why a network or volume of a name that the project's file has is not the project's own, if it is not.
pub(crate) fn unmanaged(project: &Project, is_external: bool, labels: &BTreeMap<String, String>) -> Option<Hold> {
    let owner = labels.get(PROJECT).map_or("", String::as_str);
    (!is_external && owner != project.name.as_str()).then(|| Hold::Unmanaged { owner: owner.to_owned() })
}

fn joined<P: AsRef<Path>>(paths: &[P]) -> String {
    paths.iter().map(|path| path.as_ref().display().to_string()).collect::<Vec<_>>().join(",")
}

/// The dependencies a container's label remembers: who it waited for, without a file at hand.
pub fn dependencies(container: &Container) -> impl Iterator<Item = &str> {
    container.label(DEPENDS_ON).split(',').filter_map(|entry| entry.split(':').next()).filter(|name| !name.is_empty())
}

/// The number of a replica's container; `None` for the container of a `run` and for a foreign one.
#[must_use]
pub fn number(container: &Container) -> Option<u32> {
    if container.label(ONEOFF) == "True" {
        return None;
    }
    container.label(NUMBER).parse().ok()
}
