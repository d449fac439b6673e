//! A login on another machine that is this one: a program `ssh` in a folder of a test, which leads to a socket. Who
//! builds that program is not this file's business.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::folder::Folder;

/// The program `ssh`, and what it was called with.
#[derive(Debug)]
pub struct Login {
    path: OsString,
    socket: PathBuf,
    log: PathBuf,
}

impl Login {
    /// Puts the program `fake` there as `ssh`; whoever calls it is led to an engine's address, a unix socket.
    ///
    /// # Panics
    /// When the folder cannot be written, or the address is no unix socket.
    #[must_use]
    pub fn new(folder: &Folder, fake: &Path, address: &str) -> Self {
        let programs = folder.join("programs");
        std::fs::create_dir_all(&programs).expect("a test's folder can be written");
        std::os::unix::fs::symlink(fake, programs.join("ssh")).expect("a test's folder can be written");
        let mut path = programs.into_os_string();
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let socket = address.strip_prefix("unix://").expect("the engine has a unix socket").into();
        Self { path, socket, log: folder.join("ssh.log") }
    }

    /// A command that finds this `ssh`.
    pub fn lead<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("PATH", &self.path).env("FAKE_SSH_SOCKET", &self.socket).env("FAKE_SSH_LOG", &self.log)
    }

    /// What it was called with, a call each.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}
