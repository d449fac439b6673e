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

use told::Trace;

/// How many seeds a plain run tries.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// Runs the seeds the environment asks for; every one that fails is told.
fn seeds(mut check: impl FnMut(u64) -> Result<(), String>) {
    let range = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let from = number("FROM").unwrap_or(0);
            from..from + number("SEEDS").unwrap_or(SEEDS)
        }
    };
    let mut failed = Vec::new();
    for seed in range {
        if let Err(law) = check(seed) {
            println!("SEED={seed}: {law}\n");
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "{} seeds fail: {failed:?}", failed.len());
}

#[test]
fn plans_keep_their_laws() {
    seeds(laws::check);
}

#[test]
fn a_controller_comes_through_every_storm() {
    let began = std::time::Instant::now();
    let mut steps = 0;
    let mut count = 0;
    let shows = number("SEED").is_some();
    seeds(|seed| {
        count += 1;
        let trace = if shows { Trace::kept() } else { Trace::default() };
        match drive::check(seed, trace) {
            Ok((taken, trace)) => {
                steps += taken;
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
    println!("{count} seeds, {steps} steps, {:.1} s", began.elapsed().as_secs_f64());
}
