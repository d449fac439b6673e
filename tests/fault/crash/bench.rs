//! `make crash`: the rounds, several at a time, and what came of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use support::world::Dice;

use super::plan::{Measure, Round, rounds};
use super::{Done, play};
use crate::engine::Engine;
use crate::number::number;
use crate::scenario::ALL;
use crate::site::Mode;

/// Rounds played at once: much of one is waiting.
const AT_ONCE: usize = 4;

fn mode(round: &Round, peer: Option<&String>) -> Mode {
    match peer {
        Some(words) => Mode::Peer(words.clone()),
        None if round.is_daemons => Mode::Daemon,
        None => Mode::Alone,
    }
}

/// Plays rounds, several at a time; what became of each.
fn play_all(engine: &Arc<Engine>, all: &[Round], peer: Option<&String>) -> Vec<(Round, Result<Done, String>)> {
    let next = Mutex::new(all.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(round) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else { return };
                    let became = play(engine, &mode(round, peer), round);
                    if let Err(wrong) = &became {
                        eprintln!("make crash ROUND='{round}'\n{wrong}");
                    }
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((round.clone(), became));
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn killed_at_any_call_it_gets_to_the_same_world() {
    let began = Instant::now();
    let engine = Engine::shared();
    let peer = std::env::var("PEER").ok().filter(|words| !words.is_empty());
    if let Some(text) = std::env::var("ROUND").ok().filter(|text| !text.is_empty()) {
        let round = Round::read(&text).unwrap_or_else(|| panic!("ROUND={text}: not SCENARIO/daemon|alone/KILL,…"));
        let done = play(&engine, &mode(&round, peer.as_ref()), &round);
        eprintln!("{round}: {done:?}");
        return assert!(done.is_ok(), "{round}\n{}", done.expect_err("it is none"));
    }
    let (count, seed) = (number("N", 12), number("SEED", 1));
    let whole = |is_daemons| ALL.iter().map(move |scenario| Round { scenario, is_daemons, kills: Vec::new() });
    let clean: Vec<Round> = whole(true).filter(|_| peer.is_none()).chain(whole(false)).collect();
    let mut measures = Vec::new();
    for (round, done) in play_all(&engine, &clean, peer.as_ref()) {
        let done = done.unwrap_or_else(|wrong| panic!("{round}, without any kill: {wrong}"));
        measures.push(Measure { scenario: round.scenario, is_daemons: round.is_daemons, calls: done.changes });
    }
    measures.sort_by_key(|measure| (measure.is_daemons, measure.scenario.name));
    for measure in &measures {
        let who = if measure.is_daemons { "daemon" } else { "alone" };
        eprintln!("{}/{who}: {} calls", measure.scenario.name, measure.calls);
    }
    let all = rounds(&measures, usize::try_from(count).expect("a number of rounds"), &mut Dice::new(seed));
    let done = play_all(&engine, &all, peer.as_ref());
    report(&done, seed, began, peer.as_deref());
}

fn report(all: &[(Round, Result<Done, String>)], seed: u64, began: Instant, peer: Option<&str>) {
    let mut by_scenario: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for (round, done) in all {
        let who = if round.is_daemons { "daemon" } else { "alone" };
        let entry = by_scenario.entry(format!("{}/{who}", round.scenario.name)).or_default();
        entry.0 += 1;
        entry.1 += done.as_ref().map_or(0, |done| done.kills);
        entry.2 += usize::from(done.is_err());
    }
    for (name, (rounds, kills, dirty)) in &by_scenario {
        eprintln!("{name}: {rounds} rounds, {kills} kills, {dirty} dirty");
    }
    let kills: usize = by_scenario.values().map(|entry| entry.1).sum();
    let dirty: Vec<_> = all.iter().filter_map(|(round, done)| Some((round, done.as_ref().err()?))).collect();
    let seconds = began.elapsed().as_secs();
    let (rounds, who) = (all.len(), peer.unwrap_or("composed"));
    eprintln!("crash: {who}: {} dirty of {rounds} rounds with {kills} kills, seed {seed}, {seconds} s", dirty.len());
    if peer.is_none() && !dirty.is_empty() {
        let told: Vec<String> = dirty.iter().map(|(round, _)| format!("make crash ROUND='{round}'")).collect();
        panic!("{} rounds of seed {seed} left a world that is wrong, told above:\n{}", dirty.len(), told.join("\n"));
    }
}
