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
    /// `docker rmi -f`.
    RemoveImage(String),
    /// The registry has a newer image under the same name.
    Publish(String),
    /// `docker pull` or `docker tag`.
    Pull(String),
}

impl World {
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
