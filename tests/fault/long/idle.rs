//! A hundred containers in ten stacks with nothing to do for `T` seconds: what that needs.

use std::sync::Arc;
use std::time::Duration;

use super::fleet::Fleet;
use crate::engine::Engine;
use crate::number::number;
use crate::scenario::TEN;

#[test]
fn a_hundred_containers_with_nothing_to_do_need_little() {
    let engine = Arc::new(Engine::start());
    let fleet = Fleet::new(&engine, 10, TEN);
    let (before, count) = (fleet.gauge(), fleet.site.proxy.count());
    // What is measured is that time passes.
    std::thread::sleep(Duration::from_secs(number("T", 20)));
    let after = fleet.gauge();
    println!(
        "idle: {} s, {:.1} MiB, {:.2} % of a core, {} threads, {} descriptors, {} calls to the engine",
        (after.at - before.at).as_secs(),
        after.resident as f64 / 1024.0,
        after.share_since(&before),
        after.threads,
        after.descriptors,
        fleet.site.proxy.count() - count,
    );
    let changes = fleet.site.proxy.changes_since(count);
    assert!(changes.is_empty(), "nothing is done: {}", fleet.site.told());
}
