//! One task owns a project: it feeds the controller, carries out what comes out of it, and writes the ledger
//! before anything is promised. Others send it messages.

mod carrying;
mod discretion;
mod settling;
mod standing;
mod taking;
mod telling;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::{Accepted, Finding, Problem, Source, StackReport, Why};
use engine::{Engine, Query};
use model::ProjectName;
use plan::{ContainerId, Stamp};
use reconcile::{Controller, Input, Now, Output, Request, Run};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{debug, info, warn};

pub(crate) use carrying::{Logins, refusal};

use crate::feed::Feed;
use crate::ledger::{Ledger, Stack};
use crate::listening::EngineNews;
use crate::reader::Reader;
use crate::source::{Loaded, Unloadable};
use crate::{progress, report, why};

/// How long a task that nobody asks anything stays.
const IDLE: Duration = Duration::from_secs(300);

/// What others tell a project's task.
pub(crate) enum Message {
    /// A client asks for something.
    Ask(Box<Ask>),
    /// Its files changed.
    Files(Box<Reading>),
    /// The engine said something about a container.
    Touched(ContainerId, Stamp),
    /// A container came to a network or left one.
    Linked(ContainerId),
    /// The engine said something about a network or volume of this name.
    Shared(String),
    /// Which engine answers, or that nobody knows.
    Engine(EngineNews),
    /// Its files are not watched, and why; or they are.
    Unwatched(Option<Finding>),
    /// The stack is only to be looked at from now on, or to be kept true again; whether there is one.
    Pause { is_paused: bool, who: String, reply: oneshot::Sender<Result<bool, Problem>> },
    /// Why is a service as it is?
    Why(String, oneshot::Sender<Option<Why>>),
    /// Is anybody there?
    Ping(oneshot::Sender<()>),
    /// Fails, as by a mistake of ours.
    #[cfg(test)]
    Fail,
}

/// What a stack's files said when they were read, and what the stack was then.
pub(crate) struct Reading {
    pub(crate) source: Source,
    /// The newest generation before they were read.
    pub(crate) generation: u64,
    pub(crate) loaded: Result<Loaded, Unloadable>,
    /// Whether it was of use; if not, it has to be read again.
    pub(crate) reply: oneshot::Sender<bool>,
}

/// A request on its way to a project's task, and where its answer is waited for.
pub(crate) struct Ask {
    pub(crate) asked: Asked,
    pub(crate) reply: oneshot::Sender<Result<Accepted, Problem>>,
}

/// What somebody asks for.
pub(crate) struct Asked {
    pub(crate) request: Request,
    /// Where the model comes from, when it comes along.
    pub(crate) source: Option<Source>,
    /// Who its files are read for; `None` is somebody who may read everything.
    pub(crate) reader: Option<Reader>,
    /// Replicas by service, over what the files say.
    pub(crate) scale: Option<BTreeMap<String, u32>>,
    /// For the audit.
    pub(crate) who: String,
    /// For the audit.
    pub(crate) what: String,
    /// What loading warned of.
    pub(crate) warnings: Vec<Finding>,
    /// Who asks for images; nobody is whoever asked before.
    pub(crate) logins: Logins,
}

/// What a project's task needs of the daemon.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) ledger: Ledger,
    pub(crate) is_supervised: bool,
    pub(crate) began: Instant,
    pub(crate) stacks_changed: Arc<Notify>,
}

pub(crate) struct Project {
    name: ProjectName,
    around: Surroundings,
    feed: Arc<Feed>,
    controller: Controller,
    /// What the ledger holds of it.
    stack: Option<Stack>,
    generation: u64,
    /// What the engine that answers calls itself, where that is known.
    engine: Option<String>,
    /// Whether what was to be written down last was not.
    is_ledger_lost: bool,
    /// Held until it is written down what ended with the engine before.
    settling: Option<TaskTrackerToken>,
    findings: Vec<Finding>,
    /// That its files are not watched.
    unwatched: Option<Finding>,
    runs: JoinSet<Input>,
    running: BTreeMap<u64, (Run, Instant)>,
    wake_at: Option<Now>,
    /// Who asks for images: kept nowhere but here.
    logins: Arc<Logins>,
    /// Whether containers that are left as they are have yet to be told of.
    announces: bool,
    waited_for: BTreeSet<String>,
    /// When the engine said something about a container that has not been looked at since.
    events: BTreeMap<ContainerId, Stamp>,
    /// When the engine said what led to the step at hand.
    event: Option<Stamp>,
    quiet_since: Instant,
}

