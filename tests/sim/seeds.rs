//! Many seeds on every core, with a line now and then of how far it is, and how to run again what fails.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many seeds a plain run tries.
const SEEDS: u64 = 300;
/// How long nothing is said.
const PAUSE: Duration = Duration::from_secs(10);
/// How many failures are told in full.
const TOLD: usize = 20;

/// What the environment asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    range: Range<u64>,
    /// Whether the first failure is enough (`FIRST=1`).
    ends_with_first: bool,
    /// Whether it is one seed, to be looked at (`SEED=n`).
    pub(crate) is_one: bool,
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

impl Asked {
    pub(crate) fn of_environment() -> Self {
        let seed = number("SEED");
        let from = number("FROM").unwrap_or(0);
        let range = match seed {
            Some(seed) => seed..seed + 1,
            None => from..from + number("SEEDS").unwrap_or(SEEDS),
        };
        Self { range, ends_with_first: number("FIRST").is_some(), is_one: seed.is_some() }
    }
}

/// Runs the seeds that are asked for; every one that fails is told. What `check` counts is added up.
pub(crate) fn run(name: &str, asked: &Asked, check: impl Fn(u64) -> Result<u64, String> + Sync) {
    let range = &asked.range;
    let (next, done, steps) = (AtomicU64::new(range.start), AtomicU64::new(0), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    let failed = Mutex::new(BTreeMap::new());
    let began = Instant::now();
    let said = Mutex::new(began);
    let far = || {
        let (done, seconds) = (done.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
        let rate = done as f64 / seconds.max(0.001);
        let steps = steps.load(Ordering::Relaxed);
        format!("{name}: {done} of {} seeds, {steps} steps, {seconds:.0} s, {rate:.0} seeds/s", range.end - range.start)
    };
    let work = || {
        while !is_over.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= range.end {
                break;
            }
            let ended = catch_unwind(AssertUnwindSafe(|| check(seed)));
            done.fetch_add(1, Ordering::Relaxed);
            match ended.unwrap_or_else(|panic| Err(format!("it panics: {}", message(&*panic)))) {
                Ok(taken) => drop(steps.fetch_add(taken, Ordering::Relaxed)),
                Err(law) => {
                    let mut failed = failed.lock().expect("no thread panics with it");
                    if failed.len() < TOLD {
                        println!("{name}: seed {seed} fails, again with `make sim SEED={seed}`: {law}\n");
                    }
                    failed.insert(seed, law);
                    is_over.store(asked.ends_with_first, Ordering::Relaxed);
                }
            }
            if let Ok(mut said) = said.try_lock()
                && said.elapsed() > PAUSE
            {
                *said = Instant::now();
                println!("{}", far());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    println!("{}", far());
    let failed = failed.into_inner().expect("no thread panics with it");
    assert!(failed.is_empty(), "{name}: {} seeds fail: {:?}", failed.len(), failed.keys());
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
