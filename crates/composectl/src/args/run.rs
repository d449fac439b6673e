//! The flags of `run`. As with docker compose they end at the service: what follows it is the command.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// `run`
#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// Build images before
    #[arg(long)]
    pub(crate) build: bool,
    /// Add a capability
    #[arg(long, value_name = "NAME")]
    pub(crate) cap_add: Vec<String>,
    /// Drop a capability
    #[arg(long, value_name = "NAME")]
    pub(crate) cap_drop: Vec<String>,
    /// Come back once it runs, and print its id
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// The program in place of the image's
    #[arg(long, value_name = "COMMAND")]
    pub(crate) entrypoint: Option<String>,
    /// Set a variable: KEY=VAL, or KEY alone for one of this environment
    #[arg(short, long = "env", value_name = "KEY=VAL")]
    pub(crate) environment: Vec<String>,
    /// Set the variables of a file
    #[arg(long, value_name = "FILE")]
    pub(crate) env_from_file: Vec<PathBuf>,
    /// Keep standard input open
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) interactive: Option<bool>,
    /// Set a label
    #[arg(short, long = "label", visible_alias = "labels", value_name = "KEY=VAL")]
    pub(crate) labels: Vec<String>,
    /// The container's name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// No terminal [default: no terminal unless standard output is one]
    #[arg(short = 'T', long = "no-tty", alias = "no-TTY", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) no_tty: Option<bool>,
    /// Leave what the service depends on alone
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// Publish a port
    #[arg(short, long, value_name = "PORT")]
    pub(crate) publish: Vec<String>,
    /// When images are pulled: always, missing or never, over what the file says
    #[arg(long, value_name = "POLICY", default_value = "policy", hide_default_value = true)]
    pub(crate) pull: String,
    /// Show nothing but the output
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Show no output of builds
    #[arg(long)]
    pub(crate) quiet_build: bool,
    /// Show no progress of pulls
    #[arg(long)]
    pub(crate) quiet_pull: bool,
    /// Remove containers of services the file does not know
    #[arg(long)]
    pub(crate) remove_orphans: bool,
    /// Remove the container when it ended
    #[arg(long = "rm")]
    pub(crate) remove: bool,
    /// Publish the service's ports
    #[arg(short = 'P', long)]
    pub(crate) service_ports: bool,
    /// A terminal
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true", hide = true)]
    pub(crate) tty: Option<bool>,
    /// Let others reach it by the service's names
    #[arg(long)]
    pub(crate) use_aliases: bool,
    /// The user, and group, it runs as
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Mount a volume or a folder
    #[arg(short, long = "volume", visible_alias = "volumes", value_name = "VOLUME")]
    pub(crate) volumes: Vec<String>,
    /// The folder it runs in
    #[arg(short, long, value_name = "DIR")]
    pub(crate) workdir: Option<String>,
    /// The service, and a command in place of its own
    #[arg(value_name = "SERVICE [COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}
