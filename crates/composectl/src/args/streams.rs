//! The flags of the verbs that work in containers. As with docker compose their flags end at the service: what
//! follows it belongs to the command that is run.

use clap::Args as ClapArgs;

/// `exec`
#[derive(Debug, ClapArgs)]
pub(crate) struct Exec {
    /// Come back at once, and leave the command running
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// Set a variable: KEY=VAL, or KEY alone for one of this environment
    #[arg(short, long = "env", value_name = "KEY=VAL")]
    pub(crate) environment: Vec<String>,
    /// The number of the container
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// Allow the command everything
    #[arg(long)]
    pub(crate) privileged: bool,
    /// The user, and group, it runs as
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// No terminal [default: no terminal unless standard output is one]
    #[arg(short = 'T', long = "no-tty", alias = "no-TTY", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) no_tty: Option<bool>,
    /// The folder it runs in
    #[arg(short, long, value_name = "DIR")]
    pub(crate) workdir: Option<String>,
    /// Keep standard input open
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set, hide = true)]
    pub(crate) interactive: bool,
    /// Has no effect
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true", hide = true)]
    pub(crate) tty: Option<bool>,
    /// The service, the command and its arguments
    #[arg(value_name = "SERVICE COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

/// `attach`
#[derive(Debug, ClapArgs)]
pub(crate) struct Attach {
    /// The keys that leave the container
    #[arg(long, value_name = "KEYS")]
    pub(crate) detach_keys: Option<String>,
    /// The number of the container
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// Leave its standard input alone
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set, hide_default_value = true)]
    pub(crate) no_stdin: bool,
    /// Hand signals on to it
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) sig_proxy: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: Option<String>,
}

/// `cp`
#[derive(Debug, ClapArgs)]
pub(crate) struct Cp {
    /// Keep owners and groups
    #[arg(short, long)]
    pub(crate) archive: bool,
    /// Copy what symbolic links of the source lead to
    #[arg(short = 'L', long)]
    pub(crate) follow_link: bool,
    /// Containers of `run` too
    #[arg(long)]
    pub(crate) all: bool,
    /// The number of the container [default: to all, from the first]
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// SERVICE:PATH, a path here, or `-` for an archive on standard input
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// SERVICE:PATH, a path here, or `-` for an archive on standard output
    #[arg(value_name = "DESTINATION", allow_hyphen_values = true)]
    pub(crate) destination: String,
}

/// `export`
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// The number of the container
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// Write it to a file [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
}

/// `commit`
#[derive(Debug, ClapArgs)]
pub(crate) struct Commit {
    /// Who made it
    #[arg(short, long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Apply an instruction of a Dockerfile
    #[arg(short, long = "change", value_name = "INSTRUCTION")]
    pub(crate) changes: Vec<String>,
    /// The number of the container
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    pub(crate) index: u32,
    /// What was done
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Freeze the container meanwhile
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) pause: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
    /// The image's name
    #[arg(value_name = "REPOSITORY[:TAG]")]
    pub(crate) reference: Option<String>,
}