impl Project {
    pub(crate) fn new(
        name: ProjectName,
        generation: u64,
        stack: Option<Stack>,
        around: Surroundings,
        feed: Arc<Feed>,
    ) -> Self {
        Self {
            name,
            controller: if around.is_supervised { Controller::lasting() } else { Controller::new() },
            around,
            feed,
            stack,
            generation,
            engine: None,
            is_ledger_lost: false,
            settling: None,
            findings: Vec::new(),
            unwatched: None,
            runs: JoinSet::new(),
            running: BTreeMap::new(),
            wake_at: None,
            logins: Arc::default(),
            announces: false,
            waited_for: BTreeSet::new(),
            events: BTreeMap::new(),
            event: None,
            quiet_since: Instant::now(),
        }
    }

    /// A first report, before anything was looked at.
    pub(crate) fn blank(name: &ProjectName) -> StackReport {
        let standing =
            report::Standing { name: name.to_string(), generation: 0, is_supervised: false, findings: Vec::new() };
        report::stack(&Controller::new(), Now::default(), standing)
    }

    /// Lives until nobody can send any more, or nobody has for long.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        if let Some(stack) = self.stack.clone() {
            self.resume(stack);
        }
        loop {
            let pause = self.wake_at.map_or(IDLE, |at| self.now().until(at));
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.message(message).await,
                    None => break,
                },
                Some(ended) = self.runs.join_next() => match ended {
                    Ok(input) => self.step(input),
                    Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                },
                () = tokio::time::sleep(pause) => {
                    if self.wake_at.is_none() && self.stack.is_none() && self.quiet_since.elapsed() >= IDLE {
                        break;
                    }
                    self.step(Input::Woke);
                }
            }
            self.settle().await;
        }
        // Calls under way are seen to their end: what was sent is not taken back by leaving.
        while self.runs.join_next().await.is_some() {}
    }

    fn now(&self) -> Now {
        Now(self.around.began.elapsed())
    }

    /// Goes on from what the ledger holds.
    fn resume(&mut self, stack: Stack) {
        self.controller.pause(self.is_only_looked_at());
        info!(project = %self.name, generation = stack.generation, "stack resumed");
        let project = stack.project.clone();
        let unfinished = stack.up.clone().filter(|_| !stack.is_converged && stack.down.is_none());
        let request = match stack.down {
            Some(down) => Request::Down { project, down },
            None => Request::Resume {
                project,
                wishes: stack.wishes.clone(),
                is_converged: stack.is_converged,
                interrupted: stack.interrupted.clone(),
                ended: stack.ended.clone(),
            },
        };
        self.step(Input::Request(Box::new(request)));
        // What its options asked for beside the model, orphans gone, containers recreated, is in no model.
        if let Some(up) = unfinished {
            self.step(Input::Request(Box::new(Request::Up { project: stack.project, up })));
        }
    }

    async fn message(&mut self, message: Message) {
        self.quiet_since = Instant::now();
        match message {
            Message::Ask(ask) => {
                let Ask { asked, reply } = *ask;
                let rendered = asked.warnings.iter().map(|finding| finding.rendered.clone()).collect();
                let answer = match self.refusal(&asked.request) {
                    Some(problem) => Err(problem),
                    None => self.take(asked).await,
                };
                let _ = reply.send(answer.map(|generation| Accepted { generation, warnings: rendered }));
            }
            Message::Files(reading) => {
                let Reading { source, generation, loaded, reply } = *reading;
                // Whoever asked for something since has read later, or elsewhere.
                let is_current = self.generation == generation
                    && self.stack.as_ref().is_some_and(|stack| stack.source == source && stack.down.is_none());
                if is_current {
                    self.files(loaded).await;
                }
                let _ = reply.send(is_current);
            }
            Message::Touched(id, at) => {
                self.events.insert(id.clone(), at);
                self.step(Input::Touched(id));
            }
            Message::Linked(id) => {
                // A network's event does not say whose container it is.
                if self.controller.observed().containers.contains_key(&id) {
                    self.step(Input::Touched(id));
                }
            }
            Message::Shared(name) => {
                let observed = self.controller.observed();
                if observed.networks.contains_key(&name) || observed.volumes.contains_key(&name) {
                    self.step(Input::Doubt);
                }
            }
            Message::Engine(news) => self.engine(news).await,
            Message::Unwatched(finding) => {
                if self.unwatched != finding {
                    self.unwatched = finding;
                    self.publish();
                }
            }
            Message::Pause { is_paused, who, reply } => {
                let _ = reply.send(self.pause(is_paused, who).await);
            }
            Message::Why(service, reply) => {
                let _ = reply.send(why::chain(&self.controller, self.now(), self.name.as_str(), &service));
            }
            Message::Ping(reply) => {
                let _ = reply.send(());
            }
            #[cfg(test)]
            Message::Fail => panic!("as asked for"),
        }
    }

    fn step(&mut self, mut input: Input) {
        if let (Input::Finished(_, outcome), Some(desired)) = (&mut input, self.controller.desired()) {
            discretion::discreet(outcome, &desired.project);
        }
        self.event = match &input {
            Input::Looked(id, _) => self.events.remove(id),
            _ => None,
        };
        let finished = match &input {
            Input::Finished(id, outcome) => self.running.remove(id).map(|(run, began)| (run, began, outcome.clone())),
            _ => None,
        };
        if let Some((run, began, outcome)) = finished {
            self.tell_end(&run, began, &outcome);
        }
        let now = self.now();
        let outputs = self.controller.step(now, input);
        // What nobody looks at because of it led to nothing.
        self.events.retain(|id, _| self.controller.is_looking_at(id));
        // That a wait is over is told before what it was waited for begins.
        self.tell_waiting();
        self.carry_out(outputs);
        self.publish();
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        self.wake_at = None;
        for output in outputs {
            match output {
                Output::WakeAt(at) => self.wake_at = Some(at),
                Output::Look(id) => {
                    let engine = Arc::clone(&self.around.engine);
                    self.runs.spawn(async move {
                        match engine.look(&id).await {
                            Ok(container) => Input::Looked(id, container.map(Box::new)),
                            Err(error) => {
                                debug!(container = id.short(), error = %error, "a look failed");
                                Input::LookFailed(id)
                            }
                        }
                    });
                }
                Output::Observe { number, images, networks, volumes } => {
                    let query = Query { project: self.name.to_string(), images, networks, volumes };
                    let engine = Arc::clone(&self.around.engine);
                    self.runs.spawn(async move {
                        match engine.observe(&query).await {
                            Ok(observed) => Input::Observed(number, Box::new(observed)),
                            Err(error) => Input::ObserveFailed(number, refusal(&error)),
                        }
                    });
                }
                Output::Run(run) => self.start_run(run),
            }
        }
    }

    fn start_run(&mut self, run: Run) {
        let event_age_ms = self.event.map(age_ms);
        info!(
            project = %self.name,
            action = run.action.verb(),
            object = run.action.object(),
            cause = %run.cause,
            event_age_ms,
            "action started"
        );
        if let Some(line) = progress::begun(&run.action, &run.cause, self.generation) {
            self.feed.progress(line);
        }
        self.running.insert(run.id, (run.clone(), Instant::now()));
        let engine = Arc::clone(&self.around.engine);
        let feed = Arc::clone(&self.feed);
        let logins = Arc::clone(&self.logins);
        let generation = self.generation;
        let interrupted = self.interrupts(&run).map(|interrupted| (self.around.ledger.clone(), [interrupted].into()));
        let name = self.name.clone();
        self.runs.spawn(async move {
            if let Some((ledger, interrupted)) = interrupted
                && let Err(error) = ledger.interrupts(name, interrupted).await
            {
                warn!(object = run.action.object(), error = %error, "the ledger cannot be written");
            }
            let action = run.action.clone();
            let tell = move |progress: engine::Progress| {
                let text = match progress {
                    engine::Progress::Line(line) => line,
                    engine::Progress::Layer { id, status, .. } => format!("{id} {status}"),
                };
                feed.progress(progress::going_on(&action, text, generation));
            };
            let outcome = carrying::outcome(engine.as_ref(), &run, &logins, &tell).await;
            Input::Finished(run.id, outcome)
        });
    }
}

fn unwritable(error: &crate::ledger::LedgerError) -> Problem {
    let cause = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    Problem {
        kind: "ledger".to_owned(),
        status: 503,
        title: format!("{error}{cause}; nothing was changed"),
        help: "check the state directory's disk and permissions".to_owned(),
        ..Problem::default()
    }
}

/// How long ago the engine's clock showed this moment, in milliseconds.
fn age_ms(at: Stamp) -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX) - at.0) / 1_000_000
}
