//! F06 at length: the engine answers nobody for `T` seconds, 10 stacks are registered, and `status` is asked for all
//! the time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::fleet::Fleet;
use crate::engine::Engine;
use crate::number::number;
use crate::scenario::STACK;

#[test]
fn while_the_engine_hangs_status_is_told() {
    let engine = Arc::new(Engine::start());
    let fleet = Fleet::new(&engine, 10, STACK);
    let span = Duration::from_secs(number("T", 5));
    let before = fleet.gauge();
    engine.signal(Signal::STOP);
    let (began, mut took, mut most) = (Instant::now(), Vec::new(), before);
    while began.elapsed() < span {
        for ship in &fleet.ships {
            let asked = Instant::now();
            assert!(fleet.status(ship).is_object(), "composed does not answer: {}", fleet.site.told());
            took.push(asked.elapsed());
        }
        let gauge = fleet.gauge();
        most.descriptors = most.descriptors.max(gauge.descriptors);
        most.resident = most.resident.max(gauge.resident);
        std::thread::sleep(Duration::from_millis(20));
    }
    engine.signal(Signal::CONT);
    let going_on = Instant::now();
    fleet.is_well();
    let well = going_on.elapsed();
    took.sort_unstable();
    let (middle, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "hang: {} s, {} times status, {:.1} ms at the median, {:.1} ms at the slowest; descriptors {} before, {} at most; \
         memory {} KiB before, {} KiB at most; all well {:.1} s after",
        span.as_secs(),
        took.len(),
        middle.as_secs_f64() * 1e3,
        slowest.as_secs_f64() * 1e3,
        before.descriptors,
        most.descriptors,
        before.resident,
        most.resident,
        well.as_secs_f64(),
    );
    assert!(most.descriptors < before.descriptors + 64, "what waits for the engine is bounded");
}
