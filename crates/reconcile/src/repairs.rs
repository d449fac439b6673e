//! A budget for what is mended again and again: a place that somebody keeps emptying, a container that is never
//! healthy for long. After so many times in a row the pauses grow, up to ten minutes; it is never given up.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Heal;
use plan::Target;
use plan::action::Replica;

use crate::Now;

const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(600);

/// How often something may be mended in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    times: u32,
    /// What has lasted for longer than this was no part of the row.
    within: Duration,
}

impl Budget {
    /// For what nobody set a budget for.
    pub(crate) const USUAL: Self = Self { times: 4, within: Duration::from_secs(120) };

    /// That of a service whose unhealthy containers are restarted.
    pub(crate) fn of(heal: &Heal) -> Self {
        Self { times: heal.times, within: span(heal.within) }
    }
}

/// How long something written in a file is; no time at all where it is written below zero.
pub(crate) fn span(written: model::Duration) -> Duration {
    Duration::from_nanos(u64::try_from(written.as_nanos()).unwrap_or(0))
}

/// What was mended lately.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Repairs(BTreeMap<(Target, &'static str), Row>);

/// Repairs of one place in a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// How many.
    pub(crate) times: u32,
    /// When the next one may be.
    pub(crate) until: Now,
    /// Until when another one is of this row.
    ends: Now,
    /// The engine's name of what was mended.
    pub(crate) object: String,
    /// Why, the last time.
    pub(crate) cause: String,
}

impl Repairs {
    /// Notes one.
    pub(crate) fn note(
        &mut self,
        now: Now,
        (target, verb): (Target, &'static str),
        object: &str,
        cause: String,
        budget: Budget,
    ) {
        self.0.retain(|_, row| now <= row.ends);
        let times = self.0.get(&(target.clone(), verb)).map_or(1, |row| row.times.saturating_add(1));
        let pause = pause(times, budget);
        let until = now.after(pause);
        let ends = until.after(budget.within.max(pause));
        self.0.insert((target, verb), Row { times, until, ends, object: object.to_owned(), cause });
    }

    /// What keeps something from being mended now.
    pub(crate) fn resting(&self, now: Now, target: &Target, verb: &'static str) -> Option<&Row> {
        self.0.get(&(target.clone(), verb)).filter(|row| row.until > now)
    }

    /// The places whose containers are not made again now.
    pub(crate) fn contended(&self, now: Now) -> impl Iterator<Item = &Replica> {
        self.0.iter().filter(move |(_, row)| row.until > now).filter_map(|((target, verb), _)| match target {
            Target::Replica(replica) if *verb == "create" => Some(replica),
            _ => None,
        })
    }

    /// The next moment at which something may be mended again.
    pub(crate) fn next(&self, now: Now) -> Option<Now> {
        self.0.values().map(|row| row.until).filter(|until| *until > now).min()
    }

    /// Somebody asked anew.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

fn pause(times: u32, budget: Budget) -> Duration {
    match times.checked_sub(budget.times) {
        None => Duration::ZERO,
        Some(over) => FIRST.saturating_mul(1 << over.min(6)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now(Duration::from_secs(seconds))
    }

    #[test]
    fn somebody_who_undoes_it_every_two_seconds_is_answered_eight_times_in_ten_minutes() {
        let (mut repairs, target, mut times) = (Repairs::default(), Target::Network("n".into()), 0);
        for second in (0..600).step_by(2) {
            if repairs.resting(at(second), &target, "create").is_none() {
                repairs.note(at(second), (target.clone(), "create"), "n", "missing".into(), Budget::USUAL);
                times += 1;
            }
        }
        assert_eq!(times, 8);
        let row = repairs.resting(at(599), &target, "create").unwrap();
        assert!(row.until <= at(600).after(LONGEST), "it is mended again within one pause");
    }

    #[test]
    fn what_lasted_begins_anew() {
        let (mut repairs, target) = (Repairs::default(), Target::Network("n".into()));
        for second in [0, 1, 2, 200, 201, 202, 400] {
            repairs.note(at(second), (target.clone(), "create"), "n", "missing".into(), Budget::USUAL);
            assert!(repairs.resting(at(second), &target, "create").is_none(), "{second}");
        }
        repairs.note(at(900), (Target::Network("other".into()), "create"), "n", "missing".into(), Budget::USUAL);
        assert_eq!(repairs.0.len(), 1, "and what is over is not kept");
    }
}
