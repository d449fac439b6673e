//! The daemon's command line, as it was typed. The library has it so that the manual can be made of it.

use std::path::PathBuf;

use clap::Parser;

/// Keeps Docker Compose stacks true.
///
/// Stacks come from `composectl up`. Settings: flag over COMPOSED_* over the environment file over the
/// settings file.
#[derive(Debug, Parser)]
#[command(name = "composed", version, max_term_width = 100)]
pub struct Flags {
    /// The settings file [default: /etc/composed/composed.yaml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A file of COMPOSED_* variables [default: /etc/composed/composed.env, if there is one]
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// The unix socket that clients come in by
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// The group that may use the socket: it is root-equivalent
    #[arg(long, value_name = "GROUP")]
    pub socket_group: Option<String>,
    /// A second unix socket, for those who may only look
    #[arg(long, value_name = "PATH")]
    pub read_socket: Option<PathBuf>,
    /// The group that may use that one
    #[arg(long, value_name = "GROUP")]
    pub read_socket_group: Option<String>,
    /// Where the ledger is kept
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The engine, as in DOCKER_HOST
    #[arg(long, value_name = "ADDRESS")]
    pub engine: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or a filter such as `composed=debug`
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// Read the settings, say what they come to, and end
    #[arg(long)]
    pub check: bool,
}
