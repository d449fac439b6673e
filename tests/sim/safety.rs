//! What may never happen, checked at every step: when the controller hands a run out, and when the engine carries
//! one out. Nothing here asks the planner; what was asked for comes from [`crate::intent`], what is so from the
//! world, and what could be known from the answers that were given.

use std::collections::{BTreeMap, BTreeSet};

use model::{Condition, ServiceName, hash};
use plan::action::Replica;
use plan::{Action, Cause, Container, ContainerId, State, labels};
use reconcile::{Controller, EngineLife, Input, Outcome, Request, Run, RunId};
use support::world::{By, SECOND, World};

use crate::conditions;
use crate::intent::{Intent, Sweep};
use crate::projects::NAME;

/// Who saw everything that was said to one life of the daemon.
#[derive(Debug)]
pub(crate) struct Witness {
    /// Whether only we change the world: then what we know is so.
    is_calm: bool,
    heard: u64,
    /// When a run ended last.
    ended: u64,
    /// When there was doubt last.
    doubted: u64,
    /// Since when nothing but images stands between the doubt and its end.
    doubted_at: Option<i64>,
    /// When each list was asked for.
    asked: BTreeMap<u64, u64>,
    /// When the newest list that came was asked for.
    listed: Option<u64>,
    /// The newest that was said of each container, and of which moment it was.
    told: BTreeMap<ContainerId, (i64, Option<Container>)>,
    /// What was stopped as if it ran: whether it had ended just before, nobody can tell.
    halted: BTreeSet<ContainerId>,
    /// Whether the end of an engine was not heard.
    is_end_unheard: bool,
    /// What the ledger said had ended before.
    ended_before: BTreeSet<ContainerId>,
    /// Whether the last request lets volumes die.
    is_consented: bool,
    was_consented: bool,
}

/// What there is to judge a run by.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    pub(crate) controller: &'a Controller,
    pub(crate) intent: Option<&'a Intent>,
    pub(crate) sweep: &'a Sweep,
    pub(crate) running: &'a BTreeMap<RunId, Run>,
}

impl Witness {
    pub(crate) fn new(is_calm: bool) -> Self {
        Self {
            is_calm,
            heard: 0,
            ended: 0,
            doubted: 0,
            doubted_at: None,
            asked: BTreeMap::new(),
            listed: None,
            told: BTreeMap::new(),
            halted: BTreeSet::new(),
            is_end_unheard: false,
            ended_before: BTreeSet::new(),
            is_consented: false,
            was_consented: false,
        }
    }

    /// A controller is new: nothing that was said to one before it counts any more.
    pub(crate) fn forget(&mut self) {
        *self = Self { was_consented: self.was_consented, heard: self.heard, ..Self::new(self.is_calm) };
    }

    /// What was stopped by the daemon before, as if it ran.
    pub(crate) fn halts(&mut self, interrupted: &plan::Lives) {
        self.halted.extend(interrupted.keys().cloned());
    }

    pub(crate) fn asked(&mut self, number: u64) {
        self.asked.insert(number, self.heard);
    }

    /// Whether no other list was asked for after this one.
    pub(crate) fn is_newest(&self, number: u64) -> bool {
        self.asked.keys().next_back() == Some(&number)
    }

    /// Something is said to the controller, as it was at the moment `seen`; of a run that ended, which one.
    pub(crate) fn heard(&mut self, input: &Input, run: Option<&Run>, seen: i64) {
        self.heard += 1;
        if matches!(input, Input::Finished(..)) {
            self.ended = self.heard;
        }
        if let (Input::Finished(_, Outcome::Done), Some(Action::RemoveContainer { id, .. })) =
            (input, run.map(|run| &run.action))
        {
            self.tell(id.clone(), seen, None);
        }
        match (input, run.map(|run| &run.action)) {
            (Input::Finished(..), Some(Action::StopContainer { id, .. }))
            | (
                Input::Finished(_, Outcome::Refused(_) | Outcome::Unknown(_)),
                Some(Action::RestartContainer { id, .. }),
            ) => {
                self.halted.insert(id.clone());
            }
            _ => {}
        }
        self.is_end_unheard |= matches!(input, Input::EngineIs(EngineLife::Unheard));
        match input {
            Input::Request(request) => {
                if let Request::Resume { ended, .. } = &**request {
                    self.ended_before.clone_from(ended);
                }
                self.doubted = self.heard;
                self.is_consented = matches!(&**request, Request::Down { down, .. } if down.volumes);
                self.was_consented |= self.is_consented;
            }
            Input::Doubt
            | Input::EngineLost
            | Input::EngineIs(_)
            | Input::LookFailed(_)
            | Input::Finished(_, Outcome::Unknown(_) | Outcome::Refused(_)) => self.doubted = self.heard,
            // A list that another was asked for after counts for nothing, whatever it shows.
            Input::Observed(number, _) if !self.is_newest(*number) => {}
            Input::Observed(number, observed) => {
                self.listed = self.asked.get(number).copied().max(self.listed);
                // What was made while runs ended may show what was before them: it counts for nothing either.
                if self.asked.get(number).is_none_or(|asked| *asked < self.ended) {
                    return;
                }
                let known: Vec<ContainerId> = self.told.keys().cloned().collect();
                for id in known.into_iter().chain(observed.containers.keys().cloned()) {
                    let container = observed.containers.get(&id).cloned();
                    self.tell(id, seen, container);
                }
            }
            Input::Looked(id, container) | Input::Finished(_, Outcome::Container(id, container)) => {
                self.tell(id.clone(), seen, container.as_deref().cloned());
            }
            Input::Finished(_, Outcome::Made(_) | Outcome::Done)
            | Input::ObserveFailed(..)
            | Input::Touched(_)
            | Input::Woke => {}
        }
    }

