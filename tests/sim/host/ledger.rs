//! What the ledger holds, and when it is written: before a request is acted on, and when a generation has ended.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Project, ServiceName};
use plan::{ContainerId, Down, Goal};
use reconcile::{Input, Now, Phase, Request, Scope};

use super::Sim;
use crate::intent;
use crate::told;

/// What the ledger holds.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(super) project: Project,
    pub(super) services: Scope,
    pub(super) stopped: BTreeSet<ServiceName>,
    pub(super) down: Option<Down>,
    pub(crate) is_converged: bool,
    /// What was stopped since, on the way to something.
    pub(super) interrupted: plan::Lives,
    /// What had ended when it was certain last.
    pub(super) ended: BTreeSet<ContainerId>,
}

impl Sim {
    /// A request: first into the ledger, then into the controller.
    pub(super) fn take(&mut self, request: Request) -> Result<(), String> {
        if self.daemon.is_none() {
            return Ok(());
        }
        self.intent = intent::after(self.intent.as_ref(), &request);
        crate::weather::sweep(&mut self.sweep, self.intent.as_ref(), &request);
        let daemon = self.daemon.as_mut().expect("it was just there");
        self.trace.line(self.world.now, || format!("REQUEST {}", told::request(&request)));
        let now = Now(Duration::from_nanos(u64::try_from(self.world.now).expect("after the epoch")));
        self.witness.heard(&Input::Request(Box::new(request.clone())), None, self.world.now);
        let request = Input::Request(Box::new(request));
        daemon.attention.hears(&request, None, self.world.now)?;
        let outputs = daemon.controller.step(now, request);
        let desired = daemon.controller.desired().ok_or("a request leaves nothing desired")?;
        let down = match &desired.goal {
            Goal::Down(down) => Some(down.clone()),
            Goal::Up => None,
        };
        if !desired.policy.existing_only && (down.is_none() || self.ledger.is_some()) {
            self.ledger = Some(Stack {
                project: desired.project.clone(),
                services: desired.policy.services.clone(),
                stopped: desired.policy.stopped.clone(),
                down,
                is_converged: false,
                interrupted: plan::Lives::new(),
                ended: self.ledger.take().map(|stack| stack.ended).unwrap_or_default(),
            });
        }
        self.steps += 1;
        self.carry_out(outputs)
    }

    /// Notes the end of a generation, and lets go of what nobody keeps.
    pub(super) fn note_end(&mut self) {
        let now = self.now();
        let Some(daemon) = &mut self.daemon else { return };
        if let Some(stack) = &mut self.ledger {
            stack.ended = daemon.controller.ended_since(&stack.ended);
            stack.interrupted.extend(daemon.controller.renoted(&stack.interrupted));
            if stack.is_converged {
                let revived = daemon.controller.revived().filter(|(id, _)| !stack.interrupted.contains_key(id));
                stack.interrupted.extend(revived.collect::<Vec<_>>());
            }
        }
        if self.is_listening && !daemon.controller.is_taking_stock() {
            self.noted_epoch = self.heard_epoch;
        }
        if !daemon.running.is_empty() || daemon.controller.desired().is_none() {
            return;
        }
        if self
            .ledger
            .as_ref()
            .is_some_and(|stack| stack.is_converged && stack.interrupted.is_empty() && stack.down.is_none())
        {
            return;
        }
        let phase = daemon.controller.status(now).phase;
        if phase.is_moving() {
            return;
        }
        match (&mut self.ledger, phase) {
            (Some(stack), Phase::Converged) if !stack.is_converged || !stack.interrupted.is_empty() => {
                stack.is_converged = true;
                stack.interrupted.clear();
                self.trace.line(self.world.now, || "CONVERGED".to_owned());
            }
            (Some(_), Phase::Gone) => {
                self.trace.line(self.world.now, || "GONE".to_owned());
                self.ledger = None;
                self.intent = None;
                daemon.controller.begin_anew();
                daemon.attention = Default::default();
                daemon.wake_at = None;
                self.witness.forget();
            }
            (None, _) => {
                daemon.controller.begin_anew();
                daemon.attention = Default::default();
                daemon.wake_at = None;
                self.witness.forget();
            }
            _ => {}
        }
    }
}
