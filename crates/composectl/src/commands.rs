//! A file a verb.

mod check;
mod config;
mod down;
mod logs;
mod plan;
mod ps;
mod service;
mod status;
mod up;
mod version;

use std::collections::BTreeSet;

use crate::args::{Args, Command};
use crate::exit::Exit;
use crate::output::set_ansi;

/// Runs the verb of a command line.
pub(crate) async fn run(args: Args) -> Result<(), Exit> {
    set_ansi(args.global.ansi);
    let global = &args.global;
    match args.command {
        Command::Up(up) => up::run(global, up).await,
        Command::Down(down) => down::run(global, down).await,
        Command::Plan(plan) => plan::run(global, plan).await,
        Command::Status(status) => status::run(global, status).await,
        Command::Ps(ps) => ps::run(global, ps).await,
        Command::Logs(logs) => logs::run(global, logs).await,
        Command::Start(start) => service::start(global, start).await,
        Command::Stop(stop) => service::stop(global, stop).await,
        Command::Restart(restart) => service::restart(global, restart).await,
        Command::Config(config) => config::run(global, &config).await,
        Command::Check(check) => check::run(global, &check),
        Command::Version(version) => version::run(global, version).await,
    }
}

/// The services of a command line: none named is all.
fn named(services: Vec<String>) -> Option<BTreeSet<String>> {
    (!services.is_empty()).then(|| services.into_iter().collect())
}

/// Runs until it is done or somebody presses Ctrl-C.
async fn interruptible<T>(work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Exit::error(error.to_string()))?;
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Err(Exit::interrupted()),
        _ = term.recv() => Err(Exit::interrupted()),
    }
}