    /// Whatever takes long to come, like an image, nobody is left in doubt for it.
    pub(crate) fn is_awake(&mut self, now: i64, running: &BTreeMap<RunId, Run>) -> Result<(), String> {
        let is_in_doubt = self.listed.is_none_or(|asked| asked < self.doubted);
        let only_images = running.values().all(|run| matches!(run.action.target(), plan::Target::Image(_)));
        if !is_in_doubt || !only_images || running.is_empty() {
            self.doubted_at = None;
            return Ok(());
        }
        let since = *self.doubted_at.get_or_insert(now);
        if now - since > 12 * SECOND { Err("it looks at nothing while an image comes".to_owned()) } else { Ok(()) }
    }

    fn tell(&mut self, id: ContainerId, seen: i64, container: Option<Container>) {
        if container.as_ref().is_some_and(Container::is_running) {
            self.halted.remove(&id);
        }
        if self.told.get(&id).is_none_or(|(known, _)| *known <= seen) {
            self.told.insert(id, (seen, container));
        }
    }

    /// Whether a run may be handed out.
    pub(crate) fn before_run(&self, at: &Context<'_>, run: &Run) -> Result<(), String> {
        let action = &run.action;
        let object = action.object();
        let say = |law: &str| Err(format!("{} {object} ({}): {law}", action.verb(), run.cause));
        if self.listed.is_none_or(|asked| asked < self.doubted) {
            return say("nothing was listed since there was doubt");
        }
        if at.running.values().any(|other| other.action.target() == action.target()) {
            return say("something else is being done to the same place");
        }
        let dies = match action {
            Action::StopContainer { id, .. } | Action::RestartContainer { id, .. } => Some((id, false)),
            Action::RemoveContainer { id, volumes, .. } => Some((id, *volumes)),
            Action::DisconnectNetwork { container, .. } => Some((container, false)),
            _ => None,
        };
        if let Some((id, with_volumes)) = dies {
            if !at.world.made.contains(id) {
                return say("there never was such a container");
            }
            if at.world.look(id).is_some_and(|container| container.label(labels::PROJECT) != NAME) {
                return say("it is not ours");
            }
            if with_volumes && !self.is_consented {
                return say("its volumes die without consent");
            }
        }
        if let Action::RemoveVolume { .. } = action
            && !self.is_consented
        {
            return say("a volume dies without consent");
        }
        if let Action::RemoveNetwork { id, .. } = action
            && at.world.networks.values().any(|network| {
                network.id == *id && network.labels.get(labels::PROJECT).is_none_or(|project| project != NAME)
            })
        {
            return say("it is not ours");
        }
        if let Some(law) = superseded(at.intent, action) {
            return say(&law);
        }
        if let Some(law) = self.outdated(at, action) {
            return say(&law);
        }
        match wanted(at, run).or_else(|| kept(self.is_calm, at, run)).or_else(|| self.begins(at, run)) {
            Some(law) => say(&law),
            None => Ok(()),
        }
    }

    /// The controller decides on less than it was told about the place.
    fn outdated(&self, at: &Context<'_>, action: &Action) -> Option<String> {
        let replica = place_of(action)?;
        let cache = &at.controller.observed().containers;
        for (id, (_, told)) in &self.told {
            let claims = told.as_ref().or(cache.get(id)).is_some_and(|container| claims(container, &replica));
            if claims && cache.get(id) != told.as_ref() {
                let name = told.as_ref().map_or("one that is gone", |container| &container.name);
                return Some(format!("it was told something newer about {} ({name})", id.short()));
            }
        }
        None
    }

