//! Containers that are not healthy, of services that ask for these to be restarted.

use std::collections::BTreeMap;

use model::{Heal, ServiceName};
use plan::{Action, Cause, Container, Drift, Health, labels};

use super::Controller;
use crate::Now;
use crate::repairs::{Budget, span};

impl Controller {
    /// Notes since when containers are unhealthy, and lets those be restarted that were so for long enough.
    pub(super) fn look_after(&mut self, now: Now) {
        let Some(desired) = self.desired.as_mut().filter(|_| self.is_lasting) else { return };
        let former = std::mem::take(&mut self.unwell);
        let mut healed = std::collections::BTreeSet::new();
        for container in self.observed.containers.values() {
            let Some(heal) = heal(&desired.project, container) else { continue };
            if !container.is_running() || container.health != Health::Unhealthy {
                continue;
            }
            let since = former.get(&container.id).copied().unwrap_or(now);
            let due = since.after(span(heal.after));
            if due <= now {
                healed.insert(container.id.clone());
            }
            self.unwell.insert(container.id.clone(), since);
        }
        if desired.policy.heal != healed {
            desired.policy.heal = healed;
            self.is_planned = false;
        }
    }

    /// Has containers left in peace that are another's each time they are replaced, for as long as no new one is made.
    pub(super) fn leave_contended(&mut self, now: Now) {
        let Some(desired) = &mut self.desired else { return };
        let contended = self.repairs.contended(now).cloned().collect();
        if desired.policy.contended != contended {
            desired.policy.contended = contended;
            self.is_planned = false;
        }
    }

    /// When the next container will have been unhealthy for long enough.
    pub(super) fn next_heal(&self, now: Now) -> Option<Now> {
        let desired = self.desired.as_ref()?;
        let due = self.unwell.iter().filter_map(|(id, since)| {
            let heal = heal(&desired.project, self.observed.containers.get(id)?)?;
            Some(since.after(span(heal.after)))
        });
        due.filter(|due| *due > now).min()
    }

    /// Notes what was mended, where somebody stays to see it break again.
    pub(super) fn mended(&mut self, now: Now, action: &Action, cause: &Cause) {
        let is_repair = match cause {
            Cause::Missing
            | Cause::NeverStarted
            | Cause::NotRestarted
            | Cause::OutOfOrder { .. }
            | Cause::Unhealthy => true,
            // Whoever makes another of it each time is answered less and less often, and before anything is taken away.
            Cause::Drifted(drifts) => {
                let is_first = matches!(action, Action::CreateContainer(_) | Action::RemoveNetwork { .. });
                is_first || drifts.contains(&Drift::Unstartable)
            }
            _ => false,
        };
        let Some(desired) = self.desired.as_ref().filter(|_| self.is_lasting && is_repair) else { return };
        let of = |service: &ServiceName| desired.project.care.get(service).and_then(|care| care.heal.as_ref());
        let budget = match (cause, action.service().and_then(of)) {
            (Cause::Unhealthy, Some(heal)) => Budget::of(heal),
            _ => Budget::USUAL,
        };
        let place = (action.target(), action.verb());
        self.repairs.note(now, place, action.object(), cause.to_string(), budget);
    }
}

/// Since when containers are unhealthy, by id.
pub(super) type Unwell = BTreeMap<plan::ContainerId, Now>;

fn heal<'p>(project: &'p model::Project, container: &Container) -> Option<&'p Heal> {
    project.care.get(container.label(labels::SERVICE))?.heal.as_ref()
}
