//! What somebody does at the engine's own command line, past every plan.

use plan::{ContainerId, State};

use super::{By, Process, SECOND, World};

/// One act of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// `docker stop`.
    Stop(ContainerId),
    /// `docker kill`.
    Kill(ContainerId),
    /// `docker start`.
    Start(ContainerId),
    /// `docker restart`.
    Restart(ContainerId),
    /// `docker rm -f`.
    Remove(ContainerId),
    /// `docker rm -f` that takes a while.
    RemoveSlowly(ContainerId),
    /// A removal that fails halfway.
    Break(ContainerId),
    /// `docker rename`.
    Rename(ContainerId, String),
    /// `docker pause`.
    Pause(ContainerId),
    /// `docker unpause`.
    Unpause(ContainerId),
    /// Its process crashes.
    Crash(ContainerId),
    /// `docker network disconnect -f`.
    Disconnect(ContainerId, String),
    /// `docker network rm`, after everybody was disconnected.
    RemoveNetwork(String),
    /// The same, and one of that name and those labels is made anew.
    RemakeNetwork(String),
    /// Another network of that name and those labels is made, as engines before API 1.44 let two do at once.
    TwinNetwork(String),
    /// Another tool makes a second container for the place of one.
    Twin(ContainerId),
    /// Somebody else's container takes a name.
    Squat(String),
    /// `docker rmi -f`.
    RemoveImage(String),
    /// The registry has a newer image under the same name.
    Publish(String),
    /// `docker pull` or `docker tag`.
    Pull(String),
}

impl World {
    /// One more container, alike to another that is there.
    fn join(&mut self, mut unit: super::Unit) {
        unit.seen.id = ContainerId(self.id());
        unit.seen.created = self.stamp();
        (unit.started_by, unit.ended_by) = (None, None);
        (unit.turn, unit.checked) = (None, None);
        let id = unit.seen.id.clone();
        self.made.insert(id.clone());
        self.containers.insert(id.clone(), unit);
        self.tell(&id);
    }

    /// Somebody does something; what the engine refuses does not happen.
    pub fn act(&mut self, act: &Act) {
        match act {
            Act::Stop(id) => self.halt(id, By::Foreign, false),
            Act::Kill(id) => self.halt(id, By::Foreign, true),
            Act::Start(id) => {
                if self.containers.contains_key(id) {
                    let _ = self.start(id, By::Foreign);
                }
            }
            Act::Restart(id) => {
                if self.containers.contains_key(id) {
                    self.halt(id, By::Foreign, false);
                    let _ = self.start(id, By::Foreign);
                }
            }
            Act::Remove(id) => {
                self.halt(id, By::Foreign, true);
                self.vanish(id, false, By::Foreign);
            }
            Act::RemoveSlowly(id) => {
                self.halt(id, By::Foreign, true);
                let gone = self.now + 2 * SECOND;
                if let Some(unit) = self.containers.get_mut(id) {
                    unit.seen.state = State::Removing;
                    unit.turn = Some(gone);
                }
                self.tell(id);
            }
            Act::Break(id) => {
                self.halt(id, By::Foreign, true);
                if let Some(unit) = self.containers.get_mut(id) {
                    unit.seen.state = State::Dead;
                    unit.turn = None;
                }
                self.tell(id);
            }
            Act::Rename(id, to) => {
                if self.containers.contains_key(id) {
                    let _ = self.rename(id, to);
                }
            }
            Act::Pause(id) => {
                if let Some(unit) = self.containers.get_mut(id)
                    && unit.seen.is_running()
                {
                    unit.seen.state = State::Paused;
                    unit.turn = None;
                    unit.checked = None;
                    self.tell(id);
                }
            }
            Act::Unpause(id) => {
                let now = self.now;
                if let Some(unit) = self.containers.get_mut(id)
                    && unit.seen.state == State::Paused
                {
                    unit.seen.state = State::Running { started: unit.since };
                    unit.checked = unit.check.map(|check| now + check.after);
                    unit.turn = match unit.process {
                        Process::Serves => None,
                        Process::Ends { after, .. } => Some(now + after),
                    };
                    self.tell(id);
                }
            }
            Act::Crash(id) => {
                if self.containers.get(id).is_some_and(|unit| unit.seen.is_running()) {
                    self.end(id, 1, By::Process);
                }
            }
            Act::Disconnect(id, network) => {
                if let Some(unit) = self.containers.get_mut(id)
                    && unit.seen.networks.remove(network).is_some()
                {
                    self.events.push(super::Event::Linked(id.clone()));
                }
            }
            Act::RemoveNetwork(name) => {
                let Some(id) = self.networks.get(name).map(|network| network.id.clone()) else { return };
                let on: Vec<ContainerId> = self
                    .containers
                    .values()
                    .filter(|unit| unit.seen.is_alive() && unit.seen.networks.values().any(|on| *on == id))
                    .map(|unit| unit.seen.id.clone())
                    .collect();
                for container in on {
                    self.act(&Act::Disconnect(container, name.clone()));
                }
                let _ = self.remove_network(&id);
            }
            Act::RemakeNetwork(name) => {
                let Some(labels) = self.networks.get(name).map(|network| network.labels.clone()) else { return };
                self.act(&Act::RemoveNetwork(name.clone()));
                if !self.networks.contains_key(name) {
                    let id = self.id();
                    self.networks.insert(name.clone(), plan::observed::Network { id, labels, ..Default::default() });
                    self.events.push(super::Event::Shared(name.clone()));
                }
            }
            Act::TwinNetwork(name) => {
                let id = self.id();
                if let Some(network) = self.networks.get_mut(name) {
                    network.twins.insert(id);
                    self.events.push(super::Event::Shared(name.clone()));
                }
            }
            Act::Twin(id) => {
                let Some(mut twin) = self.containers.get(id).cloned() else { return };
                twin.seen.name = format!("{}_{}", id.short(), twin.seen.name);
                if self.find(&twin.seen.name).is_none() {
                    twin.seen.state = State::Created { error: String::new() };
                    self.join(twin);
                }
            }
            Act::Squat(name) => {
                let held = self.find(name);
                let model = self.containers.values().find(|unit| unit.seen.label(plan::labels::PROJECT) == "shop2");
                if let (None, Some(mut squatter)) = (held, model.cloned()) {
                    squatter.seen.name.clone_from(name);
                    squatter.seen.labels.clear();
                    squatter.seen.networks.clear();
                    self.join(squatter);
                }
            }
            Act::RemoveImage(reference) => {
                self.images.remove(reference);
            }
            Act::Publish(reference) => {
                let id = format!("sha256:{}", self.id());
                self.registry.insert(reference.clone(), id);
            }
            Act::Pull(reference) => {
                if let Some(id) = self.registry.get(reference) {
                    self.images.insert(reference.clone(), id.clone());
                }
            }
        }
    }
}
