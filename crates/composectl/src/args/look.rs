//! The flags of the verbs that only look.

use clap::Args as ClapArgs;

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
