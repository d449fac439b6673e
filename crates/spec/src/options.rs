//! How far loading goes, for those who want to see a stage of it.

/// The phases that can be left out (`docker compose config`, its `--no-…` flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Variables are filled in.
    pub interpolate: bool,
    /// Each file is held against the schema.
    pub validate: bool,
    /// What is implied is written down: names, the default network, build defaults.
    pub normalize: bool,
    /// Relative paths become absolute.
    pub resolve_paths: bool,
    /// It is checked that what is referred to exists.
    pub consistency: bool,
    /// It is checked, too, that no two services want one container's name.
    pub container_names: bool,
    /// The files of `env_file` are read.
    pub env_files: bool,
    /// Loading ends with the merged tree: there is no project.
    pub stop_at_tree: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            interpolate: true,
            validate: true,
            normalize: true,
            resolve_paths: true,
            consistency: true,
            container_names: true,
            env_files: true,
            stop_at_tree: false,
        }
    }
}
