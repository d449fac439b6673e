//! What is asked for, by clients or by changed files: first written down, then handed to the controller.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::Problem;
use plan::Goal;
use reconcile::{Input, Request, Wishes};
use tracing::{info, warn};

use super::{Asked, Logins, Project, unwritable};
use crate::ledger::{Keeping, Stack, is_another};
use crate::source::{Loaded, Unloadable};

impl Project {
    /// Takes a request in: first into the ledger, then into the controller. Nothing is promised that a crash
    /// could forget.
    pub(super) async fn take(&mut self, asked: Asked) -> Result<u64, Problem> {
        let Asked { mut request, source, reader, mut scale, who, what, warnings, logins } = asked;
        if let (Request::Up { project, up }, Some(scale), Some(stack)) = (&mut request, &mut scale, &self.stack) {
            keep_scaled(project, up, scale, &stack.scale);
        }
        // Whoever stops or restarts some knows that the others run.
        let announces = matches!(request, Request::Up { .. });
        let up = match &request {
            Request::Up { up, .. } => Some(up.clone()),
            _ => None,
        };
        let mut next = self.controller.clone();
        let keeping = match self.stack.as_ref().map(|stack| stack.keeping) {
            Some(Keeping::Recovered) if announces => Keeping::True,
            keeping => keeping.unwrap_or(Keeping::True),
        };
        // Whoever brings it up means the engine that answers.
        let engine = match self.stack.as_ref().and_then(|stack| stack.engine.clone()) {
            Some(former) if !announces => Some(former),
            _ => self.engine.clone(),
        };
        next.pause(keeping != Keeping::True || is_another(engine.as_ref(), self.engine.as_ref()));
        let now = self.now();
        let outputs = next.step(now, Input::Request(Box::new(request)));
        let generation = self.generation + 1;
        let desired = next.desired().expect("a request leaves something desired");
        let former = self.stack.as_ref();
        let reader = if source.is_some() { reader } else { former.and_then(|stack| stack.reader.clone()) };
        let source = source.or_else(|| former.map(|stack| stack.source.clone())).unwrap_or_default();
        let scale = scale.or_else(|| former.map(|stack| stack.scale.clone())).unwrap_or_default();
        let down = match &desired.goal {
            Goal::Down(down) => Some(down.clone()),
            Goal::Up => None,
        };
        // Of a `run` without dependencies nothing is left to be kept.
        let is_asked_for = down.is_none() && desired.policy.services != Some(BTreeSet::new());
        let is_kept =
            self.around.is_supervised && !desired.policy.existing_only && (is_asked_for || self.stack.is_some());
        if is_kept {
            let stack = Stack {
                name: self.name.clone(),
                generation,
                source,
                scale,
                project: desired.project.clone(),
                wishes: Wishes::of(desired),
                up,
                down,
                is_converged: false,
                keeping,
                engine,
                reader,
                ended: former.map(|stack| stack.ended.clone()).unwrap_or_default(),
                interrupted: plan::Lives::new(),
            };
            let recorded = self.around.ledger.record(stack.clone(), who.clone(), what.clone()).await;
            recorded.map_err(|error| unwritable(&error))?;
            self.stack = Some(stack);
            self.around.stacks_changed.notify_one();
        }
        info!(project = %self.name, generation, who, request = what, "request taken");
        if logins != Logins::default() {
            self.logins = Arc::new(logins);
        }
        self.generation = generation;
        self.findings = warnings;
        self.controller = next;
        self.announces = announces;
        self.waited_for.clear();
        self.tell_waiting();
        self.carry_out(outputs);
        self.publish();
        Ok(generation)
    }

    pub(super) async fn files(&mut self, loaded: Result<Loaded, Unloadable>) {
        let Some(stack) = self.stack.clone().filter(|stack| stack.down.is_none()) else { return };
        match loaded {
            Err(unloadable) => {
                let problem = unloadable.findings.iter().find(|finding| finding.severity == "error");
                if self.findings != unloadable.findings {
                    // Not its words, which quote the file: `status` has them.
                    let place =
                        problem.map(|found| format!("{}:{}:{}: {}", found.file, found.line, found.column, found.code));
                    warn!(project = %self.name, error = place, "files are broken, the last good state is kept");
                }
                self.findings = unloadable.findings;
                self.publish();
            }
            Ok(loaded) => {
                let mut project = loaded.project;
                // A service that was scaled and is gone from the files has nothing left to scale.
                let mut scale = stack.scale;
                scale.retain(|name, _| project.services.contains_key(name.as_str()));
                let scaled = crate::source::scale(&mut project, &scale);
                debug_assert!(scaled.is_ok(), "only services that are there were kept");
                reconcile::without_dependencies(&mut project, &stack.wishes.alone);
                if project == stack.project {
                    self.findings = loaded.warnings;
                    self.publish();
                    return;
                }
                if project.name != self.name {
                    warn!(project = %self.name, error = "the files have another project name now", "files are not applied");
                    return;
                }
                let asked = Asked {
                    request: Request::Apply { project },
                    source: None,
                    reader: None,
                    scale: None,
                    who: "the daemon".to_owned(),
                    what: "its files changed".to_owned(),
                    warnings: loaded.warnings,
                    logins: Logins::default(),
                };
                if let Err(problem) = self.take(asked).await {
                    warn!(project = %self.name, error = problem.title, "files are not applied");
                }
            }
        }
    }
}

/// What was scaled and is not reached by this request stays so.
fn keep_scaled(
    project: &mut model::Project,
    up: &reconcile::Up,
    scale: &mut BTreeMap<String, u32>,
    former: &BTreeMap<String, u32>,
) {
    let reached = match &up.services {
        Some(named) if up.without_dependencies => named.clone(),
        named => plan::reach(project, named.as_ref()),
    };
    let kept = former.iter().filter(|(name, _)| !reached.contains(name.as_str()));
    let kept: BTreeMap<String, u32> =
        kept.filter(|(name, _)| project.services.contains_key(name.as_str())).map(|(k, v)| (k.clone(), *v)).collect();
    let scaled = crate::source::scale(project, &kept);
    debug_assert!(scaled.is_ok(), "only services that are there were kept");
    scale.extend(kept);
}
