//! The places of each service: filled, kept, walked to a new container, or emptied.
//!
//! A recreate is no script. Each state that can be seen has one next step: nothing → create; old alone →
//! create the new one under a provisional name; both → stop the old, remove it; new alone, misnamed →
//! rename; never started → start. Whoever looks next, after whatever crash, goes on from there.

mod follow;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Service, ServiceName};

use crate::action::{Action, Replica};
use crate::cause::{Cause, Drift, Hold, Subject};
use crate::image;
use crate::observed::{Container, ContainerId, Observed, State};
use crate::slots::{Slot, Slots};
use crate::steps::{Builder, StepId};
use crate::waits::{self, Waits};
use crate::{Desired, Graph, around, container, retire, shared};

/// Plans all selected services, dependencies first.
pub(crate) fn plan(desired: &Desired, observed: &Observed, graph: &Graph, out: &mut Builder) {
    stop_on_request(desired, observed, graph, out);
    let selected = desired.selected();
    let mut stopped_first = BTreeMap::new();
    for name in graph.order().iter().filter(|name| selected.contains(*name)) {
        if desired.policy.stopped.contains(name) {
            continue;
        }
        let service: &Service = &desired.project.services[name];
        let owners = shared::owners(service);
        // While those it shares with are being replaced nobody knows yet which containers they will be.
        let unsettled: Vec<&ServiceName> = owners.iter().filter(|owner| out.replaces(owner)).collect();
        let resolved = if unsettled.is_empty() { shared::resolve(observed, service) } else { Cow::Borrowed(service) };
        let service = &*resolved;
        let (selected, stopped_first) = (&selected, &mut stopped_first);
        let mut walk = Walk {
            desired,
            observed,
            graph,
            selected,
            name,
            service,
            owners: &owners,
            out,
            stopped_first,
            first: None,
        };
        walk.service();
    }
}

/// Plans the images of services of which no container is wanted yet.
pub(crate) fn plan_images(desired: &Desired, out: &mut Builder) {
    for (name, service) in desired.project.services.iter().filter(|(name, _)| desired.policy.ready.contains(*name)) {
        let mut needs = Waits::default();
        needs.take([image::plan(desired, name, service, out)]);
        needs.take(image::of_mounts(desired, service, out));
        for hold in needs.holds {
            out.hold(Subject::Service(name.clone()), hold);
        }
    }
}

/// Stops what an operator wants stopped, dependents first.
fn stop_on_request(desired: &Desired, observed: &Observed, graph: &Graph, out: &mut Builder) {
    let mut stops: BTreeMap<&ServiceName, Vec<StepId>> = BTreeMap::new();
    for name in graph.order().iter().rev().filter(|name| desired.policy.stopped.contains(*name)) {
        out.hold(Subject::Service(name.clone()), Hold::Stopped);
        let after: Vec<StepId> =
            graph.dependents(name).filter_map(|dependent| stops.get(dependent)).flatten().copied().collect();
        for container in waits::containers(observed, name).filter(|container| container.is_alive()) {
            let action = retire::stop(desired, container);
            let step = out.step(action, Cause::Requested, after.clone());
            stops.entry(name).or_default().push(step);
        }
    }
}

/// One service on its way to what the file asks for.
struct Walk<'a, 'o> {
    desired: &'a Desired,
    observed: &'a Observed,
    graph: &'a Graph,
    /// The services that are asked for, directly or as a dependency.
    selected: &'a BTreeSet<ServiceName>,
    name: &'a ServiceName,
    service: &'a Service,
    /// The services whose namespaces or volumes it shares.
    owners: &'a [ServiceName],
    out: &'o mut Builder,
    /// Containers stopped because something they depend on is replaced: what starts them comes after.
    stopped_first: &'o mut BTreeMap<ContainerId, StepId>,
    /// The first start of the service in this plan.
    first: Option<StepId>,
}

impl Walk<'_, '_> {
    fn service(&mut self) {
        let slots = Slots::of(self.desired, self.observed, self.name, self.service, &self.out.condemned);
        // What runs goes on meanwhile; whether its image is another one shows when that is there.
        if self.service.replicas() > 0 && self.desired.policy.refresh.contains(&self.image()) {
            image::plan(self.desired, self.name, self.service, self.out);
        }
        let mut steps = Vec::new();
        for slot in &slots.surplus {
            self.out.surplus.extend(slot.containers().chain(slot.leaving.iter().copied()).map(|one| one.id.clone()));
            self.clear(slot);
            for old in slot.containers() {
                self.retire(old, &Cause::Surplus, Vec::new());
            }
        }
        for slot in &slots.kept {
            steps.extend(self.slot(slot));
        }
        self.out.services.entry(self.name.clone()).or_default().extend(steps);
    }

