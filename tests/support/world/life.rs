//! How containers live: they start, pass their checks, end, are started again, and go.

use plan::{ContainerId, Health, State};

use super::refusal::lost;
use super::{By, MS, Policy, Process, SECOND, World};

/// The exit code of a process that was asked to end.
const STOPPED: i64 = 143;
/// The exit code of a process that was killed.
const KILLED: i64 = 137;

impl World {
    /// The next moment at which something happens by itself.
    #[must_use]
    pub fn next_turn(&self) -> Option<i64> {
        self.containers.values().flat_map(|unit| unit.turn.into_iter().chain(unit.checked)).min()
    }

    /// Lets the time pass up to `until`.
    pub fn pass(&mut self, until: i64) {
        while let Some(at) = self.next_turn().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let due = |turn: Option<i64>| turn.is_some_and(|turn| turn <= at);
            let turning = self.containers.values().find(|unit| due(unit.turn) || due(unit.checked));
            let (id, is_check) = turning.map(|unit| (unit.seen.id.clone(), due(unit.checked))).expect("one is due");
            if is_check { self.check(&id) } else { self.turn(&id) }
        }
        self.now = self.now.max(until);
    }

    fn check(&mut self, id: &ContainerId) {
        let unit = self.containers.get_mut(id).expect("it is there");
        unit.checked = None;
        let passes = unit.check.is_some_and(|check| check.passes);
        unit.seen.health = if passes { Health::Healthy } else { Health::Unhealthy };
        self.tell(id);
    }

    fn turn(&mut self, id: &ContainerId) {
        let unit = self.containers.get_mut(id).expect("it is there");
        unit.turn = None;
        match (&unit.seen.state, unit.process) {
            (State::Removing, _) => self.vanish(id, false, By::Foreign),
            (State::Restarting { .. } | State::Exited { .. }, _) => self.revive(id),
            (_, Process::Ends { code, .. }) => self.end(id, code, By::Process),
            _ => {}
        }
    }

    /// The engine starts it again; should a network of it be gone since, or it have lost track of it, it gives up and
    /// leaves the reason on it.
    fn revive(&mut self, id: &ContainerId) {
        let is_lost = self.containers.get(id).is_some_and(|unit| unit.is_lost);
        match if is_lost { Err(lost(id)) } else { self.attach(id) } {
            Ok(()) => self.run(id, By::Engine),
            Err(refusal) => {
                let state = self.containers.get_mut(id).map(|unit| &mut unit.seen.state);
                if let Some(State::Exited { error, .. }) = state {
                    *error = refusal.message;
                }
            }
        }
    }

    /// It runs from now on.
    pub(super) fn run(&mut self, id: &ContainerId, by: By) {
        let started = self.stamp();
        let now = self.now;
        let unit = self.containers.get_mut(id).expect("it is there");
        unit.seen.state = State::Running { started };
        unit.since = started;
        unit.started_by = Some(by);
        unit.starts += 1;
        if by != By::Engine {
            unit.is_stopped_by_hand = false;
            unit.restarts = 0;
        }
        unit.turn = match unit.process {
            Process::Serves => None,
            Process::Ends { after, .. } => Some(now + after),
        };
        unit.seen.health = if unit.check.is_some() { Health::Starting } else { Health::None };
        unit.checked = unit.check.map(|check| now + check.after);
        self.tell(id);
    }

    /// Its process ended; the restart policy acts unless somebody ended it by hand.
    pub(super) fn end(&mut self, id: &ContainerId, code: i64, by: By) {
        let finished = self.stamp();
        let now = self.now;
        let unit = self.containers.get_mut(id).expect("it is there");
        unit.ended_by = Some(by);
        unit.ended_at = now;
        unit.checked = None;
        unit.turn = None;
        let is_by_hand = matches!(by, By::Us | By::Foreign);
        unit.is_stopped_by_hand |= is_by_hand;
        let lived = match unit.seen.state {
            State::Running { started } => finished.0 - started.0,
            _ => 0,
        };
        if lived > 10 * SECOND {
            unit.restarts = 0;
        }
        let restarts = !is_by_hand
            && match unit.policy {
                Policy::Always | Policy::UnlessStopped => true,
                Policy::OnFailure(most) => code != 0 && (most == 0 || unit.restarts < most),
                Policy::No => false,
            };
        if restarts {
            unit.seen.state = State::Restarting { code };
            unit.turn = Some(now + (100 * MS).saturating_mul(1 << unit.restarts.min(10)).min(60 * SECOND));
            unit.restarts += 1;
        } else {
            unit.seen.state = State::Exited { code, started: unit.since, finished, error: String::new() };
        }
        self.tell(id);
    }

    /// Somebody stops or kills it.
    pub(super) fn halt(&mut self, id: &ContainerId, by: By, is_kill: bool) {
        if self.containers.get(id).is_some_and(|unit| unit.seen.is_alive()) {
            self.end(id, if is_kill { KILLED } else { STOPPED }, by);
        }
    }

    /// It is gone, and its anonymous volumes with it when that was asked for.
    pub(super) fn vanish(&mut self, id: &ContainerId, with_volumes: bool, by: By) {
        self.tell(id);
        let Some(unit) = self.containers.remove(id) else { return };
        if !with_volumes {
            return;
        }
        for name in unit.seen.volumes.values().filter(|name| name.len() == 64) {
            let is_used = self.containers.values().any(|other| other.seen.volumes.values().any(|used| used == name));
            if !is_used && self.volumes.remove(name).is_some() {
                self.lost.push((name.clone(), by));
            }
        }
    }

    /// The engine ends, and every process with it. Nobody is told: the stream of events ends first.
    pub fn engine_ends(&mut self) {
        self.is_up = false;
        let ids: Vec<ContainerId> = self.containers.keys().cloned().collect();
        for id in ids {
            let unit = &self.containers[&id];
            if matches!(unit.seen.state, State::Created { .. }) && self.dice.chance(10) {
                // It ended within the start.
                self.containers.get_mut(&id).expect("it is there").is_lost = true;
            } else if matches!(unit.seen.state, State::Removing) {
                self.vanish(&id, false, By::Foreign);
            } else if unit.seen.is_alive() {
                let (finished, now) = (self.stamp(), self.now);
                let unit = self.containers.get_mut(&id).expect("it is there");
                unit.seen.state = State::Exited { code: KILLED, started: unit.since, finished, error: String::new() };
                unit.ended_by = Some(By::Engine);
                unit.ended_at = now;
                unit.turn = None;
                unit.checked = None;
            }
        }
        self.events.clear();
    }

    /// The engine is back: it starts what its restart policies say, one after the other.
    pub fn engine_begins(&mut self) {
        self.is_up = true;
        let mut at = self.now;
        let mut ids: Vec<ContainerId> = self.containers.keys().cloned().collect();
        self.dice.shuffle(&mut ids);
        for id in ids {
            let unit = self.containers.get_mut(&id).expect("it is there");
            let State::Exited { code, .. } = unit.seen.state else { continue };
            let starts = match unit.policy {
                Policy::Always => true,
                Policy::UnlessStopped => !unit.is_stopped_by_hand,
                Policy::OnFailure(most) => code != 0 && !unit.is_stopped_by_hand && (most == 0 || unit.restarts < most),
                Policy::No => false,
            };
            if starts {
                at += 150 * MS;
                unit.turn = Some(at);
            }
        }
    }
}
