//! Whether a stack is kept true or only looked at: an operator may want it so, its ledger was lost, or it was brought up on
//! another engine than the one that answers.

use api::{Finding, Problem};
use model::ProjectName;
use reconcile::{EngineLife, Input, Request};
use tracing::{info, warn};

use super::Project;
use crate::ledger::{Keeping, is_another};
use crate::listening::{EngineNews, Life};

impl Project {
    /// Whether nothing is done for the stack.
    pub(super) fn is_only_looked_at(&self) -> bool {
        self.is_elsewhere() || self.stack.as_ref().is_some_and(|stack| stack.keeping != Keeping::True)
    }

    /// Whether it was brought up on another engine than the one that answers.
    fn is_elsewhere(&self) -> bool {
        self.stack.as_ref().is_some_and(|stack| is_another(stack.engine.as_ref(), self.engine.as_ref()))
    }

    /// Why a request is not taken, where it is not.
    pub(super) fn refusal(&self, request: &Request) -> Option<Problem> {
        let keeping = self.stack.as_ref().map_or(Keeping::True, |stack| stack.keeping);
        let is_up = matches!(request, Request::Up { .. });
        match keeping {
            Keeping::Paused => Some(paused(&self.name)),
            // Whoever brings it up says all that was lost, and which engine is meant.
            _ if is_up => None,
            Keeping::Recovered => Some(paused(&self.name)),
            Keeping::True => self.is_elsewhere().then(|| elsewhere(&self.name)),
        }
    }

    /// Takes in which engine answers.
    pub(super) async fn engine(&mut self, news: EngineNews) {
        let EngineNews::Is { id, life, settling } = news else {
            self.step(Input::EngineLost);
            return;
        };
        self.engine = id;
        self.settling = settling;
        if let (Some(stack), Some(id)) = (&mut self.stack, &self.engine)
            && stack.engine.is_none()
        {
            stack.engine = Some(id.clone());
            let written = self.around.ledger.is_on(self.name.clone(), id.clone()).await;
            self.is_written(written);
        }
        if self.is_elsewhere() {
            warn!(project = %self.name, "another engine answers than the one it was brought up on; it is only looked at");
        }
        self.controller.pause(self.is_only_looked_at());
        self.step(Input::EngineIs(match &*life {
            Life::Same => EngineLife::Same,
            Life::Another(signalled) => {
                EngineLife::Another { signalled: signalled.get(self.name.as_str()).cloned().unwrap_or_default() }
            }
            Life::Unheard => EngineLife::Unheard,
        }));
    }

    /// Has the stack only looked at, or kept true again, once that is durable; whether there is one.
    pub(super) async fn pause(&mut self, is_paused: bool, who: String) -> Result<bool, Problem> {
        let Some(mut stack) = self.stack.clone() else { return Ok(false) };
        let keeping = if is_paused { Keeping::Paused } else { Keeping::True };
        // Whoever has it kept true means the engine that answers.
        let engine = if is_paused { stack.engine.clone() } else { self.engine.clone().or(stack.engine.clone()) };
        if (stack.keeping, &stack.engine) != (keeping, &engine) {
            (stack.keeping, stack.engine) = (keeping, engine);
            let what = if is_paused { "pause-reconcile" } else { "resume" }.to_owned();
            info!(project = %self.name, who, request = what, "request taken");
            let recorded = self.around.ledger.record(stack.clone(), who, what).await;
            recorded.map_err(|error| super::unwritable(&error))?;
            self.stack = Some(stack);
            self.controller.pause(is_paused);
            self.step(Input::Woke);
        }
        Ok(true)
    }

    /// Why the stack is only looked at, where nobody asked for that.
    pub(super) fn cautions(&self) -> Vec<Finding> {
        let Some(stack) = &self.stack else { return Vec::new() };
        let mut cautions = Vec::new();
        if stack.keeping == Keeping::Recovered {
            let message = format!(
                "the ledger was lost: {} was taken from the labels of its containers, and is only looked at",
                stack.name
            );
            let help = "`composectl up -d` where its files are, with the variables it needs, keeps it true again";
            cautions.push(Finding::unplaced("warning", "recovered", message, help.to_owned()));
        }
        if self.is_elsewhere() {
            let message = format!(
                "another engine answers than the one {} was brought up on, so it is only looked at",
                stack.name
            );
            let help = format!(
                "`composectl up -d` brings it up on this one, `composectl -p {} resume` keeps it true there; `engine` in the settings names another",
                stack.name
            );
            cautions.push(Finding::unplaced("warning", "another-engine", message, help));
        }
        cautions
    }
}

fn paused(name: &ProjectName) -> Problem {
    Problem {
        kind: "paused".to_owned(),
        status: 409,
        title: format!("reconciling of {name} is paused, so nothing is done"),
        help: format!("`composectl -p {name} resume` goes on; `composectl status` shows what is waiting"),
        ..Problem::default()
    }
}

fn elsewhere(name: &ProjectName) -> Problem {
    Problem {
        kind: "another-engine".to_owned(),
        status: 409,
        title: format!("another engine answers than the one {name} was brought up on, so nothing is done"),
        help: format!("`composectl up -d` brings it up on this one; `composectl -p {name} resume` keeps it true there"),
        ..Problem::default()
    }
}