    /// What begins a container's life comes after what it needs, into an empty place, and only where it is wanted.
    fn begins(&self, at: &Context<'_>, run: &Run) -> Option<String> {
        let (replica, container) = match &run.action {
            Action::StartContainer { replica, container, .. } => (replica, container),
            Action::RestartContainer { replica, id, .. } => (replica, &id.0),
            _ => return None,
        };
        let desired = at.controller.desired()?;
        let service = desired.project.services.get(&replica.service)?;
        let cache = &at.controller.observed().containers;
        if let Some(other) =
            cache.values().find(|other| claims(other, replica) && other.is_alive() && other.id.0 != *container)
        {
            return Some(format!("{} runs in its place", other.name));
        }
        let stopped = &desired.policy.stopped;
        let obstacle = conditions::obstacle(&desired.project, service, stopped, cache.values());
        if let Some((on, edge, stand)) = obstacle {
            return Some(format!("{on} is not {} ({stand:?})", edge.condition.as_str()));
        }
        if self.is_calm {
            let seen = at.world.of_project(NAME).map(|unit| &unit.seen);
            if let Some((on, edge, stand)) = conditions::obstacle(&desired.project, service, stopped, seen) {
                return Some(format!("{on} is not {} in truth ({stand:?})", edge.condition.as_str()));
            }
        }
        let id = ContainerId(container.clone());
        // Of a walk that was broken off, by whichever tool, the successor is the sign that the old one was to go on.
        if run.cause == Cause::ReplacementGivenUp
            && cache.values().any(|other| claims(other, replica) && other.id != id)
        {
            return None;
        }
        let unit = at.world.containers.get(&id)?;
        if let (Some(State::Exited { code, .. }), State::Exited { .. }) =
            (cache.get(&id).map(|container| &container.state), &unit.seen.state)
            // What the engine ended by ending is not done; nor can what failed just before it, or ended again
            // unheard since, be told from that.
            && !(run.cause == Cause::EngineEnded && (*code != 0 || self.is_unheard(at, &replica.service, &id)))
            && !matches!(unit.ended_by, Some(By::Us | By::Engine))
            && !self.halted.contains(&id)
        {
            let is_swept = at.sweep.get(&replica.service).is_some_and(|until| unit.ended_at <= *until);
            if !is_swept {
                return Some("it ended, and nobody asked for it since".to_owned());
            }
        }
        None
    }

    /// Whether it may have ended with an engine whose end nobody heard. What is there to be done is done when it says so.
    fn is_unheard(&self, at: &Context<'_>, service: &ServiceName, id: &ContainerId) -> bool {
        let is_awaited = at.controller.desired().is_some_and(|desired| {
            let mut edges = desired.project.services.values().filter_map(|other| other.depends_on.get(service));
            edges.any(|edge| edge.condition == Condition::Completed)
        });
        !is_awaited && self.is_end_unheard && !self.ended_before.contains(id)
    }

    /// Whether the engine may do this now.
    pub(crate) fn before_effect(&self, world: &World, run: &Run) -> Result<(), String> {
        let (replica, container) = match &run.action {
            Action::StartContainer { replica, container, .. } => (replica, container),
            Action::RestartContainer { replica, id, .. } => (replica, &id.0),
            _ => return Ok(()),
        };
        let other = world.of_project(NAME).find(|unit| {
            let is_other = unit.seen.id.0 != *container && claims(&unit.seen, replica) && unit.seen.is_alive();
            is_other && (self.is_calm || unit.started_by == Some(By::Us))
        });
        match other {
            Some(other) if world.find(container).is_some() => {
                Err(format!("two of {replica} run: {} and {}", other.seen.name, container))
            }
            _ => Ok(()),
        }
    }

    /// Whether anything is lost that nobody gave up.
    pub(crate) fn after_effect(&self, world: &World) -> Result<(), String> {
        match world.lost.iter().find(|(_, by)| *by == By::Us) {
            Some((name, _)) if !self.was_consented => Err(format!("volume {name} died without consent")),
            _ => Ok(()),
        }
    }
}

fn claims(container: &Container, replica: &Replica) -> bool {
    container.label(labels::SERVICE) == replica.service.as_str() && labels::number(container) == Some(replica.number)
}

fn place_of(action: &Action) -> Option<Replica> {
    match action.target() {
        plan::Target::Replica(replica) => Some(replica),
        _ => None,
    }
}

