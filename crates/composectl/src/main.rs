//! The control command: reads the command line, hands it to a verb, and ends with its exit code.

mod args;
mod cli_plugins;
mod commands;
mod complete;
mod connect;
mod credentials;
mod docker;
mod escape;
mod exit;
mod follow;
mod interrupt;
mod language_model;
mod output;
mod plugin;
mod provider;
mod session;
mod source;
mod template;
mod terminal;
mod turn;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command, Global};
use crate::exit::Exit;
use crate::output::stdout;

fn main() -> ExitCode {
    spec::keep_parser_quiet();
    let typed: Vec<_> = std::env::args_os().collect();
    if let Some(metadata) = plugin::metadata(&typed) {
        stdout().line(&metadata);
        return ExitCode::SUCCESS;
    }
    let called = plugin::called(typed);
    if let Some(address) = std::env::var_os("DOCKER_CLI_PLUGIN_SOCKET").filter(|_| called.is_plugin) {
        plugin::follow(&address);
    }
    let args = match Args::try_parse_from(called.words) {
        Ok(args) => Args { global: Global { docker: called.docker, ..args.global }, ..args },
        Err(error) => {
            let is_help = !error.use_stderr();
            let _ = error.print();
            // As docker compose: asking for help is no mistake, everything else is 1.
            return ExitCode::from(u8::from(!is_help));
        }
    };
    let mut threads = match &args.command {
        Command::Config(_) | Command::Check(_) => tokio::runtime::Builder::new_current_thread(),
        // The others may do the daemon's work themselves.
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match threads.worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::error(format!("cannot start: {error}")).report(),
    };
    let ended = runtime.block_on(commands::run(args));
    // An interrupted read of standard input or a slow lookup keeps nobody waiting.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}
