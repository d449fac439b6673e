//! What is remembered of containers, and for how long: a daemon that lives for a year must not come to hold a note of
//! everything that ever was.

use std::collections::{BTreeMap, BTreeSet};

use plan::{ContainerId, Policy};

use super::Controller;

impl Controller {
    /// Every container that it remembers something of.
    #[must_use]
    pub fn remembered(&self) -> BTreeSet<&ContainerId> {
        let policy = self.desired.as_ref().map(|desired| &desired.policy).into_iter();
        let of_policy = policy.flat_map(|policy| {
            let Policy { start, revived, restart, heal, recreate, in_order, unstartable, seen_before, .. } = policy;
            let sets = [start, revived, restart, heal, recreate, in_order, unstartable];
            sets.into_iter().flatten().chain(seen_before.keys())
        });
        let noted = self.late.keys().chain(&self.unstartable).chain(self.seen_before.keys()).chain(self.left.keys());
        let seen = self.fresher.iter().chain(self.looking.keys()).chain(self.unwell.keys());
        of_policy.chain(noted).chain(seen).chain(self.observed.containers.keys()).collect()
    }

    /// Forgets those that are gone, once a complete list says so.
    pub(super) fn forget_gone(&mut self) {
        let there = &self.observed.containers;
        let keep = |ids: &mut BTreeSet<ContainerId>| ids.retain(|id| there.contains_key(id));
        keep(&mut self.unstartable);
        keep_keys(&mut self.seen_before, there);
        keep_keys(&mut self.left, there);
        keep_keys(&mut self.late, there);
        let Some(desired) = &mut self.desired else { return };
        let Policy { start, revived, restart, heal, recreate, in_order, unstartable, seen_before, .. } =
            &mut desired.policy;
        [start, revived, restart, heal, recreate, in_order, unstartable].into_iter().for_each(keep);
        keep_keys(seen_before, there);
    }
}

fn keep_keys<T, U>(noted: &mut BTreeMap<ContainerId, T>, there: &BTreeMap<ContainerId, U>) {
    noted.retain(|id, _| there.contains_key(id));
}
