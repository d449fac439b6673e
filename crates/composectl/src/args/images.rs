//! The flags of the verbs that work on images.

use clap::Args as ClapArgs;

use super::ProgressKind;

/// `pull`
#[derive(Debug, ClapArgs)]
pub(crate) struct Pull {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Leave out images that can be built
    #[arg(long)]
    pub(crate) ignore_buildable: bool,
    /// Pull what can be pulled, and end well
    #[arg(long)]
    pub(crate) ignore_pull_failures: bool,
    /// What the named services depend on too
    #[arg(long)]
    pub(crate) include_deps: bool,
    /// When images are pulled: missing or always, over what the file says
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    pub(crate) policy: String,
    /// Show no layers
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) parallel: Option<bool>,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) no_parallel: Option<bool>,
}

/// `push`
#[derive(Debug, ClapArgs)]
pub(crate) struct Push {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Push what can be pushed, and end well
    #[arg(long)]
    pub(crate) ignore_push_failures: bool,
    /// What the named services depend on too
    #[arg(long)]
    pub(crate) include_deps: bool,
    /// Show no layers
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// `build`
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Build {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Set a build argument: KEY=VAL, or KEY alone for a variable of this environment
    #[arg(long = "build-arg", value_name = "KEY=VAL")]
    pub(crate) args: Vec<String>,
    /// Bytes of memory for each step, as in 512m
    #[arg(short, long, value_name = "BYTES")]
    pub(crate) memory: Option<String>,
    /// Run every step again
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Look up base images anew
    #[arg(long)]
    pub(crate) pull: bool,
    /// Push what was built
    #[arg(long)]
    pub(crate) push: bool,
    /// Show nothing
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// What the named services depend on too
    #[arg(long)]
    pub(crate) with_dependencies: bool,
    #[command(flatten)]
    pub(crate) buildkit: BuildKit,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) compress: Option<bool>,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) force_rm: Option<bool>,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) no_rm: Option<bool>,
    /// Has no effect
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) parallel: Option<bool>,
    /// The global flag at the place where it once was
    #[arg(long, hide = true, value_enum)]
    pub(crate) progress: Option<ProgressKind>,
}

/// What only BuildKit can do; refused.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct BuildKit {
    #[arg(long, hide = true, value_name = "NAME")]
    builder: Option<String>,
    #[arg(long, hide = true)]
    check: bool,
    #[arg(long, hide = true)]
    print: bool,
    #[arg(long, hide = true, value_name = "WHAT")]
    provenance: Option<String>,
    #[arg(long, hide = true, value_name = "WHAT")]
    sbom: Option<String>,
    #[arg(long, hide = true, value_name = "KEY")]
    ssh: Vec<String>,
}

impl BuildKit {
    /// The first flag that asks for what the engine's classic builder cannot do.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let asks = |given: &Option<String>| given.as_ref().is_some_and(|given| !given.is_empty() && given != "false");
        let flags = [
            ("--builder", asks(&self.builder)),
            ("--check", self.check),
            ("--print", self.print),
            ("--provenance", asks(&self.provenance)),
            ("--sbom", asks(&self.sbom)),
            ("--ssh", !self.ssh.is_empty()),
        ];
        flags.into_iter().find(|(_, is_asked)| *is_asked).map(|(flag, _)| flag)
    }
}
