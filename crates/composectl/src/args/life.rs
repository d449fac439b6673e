//! The flags of the verbs that bring a stack up, change it, and take it down.

use clap::Args as ClapArgs;

/// `up`
#[derive(Debug, Default, ClapArgs)]
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
    #[command(flatten)]
    pub(crate) making: Making,
    /// Recreate what the named services depend on too
    #[arg(long)]
    pub(crate) always_recreate_deps: bool,
    /// Leave what the named services depend on as it is
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// Make containers, and start none
    #[arg(long)]
    pub(crate) no_start: bool,
    /// Give recreated containers new anonymous volumes
    #[arg(short = 'V', long)]
    pub(crate) renew_anon_volumes: bool,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
    #[command(flatten)]
    pub(crate) attached: Attached,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What `up` and `create` share: how containers are made.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Making {
    /// Build images before
    #[arg(long)]
    pub(crate) build: bool,
    /// Build nothing
    #[arg(long)]
    pub(crate) no_build: bool,
    /// When images are pulled: always, missing or never, over what the file says
    #[arg(long, value_name = "POLICY", default_value = "policy", hide_default_value = true)]
    pub(crate) pull: String,
    /// Show no progress of pulls
    #[arg(long)]
    pub(crate) quiet_pull: bool,
    /// Show no output of builds
    #[arg(long)]
    pub(crate) quiet_build: bool,
    /// Recreate containers although nothing differs
    #[arg(long)]
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
    /// Consent to everything that would be asked, also that the data of a changed volume is lost
    #[arg(short, long, alias = "y")]
    pub(crate) yes: bool,
}

/// What is shown while `up` stays, and when it ends.
#[derive(Debug, Default, Clone, ClapArgs)]
pub(crate) struct Attached {
    /// Stop everything once a container ends
    #[arg(long)]
    pub(crate) abort_on_container_exit: bool,
    /// Stop everything once a container fails
    #[arg(long)]
    pub(crate) abort_on_container_failure: bool,
    /// End with the exit code of this service; implies --abort-on-container-exit
    #[arg(long, value_name = "SERVICE")]
    pub(crate) exit_code_from: Option<String>,
    /// Show the output of these services only
    #[arg(long, value_name = "SERVICE")]
    pub(crate) attach: Vec<String>,
    /// Leave the output of these services out
    #[arg(long, value_name = "SERVICE")]
    pub(crate) no_attach: Vec<String>,
    /// Show the output of what the named services depend on too
    #[arg(long)]
    pub(crate) attach_dependencies: bool,
    /// No colours
    #[arg(long)]
    pub(crate) no_color: bool,
    /// No names before the lines
    #[arg(long)]
    pub(crate) no_log_prefix: bool,
    /// The time before each line
    #[arg(long)]
    pub(crate) timestamps: bool,
    /// A menu; has no effect, keys are the terminal's
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) menu: Option<bool>,
}

/// `create`
#[derive(Debug, ClapArgs)]
pub(crate) struct Create {
    /// Only these services, and what they depend on
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) making: Making,
}

/// `scale`
#[derive(Debug, ClapArgs)]
pub(crate) struct Scale {
    /// How many containers of which service
    #[arg(value_name = "SERVICE=NUM", required = true)]
    pub(crate) replicas: Vec<String>,
    /// Leave what the services depend on as it is
    #[arg(long)]
    pub(crate) no_deps: bool,
}

/// `down`
#[derive(Debug, ClapArgs)]
pub(crate) struct Down {
    /// Only these services, and what depends on them
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Remove named and anonymous volumes: their data is gone
    #[arg(short, long, alias = "volume")]
    pub(crate) volumes: bool,
    /// Remove images too: `local` those built for the stack, `all` those it uses
    #[arg(long, value_name = "WHICH")]
    pub(crate) rmi: Option<String>,
    /// Remove containers of services the file does not know
    #[arg(long)]
    pub(crate) remove_orphans: bool,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
}

/// `start`
#[derive(Debug, ClapArgs)]
pub(crate) struct Start {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Come back once everything runs, and is healthy where that is checked
    #[arg(long)]
    pub(crate) wait: bool,
    /// Seconds to wait at most
    #[arg(long, value_name = "SECONDS")]
    pub(crate) wait_timeout: Option<u64>,
}

/// `stop`
#[derive(Debug, ClapArgs)]
pub(crate) struct Stop {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
}

/// `restart`
#[derive(Debug, ClapArgs)]
pub(crate) struct Restart {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Leave those that follow them (`restart: true`) as they are
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// Apply the files first: what differs is recreated, as by `up`, and the rest restarted
    #[arg(long)]
    pub(crate) apply: bool,
    /// Seconds before a stop becomes a kill
    #[arg(short, long, value_name = "SECONDS")]
    pub(crate) timeout: Option<i64>,
}
