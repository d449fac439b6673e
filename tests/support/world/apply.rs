//! What becomes of an order: the engine's answer, and the look afterwards, as the daemon puts them together.

use std::collections::BTreeMap;

use model::{MountKind, Service};
use plan::action::ContainerSpec;
use plan::observed::{Network, Volume};
use plan::{Action, Container, ContainerId, Health, Stamp, State, labels};
use reconcile::Outcome;

use super::refusal::{Answer, conflict, failed, lost, missing};
use super::{By, Check, Event, MS, Policy, Process, Unit, World};

/// The labels that say whose something is and what it was made from.
const IDENTITY: [&str; 6] =
    [labels::PROJECT, labels::SERVICE, labels::NUMBER, labels::NETWORK, labels::VOLUME, labels::CONFIG_HASH];

impl World {
    /// Carries an order out, once. What is so already is success.
    pub fn apply(&mut self, action: &Action, by: By) -> Outcome {
        if !self.is_up {
            return Outcome::Refused(failed("the engine is not there"));
        }
        self.carried_out(action, by).unwrap_or_else(Outcome::Refused)
    }

    fn carried_out(&mut self, action: &Action, by: By) -> Answer {
        match action {
            Action::CreateNetwork(spec) => self.create_network(&spec.network.name, &spec.labels),
            Action::RemoveNetwork { id, .. } => self.remove_network(id),
            Action::DisconnectNetwork { id, network, container, .. } => {
                if let Some(unit) = self.containers.get_mut(container)
                    && unit.seen.networks.get(network) == Some(id)
                {
                    unit.seen.networks.remove(network);
                    self.events.push(Event::Linked(container.clone()));
                }
                Ok(self.told(container))
            }
            Action::CreateVolume(spec) => self.create_volume(&spec.volume.name, &spec.labels),
            Action::RemoveVolume { name } => self.remove_volume(name, by),
            Action::PullImage { reference, .. } => self.bring(reference),
            Action::BuildImage(spec) => self.bring(&spec.tag),
            Action::RemoveImage { reference } => {
                self.images.remove(reference);
                Ok(Outcome::Done)
            }
            Action::CreateContainer(spec) => self.create(spec),
            Action::StartContainer { container, .. } => {
                let id = self.found(container)?;
                self.start(&id, by)
            }
            Action::StopContainer { id, .. } => {
                self.halt(id, by, false);
                Ok(self.told(id))
            }
            Action::RestartContainer { id, .. } => {
                self.found(&id.0)?;
                self.halt(id, by, false);
                self.start(id, by)
            }
            Action::RemoveContainer { id, volumes, .. } => self.remove(id, *volumes, by),
            Action::RenameContainer { container, to, .. } => {
                let id = self.found(container)?;
                self.rename(&id, to)
            }
        }
    }

    fn told(&self, id: &ContainerId) -> Outcome {
        Outcome::Container(id.clone(), self.look(id).map(Box::new))
    }

    fn found(&self, text: &str) -> Result<ContainerId, reconcile::Refusal> {
        self.find(text).ok_or_else(|| missing(&format!("no such container: {text}")))
    }

    fn has_room(&self) -> Result<(), reconcile::Refusal> {
        if self.is_full { Err(failed("no space left on device")) } else { Ok(()) }
    }

    fn create_network(&mut self, name: &str, wanted: &BTreeMap<String, String>) -> Answer {
        if let Some(holder) = self.networks.get(name) {
            return if is_same(wanted, &holder.labels) {
                Ok(Outcome::Made(holder.id.clone()))
            } else {
                Err(conflict(&format!("the name {name} is in use")))
            };
        }
        self.has_room()?;
        let id = self.id();
        self.networks.insert(name.to_owned(), Network { id: id.clone(), labels: wanted.clone(), ..Network::default() });
        self.events.push(Event::Shared(name.to_owned()));
        Ok(Outcome::Made(id))
    }