/// Whether something is made as an older request than the newest wanted it.
fn superseded(intent: Option<&Intent>, action: &Action) -> Option<String> {
    let project = &intent?.project;
    let newest = match action {
        Action::CreateContainer(spec) => project.services.get(&spec.replica.service).map(|it| hash::service(it)),
        Action::CreateNetwork(spec) => {
            project.networks.values().find(|network| network.name == spec.network.name).map(hash::network)
        }
        Action::CreateVolume(spec) => {
            project.volumes.values().find(|volume| volume.name == spec.volume.name).map(hash::volume)
        }
        _ => return None,
    };
    let made = match action {
        Action::CreateContainer(spec) => spec.labels.get(labels::CONFIG_HASH),
        Action::CreateNetwork(spec) => spec.labels.get(labels::CONFIG_HASH),
        Action::CreateVolume(spec) => spec.labels.get(labels::CONFIG_HASH),
        _ => None,
    };
    (newest.as_ref() != made).then(|| "a newer request wants another, or none".to_owned())
}

/// Whether what is done is what was asked for.
fn wanted(at: &Context<'_>, run: &Run) -> Option<String> {
    let intent = at.intent?;
    let makes = matches!(
        run.action,
        Action::CreateContainer(_)
            | Action::StartContainer { .. }
            | Action::RestartContainer { .. }
            | Action::RenameContainer { .. }
    );
    if makes && intent.down.is_some() {
        return Some("the project is to be gone".to_owned());
    }
    if run.cause == Cause::Orphan
        && let Action::StopContainer { id, .. } | Action::RemoveContainer { id, .. } = &run.action
    {
        let seen = at.controller.observed().containers.get(id);
        let is_known = seen.is_some_and(|c| intent.project.services.contains_key(c.label(labels::SERVICE)));
        return (is_known || !intent.removes_orphans).then(|| "it is no orphan that may go".to_owned());
    }
    let service = run.action.service()?;
    match &run.cause {
        _ if makes && !intent.kept().contains(service) => Some("nobody wants this service to run".to_owned()),
        Cause::Down if intent.down.is_none() => Some("nobody wants the project gone".to_owned()),
        Cause::Requested if matches!(run.action, Action::StopContainer { .. }) && !intent.stopped.contains(service) => {
            Some("nobody asked for it to stop".to_owned())
        }
        Cause::DependencyReplaced { .. } if !intent.kept().contains(service) => {
            Some("nothing would start it again".to_owned())
        }
        _ => None,
    }
}

/// Whether a run stops something because a service is about to be replaced.
fn is_for(run: &Run, service: &ServiceName) -> bool {
    matches!(&run.cause, Cause::DependencyReplaced { dependency } if dependency == service)
}

/// Whether what a run stops has not gone by itself, as far as can be known.
fn is_there(at: &Context<'_>, run: &Run) -> bool {
    matches!(&run.action, Action::StopContainer { id, .. } if at.controller.observed().containers.contains_key(id))
}

/// Whether the place stays filled by somebody when somebody goes.
fn kept(is_calm: bool, at: &Context<'_>, run: &Run) -> Option<String> {
    let (Action::StopContainer { id, replica: Some(replica), .. }
    | Action::RemoveContainer { id, replica: Some(replica), .. }) = &run.action
    else {
        return None;
    };
    let desired = at.controller.desired()?;
    let service = desired.project.services.get(&replica.service)?;
    let cache = &at.controller.observed().containers;
    // Somebody else has started the successor: then the sooner the old one is gone the better.
    let runs_already = cache.values().any(|other| other.id != *id && claims(other, replica) && other.is_alive());
    match run.cause {
        Cause::Replaced
            if matches!(run.action, Action::StopContainer { .. })
                && !runs_already
                && at.running.values().any(|other| is_for(other, &replica.service) && is_there(at, other)) =>
        {
            Some("what depends on it is still being stopped".to_owned())
        }
        Cause::Replaced => {
            let is_alive = cache.get(id).is_some_and(Container::is_alive);
            let successor = cache.values().find(|other| {
                let is_current = other.label(labels::CONFIG_HASH) == hash::service(service);
                other.id != *id
                    && claims(other, replica)
                    && !matches!(other.state, State::Removing | State::Dead)
                    && (is_current || desired.policy.keep_drifted || other.is_alive() || !is_alive)
            });
            match successor {
                None => Some("nothing is there to take its place".to_owned()),
                Some(next) if is_calm && !at.world.containers.contains_key(&next.id) => {
                    Some(format!("{} is not there to take its place", next.name))
                }
                Some(_) => None,
            }
        }
        Cause::Surplus => {
            let mut numbers: Vec<u32> = conditions::places(cache.values(), &replica.service)
                .into_iter()
                .filter_map(labels::number)
                .filter(|number| *number != replica.number)
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            (numbers.len() < service.replicas() as usize).then(|| "too few would be left".to_owned())
        }
        _ => None,
    }
}
