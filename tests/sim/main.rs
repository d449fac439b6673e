//! Plans and controllers in a hostile world, from seeds.
//!
//! `SEED=n` runs one seed and prints what happened; `SEEDS=n` and `FROM=m` run `n` seeds from `m` on, and `FIRST=1`
//! ends with the first that fails. `make sim` does so with an optimised build that keeps its assertions.

mod acts;
mod attention;
mod conditions;
mod drive;
mod faults;
mod host;
mod intent;
mod laws;
mod projects;
mod rest;
mod safety;
mod seeds;
mod told;
mod walk;
mod weather;

use seeds::Asked;
use told::Trace;

#[test]
fn plans_keep_their_laws() {
    seeds::run("plans", &Asked::of_environment(), |seed| laws::check(seed).map(|()| 1));
}

#[test]
fn a_controller_comes_through_every_storm() {
    let asked = Asked::of_environment();
    seeds::run("storms", &asked, |seed| {
        let trace = if asked.is_one { Trace::kept() } else { Trace::default() };
        match drive::check(seed, trace) {
            Ok((taken, trace)) => {
                if asked.is_one {
                    println!("{}", trace.last(usize::MAX));
                }
                Ok(taken)
            }
            // The same once more, this time with somebody who writes along.
            Err(failure) => {
                let again = drive::check(seed, Trace::kept()).err().unwrap_or(failure);
                let lines = if asked.is_one { usize::MAX } else { 40 };
                Err(format!("{}\n{}", again.law, again.trace.last(lines)))
            }
        }
    });
}
