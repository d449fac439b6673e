//! The built programs as processes: no variables but those a test gives, a home of their own, a deadline. How
//! they are built is not this file's business: they lie beside the test that runs them.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::deadline::PATIENCE;
use crate::folder::Folder;

/// Where a program of this workspace was built: `target/<profile>`, above the folder of the running test.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test.parent().and_then(Path::parent).expect("a test lies in `deps`");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not there; build them first: cargo build -p composed -p composectl", path.display());
    path
}

/// A program to be run in a folder, with nothing of this process's environment but `PATH`.
#[must_use]
pub fn command(name: &str, folder: &Folder) -> Command {
    let mut command = Command::new(program(name));
    command.current_dir(folder.path()).env_clear().env("HOME", folder.join("home")).stdin(Stdio::null());
    // Of root that would be the machine's own.
    command.env("COMPOSED_STATE_DIR", folder.join("home/state"));
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// The same program, run by another one that is put before it and becomes it.
#[must_use]
pub fn under(words: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(words[0]);
    outer.args(&words[1..]).arg(command.get_program()).args(command.get_args());
    outer.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    outer.stdin(Stdio::null());
    outer
}

/// How a process ended, and everything it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; 128 and the signal's number when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// The same, with a folder's path written as `[folder]`.
    #[must_use]
    pub fn in_folder(&self, folder: &Folder) -> Self {
        let path = folder.path().display().to_string();
        let hidden = |text: &str| text.replace(&path, "[folder]");
        Self { code: self.code, stdout: hidden(&self.stdout), stderr: hidden(&self.stderr) }
    }

    /// The same, if it ended well.
    ///
    /// # Panics
    /// With everything it said when it did not.
    pub fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

impl fmt::Display for Ended {
    /// Everything there is to compare: code, standard output, standard error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}{}", if text.ends_with('\n') { "" } else { "(no newline)\n" })?;
            }
        }
        Ok(())
    }
}

/// A process whose output is taken in as it comes.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts a process.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a program can be run");
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = vec![
            taken_in(child.stdout.take().expect("it is piped"), &stdout),
            taken_in(child.stderr.take().expect("it is piped"), &stderr),
        ];
        Self { child, stdout, stderr, readers }
    }

    /// What it has said on standard output up to now.
    #[must_use]
    pub fn said(&self) -> String {
        text(&self.stdout)
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time; then it is killed.
    #[must_use]
    pub fn end(mut self) -> Ended {
        let status = wait(&mut self.child, PATIENCE);
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        let Some(code) = status else { panic!("no end within {} s:\n{stdout}\n{stderr}", PATIENCE.as_secs()) };
        Ended { code, stdout, stderr }
    }

    /// Asks it to end by a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        send(&self.child, signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
#[must_use]
pub fn run(command: &mut Command) -> Ended {
    Running::start(command).end()
}

/// Sends a signal to a child that was not waited for yet.
///
/// # Panics
/// When the child's number is none.
pub fn send(child: &Child, signal: rustix::process::Signal) {
    let number = i32::try_from(child.id()).expect("the number of a process is small");
    let id = rustix::process::Pid::from_raw(number).expect("the number of a process is not 0");
    let _ = rustix::process::kill_process(id, signal);
}

/// Waits for the end of a child; `None` when it did not end in time and was killed.
///
/// # Panics
/// When the child is not ours.
pub fn wait(child: &mut Child, patience: Duration) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    let end = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return Some(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()));
        }
        if Instant::now() >= end {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn taken_in(mut from: impl Read + Send + 'static, into: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut part) {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&part[..read]);
        }
    })
}

fn text(bytes: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
