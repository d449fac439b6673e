//! Plans and controllers in a hostile world, from seeds.
//!
//! `SEED=n` runs one seed and prints what happened; `SEEDS=n` and `FROM=m` run `n` seeds from `m` on.

mod acts;
mod conditions;
mod drive;
mod faults;
mod host;
mod intent;
mod laws;
mod projects;
mod rest;
mod safety;
mod told;
mod walk;
mod weather;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use told::Trace;

/// How many seeds a plain run tries.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// Runs the seeds the environment asks for, on every core; every one that fails is told.
fn seeds(check: impl Fn(u64) -> Result<(), String> + Sync) {
    let range = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let from = number("FROM").unwrap_or(0);
            from..from + number("SEEDS").unwrap_or(SEEDS)
        }
    };
    let next = AtomicU64::new(range.start);
    let failed = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= range.end {
                        break;
                    }
                    if let Err(law) = check(seed) {
                        failed.lock().expect("no thread panics with it").insert(seed, law);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no thread panics with it");
    for (seed, law) in &failed {
        println!("SEED={seed}: {law}\n");
    }
    assert!(failed.is_empty(), "{} seeds fail: {:?}", failed.len(), failed.keys());
}

#[test]
fn plans_keep_their_laws() {
    seeds(laws::check);
}

#[test]
fn a_controller_comes_through_every_storm() {
    let began = std::time::Instant::now();
    let (count, steps) = (AtomicU64::new(0), AtomicU64::new(0));
    let shows = number("SEED").is_some();
    seeds(|seed| {
        let trace = if shows { Trace::kept() } else { Trace::default() };
        match drive::check(seed, trace) {
            Ok((taken, trace)) => {
                count.fetch_add(1, Ordering::Relaxed);
                steps.fetch_add(taken, Ordering::Relaxed);
                if shows {
                    println!("{}", trace.last(usize::MAX));
                }
                Ok(())
            }
            // The same once more, this time with somebody who writes along.
            Err(failure) => {
                let again = drive::check(seed, Trace::kept()).err().unwrap_or(failure);
                let lines = if shows { usize::MAX } else { 40 };
                Err(format!("{}\n{}", again.law, again.trace.last(lines)))
            }
        }
    });
    println!("{count:?} seeds, {steps:?} steps, {:.1} s", began.elapsed().as_secs_f64());
}
