//! The weather of a seed: which faults strike and how often. Each seed has only some of them, so that one does not
//! hide another.

use support::world::{Dice, MS, SECOND};

/// How often something goes wrong, in per cent, and how long things take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Events that nobody gets.
    pub(crate) lost_events: u64,
    /// Events that come twice.
    pub(crate) doubled_events: u64,
    /// The longest an event takes, in nanoseconds.
    pub(crate) event_delay: i64,
    /// Calls that take much longer.
    pub(crate) slow_calls: u64,
    /// The longest a part of a list takes, in nanoseconds.
    pub(crate) list_time: i64,
    /// Calls whose answer is lost.
    pub(crate) lost_answers: u64,
    /// Calls that the engine refuses although nothing speaks against them.
    pub(crate) refused: u64,
    /// Calls whose object somebody takes away just before they arrive.
    pub(crate) snatched: u64,
    /// Lists and looks that fail.
    pub(crate) failed_looks: u64,
    /// Acts of others, each.
    pub(crate) acts: u64,
    /// Times the engine ends and begins again.
    pub(crate) engine_ends: u64,
    /// Times the daemon is killed.
    pub(crate) kills: u64,
    /// Steps after which the daemon is killed at once, in a thousand.
    pub(crate) deadly_steps: u64,
    /// Requests after the first.
    pub(crate) requests: u64,
    /// Times the engine's disk is full for a while.
    pub(crate) full_disks: u64,
    /// Times the engine hangs: it answers nobody, and then everybody.
    pub(crate) hangs: u64,
    /// Times somebody else's container takes a name of ours for a while.
    pub(crate) squats: u64,
    /// Times the engine's clock is set.
    pub(crate) clocks: u64,
}

impl Faults {
    /// The weather of a seed.
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let mut some = |percent: u64, most: u64| if dice.chance(percent) { 1 + dice.below(most) } else { 0 };
        Self {
            lost_events: some(40, 40),
            doubled_events: some(40, 30),
            event_delay: if some(40, 1) == 1 { 3 * SECOND } else { 5 * MS },
            slow_calls: some(30, 15),
            list_time: if some(30, 1) == 1 { 3 * SECOND } else { 10 * MS },
            lost_answers: some(40, 15),
            refused: some(40, 15),
            snatched: some(25, 10),
            failed_looks: some(30, 15),
            acts: some(60, 12),
            engine_ends: some(25, 2),
            kills: some(40, 4),
            deadly_steps: some(25, 30),
            requests: some(70, 6),
            full_disks: some(20, 2),
            hangs: some(20, 2),
            squats: some(20, 3),
            clocks: some(20, 3),
        }
    }

    /// Fair weather.
    pub(crate) fn none() -> Self {
        Self { event_delay: 5 * MS, list_time: 10 * MS, ..Self::default() }
    }

    /// Whether the world changes by our own hands only.
    pub(crate) fn is_calm(&self) -> bool {
        self.acts == 0 && self.engine_ends == 0 && self.snatched == 0
    }
}
