//! The command line, as it was typed.

mod images;
mod life;
mod look;
mod run;
mod streams;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use images::{Build, Pull, Push};
pub(crate) use life::{Attached, Create, Down, Making, Restart, Scale, Start, Stop, Up};
pub(crate) use look::{Events, Images, Logs, Ls, Port, Ps, Stats, Top, Volumes, Wait};
pub(crate) use run::Run;
pub(crate) use streams::{Attach, Commit, Cp, Exec, Export};

use crate::docker::Docker;

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
    /// Pulls, pushes and builds at a time
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) parallel: Option<i64>,
    /// Join names with `_`, as docker-compose 1 did
    #[arg(long)]
    pub(crate) compatibility: bool,
    /// Make networks and volumes that no service uses, too
    #[arg(long)]
    pub(crate) all_resources: bool,
    /// The socket of composed [default: COMPOSED_SOCKET, else as its settings say]
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Work in this process even where composed runs
    #[arg(long, conflicts_with = "socket")]
    pub(crate) no_daemon: bool,
    /// What docker's own flags said, where docker called
    #[arg(skip)]
    pub(crate) docker: Docker,
}

impl Global {
    /// What docker compose takes and composectl does not, or what contradicts itself: told before anything is
    /// done. `variable` reads the environment.
    pub(crate) fn refusal(&self, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(limit) = set("COMPOSE_PARALLEL_LIMIT").filter(|limit| limit.parse::<i64>().is_err()) {
            return Some(format!("COMPOSE_PARALLEL_LIMIT must be an integer (found: {})", diagnostic::quoted(&limit)));
        }
        match (self.progress, self.ansi) {
            (ProgressKind::Tty, Ansi::Never) => {
                Some("can't use --progress tty while ANSI support is disabled".to_owned())
            }
            (ProgressKind::Plain, Ansi::Always) => {
                Some("can't use --progress plain while ANSI support is forced".to_owned())
            }
            _ => None,
        }
    }

    /// Whether names are joined with `_`. `variable` reads the environment.
    pub(crate) fn is_compatible(&self, variable: impl Fn(&str) -> Option<String>) -> bool {
        let is_true = |value: String| matches!(value.to_ascii_lowercase().as_str(), "1" | "t" | "true" | "y");
        self.compatibility || variable("COMPOSE_COMPATIBILITY").is_some_and(is_true)
    }
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
    #[value(alias = "none")]
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
    /// Make containers, and start none
    Create(Create),
    /// Change how many containers services have
    Scale(Scale),
    /// Take a stack down: containers and networks; volumes only with -v
    Down(Down),
    /// Build the images of services
    Build(Build),
    /// Pull the images of services; what runs goes on as it is
    Pull(Pull),
    /// Push the images of services that are built here
    Push(Push),
    /// Say what `up` would do and why; exit 2 when there is something to do
    Plan(Plan),
    /// What composed keeps, what each stack waits for and why
    Status(Status),
    /// Say why a service is as it is, down to what everything hangs on
    Why(Why),
    /// Have a stack only looked at: composed changes nothing of it until `resume`
    PauseReconcile(Reconciling),
    /// Have a paused stack kept true again
    Resume(Reconciling),
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
    /// Run a command in a container that runs
    Exec(Exec),
    /// Run one command in a container of its own of a service
    Run(Run),
    /// Attach to the container of a service, as if it ran here
    Attach(Attach),
    /// Copy files between a service's containers and here
    Cp(Cp),
    /// Write all files of a service's container as a tar archive
    Export(Export),
    /// Make an image of a service's container
    Commit(Commit),
    /// Start services
    Start(Start),
    /// Stop services; they stay stopped until `start` or `up`
    Stop(Stop),
    /// Restart services, and those that follow them
    Restart(Restart),
    /// Send a signal to running containers; what is killed stays so until it is started
    Kill(Kill),
    /// Freeze running containers; they stay so until `unpause`
    Pause(Pause),
    /// Thaw paused containers
    Unpause(Pause),
    /// Remove stopped containers
    Rm(Rm),
    /// Check the files and print what they come to
    Config(Config),
    /// Say what is wrong with the files, and what works and is hardly meant
    Check(Check),
    /// Look at the installation, and say what is wrong with it
    Doctor(Doctor),
    /// Show versions
    Version(Version),
    /// Print what makes a shell complete command lines
    Completion(Completion),
    /// Write the manual
    #[command(hide = true)]
    Man(Manual),
    /// Say what fits at the end of a line
    #[command(name = "__complete", hide = true, disable_help_flag = true)]
    Complete(Candidates),
    /// The same, and not what it is
    #[command(name = "__completeNoDesc", hide = true, disable_help_flag = true)]
    CompleteBare(Candidates),
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

/// `why`
#[derive(Debug, ClapArgs)]
pub(crate) struct Why {
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// `pause-reconcile` and `resume`
#[derive(Debug, ClapArgs)]
pub(crate) struct Reconciling {
    /// The stack [default: the project at hand]
    #[arg(value_name = "STACK")]
    pub(crate) stack: Option<String>,
}

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// `kill`
#[derive(Debug, ClapArgs)]
pub(crate) struct Kill {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// The signal
    #[arg(short, long, default_value = "SIGKILL")]
    pub(crate) signal: String,
    /// Containers of services the file does not know, too
    #[arg(long)]
    pub(crate) remove_orphans: bool,
}

/// `pause` and `unpause`
#[derive(Debug, ClapArgs)]
pub(crate) struct Pause {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}

/// `rm`
#[derive(Debug, ClapArgs)]
pub(crate) struct Rm {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Ask nothing
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Stop them before
    #[arg(short, long)]
    pub(crate) stop: bool,
    /// Remove their anonymous volumes too
    #[arg(short, long)]
    pub(crate) volumes: bool,
    /// Has no effect
    #[arg(short, long, hide = true)]
    pub(crate) all: bool,
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

/// `doctor`
#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
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

/// `completion`
#[derive(Debug, ClapArgs)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// `source <(composectl completion bash)`
    Bash,
    /// `source <(composectl completion zsh)`
    Zsh,
    /// `composectl completion fish | source`
    Fish,
}

/// `man`
#[derive(Debug, ClapArgs)]
pub(crate) struct Manual {
    /// The folder for the pages
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// `__complete`
#[derive(Debug, ClapArgs)]
pub(crate) struct Candidates {
    /// The line without the program's name; the last word is being typed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
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
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Args::command().debug_assert();
    }

    fn check(flags: &[&str], variable: Option<(&str, &str)>, expected: Option<&str>) {
        let args = super::Args::try_parse_from([&["composectl"], flags, &["ps"]].concat()).unwrap();
        let value = |name: &str| variable.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
        let refusal = args.global.refusal(value);
        assert_eq!(refusal.as_deref().and_then(|text| text.split(':').next()), expected, "{flags:?}");
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        check(&["--parallel", "-1", "--progress", "none"], None, None);
        check(&[], Some(("COMPOSE_PARALLEL_LIMIT", "x")), Some("COMPOSE_PARALLEL_LIMIT must be an integer (found"));
        check(
            &["--progress", "tty", "--ansi", "never"],
            None,
            Some("can't use --progress tty while ANSI support is disabled"),
        );
        check(
            &["--progress", "plain", "--ansi", "always"],
            None,
            Some("can't use --progress plain while ANSI support is forced"),
        );
    }
}
