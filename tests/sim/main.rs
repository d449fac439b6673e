//! Plans and controllers in a hostile world, from seeds.
//!
//! `SEED=n` runs one seed and prints what happened; `SEEDS=n` and `FROM=m` run `n` seeds from `m` on.

mod acts;
mod conditions;
mod laws;
mod projects;
mod walk;

/// How many seeds a plain run tries.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// Runs the seeds the environment asks for; every one that fails is told.
fn seeds(check: impl Fn(u64) -> Result<(), String>) {
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
