//! Where the Docker CLI keeps its plugins, for those that a project asks for.

use std::path::{Path, PathBuf};

/// Where the Docker CLI looks for its plugins, behind the user's own folder.
const FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// Every path at which the plugin of a name may lie, the user's own first.
pub(crate) fn places(name: &str) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = variable("DOCKER_CONFIG").or_else(|| Some(variable("HOME")?.join(".docker")));
    let own = own.map(|folder| folder.join("cli-plugins"));
    own.into_iter().chain(FOLDERS.map(PathBuf::from)).map(|folder| folder.join(format!("docker-{name}"))).collect()
}

/// The plugin of a name, where there is one.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    places(name).into_iter().find(|path| is_program(path))
}

pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
