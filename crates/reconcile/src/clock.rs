//! Time as an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment: the time since the controller's host started counting. Never the wall clock, so nothing is
/// ordered or timed out by a clock that somebody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Now(pub Duration);

impl Now {
    /// The moment so much later.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self(self.0.saturating_add(pause))
    }

    /// How long it is until `later`; zero when that has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        later.0.saturating_sub(self.0)
    }
}
