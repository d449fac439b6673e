//! What a project's task tells: reports, progress, and the log.

use std::collections::BTreeSet;
use std::time::Instant;

use api::ProgressState;
use plan::{Container, Goal, Hold, labels};
use reconcile::{Outcome, Run};
use tracing::{debug, warn};

use super::Project;
use crate::{progress, report};

impl Project {
    pub(super) fn tell_end(&self, run: &Run, began: Instant, outcome: &Outcome) {
        let (action, object) = (run.action.verb(), run.action.object());
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Outcome::Refused(refusal) | Outcome::Unknown(refusal) => {
                warn!(project = %self.name, action, object, elapsed_ms, error = refusal.message, "action failed");
                self.feed.progress(progress::failed(&run.action, refusal, &run.cause, self.generation));
            }
            Outcome::Container(..) | Outcome::Made(_) | Outcome::Done => {
                debug!(project = %self.name, action, object, elapsed_ms, "action applied");
                if let Some(line) = progress::ended(&run.action, &run.cause, self.generation) {
                    self.feed.progress(line);
                }
            }
        }
    }

    pub(super) fn publish(&mut self) {
        // Of what is over the last report stays: somebody may not have read it yet.
        if self.controller.desired().is_none() {
            return;
        }
        let standing = report::Standing {
            name: self.name.to_string(),
            generation: self.generation,
            is_supervised: self.stack.is_some(),
            findings: self.findings.iter().cloned().chain(self.cautions()).chain(self.unwatched.clone()).collect(),
        };
        let report = report::stack(&self.controller, self.now(), standing);
        if self.announces && report.phase != api::Phase::Observing {
            self.announces = false;
            self.announce_running();
        }
        self.feed.publish(report);
    }

    /// Says once which containers are up to date and stay.
    fn announce_running(&self) {
        let Some(desired) = self.controller.desired().filter(|desired| desired.goal == Goal::Up) else { return };
        let selected = desired.selected();
        let is_touched = |container: &Container| {
            let steps = &self.controller.plan().steps;
            steps.iter().any(|step| step.action.object() == container.name)
        };
        for container in self.controller.observed().containers.values() {
            if container.is_running()
                && labels::number(container).is_some()
                && selected.contains(container.label(labels::SERVICE))
                && !is_touched(container)
            {
                let line = progress::container(
                    &container.name,
                    "Running",
                    ProgressState::Done,
                    String::new(),
                    self.generation,
                );
                self.feed.progress(line);
            }
        }
    }

    /// Says when a container begins to be waited for, and how that ends.
    pub(super) fn tell_waiting(&mut self) {
        let mut waited_for = BTreeSet::new();
        let steps = &self.controller.plan().steps;
        for hold in steps.iter().flat_map(|step| &step.waits) {
            let Hold::Dependency { on, .. } = hold else { continue };
            for container in self.controller.observed().containers.values() {
                if container.label(labels::SERVICE) == on.as_str() && container.is_running() {
                    waited_for.insert(container.name.clone());
                }
            }
        }
        for name in waited_for.difference(&self.waited_for) {
            let line = progress::container(name, "Waiting", ProgressState::Working, String::new(), self.generation);
            self.feed.progress(line);
        }
        for name in self.waited_for.difference(&waited_for) {
            let Some(container) = self.controller.observed().containers.values().find(|c| c.name == *name) else {
                continue;
            };
            let (text, state) = match (&container.state, container.health) {
                (plan::State::Exited { code: 0, .. }, _) => ("Exited", ProgressState::Done),
                (_, plan::Health::Healthy) => ("Healthy", ProgressState::Done),
                (plan::State::Running { .. }, plan::Health::None) => ("Started", ProgressState::Done),
                _ => ("Error", ProgressState::Error),
            };
            self.feed.progress(progress::container(name, text, state, String::new(), self.generation));
        }
        self.waited_for = waited_for;
    }
}