    pub(super) fn remove_network(&mut self, id: &str) -> Answer {
        let is_it = |network: &Network| network.id == id || network.twins.contains(id);
        let Some(name) = self.networks.iter().find(|(_, network)| is_it(network)).map(|(name, _)| name.clone()) else {
            return Ok(Outcome::Done);
        };
        let is_on = |unit: &Unit| unit.seen.is_alive() && unit.seen.networks.values().any(|on| on == id);
        if let Some(user) = self.containers.values().find(|unit| is_on(unit)) {
            return Err(conflict(&format!("network {name} has active endpoints ({})", user.seen.name)));
        }
        if let Some(network) = self.networks.get_mut(&name)
            && !network.twins.remove(id)
        {
            match network.twins.pop_first() {
                Some(other) => network.id = other,
                None => _ = self.networks.remove(&name),
            }
        }
        self.events.push(Event::Shared(name));
        Ok(Outcome::Done)
    }

    fn create_volume(&mut self, name: &str, wanted: &BTreeMap<String, String>) -> Answer {
        if let Some(holder) = self.volumes.get(name) {
            return if is_same(wanted, &holder.labels) {
                Ok(Outcome::Made(name.to_owned()))
            } else {
                Err(conflict(&format!("the name {name} is in use")))
            };
        }
        self.has_room()?;
        self.volumes.insert(name.to_owned(), Volume { labels: wanted.clone() });
        self.events.push(Event::Shared(name.to_owned()));
        Ok(Outcome::Made(name.to_owned()))
    }

    pub(super) fn remove_volume(&mut self, name: &str, by: By) -> Answer {
        let uses = |unit: &Unit| unit.seen.volumes.values().any(|used| used == name);
        if let Some(user) = self.containers.values().find(|unit| uses(unit)) {
            return Err(conflict(&format!("volume {name} is in use by {}", user.seen.name)));
        }
        if self.volumes.remove(name).is_some() {
            self.lost.push((name.to_owned(), by));
            self.events.push(Event::Shared(name.to_owned()));
        }
        Ok(Outcome::Done)
    }

    fn bring(&mut self, reference: &str) -> Answer {
        let Some(id) = self.registry.get(reference) else {
            return Err(missing(&format!("no such image: {reference}")));
        };
        self.has_room()?;
        self.images.insert(reference.to_owned(), id.clone());
        Ok(Outcome::Made(id.clone()))
    }

    fn create(&mut self, spec: &ContainerSpec) -> Answer {
        if let Some(holder) = self.containers.values().find(|unit| unit.seen.name == spec.name) {
            return if is_same(&spec.labels, &holder.seen.labels) {
                Ok(self.told(&holder.seen.id))
            } else {
                Err(conflict(&format!("the name {} is in use", spec.name)))
            };
        }
        if !self.images.contains_key(&spec.image) {
            return Err(missing(&format!("no such image: {}", spec.image)));
        }
        self.has_room()?;
        let volumes = self.mounts(spec);
        let id = ContainerId(self.id());
        let created = self.stamp();
        let policy = policy(&spec.service.restart);
        let check = check(&spec.service);
        let seen = Container {
            id: id.clone(),
            name: spec.name.clone(),
            image: spec.image.clone(),
            labels: spec.labels.clone(),
            state: State::Created { error: String::new() },
            health: if check.is_some() { Health::Starting } else { Health::None },
            restarts_always: matches!(policy, Policy::Always | Policy::UnlessStopped),
            out_of_memory: false,
            // The engine looks a network up when the container starts.
            networks: spec.endpoints.iter().map(|endpoint| (endpoint.network.clone(), String::new())).collect(),
            volumes,
            created,
            owners: Default::default(),
            ports: Vec::new(),
            command: spec.service.command.clone().unwrap_or_default().join(" "),
        };
        let unit = Unit {
            seen,
            policy,
            process: process(&spec.service),
            check,
            is_stopped_by_hand: false,
            since: Stamp::default(),
            ended_at: 0,
            started_by: None,
            ended_by: None,
            starts: 0,
            is_lost: false,
            restarts: 0,
            turn: None,
            checked: None,
        };
        self.made.insert(id.clone());
        self.containers.insert(id.clone(), unit);
        self.tell(&id);
        Ok(self.told(&id))
    }