    /// The steps of one place; those that its dependents come after.
    fn slot(&mut self, slot: &Slot<'_>) -> Vec<StepId> {
        let replica = Replica { service: self.name.clone(), number: slot.number };
        let cleared = self.clear(slot);
        if slot.leaving.len() > cleared.len() {
            return cleared; // its name is free only when it is gone
        }
        let Some((&keep, others)) = slot.current.split_first() else {
            return self.fill(slot, &replica, cleared);
        };
        if slot.is_contended {
            self.out.hold(Subject::Container(keep.name.clone()), Hold::Contended);
        }
        let leftovers = others.iter().copied().chain(slot.outdated.iter().map(|(container, _)| *container));
        let name = container::name(self.desired, self.service, &replica);
        if slot.is_interrupted(keep, &name) {
            // Somebody may have started another one meanwhile.
            let (alive, others): (Vec<_>, Vec<_>) = leftovers.partition(|leftover| leftover.is_alive());
            let mut first = cleared;
            first.extend(alive.into_iter().map(|leftover| self.retire(leftover, &Cause::Replaced, Vec::new())));
            // The successor is the only sign that it was us who stopped it, so it goes last.
            let started = self.start(keep, &replica, &name, Cause::ReplacementGivenUp, first);
            for leftover in others {
                self.retire(leftover, &Cause::Replaced, vec![started]);
            }
            return vec![started];
        }
        // Whoever is left over of an interrupted walk makes room first.
        let mut gone = cleared;
        for leftover in leftovers {
            let is_replaced = leftover.is_alive() && !keep.is_alive();
            let before_stop = if is_replaced { self.stop_dependents() } else { Vec::new() };
            gone.push(self.retire(leftover, &Cause::Replaced, before_stop));
        }
        if keep.name != name && !container::is_provisional(&keep.name) {
            // Whoever renamed it may look for it under that name; labels say what it is. One that is kept although it
            // differs may have been called so by the file.
            if !self.desired.policy.keep_drifted {
                self.out.hold(Subject::Container(keep.name.clone()), Hold::Renamed { from: name.clone() });
            }
        } else if keep.name != name {
            let action =
                Action::RenameContainer { replica: replica.clone(), container: keep.id.0.clone(), to: name.clone() };
            gone = vec![self.out.step(action, Cause::Misnamed, gone)];
        }
        self.keep(keep, &replica, &name, gone)
    }

    /// Removes what the engine failed to, and names what it is removing.
    fn clear(&mut self, slot: &Slot<'_>) -> Vec<StepId> {
        let mut cleared = Vec::new();
        for leaving in &slot.leaving {
            match leaving.state {
                State::Dead => {
                    let action = retire::remove(leaving, false);
                    cleared.push(self.out.step(action, Cause::Dead, Vec::new()));
                }
                _ => self.out.hold(Subject::Container(leaving.name.clone()), Hold::Removing),
            }
        }
        cleared
    }

