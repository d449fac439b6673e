//! The command line, as it was typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Control Docker Compose stacks: through composed where it runs, else in this process.
#[derive(Debug, Parser)]
#[command(
    name = "composectl",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags before the verb.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Global {
    /// Compose files, in order [default: compose.yaml of this folder or one above, and its override]
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The project's name
    #[arg(short = 'p', long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// Enable a profile
    #[arg(long = "profile", value_name = "PROFILE")]
    pub(crate) profiles: Vec<String>,
    /// Environment files instead of .env
    #[arg(long = "env-file", value_name = "FILE")]
    pub(crate) env_files: Vec<PathBuf>,
    /// The folder that relative paths start at [default: the one of the first Compose file]
    #[arg(long, value_name = "DIR")]
    pub(crate) project_directory: Option<PathBuf>,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t = ProgressKind::Auto, env = "COMPOSE_PROGRESS", hide_env = true)]
    pub(crate) progress: ProgressKind,
    /// When to colour
    #[arg(long, value_enum, default_value_t = Ansi::Auto, env = "COMPOSE_ANSI", hide_env = true)]
    pub(crate) ansi: Ansi,
    /// The socket of composed [default: COMPOSED_SOCKET, else as its settings say]
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Work in this process even where composed runs
    #[arg(long, conflicts_with = "socket")]
    pub(crate) no_daemon: bool,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressKind {
    /// A live tree on a terminal, lines elsewhere.
    Auto,
    /// A live tree.
    Tty,
    /// One line an event.
    Plain,
    /// One JSON object an event.
    Json,
    /// Nothing.
    Quiet,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ansi {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Never.
    Never,
    /// Always.
    Always,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring a stack up, and keep it so where composed runs
    Up(Up),
    /// Take a stack down: containers and networks; volumes only with -v
    Down(Down),
    /// Say what `up` would do and why; exit 2 when there is something to do
    Plan(Plan),
    /// What composed keeps, what each stack waits for and why
    Status(Status),
    /// List containers
    Ps(Ps),
    /// List the projects of the engine
    Ls(Ls),
    /// List the images of containers
    Images(Images),
    /// List volumes
    Volumes(Volumes),
    /// Print where a port of a service is published
    Port(Port),
    /// Show the processes of containers
    Top(Top),
    /// Show what containers use
    Stats(Stats),
    /// Show what happens to containers as it happens
    Events(Events),
    /// Wait until containers of services have ended
    Wait(Wait),
    /// Show the output of containers
    Logs(Logs),
    /// Start services
    Start(Start),
    /// Stop services; they stay stopped until `start` or `up`
    Stop(Stop),
    /// Restart services
    Restart(Stop),
    /// Check the files and print what they come to
    Config(Config),
    /// Say what is wrong with the files, and what works and is hardly meant
    Check(Check),
    /// Show versions
    Version(Version),
}

/// `up`
#[derive(Debug, ClapArgs)]
pub(crate) struct Up {
    /// Only these services, and what they depend on
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Come back once everything is started
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// Come back once everything runs, and is healthy where that is checked; implies -d
    #[arg(long)]
    pub(crate) wait: bool,
    /// Seconds to wait at most
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait_timeout: Option<u64>,
    /// Build images before starting
    #[arg(long)]
    pub(crate) build: bool,
    /// Recreate containers although nothing differs
    #[arg(long, conflicts_with = "no_recreate")]
    pub(crate) force_recreate: bool,
    /// Leave containers as they are although something differs
    #[arg(long)]
    pub(crate) no_recreate: bool,
    /// Remove containers of services the file does not know
    #[arg(long)]
    pub(crate) remove_orphans: bool,
    /// Replicas of a service, over what the file says
    #[arg(long, value_name = "SERVICE=NUM")]
    pub(crate) scale: Vec<String>,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `down`
#[derive(Debug, ClapArgs)]
pub(crate) struct Down {
    /// Remove named and anonymous volumes: their data is gone
    #[arg(short, long)]
    pub(crate) volumes: bool,
    /// Remove containers of services the file does not know
    #[arg(long)]
    pub(crate) remove_orphans: bool,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
}

/// `plan`
#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    /// Only these services, and what they depend on
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `status`
#[derive(Debug, ClapArgs)]
pub(crate) struct Status {
    /// Only this stack
    #[arg(value_name = "STACK")]
    pub(crate) stack: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// `ps`
#[derive(Debug, ClapArgs)]
pub(crate) struct Ps {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Stopped ones too, and those of `run`
    #[arg(short, long)]
    pub(crate) all: bool,
    /// Only ids
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Only the names of the services
    #[arg(long = "services")]
    pub(crate) only_services: bool,
    /// `table`, `table TEMPLATE`, `json`, or a Go template
    #[arg(long, default_value = "table", hide_default_value = true)]
    pub(crate) format: String,
    /// Only those in a state: status=running
    #[arg(long, value_name = "KEY=VAL")]
    pub(crate) filter: Option<String>,
    /// Only those in a state: paused, restarting, removing, running, dead, created, exited
    #[arg(long, value_name = "STATE")]
    pub(crate) status: Vec<String>,
    /// Whole ids and commands
    #[arg(long)]
    pub(crate) no_trunc: bool,
    /// Those of services the file does not know, too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set, hide_default_value = true)]
    pub(crate) orphans: bool,
}

/// `ls`
#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    /// Those of which nothing runs, too
    #[arg(short, long)]
    pub(crate) all: bool,
    /// `table` or `json`
    #[arg(long, default_value = "table", hide_default_value = true)]
    pub(crate) format: String,
    /// Only those whose name has a match of a regular expression: name=shop
    #[arg(long, value_name = "KEY=VAL")]
    pub(crate) filter: Vec<String>,
    /// Only names
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `images`
#[derive(Debug, ClapArgs)]
pub(crate) struct Images {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// `table` or `json`
    #[arg(long, default_value = "table", hide_default_value = true)]
    pub(crate) format: String,
    /// Only ids
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `volumes`
#[derive(Debug, ClapArgs)]
pub(crate) struct Volumes {
    /// Only those that running containers of these services mount
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// `table`, `table TEMPLATE`, `json`, or a Go template
    #[arg(long, default_value = "table", hide_default_value = true)]
    pub(crate) format: String,
    /// Only names
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `port`
#[derive(Debug, ClapArgs)]
pub(crate) struct Port {
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
    /// The port inside
    #[arg(value_name = "PRIVATE_PORT")]
    pub(crate) port: String,
    /// tcp or udp
    #[arg(long, default_value = "tcp")]
    pub(crate) protocol: String,
    /// The number of the container
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
}

/// `top`
#[derive(Debug, ClapArgs)]
pub(crate) struct Top {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}

/// `stats`
#[derive(Debug, ClapArgs)]
pub(crate) struct Stats {
    /// Only this service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: Option<String>,
    /// Stopped ones too
    #[arg(short, long)]
    pub(crate) all: bool,
    /// `table`, `table TEMPLATE`, `json`, or a Go template
    #[arg(long, default_value = "table", hide_default_value = true)]
    pub(crate) format: String,
    /// Measure once
    #[arg(long)]
    pub(crate) no_stream: bool,
    /// Whole ids
    #[arg(long)]
    pub(crate) no_trunc: bool,
}

/// `events`
#[derive(Debug, ClapArgs)]
pub(crate) struct Events {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// One JSON object an event
    #[arg(long)]
    pub(crate) json: bool,
    /// Nothing older: RFC 3339, seconds since 1970, or how long ago (10m)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Nothing newer: RFC 3339, seconds since 1970, or how long ago (10m)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

/// `wait`
#[derive(Debug, ClapArgs)]
pub(crate) struct Wait {
    /// These services
    #[arg(value_name = "SERVICE", required = true)]
    pub(crate) services: Vec<String>,
    /// Take the project down once they ended
    #[arg(long)]
    pub(crate) down_project: bool,
}

/// `logs`
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Logs {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Go on with what comes, through restarts and recreations
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only so many lines from the end of each
    #[arg(short = 'n', long, value_name = "LINES", default_value = "all")]
    pub(crate) tail: String,
    /// Nothing older: RFC 3339, or how long ago (10m)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Nothing newer: RFC 3339, or how long ago (10m)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Show when each line was written
    #[arg(short, long)]
    pub(crate) timestamps: bool,
    /// Only the container of this number, of one service
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// No colour
    #[arg(long)]
    pub(crate) no_color: bool,
    /// No names before the lines
    #[arg(long)]
    pub(crate) no_log_prefix: bool,
}

/// `start`
#[derive(Debug, ClapArgs)]
pub(crate) struct Start {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}

/// `stop` and `restart`
#[derive(Debug, ClapArgs)]
pub(crate) struct Stop {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
}

/// `config`
#[derive(Debug, ClapArgs)]
pub(crate) struct Config {
    /// Only these services, and what they depend on
    #[arg(value_name = "SERVICE")]
    pub(crate) names: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ConfigFormat::Yaml)]
    pub(crate) format: ConfigFormat,
    /// Write it to a file instead
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only check
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print the names of the services, dependencies first
    #[arg(long)]
    pub(crate) services: bool,
    /// Print the names of the volumes
    #[arg(long)]
    pub(crate) volumes: bool,
    /// Print the names of the networks
    #[arg(long)]
    pub(crate) networks: bool,
    /// Print the models
    #[arg(long)]
    pub(crate) models: bool,
    /// Print the config hash of services: `*`, or names separated by commas
    #[arg(long, value_name = "SERVICES")]
    pub(crate) hash: Option<String>,
    /// Pin the images by the digests their registries have for them
    #[arg(long)]
    pub(crate) resolve_image_digests: bool,
    /// Print an override file that pins the images, and nothing else
    #[arg(long)]
    pub(crate) lock_image_digests: bool,
    /// Leave variables as they are written
    #[arg(long)]
    pub(crate) no_interpolate: bool,
    /// Leave out what is only implied
    #[arg(long)]
    pub(crate) no_normalize: bool,
    /// Leave relative paths relative
    #[arg(long)]
    pub(crate) no_path_resolution: bool,
    /// Leave unchecked whether what is referred to exists
    #[arg(long)]
    pub(crate) no_consistency: bool,
    /// Leave the files of `env_file` unread
    #[arg(long)]
    pub(crate) no_env_resolution: bool,
    /// Print the profiles
    #[arg(long)]
    pub(crate) profiles: bool,
    /// Print the images
    #[arg(long)]
    pub(crate) images: bool,
    /// Print the variables the files mention
    #[arg(long)]
    pub(crate) variables: bool,
    /// Print the variables that are filled in with
    #[arg(long)]
    pub(crate) environment: bool,
}

/// How `config` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfigFormat {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// `check`
#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// End with 1 on warnings as well
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `version`
#[derive(Debug, ClapArgs)]
pub(crate) struct Version {
    /// Only the number of the dialect
    #[arg(long)]
    pub(crate) short: bool,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = VersionFormat::Pretty)]
    pub(crate) format: VersionFormat,
}

/// How `version` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VersionFormat {
    /// For people.
    Pretty,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Args::command().debug_assert();
    }
}