    /// The volumes of a new container. The engine makes those that are not there, without labels.
    fn mounts(&mut self, spec: &ContainerSpec) -> BTreeMap<String, String> {
        let mut mounts: BTreeMap<String, String> = spec.inherited.iter().cloned().collect();
        for mount in spec.service.volumes.iter().filter(|mount| mount.kind == MountKind::Volume) {
            if !mount.source.is_empty() {
                mounts.insert(mount.target.clone(), mount.source.clone());
            } else if !mounts.contains_key(&mount.target) {
                let id = self.id();
                mounts.insert(mount.target.clone(), id);
            }
        }
        for name in mounts.values() {
            self.volumes.entry(name.clone()).or_default();
        }
        mounts
    }

    pub(super) fn start(&mut self, id: &ContainerId, by: By) -> Answer {
        let unit = &self.containers[id];
        match unit.seen.state {
            State::Running { .. } | State::Restarting { .. } => return Ok(self.told(id)),
            State::Paused => return Err(conflict("cannot start a paused container")),
            State::Removing | State::Dead => return Err(conflict("it is marked for removal")),
            State::Created { .. } | State::Exited { .. } => {}
        }
        if unit.is_lost {
            return Err(lost(id));
        }
        if let Err(missing) = self.attach(id) {
            if let Some(Unit { seen: Container { state: State::Created { error }, .. }, .. }) =
                self.containers.get_mut(id)
            {
                error.clone_from(&missing.message);
            }
            return Err(missing);
        }
        self.run(id, by);
        Ok(self.told(id))
    }

    /// Joins its networks: one it was on before is meant by its id, another by its name.
    pub(super) fn attach(&mut self, id: &ContainerId) -> Result<(), reconcile::Refusal> {
        let networks = &self.networks;
        let Some(unit) = self.containers.get_mut(id) else { return Ok(()) };
        for (name, on) in &mut unit.seen.networks {
            match networks.get(name) {
                Some(network) if on.is_empty() && !network.twins.is_empty() => {
                    return Err(failed(&format!("network {name} is ambiguous (2 matches found on name)")));
                }
                Some(network) if on.is_empty() || *on == network.id => on.clone_from(&network.id),
                Some(network) if network.twins.contains(on) => {}
                _ => return Err(missing(&format!("network {name} not found"))),
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &ContainerId, with_volumes: bool, by: By) -> Answer {
        let Some(unit) = self.containers.get(id) else { return Ok(Outcome::Done) };
        if unit.seen.is_alive() {
            return Err(conflict(&format!("container {} is running", unit.seen.name)));
        }
        self.vanish(id, with_volumes, by);
        Ok(Outcome::Done)
    }

    pub(super) fn rename(&mut self, id: &ContainerId, to: &str) -> Answer {
        match self.find(to) {
            Some(holder) if holder == *id => Ok(self.told(id)),
            Some(_) => Err(conflict(&format!("the name {to} is in use"))),
            None => {
                if let Some(unit) = self.containers.get_mut(id) {
                    unit.seen.name = to.to_owned();
                }
                self.tell(id);
                Ok(self.told(id))
            }
        }
    }
}

fn is_same(wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> bool {
    IDENTITY.iter().all(|label| wanted.get(*label) == found.get(*label))
}

fn policy(text: &str) -> Policy {
    match text.split_once(':').unwrap_or((text, "0")) {
        ("always", _) => Policy::Always,
        ("unless-stopped", _) => Policy::UnlessStopped,
        ("on-failure", most) => Policy::OnFailure(most.parse().unwrap_or(0)),
        _ => Policy::No,
    }
}

fn process(service: &Service) -> Process {
    match service.command.as_deref() {
        Some([verb, code, after]) if verb == "exit" => Process::Ends {
            code: code.parse().expect("a code"),
            after: after.parse::<i64>().expect("milliseconds") * MS,
        },
        _ => Process::Serves,
    }
}

fn check(service: &Service) -> Option<Check> {
    match service.healthcheck.as_ref()?.test.as_slice() {
        [_, verdict, after] => {
            Some(Check { passes: verdict == "ok", after: after.parse::<i64>().expect("milliseconds") * MS })
        }
        _ => None,
    }
}
