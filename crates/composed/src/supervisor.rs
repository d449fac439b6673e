//! The daemon's centre: which projects have a task, and who is told what. It holds no engine words and
//! parses nothing, so that it goes on whatever becomes of one project.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use api::{Accepted, Finding, Phase, Problem, Source, StackReport, Why};
use engine::Engine;
use model::ProjectName;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::checks::Premises;
use crate::feed::Feed;
use crate::files::Fingerprints;
use crate::http::Caller;
use crate::ledger::{Ledger, LedgerError};
use crate::project::{Ask, Asked, Message, Project, Reading, Surroundings};
use crate::source::Unloadable;

/// How long the machine's beginning lasts: until then what it ended may still have to be started.
const BOOTING: Duration = Duration::from_secs(60);
/// Messages that may wait for one project's task.
const INBOX: usize = 256;

/// Whether stacks are kept true after they were brought up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supervision {
    /// By a daemon, from then on.
    Lasting,
    /// Only until the command is done.
    Once,
}

/// The daemon's centre.
#[derive(Clone)]
pub struct Supervisor(Arc<Inner>);

struct Inner {
    around: Surroundings,
    projects: Mutex<BTreeMap<ProjectName, Handle>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    premises: OnceLock<Premises>,
}

#[derive(Clone)]
struct Handle {
    inbox: mpsc::Sender<Message>,
    feed: Arc<Feed>,
}

