//! F51, F52, F54: two that want different things of one project at once, or one that goes away in the middle. The
//! world that comes of it is one of the two, never something of both; the loser is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::world::Dice;

use crate::engine::Engine;
use crate::number::number;
use crate::oracle::{Before, decoys};
use crate::process::Process;
use crate::scenario::{Scenario, TO_LEFT, TO_NOTHING, TO_RIGHT};
use crate::site::{Mode, Site};

/// Rounds played at once.
const AT_ONCE: usize = 3;
/// How long nothing may happen after all is done.
const QUIET: Duration = Duration::from_secs(1);
/// A change has about so many calls, questions included.
const CALLS: u64 = 40;

/// What happens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Two clients bring up different files.
    Ups,
    /// One brings up, the other takes down.
    UpAndDown,
    /// The file is saved anew while it is brought up.
    Save,
    /// Ctrl-C.
    Interrupt,
    /// The client is killed.
    Gone,
    /// All connections to the engine break.
    Broken,
}

const KINDS: [(Kind, bool); 10] = [
    (Kind::Ups, true),
    (Kind::Ups, false),
    (Kind::UpAndDown, true),
    (Kind::UpAndDown, false),
    (Kind::Save, true),
    (Kind::Interrupt, true),
    (Kind::Interrupt, false),
    (Kind::Gone, true),
    (Kind::Broken, true),
    (Kind::Broken, false),
];

#[derive(Debug, Clone, Copy)]
struct Round {
    number: usize,
    kind: Kind,
    is_daemons: bool,
    /// How many calls the first is ahead.
    ahead: usize,
    /// Which of two is first.
    is_turned: bool,
}

/// What became of a round: whether somebody was told to be superseded.
type Became = Result<bool, String>;

fn play(engine: &Arc<Engine>, round: Round) -> Became {
    let site = Site::new(engine, if round.is_daemons { &Mode::Daemon } else { &Mode::Alone });
    let played = catch_unwind(AssertUnwindSafe(|| stages(&site, round)));
    let played = played.unwrap_or_else(|panic| Err(panic.downcast_ref::<String>().cloned().unwrap_or_default()));
    played.map_err(|wrong| format!("{wrong}\n{}", site.told()))
}

fn stages(site: &Site, round: Round) -> Became {
    let decoys = decoys(&site.api(), &site.project);
    if round.is_daemons {
        site.answering_daemon().ok_or("composed ended at once")?;
    }
    let stack = TO_LEFT.before.ok_or("there is something before")?;
    site.write("compose.yaml", &stack);
    if site.run("compose.yaml", &["up", "-d"])? != 0 {
        return Err("what stands before cannot be brought up".to_owned());
    }
    let before = Before::look(&site.engine, &site.project, Some(&stack), &decoys);
    for scenario in [&TO_LEFT, &TO_RIGHT] {
        site.write(&format!("{}.yaml", scenario.name), &scenario.after.ok_or("there is something after")?);
    }
    let mark = site.proxy.count();
    match round.kind {
        Kind::Ups => two(site, &before, round, [&TO_LEFT, &TO_RIGHT]),
        Kind::UpAndDown => two(site, &before.after_a_down(), round, [&TO_LEFT, &TO_NOTHING]),
        Kind::Save => {
            let up = start(site, &TO_LEFT);
            ahead(site, mark, round.ahead, &up);
            site.write("left.yaml", &TO_RIGHT.after.ok_or("there is something after")?);
            let code = up.wait().ok_or("up does not end")?;
            site.until_right(|| wrong(site, &before, &TO_RIGHT))?;
            site.quiet(QUIET)?;
            told(site, &[code])
        }
        Kind::Interrupt | Kind::Gone => {
            let up = start(site, &TO_LEFT);
            ahead(site, mark, round.ahead, &up);
            up.signal(if round.kind == Kind::Gone { Signal::KILL } else { Signal::INT });
            let code = up.wait().ok_or("up does not end")?;
            if !matches!(code, 0 | 130 | 137) {
                return Err(format!("up was to end and ended with {code}"));
            }
            // A daemon that has taken it goes on; where it had not, or there is none, it is asked for again.
            let is_taken = round.is_daemons && site.status()["generation"] == 2;
            if !is_taken && site.run("left.yaml", TO_LEFT.verb)? != 0 {
                return Err("the second up did not end well".to_owned());
            }
            site.until_right(|| wrong(site, &before, &TO_LEFT))?;
            site.quiet(QUIET)?;
            Ok(false)
        }
        Kind::Broken => {
            let up = start(site, &TO_LEFT);
            ahead(site, mark, round.ahead, &up);
            site.proxy.drop_connections();
            // A call without an answer may be told as a failure; a daemon goes on trying, and else it is asked again.
            let code = up.wait().ok_or("up does not end")?;
            let again = if code == 1 && !round.is_daemons { site.run("left.yaml", TO_LEFT.verb)? } else { 0 };
            if !matches!(code, 0 | 1) || again != 0 {
                return Err(format!("up ended with {code}, and again with {again}"));
            }
            site.until_right(|| wrong(site, &before, &TO_LEFT))?;
            site.quiet(QUIET)?;
            Ok(false)
        }
    }
}

