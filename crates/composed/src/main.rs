//! The daemon's process: settings, logging, signals. Everything else is the library's.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use composed::ledger::Ledger;
use composed::settings::{Places, Settings, Written};
use composed::{Flags, Premises, Supervision, Supervisor, systemd, trust};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

fn main() -> anyhow::Result<()> {
    spec::keep_parser_quiet();
    // What it writes, the ledger and what SQLite keeps beside it, is nobody else's from its first moment on.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let flags = Flags::parse();
    let variables: BTreeMap<String, String> = std::env::vars().collect();
    let is_root = rustix::process::geteuid().is_root();
    let is_check = flags.check;
    let settings = settings(flags, &variables, &Places::of(is_root, &variables))?;
    if is_check {
        #[expect(clippy::print_stdout, reason = "this is what was asked for")]
        {
            println!("{settings:#?}");
        }
        return Ok(());
    }
    start_log(&settings.log, &variables)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(settings))
}

fn settings(flags: Flags, variables: &BTreeMap<String, String>, places: &Places) -> anyhow::Result<Settings> {
    let environment = Written::from_environment(variables, flags.env_file.as_deref())?;
    let file = Written::read(flags.config.as_deref())?;
    let typed = Written {
        socket: flags.socket,
        socket_group: flags.socket_group,
        read_socket: flags.read_socket,
        read_socket_group: flags.read_socket_group,
        state_dir: flags.state_dir,
        engine: flags.engine,
        log: flags.log,
    };
    Ok(typed.or(environment).or(file).settle(places))
}

fn start_log(filter: &str, variables: &BTreeMap<String, String>) -> anyhow::Result<()> {
    // What the HTTP library has to say is for its own developers, unless somebody asks for it by name.
    let filter = format!("hyper=info,hyper_util=info,{filter}");
    let filter = tracing_subscriber::EnvFilter::try_new(filter).context("the log filter is not one")?;
    let is_journal = variables.contains_key("JOURNAL_STREAM");
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        // A line that cannot be written is lost; saying so in the same place would end the process.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !variables.contains_key("NO_COLOR"));
    // The journal has its own clock.
    if is_journal {
        log.without_time().init()
    } else {
        log.init()
    }
    Ok(())
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    // Before anybody can know that it is there: who answers can also be asked to end.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hup = signal(SignalKind::hangup())?;
    let folder = &settings.state_dir;
    prepare(folder)?;
    let path = folder.join("ledger.db");
    // A folder that a daemon had, and no ledger in it.
    let is_gone = folder.join("lock").exists() && !path.exists();
    let _lock = lock(folder).await?;
    let (ledger, aside) = Ledger::open_or_begin(&path).context("the ledger cannot be opened")?;
    if let Some(aside) = &aside {
        error!(aside = %aside.display(), "the ledger is damaged and was put aside; stacks are taken from containers");
    }
    let address = engine::Address::of_docker_host(settings.engine.as_deref(), None)?;
    let engine = Arc::new(engine::Docker::connect(address.clone(), engine::Limits::STANDARD));
    let group = settings.socket_group.as_deref().map(group_id).transpose()?;
    let listening = composed::listen(&settings.socket, group)
        .with_context(|| format!("cannot listen at {}", settings.socket.display()))?;

    let read_group = settings.read_socket_group.as_deref().map(group_id).transpose()?;
    let looking = settings.read_socket.as_deref().map(|path| {
        let opened = composed::listen_to_lookers(path, read_group);
        opened.with_context(|| format!("cannot listen at {}", path.display()))
    });
    let looking = looking.transpose()?;

    let supervisor = Supervisor::new(engine, ledger, Supervision::Lasting);
    supervisor.settle(Premises {
        state_dir: Some(folder.clone()),
        sockets: std::iter::once(settings.socket.clone()).chain(settings.read_socket.clone()).collect(),
        engine: Some(address.clone()),
    });
    let stacks = supervisor.start(boot()).await?;
    if is_gone || aside.is_some() {
        supervisor.recover();
    }
    supervisor.watch();
    let serving = tokio::spawn(composed::serve(listening, supervisor.clone()));
    let showing = looking.map(|looking| tokio::spawn(composed::serve(looking, supervisor.clone())));
    let watchdog = tokio::spawn(systemd::feed_watchdog(supervisor.clone()));
    info!(socket = %settings.socket.display(), engine = %address, stacks, "composed is ready");
    systemd::ready(&format!("keeping {stacks} stacks"));

    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => {
                systemd::reloading();
                supervisor.reload_all().await;
                systemd::ready(&format!("keeping {stacks} stacks"));
            }
        }
    }
    info!("composed is stopping, containers keep running");
    systemd::stopping();
    watchdog.abort();
    supervisor.stop(Duration::from_secs(10)).await;
    let _ = tokio::time::timeout(Duration::from_secs(2), serving).await;
    if let Some(showing) = showing {
        let _ = tokio::time::timeout(Duration::from_secs(2), showing).await;
    }
    Ok(())
}

/// The kernel's name of this life of the machine.
fn boot() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

/// Makes the state folder; the ledger holds the variables of stacks, so nobody else may look in.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the state directory {}", folder.display()))?;
    trust::trusted(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot keep others out of the state directory {}", folder.display()))
}

/// One daemon a state folder. One that was killed just now may take a moment to be gone.
async fn lock(folder: &Path) -> anyhow::Result<std::fs::File> {
    let path = folder.join("lock");
    let file = std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let locked = async {
        while rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(3), locked).await.is_err() {
        bail!("another composed uses the state directory {}", folder.display());
    }
    Ok(file)
}

fn group_id(name: &str) -> anyhow::Result<u32> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let groups = std::fs::read_to_string("/etc/group").context("cannot read /etc/group")?;
    let id = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    });
    id.with_context(|| format!("there is no group {name}; `socket_group` names one, or leave it out"))
}
