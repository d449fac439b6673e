//! Where a round happens: a folder, a project that nobody else has, a way to the engine, and whoever does the work,
//! a daemon, a command alone, or another tool's command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::daemon::composed;
use support::deadline::{PATIENCE, eventually};
use support::folder::Folder;
use support::http;
use support::programs::{command, run};
use support::proxy::{Act, Proxy};

use crate::api::Api;
use crate::engine::Engine;
use crate::process::Process;
use crate::scenario::Stack;

/// How often the world is looked at while something is waited for.
const LOOK: Duration = Duration::from_millis(50);

/// Who does the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A daemon, asked by `composectl`.
    Daemon,
    /// `composectl` by itself.
    Alone,
    /// Another tool, by the words it is called with.
    Peer(String),
}

/// A place of a round's own.
pub(crate) struct Site {
    pub(crate) folder: Folder,
    pub(crate) project: String,
    pub(crate) engine: Arc<Engine>,
    pub(crate) proxy: Proxy,
    pub(crate) mode: Mode,
    /// Who is killed, when something is killed.
    worker: Arc<Mutex<Option<Process>>>,
}

impl Site {
    pub(crate) fn new(engine: &Arc<Engine>, mode: &Mode) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        // Of one length, so that none is the beginning of another.
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let project = format!("k{:07}n{number:05}z", std::process::id());
        let folder = Folder::new();
        let proxy = Proxy::start(&folder.join("engine.sock"), &engine.address());
        Self { folder, project, engine: Arc::clone(engine), proxy, mode: mode.clone(), worker: Arc::default() }
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(&self.engine.address())
    }

    /// Writes a stack as a Compose file.
    pub(crate) fn write(&self, file: &str, stack: &Stack) {
        self.folder.write(file, &stack.text(&self.project));
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn worker(&self) -> MutexGuard<'_, Option<Process>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills whoever works at that moment.
    pub(crate) fn killing(&self) -> Act {
        let worker = Arc::clone(&self.worker);
        Arc::new(move || {
            if let Some(worker) = worker.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                worker.kill();
            }
        })
    }

    /// Starts the daemon of this place, with the variables its unit gives it; it is the worker from now on.
    pub(crate) fn start_daemon(&self) -> Process {
        let mut worker = self.worker();
        let mut command = composed(&self.folder, &[("--engine", &self.proxy.address())]);
        let given = include_str!("../../config/composed.service").lines();
        command.envs(given.filter_map(|line| line.strip_prefix("Environment=")?.split_once('=')));
        let daemon = Process::start(&mut command, &self.log(), false);
        worker.replace(daemon.clone());
        daemon
    }

    /// The daemon of this place, dead or alive.
    pub(crate) fn daemon(&self) -> Option<Process> {
        self.worker().clone()
    }

    /// The daemon, once it answers; `None` when it has ended before.
    pub(crate) fn answering_daemon(&self) -> Option<Process> {
        let daemon = self.start_daemon();
        eventually("composed answers", || {
            let is_over = daemon.ended().is_some();
            (is_over || self.ask("/v1/stacks").is_some()).then_some(!is_over)
        })
        .then_some(daemon)
    }

    /// What the daemon answers; `None` when it does not.
    pub(crate) fn ask(&self, path: &str) -> Option<Value> {
        let address = format!("unix://{}", self.folder.join("composed/sock").display());
        let (status, body) = http::call(&address, "GET", path, "").ok()?;
        (status == 200).then(|| serde_json::from_slice(&body).unwrap_or_default())
    }

    /// What the daemon says of the project; null where it says nothing.
    pub(crate) fn status(&self) -> Value {
        self.ask(&format!("/v1/stacks/{}", self.project)).unwrap_or_default()
    }

    /// A command on a file of this place.
    pub(crate) fn command(&self, file: &str, args: &[&str]) -> Command {
        let mut command = match &self.mode {
            Mode::Daemon => {
                let mut command = command("composectl", &self.folder);
                command.arg("--socket").arg(self.folder.join("composed/sock"));
                command
            }
            Mode::Alone => {
                let mut command = command("composectl", &self.folder);
                command.arg("--no-daemon").env("DOCKER_HOST", self.proxy.address());
                command
            }
            Mode::Peer(words) => {
                let mut words = words.split_whitespace();
                let mut command = Command::new(words.next().expect("PEER names a command"));
                command.args(words).current_dir(self.folder.path()).env("DOCKER_HOST", self.proxy.address());
                command
            }
        };
        command.arg("-f").arg(file).args(args);
        command
    }

    /// Starts a command; without a daemon it is the worker from now on.
    pub(crate) fn start(&self, file: &str, args: &[&str]) -> Process {
        let mut worker = self.worker();
        let leads = matches!(self.mode, Mode::Peer(_));
        let process = Process::start(&mut self.command(file, args), &self.log(), leads);
        if self.mode != Mode::Daemon {
            worker.replace(process.clone());
        }
        process
    }

    /// Runs a command to its end; its exit code.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) fn run(&self, file: &str, args: &[&str]) -> Result<i32, String> {
        self.start(file, args).wait().ok_or_else(|| format!("{} does not end", args.join(" ")))
    }

    /// The config hash of every service, as the tool itself tells it.
    pub(crate) fn hashes(&self, file: &str) -> BTreeMap<String, String> {
        let mut command = self.command(file, &["config", "--hash", "*"]);
        let told = run(&mut command).well().stdout;
        let pairs = told.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(service, hash)| (service.to_owned(), hash.trim().to_owned())).collect()
    }

    /// Looks until nothing is wrong.
    ///
    /// # Errors
    /// What was wrong at last, when something still is after [`PATIENCE`].
    pub(crate) fn until_right(&self, wrong: impl Fn() -> Vec<String>) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = wrong();
            if left.is_empty() {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(left.join("\n"));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Watches for a while that nothing is changed any more. It is a time that has to pass: what is proved is that
    /// nothing comes.
    ///
    /// # Errors
    /// The calls that came.
    pub(crate) fn quiet(&self, span: Duration) -> Result<(), String> {
        let (count, end) = (self.proxy.count(), Instant::now() + span);
        while Instant::now() < end {
            let changes = self.proxy.changes_since(count);
            if !changes.is_empty() {
                let calls: Vec<String> = changes.iter().map(ToString::to_string).collect();
                return Err(format!("all was done, and then:\n{}", calls.join("\n")));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// What there is to be seen when a round has failed: every call that changed something or failed, and what the
    /// programs said at last.
    pub(crate) fn told(&self) -> String {
        let told: Vec<String> = self
            .proxy
            .calls()
            .iter()
            .filter(|call| call.request.changes() || call.fault.is_some())
            .map(ToString::to_string)
            .collect();
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(60)..].join("\n");
        format!("--- calls\n{}\n--- said\n{last}\n--- status\n{}", told.join("\n"), self.status())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(worker) = self.worker().take() {
            worker.kill();
            let _ = worker.wait();
        }
        self.proxy.cut();
        // A call of the dead may still be under way: what it leaves is looked for twice.
        let api = self.api();
        (0..2).for_each(|_| api.remove_all(&self.project));
    }
}
