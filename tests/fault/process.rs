//! A process that another thread may kill at any moment, however near its own end is.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};
use support::deadline::PATIENCE;

/// A running process, and with it those it started where it leads a group.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    leads: bool,
}

impl Process {
    /// Starts one that says what it has to say to a file, after what others said there.
    pub(crate) fn start(command: &mut Command, log: &Path, leads: bool) -> Self {
        use std::os::unix::process::CommandExt as _;
        let log = File::options().create(true).append(true).open(log).expect("a log can be written");
        let again = log.try_clone().expect("a file can be shared");
        if leads {
            command.process_group(0);
        }
        let child = command.stdin(Stdio::null()).stdout(log).stderr(again).spawn().expect("a program can be run");
        Self { child: Arc::new(Mutex::new(child)), leads }
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    /// `kill -9`; nothing where it has ended.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// A signal; nothing where it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        // Nobody waits for it meanwhile, so its number is still its own.
        let mut child = self.child();
        let Ok(None) = child.try_wait() else { return };
        let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
        let _ = match self.leads {
            true => kill_process_group(pid, signal),
            false => rustix::process::kill_process(pid, signal),
        };
    }

    /// How it ended, where it has; 128 and the number of the signal where one ended it.
    pub(crate) fn ended(&self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.child().try_wait().expect("it is our child")?;
        Some(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
    }

    /// Waits for its end; `None` when it had to be killed for it.
    pub(crate) fn wait(&self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(code) = self.ended() {
                return Some(code);
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.kill();
        let _ = self.child().wait();
        None
    }
}
