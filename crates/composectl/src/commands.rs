//! A file a verb.

mod attach;
mod attached;
mod build;
mod check;
mod commit;
mod completion;
mod config;
mod cp;
mod doctor;
mod down;
mod events;
mod exec;
mod export;
mod images;
mod imaging;
mod logs;
mod ls;
mod making;
mod man;
mod plan;
mod port;
mod ps;
mod pull;
mod push;
mod reconciling;
mod restart;
mod run;
mod service;
mod stats;
mod status;
mod target;
mod top;
mod touch;
mod up;
mod version;
mod volumes;
mod wait;
mod why;

use std::collections::BTreeSet;

use crate::args::{Args, Command};
use crate::exit::Exit;
use crate::interrupt::interrupted;
use crate::output::set_ansi;

/// Runs the verb of a command line.
pub(crate) async fn run(args: Args) -> Result<(), Exit> {
    set_ansi(args.global.ansi);
    let global = &args.global;
    if let Some(message) = global.refusal(|name| std::env::var(name).ok()) {
        return Err(Exit::error(message));
    }
    match args.command {
        Command::Up(up) => up::run(global, up).await,
        Command::Create(create) => up::create(global, create).await,
        Command::Scale(scale) => up::scale(global, scale).await,
        Command::Down(down) => down::run(global, down).await,
        Command::Build(build) => build::run(global, build).await,
        Command::Pull(pull) => pull::run(global, pull).await,
        Command::Push(push) => push::run(global, push).await,
        Command::Plan(plan) => plan::run(global, plan).await,
        Command::Status(status) => status::run(global, status).await,
        Command::Why(asked) => why::run(global, asked).await,
        Command::PauseReconcile(which) => reconciling::pause(global, which).await,
        Command::Resume(which) => reconciling::resume(global, which).await,
        Command::Ps(ps) => ps::run(global, ps).await,
        Command::Ls(ls) => ls::run(global, ls).await,
        Command::Images(images) => images::run(global, images).await,
        Command::Volumes(volumes) => volumes::run(global, volumes).await,
        Command::Port(port) => port::run(global, port).await,
        Command::Top(top) => top::run(global, top).await,
        Command::Stats(stats) => stats::run(global, stats).await,
        Command::Events(events) => events::run(global, events).await,
        Command::Wait(wait) => wait::run(global, wait).await,
        Command::Logs(logs) => logs::run(global, logs).await,
        Command::Exec(exec) => exec::run(global, exec).await,
        Command::Run(run) => run::run(global, run).await,
        Command::Attach(attach) => attach::run(global, attach).await,
        Command::Cp(cp) => cp::run(global, cp).await,
        Command::Export(export) => export::run(global, export).await,
        Command::Commit(commit) => commit::run(global, commit).await,
        Command::Start(start) => service::start(global, start).await,
        Command::Stop(stop) => service::stop(global, stop).await,
        Command::Restart(restart) => restart::run(global, restart).await,
        Command::Kill(kill) => touch::kill(global, kill).await,
        Command::Pause(pause) => touch::pause(global, pause).await,
        Command::Unpause(pause) => touch::unpause(global, pause).await,
        Command::Rm(rm) => touch::rm(global, rm).await,
        Command::Config(config) => config::run(global, &config).await,
        Command::Check(check) => check::run(global, &check),
        Command::Doctor(doctor) => doctor::run(global, doctor).await,
        Command::Version(version) => version::run(global, version).await,
        Command::Completion(completion) => completion::run(&completion),
        Command::Man(manual) => man::run(&manual),
        Command::Complete(line) => completion::candidates(global, &line, true).await,
        Command::CompleteBare(line) => completion::candidates(global, &line, false).await,
    }
}

/// The services of a command line: none named is all.
fn named(services: Vec<String>) -> Option<BTreeSet<String>> {
    (!services.is_empty()).then(|| services.into_iter().collect())
}

/// Flags end at the service: a dash before it is a flag that nobody knows.
fn unknown_flag(words: &[String]) -> Result<(), Exit> {
    let Some(word) = words.first().filter(|word| word.len() > 1 && word.starts_with('-')) else { return Ok(()) };
    Err(Exit::error(match word.strip_prefix("--") {
        Some(name) => format!("unknown flag: --{}", name.split('=').next().unwrap_or_default()),
        None => format!("unknown shorthand flag: '{}' in {word}", word.chars().nth(1).unwrap_or_default()),
    }))
}

/// A query's value with everything but letters, digits and `-._` escaped.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Runs until it is done or somebody presses Ctrl-C.
async fn interruptible<T>(work: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    tokio::select! {
        result = work => result,
        interrupted = interrupted() => Err(interrupted.err().unwrap_or_else(Exit::interrupted)),
    }
}
