//! The two programs as people meet them, where no engine is: what they print, where, and how they end.

mod check;
mod command_line;
mod completion;
mod config;
mod daemon;
mod doctor;
mod fake_engine;
mod files;
mod guarded;
mod images;
mod install;
mod limits;
mod looking;
mod man;
mod no_engine;
mod no_files;
mod peers;
mod plugin;
mod refusals;
mod scarce;
mod ssh;
mod streams;
mod swapped;
mod terminal;
mod tls;

use std::process::Command;

use support::folder::Folder;
use support::programs::{Ended, command, run};

/// `composectl` in a folder, kept from every daemon and every engine of this machine.
fn composectl(folder: &Folder, args: &[&str]) -> Command {
    let mut command = command("composectl", folder);
    command.env("DOCKER_HOST", format!("unix://{}", folder.join("none.sock").display()));
    command.arg("--no-daemon").args(args);
    command
}

/// Runs `composectl` on files, the first of which is the one that is named by `-f`.
fn on_files(files: &[(&str, &str)], args: &[&str]) -> Ended {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    let named = [&["-f", files[0].0], args].concat();
    run(&mut composectl(&folder, &named)).in_folder(&folder)
}