fn file(scenario: &Scenario) -> String {
    if scenario.after.is_some() { format!("{}.yaml", scenario.name) } else { "compose.yaml".to_owned() }
}

fn start(site: &Site, scenario: &Scenario) -> Process {
    site.start(&file(scenario), scenario.verb)
}

fn wrong(site: &Site, before: &Before, scenario: &Scenario) -> Vec<String> {
    // What the file says now: one may have been saved over.
    let hashes = scenario.after.map(|_| site.hashes(&format!("{}.yaml", scenario.name))).unwrap_or_default();
    before.wrong(&site.engine, scenario, &hashes)
}

/// Waits until so many calls have come by, or there is nobody any more who makes them.
fn ahead(site: &Site, mark: usize, calls: usize, first: &Process) {
    let end = Instant::now() + support::deadline::PATIENCE;
    while site.proxy.count() < mark + calls && first.ended().is_none() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Two commands at once, the second when the first has made some calls.
fn two(site: &Site, before: &Before, round: Round, mut wanted: [&Scenario; 2]) -> Became {
    if round.is_turned {
        wanted.reverse();
    }
    let mark = site.proxy.count();
    let first = start(site, wanted[0]);
    ahead(site, mark, round.ahead, &first);
    let second = start(site, wanted[1]);
    let codes = [first.wait().ok_or("the first does not end")?, second.wait().ok_or("the second does not end")?];
    let each = || wanted.map(|scenario| wrong(site, before, scenario));
    if round.is_daemons {
        site.until_right(|| {
            let [left, right] = each();
            if left.is_empty() || right.is_empty() { Vec::new() } else { [left, right].concat() }
        })?;
        site.quiet(QUIET)?;
    }
    let each = each();
    let winner = each.iter().position(Vec::is_empty);
    let Some(winner) = winner else { return Err(format!("mixed, {codes:?}:\n{}", each.concat().join("\n"))) };
    if codes[winner] != 0 {
        return Err(format!("{} won and was told {codes:?}", wanted[winner].name));
    }
    told(site, &codes)
}

/// Whoever lost was overtaken and told so, or was done before the other began.
fn told(site: &Site, codes: &[i32]) -> Became {
    if codes.iter().any(|code| !matches!(code, 0 | 3)) {
        return Err(format!("somebody was told an error: {codes:?}"));
    }
    let is_told = codes.contains(&3);
    let log = std::fs::read_to_string(site.log()).unwrap_or_default();
    if is_told && !log.contains("superseded") {
        return Err("3 without a word".to_owned());
    }
    Ok(is_told)
}

#[test]
fn of_two_at_once_one_wins_and_the_other_is_told() {
    let (count, seed, only) = (number("N", 6), number("SEED", 1), number("ONLY", u64::MAX));
    let mut dice = Dice::new(seed);
    let first = usize::try_from(dice.below(KINDS.len() as u64)).expect("an index");
    let all: Vec<Round> = (0..usize::try_from(count).expect("a number of rounds"))
        .map(|number| {
            // Every kind in turn; seven has no divisor in common with their number.
            let (kind, is_daemons) = KINDS[(first + number * 7) % KINDS.len()];
            let ahead = usize::try_from(dice.below(CALLS)).expect("a number of calls");
            Round { number, kind, is_daemons, ahead, is_turned: dice.chance(50) }
        })
        .collect();
    let engine = Engine::shared();
    let next = Mutex::new(all.iter().filter(|round| only == u64::MAX || round.number as u64 == only));
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(round) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                    let became = play(&engine, *round);
                    if let Err(wrong) = &became {
                        eprintln!("make race N={count} SEED={seed} ONLY={}\n{round:?}\n{wrong}", round.number);
                    }
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((*round, became));
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let told = done.iter().filter(|(_, became)| *became == Ok(true)).count();
    let wrong: Vec<String> = done
        .iter()
        .filter(|(_, became)| became.is_err())
        .map(|(round, _)| format!("make race N={count} SEED={seed} ONLY={}", round.number))
        .collect();
    eprintln!("race: {} wrong of {} rounds, {told} losers told, seed {seed}", wrong.len(), done.len());
    assert!(wrong.is_empty(), "told above:\n{}", wrong.join("\n"));
}
