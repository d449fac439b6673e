//! The lives of the daemon and of the engine, and the events from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use reconcile::{Controller, EngineLife, Input, Request, Wishes};
use support::world::{Event, MS, SECOND};

use super::ledger::Stack;
use super::{Daemon, Happening, Sim};
use crate::attention::Attention;
use crate::projects::NAME;

impl Sim {
    /// Takes the engine's events and sends them on their way.
    pub(crate) fn hear(&mut self) {
        for event in std::mem::take(&mut self.world.events) {
            if !self.is_listening || self.daemon.is_none() || self.dice.chance(self.faults.lost_events) {
                continue;
            }
            let pause = self.dice.between(MS / 10, self.faults.event_delay);
            self.at(pause, Happening::Event(event.clone()));
            if self.dice.chance(self.faults.doubled_events) {
                let pause = self.dice.between(MS, SECOND);
                self.at(pause, Happening::Event(event));
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) -> Result<(), String> {
        let Some(daemon) = &self.daemon else { return Ok(()) };
        let observed = daemon.controller.observed();
        let input = match event {
            Event::Container { id, project } if project == NAME => Input::Touched(id),
            Event::Linked(id) if observed.containers.contains_key(&id) => Input::Touched(id),
            Event::Shared(name) if observed.networks.contains_key(&name) || observed.volumes.contains_key(&name) => {
                Input::Doubt
            }
            _ => return Ok(()),
        };
        self.step(input, self.world.now)
    }

    /// The daemon is gone, with everything it knew. What it had sent still happens.
    pub(crate) fn kill(&mut self) {
        self.trace.line(self.world.now, || "KILLED".to_owned());
        self.daemon = None;
        self.life += 1;
        self.is_listening = false;
        self.heard_epoch = None;
    }

    /// A new daemon takes up what the ledger holds.
    pub(crate) fn begin(&mut self) -> Result<(), String> {
        self.trace.line(self.world.now, || "BEGUN".to_owned());
        self.daemon = Some(Daemon {
            controller: Controller::lasting(),
            running: BTreeMap::new(),
            wake_at: None,
            attention: Attention::default(),
        });
        self.witness.forget();
        self.step(Input::EngineLost, self.world.now)?;
        if let Some(stack) = self.ledger.clone() {
            self.witness.halts(&stack.interrupted);
            let project = stack.project;
            let request = match stack.down {
                Some(down) => Request::Down { project, down },
                None => {
                    let Stack { services, stopped, is_converged, interrupted, ended, .. } = stack;
                    Request::Resume {
                        project,
                        wishes: Wishes { services, stopped, ..Wishes::default() },
                        is_converged,
                        interrupted,
                        ended,
                    }
                }
            };
            crate::weather::sweep(&mut self.sweep, self.intent.as_ref(), &request);
            self.step(Input::Request(Box::new(request)), self.world.now)?;
        }
        self.listen();
        Ok(())
    }

    /// The stream of events is open: whether it is another engine's than before shows at once.
    pub(super) fn listening(&mut self) -> Result<(), String> {
        if self.daemon.is_none() {
            return Ok(());
        }
        self.is_listening = true;
        let life = match self.heard_epoch.replace(self.epoch) {
            Some(heard) if heard != self.epoch => EngineLife::Another { signalled: BTreeSet::new() },
            None if self.noted_epoch.is_some_and(|noted| noted != self.epoch) => EngineLife::Unheard,
            _ => EngineLife::Same,
        };
        self.step(Input::EngineIs(life), self.world.now)
    }

    /// Opens the stream of events a little later, if the engine is there then.
    pub(super) fn listen(&mut self) {
        let pause = self.dice.between(MS, 50 * MS);
        let life = self.life;
        self.at(pause, Happening::Listening { life });
    }

    pub(crate) fn has_daemon(&self) -> bool {
        self.daemon.is_some()
    }

    pub(crate) fn engine_ends(&mut self) -> Result<(), String> {
        self.trace.line(self.world.now, || "ENGINE ENDS".to_owned());
        self.hung_until = 0;
        self.world.engine_ends();
        self.is_listening = false;
        self.step(Input::EngineLost, self.world.now)
    }

    pub(crate) fn engine_begins(&mut self) {
        self.trace.line(self.world.now, || "ENGINE BEGINS".to_owned());
        self.epoch += 1;
        self.world.engine_begins();
        let pause = self.dice.between(MS, 2 * SECOND);
        let life = self.life;
        self.at(pause, Happening::Listening { life });
    }
}