impl Supervisor {
    /// A supervisor with nothing to do yet.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, ledger: Ledger, supervision: Supervision) -> Self {
        let is_supervised = supervision == Supervision::Lasting;
        let stacks_changed = Arc::new(Notify::new());
        let began = Instant::now();
        let around = Surroundings { engine, ledger, is_supervised, began, stacks_changed, is_new_boot: false };
        Self(Arc::new(Inner {
            around,
            projects: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            premises: OnceLock::new(),
        }))
    }

    /// Says where it is at home, for whoever asks whether all is well there. The first word counts.
    pub fn settle(&self, premises: Premises) {
        let _ = self.0.premises.set(premises);
    }

    pub(crate) fn premises(&self) -> Premises {
        self.0.premises.get().cloned().unwrap_or_default()
    }

    /// Takes up every stack of the ledger, and listens to the engine from now on. `boot` names this life of the machine,
    /// where that is known.
    ///
    /// # Errors
    /// When the ledger cannot be read; then nothing was taken up.
    pub async fn start(&self, boot: Option<String>) -> Result<usize, LedgerError> {
        let stacks = self.0.around.ledger.stacks().await?;
        let is_new_boot = match boot {
            Some(boot) => {
                let is_new = self.0.around.ledger.is_new_boot(boot.clone()).await?;
                self.note_boot(boot);
                is_new
            }
            None => false,
        };
        let count = stacks.len();
        for stack in stacks {
            self.spawn(stack.name.clone(), stack.generation, Some(stack), is_new_boot);
        }
        self.listen();
        Ok(count)
    }

    /// Listens to the engine's events until the end.
    pub fn listen(&self) {
        let this = self.clone();
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = crate::listening::run(this) => {}
            }
        });
    }

    /// Takes a ledger that was lost from the labels of containers; what is found is only looked at.
    pub fn recover(&self) {
        let (this, stop) = (self.clone(), self.0.stop.clone());
        self.0.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = crate::recovery::run(this) => {}
            }
        });
    }

    /// Registers a stack that nobody asked for; one that is known already stays as it is.
    pub(crate) async fn adopt(&self, stack: crate::ledger::Stack) -> Result<(), LedgerError> {
        if self.handle(stack.name.as_str()).is_none() {
            let (who, what) = ("the daemon".to_owned(), "the ledger was lost".to_owned());
            self.0.around.ledger.record(stack.clone(), who, what).await?;
            self.spawn(stack.name.clone(), stack.generation, Some(stack), false);
            self.0.around.stacks_changed.notify_one();
        }
        Ok(())
    }

    /// Watches the files of every stack until the end.
    pub fn watch(&self) {
        self.0.tasks.spawn(crate::watch::run(self.clone()));
    }

    /// Ends every task; calls under way are waited for as long as `patience`. Containers keep running.
    pub async fn stop(&self, patience: Duration) {
        self.0.stop.cancel();
        self.projects().clear();
        self.0.tasks.close();
        if tokio::time::timeout(patience, self.0.tasks.wait()).await.is_err() {
            warn!("engine calls are still under way; the next start looks at what became of them");
        }
    }

    pub(crate) fn engine(&self) -> &Arc<dyn Engine> {
        &self.0.around.engine
    }

    /// Is cancelled when the daemon stops: long answers end then.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    fn projects(&self) -> MutexGuard<'_, BTreeMap<ProjectName, Handle>> {
        self.0.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, name: &str) -> Option<Handle> {
        self.projects().get(name).cloned()
    }

    /// Writes down which life of the machine this is, once what ended with the former one is on its way: should the
    /// daemon die before, its next life knows too.
    fn note_boot(&self, boot: String) {
        let this = self.clone();
        self.0.tasks.spawn(async move {
            let stop = this.0.stop.clone();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BOOTING) => {}
            }
            if let Err(error) = this.0.around.ledger.booted(boot).await {
                warn!(error = %error, "the ledger cannot be written");
            }
        });
    }

    fn spawn(
        &self,
        name: ProjectName,
        generation: u64,
        stack: Option<crate::ledger::Stack>,
        is_new_boot: bool,
    ) -> Handle {
        let (inbox, messages) = mpsc::channel(INBOX);
        let feed = Arc::new(Feed::new(Project::blank(&name)));
        let handle = Handle { inbox, feed: Arc::clone(&feed) };
        let around = Surroundings { is_new_boot, ..self.0.around.clone() };
        let project = Project::new(name.clone(), generation, stack, around, Arc::clone(&feed));
        self.projects().insert(name.clone(), handle.clone());
        let this = self.clone();
        self.0.tasks.spawn(async move {
            let ended = tokio::spawn(project.run(messages)).await;
            if let Err(panic) = ended {
                error!(project = %name, error = %panic, "the task of a project failed; the others go on");
                let report = StackReport { phase: Phase::Faulted, ..feed.report() };
                feed.publish(report);
            }
            // A task that was spawned since under the same name stays.
            this.projects().retain(|key, handle| *key != name || !Arc::ptr_eq(&handle.feed, &feed));
        });
        handle
    }

    /// Hands a request to a project's task, and waits until it is durable.
    pub(crate) async fn ask(&self, name: &ProjectName, asked: Asked) -> Result<Accepted, Problem> {
        let handle = match self.handle(name.as_str()) {
            Some(handle) if !handle.inbox.is_closed() => handle,
            _ => {
                let generation = self.0.around.ledger.last_generation(name.clone()).await;
                let generation = generation.map_err(|error| unreadable(&error))?;
                self.spawn(name.clone(), generation, None, false)
            }
        };
        let (reply, answer) = oneshot::channel();
        let ask = Ask { asked, reply };
        let lost = || Problem {
            kind: "internal".to_owned(),
            status: 503,
            title: format!("the task of project {name} has ended"),
            help: "ask again".to_owned(),
            ..Problem::default()
        };
        handle.inbox.send(Message::Ask(Box::new(ask))).await.map_err(|_| lost())?;
        answer.await.map_err(|_| lost())?
    }

    /// Has a stack only looked at, or kept true again; its report, where there is such a stack.
    pub(crate) async fn pause(
        &self,
        name: &ProjectName,
        is_paused: bool,
        who: String,
    ) -> Result<Option<StackReport>, Problem> {
        let Some(handle) = self.handle(name.as_str()) else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        let _ = handle.inbox.send(Message::Pause { is_paused, who, reply }).await;
        match answer.await {
            Ok(set) => Ok(set?.then(|| handle.feed.report())),
            Err(_) => Ok(None),
        }
    }

    /// Why a service is as it is: `None` where there is no such stack, and within where it has no such service.
    pub(crate) async fn why(&self, name: &ProjectName, service: &str) -> Option<Option<Why>> {
        let handle = self.handle(name.as_str())?;
        let (reply, answer) = oneshot::channel();
        let _ = handle.inbox.send(Message::Why(service.to_owned(), reply)).await;
        answer.await.ok()
    }

    pub(crate) fn feed(&self, name: &str) -> Option<Arc<Feed>> {
        self.handle(name).map(|handle| handle.feed)
    }

    pub(crate) fn reports(&self) -> Vec<StackReport> {
        let feeds: Vec<Arc<Feed>> = self.projects().values().map(|handle| Arc::clone(&handle.feed)).collect();
        let reports = feeds.iter().map(|feed| feed.report());
        // One that is gone as asked for has a last report, and nothing is kept of it.
        reports.filter(|report| report.is_supervised && report.phase != Phase::Gone).collect()
    }

    /// Writes down who asks for something that makes no generation, before it is done. What cannot be written down is
    /// logged, and done all the same: it promises nothing.
    pub(crate) async fn note(&self, name: &ProjectName, caller: &Caller, what: String) {
        let generation = self.feed(name.as_str()).map_or(0, |feed| feed.report().generation);
        let noted = self.0.around.ledger.note(name.clone(), caller.to_string(), generation, what.clone()).await;
        if let Err(error) = noted {
            warn!(project = %name, who = %caller, request = what, error = %error, "the ledger cannot be written");
        }
    }

    /// The registered stacks with where they come from, for the watch on files.
    pub(crate) async fn sources(&self) -> Result<Vec<(ProjectName, Source)>, LedgerError> {
        let stacks = self.0.around.ledger.stacks().await?;
        Ok(stacks.into_iter().filter(|stack| stack.down.is_none()).map(|stack| (stack.name, stack.source)).collect())
    }

    /// Reads a stack's files anew and tells its task; gives back what was read, unless something was asked for
    /// meanwhile: then nobody knows what is newer, and it has to be read again.
    pub(crate) async fn reload(&self, name: &ProjectName, source: &Source) -> Option<Fingerprints> {
        let handle = self.handle(name.as_str());
        let generation = handle.as_ref().map_or(0, |handle| handle.feed.report().generation);
        let loaded = crate::source::load_to_apply(source).await;
        let inputs = match &loaded {
            Ok(loaded) => loaded.inputs.clone(),
            Err(unloadable) => unloadable.inputs.clone(),
        };
        let loaded = match crate::files::open_to_all(inputs.keys()) {
            Some(open) => {
                let findings = vec![unsafe_to_apply(&open)];
                Err(Unloadable { findings, inputs: inputs.clone() })
            }
            None => loaded,
        };
        let (reply, answer) = oneshot::channel();
        let reading = Reading { source: source.clone(), generation, loaded, reply };
        if let Some(handle) = handle {
            let _ = handle.inbox.send(Message::Files(Box::new(reading))).await;
        }
        // Where nobody answers there is no task, and nothing to be read again for.
        answer.await.unwrap_or(true).then_some(inputs)
    }

    /// Reads the files of every stack anew, as after a hang-up signal.
    pub async fn reload_all(&self) {
        match self.sources().await {
            Ok(sources) => {
                for (name, source) in sources {
                    self.reload(&name, &source).await;
                }
            }
            Err(error) => warn!(error = %error, "the ledger cannot be read, files are not read anew"),
        }
    }

    /// The model that is kept true, while it is.
    pub(crate) async fn kept_project(&self, name: &ProjectName) -> Result<Option<model::Project>, Problem> {
        let stacks = self.0.around.ledger.stacks().await.map_err(|error| unreadable(&error))?;
        Ok(stacks.into_iter().find(|stack| stack.name == *name && stack.down.is_none()).map(|stack| stack.project))
    }

    /// Is notified when a stack is registered, forgotten, or comes from elsewhere.
    pub(crate) fn stacks_changed(&self) -> Arc<Notify> {
        Arc::clone(&self.0.around.stacks_changed)
    }

    /// Whether every project's task answers in time: what the watchdog is fed with.
    pub(crate) async fn is_alive(&self, patience: Duration) -> bool {
        let handles: Vec<Handle> = self.projects().values().cloned().collect();
        let all = futures_util::future::join_all(handles.into_iter().map(|handle| async move {
            let (reply, answer) = oneshot::channel();
            if handle.inbox.send(Message::Ping(reply)).await.is_err() {
                return true; // it has ended, which is no hang
            }
            answer.await.is_ok()
        }));
        tokio::time::timeout(patience, all).await.is_ok_and(|answers| answers.iter().all(|is_there| *is_there))
    }

    /// Tells every project's task something, each its own.
    pub(crate) async fn tell_all(&self, message: impl Fn(&str) -> Message) {
        let handles: Vec<(ProjectName, mpsc::Sender<Message>)> =
            self.projects().iter().map(|(name, handle)| (name.clone(), handle.inbox.clone())).collect();
        for (name, inbox) in handles {
            let _ = inbox.send(message(name.as_str())).await;
        }
    }

    /// Tells a project's task something, where there is one.
    pub(crate) async fn tell(&self, project: &str, message: Message) {
        let Some(handle) = self.handle(project) else { return };
        let _ = handle.inbox.send(message).await;
    }
}

/// That a change is not applied, because anybody might have made it.
fn unsafe_to_apply(open: &std::path::Path) -> Finding {
    let message =
        format!("{} may be written by everybody, so its changes are not applied by themselves", open.display());
    let help = format!("`chmod o-w {}`; `composectl up` applies them once", open.display());
    let rendered = format!("error: {message}\nhelp: {help}\n");
    let (severity, code) = ("error".to_owned(), "unsafe-permissions".to_owned());
    Finding { severity, code, message, help, rendered, ..Finding::default() }
}

fn unreadable(error: &LedgerError) -> Problem {
    Problem { kind: "ledger".to_owned(), status: 503, title: error.to_string(), ..Problem::default() }
}
