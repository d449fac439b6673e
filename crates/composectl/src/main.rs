//! The control command: reads the command line, hands it to a verb, and ends with its exit code.

mod args;
mod commands;
mod connect;
mod escape;
mod exit;
mod follow;
mod output;
mod provider;
mod session;
mod source;
mod template;
mod terminal;
mod turn;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    spec::keep_parser_quiet();
    let args = match Args::try_parse() {
        Ok(args) => args,
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
