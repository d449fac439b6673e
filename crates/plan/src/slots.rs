//! The containers of a service, sorted into the places they fill.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use model::{Service, ServiceName};

use crate::cause::Drift;
use crate::drift::Measure;
use crate::observed::{Container, ContainerId, Observed, State};
use crate::{Desired, labels};

/// One place of a service and who claims it.
pub(crate) struct Slot<'a> {
    pub(crate) number: u32,
    /// What the file asks for; the first is the one to keep.
    pub(crate) current: Vec<&'a Container>,
    /// What differs; the first is the one whose data and work is carried over.
    pub(crate) outdated: Vec<(&'a Container, Vec<Drift>)>,
    /// What the engine is removing, or failed to.
    pub(crate) leaving: Vec<&'a Container>,
    /// Whether what is kept is not what the file asks for, as somebody makes another such one each time.
    pub(crate) is_contended: bool,
}

/// The places of a service: those to keep, and those too many.
pub(crate) struct Slots<'a> {
    pub(crate) kept: Vec<Slot<'a>>,
    pub(crate) surplus: Vec<Slot<'a>>,
}

impl<'a> Slots<'a> {
    /// Sorts the containers of a service, but for those `condemned`. Kept are first the places that are up to date, then the lowest
    /// numbers; new ones are numbered on from the highest, so a number is never given twice at a time.
    pub(crate) fn of(
        desired: &Desired,
        observed: &'a Observed,
        name: &ServiceName,
        service: &Service,
        condemned: &BTreeSet<ContainerId>,
    ) -> Self {
        let measure = Measure::of(desired, observed, name, service);
        let mut by_number: BTreeMap<u32, Slot<'a>> = BTreeMap::new();
        for container in observed.containers.values() {
            if container.label(labels::SERVICE) != name.as_str() || condemned.contains(&container.id) {
                continue;
            }
            let Some(number) = labels::number(container) else { continue };
            let slot = by_number.entry(number).or_insert_with(|| Slot::empty(number));
            if container.is_leaving() {
                slot.leaving.push(container);
                continue;
            }
            let drifts = measure.drifts(container);
            if desired.policy.recreate.contains(&container.id) {
                slot.outdated.push((container, drifts));
            } else if drifts.is_empty() || desired.policy.keep_drifted {
                slot.current.push(container);
            } else {
                slot.outdated.push((container, drifts));
            }
        }
        for coming in desired.policy.coming.iter().filter(|coming| coming.service == *name) {
            by_number.entry(coming.number).or_insert_with(|| Slot::empty(coming.number));
        }
        for contended in desired.policy.contended.iter().filter(|contended| contended.service == *name) {
            if let Some(slot) = by_number.get_mut(&contended.number).filter(|slot| slot.current.is_empty()) {
                slot.is_contended = !slot.outdated.is_empty();
                slot.current = slot.outdated.drain(..).map(|(container, _)| container).collect();
            }
        }
        let highest = by_number.keys().next_back().copied().unwrap_or(0);
        let mut slots: Vec<Slot<'a>> = by_number.into_values().collect();
        for slot in &mut slots {
            slot.current.sort_by_key(|container| rank(container));
            slot.outdated.sort_by_key(|(container, _)| rank(container));
        }
        // Of a place that only somebody who is leaving has, nothing is left to be kept.
        slots.sort_by_key(|slot| (slot.current.is_empty(), slot.outdated.is_empty(), slot.number));
        // Who works on what is there takes all of it.
        let wanted = if desired.policy.existing_only { slots.len() } else { service.replicas() as usize };
        let mut surplus = slots.split_off(wanted.min(slots.len()));
        let missing = u32::try_from(wanted - slots.len()).unwrap_or(u32::MAX);
        slots.extend((1..=missing).map(|offset| Slot::empty(highest + offset)));
        slots.sort_by_key(|slot| slot.number);
        surplus.sort_by_key(|slot| Reverse(slot.number));
        Self { kept: slots, surplus }
    }
}

impl<'a> Slot<'a> {
    fn empty(number: u32) -> Self {
        Self { number, current: Vec::new(), outdated: Vec::new(), leaving: Vec::new(), is_contended: false }
    }

    /// Whether a replacement is under way or was given up: a successor is there that was never started and has
    /// yet to get the `name` of the place. Who ended beside it was stopped by us.
    pub(crate) fn is_mid_walk(&self, name: &str) -> bool {
        self.containers().any(|container| matches!(container.state, State::Created { .. }) && container.name != name)
    }

    /// Whether one that is wanted ended on the way to a successor that is not: it has not run since that was made.
    pub(crate) fn is_interrupted(&self, keep: &Container, name: &str) -> bool {
        let State::Exited { started, .. } = keep.state else { return false };
        let mut successors = self.containers().filter(|other| matches!(other.state, State::Created { .. }));
        self.is_mid_walk(name) && successors.any(|successor| started <= successor.created)
    }

    /// Everyone who claims the place and could be stopped and removed.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &'a Container> + '_ {
        let outdated = self.outdated.iter().map(|(container, _)| *container);
        self.current.iter().copied().chain(outdated)
    }
}

/// Alive before ended before never started; then the longest there.
fn rank(container: &Container) -> (u8, crate::Stamp, crate::ContainerId) {
    let liveliness = match container.state {
        _ if container.is_alive() => 0,
        State::Created { .. } => 2,
        _ => 1,
    };
    (liveliness, container.created, container.id.clone())
}
