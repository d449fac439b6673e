//! The pause before something that was refused is tried again: per target and verb, doubling, bounded,
//! never giving up for good.

use std::collections::BTreeMap;
use std::time::Duration;

use plan::Target;

use crate::{Now, Refusal};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// What was refused lately, and until when it rests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backoff {
    resting: BTreeMap<(Target, &'static str), Rest>,
}

/// One refused call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rest {
    /// How often in a row.
    pub(crate) attempts: u32,
    /// When it may be tried again.
    pub(crate) until: Now,
    /// The engine's name of what was worked on.
    pub(crate) object: String,
    /// The last refusal.
    pub(crate) refusal: Refusal,
}

impl Backoff {
    /// Notes a refusal; the call rests 1 s, 2 s, 4 s … at most a minute. One that may be resolved by looking
    /// again (`is_looked_at_first`: a lost answer, a missing image) does not rest the first two times.
    pub(crate) fn refused(
        &mut self,
        now: Now,
        target: Target,
        verb: &'static str,
        object: String,
        refusal: Refusal,
        is_looked_at_first: bool,
    ) {
        let attempts = self.resting.get(&(target.clone(), verb)).map_or(0, |rest| rest.attempts) + 1;
        let pause = match attempts {
            1 | 2 if is_looked_at_first => Duration::ZERO,
            _ => FIRST.saturating_mul(1 << (attempts - 1).min(6)).min(LONGEST),
        };
        self.resting.insert((target, verb), Rest { attempts, until: now.after(pause), object, refusal });
    }

    /// Forgets a target that moved.
    pub(crate) fn moved(&mut self, target: &Target) {
        self.resting.retain(|(resting, _), _| resting != target);
    }

    /// Forgets everything: an operator asked anew, and need not wait.
    pub(crate) fn forget(&mut self) {
        self.resting.clear();
    }

    /// Forgets what is no longer planned.
    pub(crate) fn keep_only(&mut self, planned: impl Fn(&Target, &str) -> bool) {
        self.resting.retain(|(target, verb), _| planned(target, verb));
    }

    /// The refusal that keeps a call from being made: it stays one until the call succeeds.
    pub(crate) fn of(&self, target: &Target, verb: &'static str) -> Option<&Rest> {
        self.resting.get(&(target.clone(), verb))
    }

    /// Everything that was refused and has not succeeded since.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Target, &'static str, &Rest)> {
        self.resting.iter().map(|((target, verb), rest)| (target, *verb, rest))
    }

    /// The next moment at which something may be tried again.
    pub(crate) fn next(&self, now: Now) -> Option<Now> {
        self.resting.values().map(|rest| rest.until).filter(|until| *until > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_end_with_success() {
        let target = Target::Network("n".into());
        let mut backoff = Backoff::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            backoff.refused(Now::default(), target.clone(), "create", "n".into(), Refusal::default(), false);
            pauses.push(backoff.next(Now::default()).unwrap().0.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.moved(&target);
        assert_eq!(backoff.next(Now::default()), None);
    }
}
