//! Waiting for a condition. A test never waits for a time to pass, only for something to be so.

use std::time::{Duration, Instant};

/// How long anything that is waited for may take: far beyond a busy machine's worst.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is an answer.
///
/// # Panics
/// When there is none within [`PATIENCE`].
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// The same where what is waited for is slow on purpose.
///
/// # Panics
/// When there is no answer within this time.
pub fn eventually_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        assert!(Instant::now() < end, "never seen within {} s: {what}", patience.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}
