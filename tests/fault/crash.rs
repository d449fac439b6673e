//! F01: `kill -9` at any engine call. Whoever works next, the daemon started again or the same command once more,
//! gets to the same world as if nothing had happened, and then is quiet.
//!
//! Every change of a scenario is killed at every call that changes something, before it, after its effect, after its
//! answer; then, by chance from a seed, up to three times in a row, the recoveries too.

mod bench;
mod plan;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use support::proxy::{Fault, Request, nth};

use crate::engine::Engine;
use crate::oracle::{Before, decoys};
use crate::process::Process;
use crate::scenario::Scenario;
use crate::site::{Mode, Site};
use plan::Round;

/// How long nothing may happen after all is done.
const QUIET: Duration = Duration::from_secs(3);

/// What became of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Done {
    /// Kills that came about; a recovery may be over before its call comes.
    kills: usize,
    /// Calls that changed something after the change was asked for, all recoveries included.
    changes: usize,
}

/// Plays a round.
///
/// # Errors
/// What is wrong with the world it left, and all that was seen on the way.
fn play(engine: &Arc<Engine>, mode: &Mode, round: &Round) -> Result<Done, String> {
    let site = Site::new(engine, mode);
    let played = catch_unwind(AssertUnwindSafe(|| stages(&site, round)));
    let played = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    });
    played.map_err(|wrong| format!("{wrong}\n{}", site.told()))
}

fn stages(site: &Site, round: &Round) -> Result<Done, String> {
    let scenario = round.scenario;
    let decoys = decoys(&site.api(), &site.project);
    if site.mode == Mode::Daemon {
        site.answering_daemon().ok_or("composed ended at once")?;
    }
    if let Some(stack) = &scenario.before {
        site.write("compose.yaml", stack);
        let code = site.run("compose.yaml", &["up", "-d"])?;
        if code != 0 {
            return Err(format!("what stands before: up ended with {code}"));
        }
    }
    let before = Before::look(&site.engine, &site.project, scenario.before.as_ref(), &decoys);
    // A file of its own: one that is saved in place is applied before it is asked for.
    let file = match &scenario.after {
        Some(stack) => {
            site.write("after.yaml", stack);
            "after.yaml"
        }
        None => "compose.yaml",
    };
    let hashes = scenario.after.map(|_| site.hashes(file)).unwrap_or_default();
    let wrong = || before.wrong(&site.engine, scenario, &hashes);
    let mark = site.proxy.count();
    let mut kills = 0;
    for (at, kill) in round.kills.iter().enumerate() {
        let fault = Fault::Act(kill.point, site.killing());
        site.proxy.rules(vec![nth(kill.call, Request::changes, fault)]);
        let is_killed = match site.mode {
            Mode::Daemon => killed_daemon(site, scenario, file, at == 0, &wrong)?,
            _ => site.run(file, scenario.verb)? == 137,
        };
        site.proxy.rules(Vec::new());
        kills += usize::from(is_killed);
        if !is_killed {
            break;
        }
    }
    if round.kills.is_empty() && site.mode == Mode::Daemon {
        let code = site.run(file, scenario.verb)?;
        if code != 0 {
            return Err(format!("{} ended with {code}", scenario.verb[0]));
        }
    }
    finish(site, scenario, file, &wrong)?;
    Ok(Done { kills, changes: site.proxy.changes_since(mark).len() })
}

/// Lets a daemon work until it is killed or has nothing left to do; whether it was killed.
fn killed_daemon(
    site: &Site,
    scenario: &Scenario,
    file: &str,
    is_first: bool,
    wrong: &impl Fn() -> Vec<String>,
) -> Result<bool, String> {
    if !is_first {
        let daemon = site.start_daemon();
        return until_killed_or_right(site, &daemon, wrong);
    }
    let daemon = site.daemon().ok_or("there is no daemon")?;
    // How it ends is not looked at: its daemon may have died under it.
    site.run(file, scenario.verb)?;
    until_killed_or_right(site, &daemon, wrong)
}

fn until_killed_or_right(site: &Site, daemon: &Process, wrong: &impl Fn() -> Vec<String>) -> Result<bool, String> {
    site.until_right(|| if daemon.ended().is_some() { Vec::new() } else { wrong() })?;
    Ok(daemon.ended().is_some())
}

/// Lets whoever comes next finish, and sees that then it is quiet.
fn finish(site: &Site, scenario: &Scenario, file: &str, wrong: &impl Fn() -> Vec<String>) -> Result<(), String> {
    if site.mode == Mode::Daemon {
        // Nothing is asked for again: what was asked for is in the ledger.
        if site.daemon().is_none_or(|daemon| daemon.ended().is_some()) {
            site.start_daemon();
        }
        site.until_right(wrong)?;
        site.quiet(QUIET)?;
        let left = wrong();
        return if left.is_empty() { Ok(()) } else { Err(left.join("\n")) };
    }
    let code = site.run(file, scenario.verb)?;
    let left = wrong();
    if code != 0 || !left.is_empty() {
        return Err(format!("the second {} ended with {code}\n{}", scenario.verb[0], left.join("\n")));
    }
    let count = site.proxy.count();
    let code = site.run(file, scenario.verb)?;
    let changes: Vec<String> = site.proxy.changes_since(count).iter().map(ToString::to_string).collect();
    if code != 0 || !changes.is_empty() {
        return Err(format!("the third {} ended with {code} and did\n{}", scenario.verb[0], changes.join("\n")));
    }
    Ok(())
}
