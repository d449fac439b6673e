//! `composed` as a process of a test: its own state, socket and settings, killed by its number at the end. What
//! it logs is shown when the test fails.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::deadline::{PATIENCE, eventually};
use crate::folder::Folder;
use crate::programs::{command, send, wait};

/// A running `composed`.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
    socket: PathBuf,
}

/// The command that a daemon is started with: everything it could find on this machine is named, so that none
/// of it is found. `flags` win over what stands here; settings that a test wrote stay.
#[must_use]
pub fn composed(folder: &Folder, flags: &[(&str, &str)]) -> Command {
    for settings in ["composed/composed.yaml", "composed/composed.env"] {
        if !folder.join(settings).exists() {
            folder.write(settings, "");
        }
    }
    let place = |name: &str| folder.join("composed").join(name).display().to_string();
    let mut all = BTreeMap::from([
        ("--config", place("composed.yaml")),
        ("--env-file", place("composed.env")),
        ("--state-dir", place("state")),
        ("--socket", place("sock")),
        ("--engine", format!("unix://{}", place("no-engine"))),
        ("--log", "debug".to_owned()),
    ]);
    all.extend(flags.iter().map(|(flag, value)| (*flag, (*value).to_owned())));
    let mut command = command("composed", folder);
    command.args(all.iter().flat_map(|(flag, value)| [*flag, value.as_str()]));
    command
}

impl Daemon {
    /// Starts one in a folder, and waits until it answers. A second one in the same folder finds the state of
    /// the first.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn start(folder: &Folder, engine: &str) -> Self {
        Self::start_as(folder, &mut composed(folder, &[("--engine", engine)]))
    }

    /// The same, by a command of [`composed`].
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn start_as(folder: &Folder, command: &mut Command) -> Self {
        let log = folder.join("composed/log");
        let file = File::options().create(true).append(true).open(&log).expect("a log can be written");
        Self::start_saying(folder, command, file.into())
    }

    /// The same, with what it logs going elsewhere.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn start_saying(folder: &Folder, command: &mut Command, stderr: Stdio) -> Self {
        let log = folder.join("composed/log");
        let child = command.stdout(Stdio::null()).stderr(stderr).spawn().expect("composed can be run");
        let mut this = Self { child, log, socket: folder.join("composed/sock") };
        eventually("composed answers", || {
            let ended = this.child.try_wait().expect("it is our child");
            assert!(ended.is_none(), "composed ended at once: {ended:?}");
            UnixStream::connect(&this.socket).ok()
        });
        this
    }

    /// The socket that clients come in by.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How many descriptors it has open.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.id());
        std::fs::read_dir(folder).expect("composed goes on").count()
    }

    /// A figure of its memory in KiB, by the kernel's name of it: `VmRSS` is what it has, `VmHWM` the most it had.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("composed goes on");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("the kernel tells it")
    }

    /// Everything that the daemons of this folder have logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        send(&self.child, signal);
    }

    /// `kill -9`: nothing of it is left when this returns.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM; its exit code.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn stop(mut self) -> i32 {
        self.signal(rustix::process::Signal::TERM);
        let code = wait(&mut self.child, PATIENCE);
        code.expect("composed ends when it is asked to")
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = wait(&mut self.child, Duration::from_secs(10));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("--- what composed logged\n{}", self.log());
        }
    }
}