    /// A place that nobody fills as the file asks: a new container, walked in when an old one is there.
    fn fill(&mut self, slot: &Slot<'_>, replica: &Replica, mut first: Vec<StepId>) -> Vec<StepId> {
        if self.desired.policy.existing_only {
            return first;
        }
        let name = container::name(self.desired, self.service, replica);
        let old = slot.outdated.first();
        if let Some((old, drifts)) = old
            && let State::Exited { code, error, .. } = &old.state
            && !slot.is_mid_walk(&name)
            && !self.desired.policy.start.contains(&old.id)
        {
            // What ended needs no network, and is not run again for want of one.
            // The engine cannot start what shares with a container that is gone: it ended for that.
            let lost = drifts.contains(&Drift::Owner);
            let needs_nothing = !drifts.is_empty() && drifts.iter().all(|drift| matches!(drift, Drift::Network(_)));
            // One that the engine gave up was stopped by nobody: it may well be for that network.
            let is_left = if old.restarts_always { error.is_empty() } else { needs_nothing };
            if !lost && is_left {
                let hold = if old.restarts_always { Hold::StoppedByHand } else { Hold::Exited { code: *code } };
                self.out.hold(Subject::Container(old.name.clone()), hold);
                for (leftover, _) in slot.outdated.iter().skip(1) {
                    first.push(self.retire(leftover, &Cause::Replaced, Vec::new()));
                }
                return first;
            }
        }
        let outdated: Vec<&Container> = slot.outdated.iter().map(|(container, _)| *container).collect();
        let spec = container::spec(self.desired, self.observed, self.service, replica, &outdated);
        let mut needs = Waits { after: first, holds: Vec::new() };
        needs.take([image::plan(self.desired, self.name, self.service, self.out)]);
        needs.take(image::of_mounts(self.desired, self.service, self.out));
        let Waits { after: mut first, mut holds } = needs;
        for name in spec.endpoints.iter().map(|endpoint| &endpoint.network) {
            first.extend(self.out.networks.get(name));
            holds.extend(self.out.blocked.get(name).cloned());
        }
        for name in spec.service.volumes.iter().map(|mount| &mount.source) {
            first.extend(self.out.volumes.get(name));
            holds.extend(self.out.blocked.get(name).cloned());
        }
        for owner in self.owners {
            let steps = self.out.services.get(owner).map_or(&[][..], Vec::as_slice);
            first.extend_from_slice(steps);
            if steps.is_empty() && !shared::is_there(self.observed, owner) {
                let problem = "it has no container to share with".to_owned();
                holds.push(Hold::DependencyFailed { on: owner.clone(), problem });
            }
        }
        let cause = match old {
            None => Cause::Missing,
            Some((_, drifts)) if drifts.is_empty() => Cause::Requested,
            Some((_, drifts)) => Cause::Drifted(drifts.clone()),
        };
        let created_as = spec.name.clone();
        let mut last = self.out.step_waiting(Action::CreateContainer(Box::new(spec)), cause.clone(), first, holds);
        if !outdated.is_empty() {
            let mut before_stop = vec![last];
            if outdated.iter().any(|old| old.is_alive()) {
                before_stop.extend(self.stop_dependents());
            }
            let removed = outdated.iter().map(|old| self.retire(old, &Cause::Replaced, before_stop.clone())).collect();
            let rename = Action::RenameContainer { replica: replica.clone(), container: created_as, to: name.clone() };
            last = self.out.step(rename, Cause::Misnamed, removed);
        }
        if self.is_left_unstarted(&name) {
            return vec![last];
        }
        let waits = self.waits();
        let after = [vec![last], waits.after].concat();
        vec![self.begin(replica, &name.clone(), name, cause, Waits { after, ..waits })]
    }

    /// A place whose container is what the file asks for: it is started, restarted or left as it is.
    fn keep(&mut self, keep: &Container, replica: &Replica, name: &str, gone: Vec<StepId>) -> Vec<StepId> {
        let policy = &self.desired.policy;
        let subject = Subject::Container(keep.name.clone());
        let cause = match &keep.state {
            State::Created { .. } if self.is_left_unstarted(name) => return gone,
            State::Created { .. } => Cause::NeverStarted,
            State::Running { started } => {
                // What is not to be started by this request waits for nothing, and follows nobody.
                let is_left = policy.unstarted.contains(self.name);
                let out_of_order = if is_left || policy.in_order.contains(&keep.id) {
                    None
                } else {
                    self.out_of_order(keep, *started)
                };
                let cause = match out_of_order {
                    _ if self.stopped_first.contains_key(&keep.id) => Cause::Requested,
                    _ if policy.restart.contains(&keep.id) => Cause::Requested,
                    _ if policy.heal.contains(&keep.id) && !is_left => Cause::Unhealthy,
                    Some(dependency) => Cause::OutOfOrder { dependency },
                    None => {
                        if !is_left {
                            self.tell_pending(subject);
                        }
                        return gone;
                    }
                };
                if !self.stopped_first.contains_key(&keep.id) {
                    return self.restart(keep, replica, cause, gone);
                }
                cause
            }
            State::Exited { .. } if policy.start.contains(&keep.id) && policy.revived.contains(&keep.id) => {
                Cause::EngineEnded
            }
            State::Exited { .. } if policy.start.contains(&keep.id) => Cause::Requested,
            // Nobody stopped it: the engine gave up.
            State::Exited { error, .. } if keep.restarts_always && !error.is_empty() => Cause::NotRestarted,
            State::Exited { .. } if keep.restarts_always => {
                self.out.hold(subject, Hold::StoppedByHand);
                return gone;
            }
            State::Exited { code, .. } => {
                self.out.hold(subject, Hold::Exited { code: *code });
                return gone;
            }
            State::Restarting { .. } | State::Paused if self.stopped_first.contains_key(&keep.id) => Cause::Requested,
            State::Restarting { .. } | State::Paused if policy.restart.contains(&keep.id) => {
                return self.restart(keep, replica, Cause::Requested, gone);
            }
            State::Restarting { code } => {
                self.out.hold(subject, Hold::Restarting { code: *code });
                return gone;
            }
            State::Paused => {
                self.out.hold(subject, Hold::Paused);
                return gone;
            }
            State::Removing | State::Dead => unreachable!("sorted out before"),
        };
        vec![self.start(keep, replica, name, cause, gone)]
    }

    /// Says what a container that runs already would have waited for: `up` waits for that as well.
    fn tell_pending(&mut self, subject: Subject) {
        let pending = self.waits().holds.into_iter().find(|hold| matches!(hold, Hold::Dependency { .. }));
        if let Some(hold) = pending {
            self.out.hold(subject, hold);
        }
    }

    /// Whether the service is to be made and not started; then it says so.
    fn is_left_unstarted(&mut self, container: &str) -> bool {
        let is_unstarted = self.desired.policy.unstarted.contains(self.name);
        if is_unstarted {
            self.out.hold(Subject::Container(container.to_owned()), Hold::Unstarted);
        }
        is_unstarted
    }

    /// Starts a container that is there, once its dependencies and its networks are.
    fn start(&mut self, keep: &Container, replica: &Replica, name: &str, cause: Cause, gone: Vec<StepId>) -> StepId {
        let mut waits = self.waits();
        waits.after.extend(gone);
        waits.after.extend(self.stopped_first.get(&keep.id));
        waits.after.extend(self.out.images.get(&self.image()));
        // The engine joins a container to its networks when it starts.
        for key in self.service.networks.keys() {
            let Some(network) = self.desired.project.networks.get(key) else { continue };
            waits.after.extend(self.out.networks.get(&network.name));
            waits.holds.extend(self.out.blocked.get(&network.name).cloned());
        }
        self.begin(replica, &keep.id.0, name.to_owned(), cause, waits)
    }

    /// The start itself. What is to be done once before a service runs is done with the first of its replicas, and
    /// the others come after that one.
    fn begin(&mut self, replica: &Replica, container: &str, name: String, cause: Cause, mut waits: Waits) -> StepId {
        let is_first = self.first.is_none()
            && !waits::containers(self.observed, self.name).any(|container| container.is_running());
        if !self.service.pre_start.is_empty() {
            waits.after.extend(self.first);
        }
        if is_first {
            waits.take(image::of_hooks(self.desired, self.service, self.out));
        }
        let around = around::start(self.desired, self.name, self.service, container, is_first);
        let (replica, container) = (replica.clone(), container.to_owned());
        let action = Action::StartContainer { replica, container, name, around };
        let step = self.out.step_waiting(action, cause, waits.after, waits.holds);
        self.first.get_or_insert(step);
        step
    }

    fn restart(&mut self, keep: &Container, replica: &Replica, cause: Cause, gone: Vec<StepId>) -> Vec<StepId> {
        let waits = self.waits();
        let action = Action::RestartContainer {
            replica: replica.clone(),
            id: keep.id.clone(),
            name: keep.name.clone(),
            grace: self.desired.grace(),
            around: around::restart(self.service),
        };
        let after = [gone, waits.after].concat();
        vec![self.out.step_waiting(action, cause, after, waits.holds)]
    }

    /// Stops and removes a container; the step after which it is gone.
    fn retire(&mut self, old: &Container, cause: &Cause, mut after: Vec<StepId>) -> StepId {
        match self.stopped_first.get(&old.id) {
            None => retire::plan(self.desired, old, cause, after, self.out),
            Some(stopped) => {
                after.push(*stopped);
                self.out.step(retire::remove(old, false), cause.clone(), after)
            }
        }
    }

    /// Stops the running containers of services that asked to follow this one's restarts.
    fn stop_dependents(&mut self) -> Vec<StepId> {
        let mut steps = Vec::new();
        for dependent in self.graph.dependents(self.name) {
            let service = &self.desired.project.services[dependent];
            // Of one that is not asked for, or not to be started, nobody would start it again.
            let policy = &self.desired.policy;
            let is_kept = self.selected.contains(dependent)
                && ![&policy.stopped, &policy.unstarted].into_iter().any(|kept| kept.contains(dependent));
            if !service.depends_on[self.name].restart || !is_kept {
                continue;
            }
            for container in waits::containers(self.observed, dependent).filter(|container| container.is_alive()) {
                let step = *self.stopped_first.entry(container.id.clone()).or_insert_with(|| {
                    let cause = Cause::DependencyReplaced { dependency: self.name.clone() };
                    self.out.step(retire::stop(self.desired, container), cause, Vec::new())
                });
                steps.push(step);
            }
        }
        steps
    }

    fn image(&self) -> String {
        self.desired.project.image_of(self.name, self.service)
    }

    fn waits(&self) -> Waits {
        waits::of_service(self.desired, self.observed, self.service, self.out)
    }
}
