//! The daemon's centre: which projects have a task, and who is told what. It holds no engine words and
//! parses nothing, so that it goes on whatever becomes of one project.

mod tasks;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use api::{Accepted, Finding, Phase, Problem, Source, StackReport, Why};
use engine::Engine;
use model::ProjectName;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::checks::Premises;
use crate::feed::Feed;
use crate::files::Fingerprints;
use crate::http::Caller;
use crate::ledger::{Ledger, LedgerError, Lives, Stack};
use crate::listening::EngineNews;
use crate::project::{Ask, Asked, Message, Reading, Surroundings};
use crate::reader::Reader;
use crate::source::Unloadable;

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
    /// Read and written while `projects` is held, so that no task misses any.
    engine_news: Mutex<EngineNews>,
    /// How many tasks projects have had.
    spawned: AtomicU64,
    tasks: TaskTracker,
    stop: CancellationToken,
    premises: OnceLock<Premises>,
}

/// Where a stack comes from, and who its files are read for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: ProjectName,
    pub(crate) source: Source,
    pub(crate) reader: Option<Reader>,
}

#[derive(Clone)]
struct Handle {
    inbox: mpsc::Sender<Message>,
    feed: Arc<Feed>,
    /// Of all tasks there ever were, which one.
    number: u64,
}

impl Supervisor {
    /// A supervisor with nothing to do yet.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, ledger: Ledger, supervision: Supervision) -> Self {
        let is_supervised = supervision == Supervision::Lasting;
        let stacks_changed = Arc::new(Notify::new());
        let began = Instant::now();
        let around = Surroundings { engine, ledger, is_supervised, began, stacks_changed };
        // A command goes at once; whoever stays waits to know whom it speaks to.
        let engine_news = match supervision {
            Supervision::Lasting => EngineNews::Lost,
            Supervision::Once => EngineNews::Is { id: None, life: Arc::default(), settling: None },
        };
        Self(Arc::new(Inner {
            around,
            projects: Mutex::default(),
            engine_news: Mutex::new(engine_news),
            spawned: AtomicU64::new(0),
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
        let (stacks, lives) = (self.0.around.ledger.stacks().await?, self.0.around.ledger.lives().await?);
        let count = stacks.len();
        for stack in stacks {
            self.spawn(stack.name.clone(), stack.generation, Some(stack));
        }
        self.listen_since(lives, boot);
        Ok(count)
    }

    /// Listens to the engine's events until the end.
    pub fn listen(&self) {
        self.listen_since(Lives::default(), None);
    }

    fn listen_since(&self, noted: Lives, boot: Option<String>) {
        self.until_stopped(crate::listening::run(self.clone(), noted, boot));
    }

    /// Has something done beside everything else, until the end.
    fn until_stopped(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let stop = self.0.stop.clone();
        let task = self.0.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
        task.abort_handle()
    }

    /// Takes a ledger that was lost from the labels of containers; what is found is only looked at.
    pub fn recover(&self) {
        self.until_stopped(crate::recovery::run(self.clone()));
    }

    /// Registers a stack that nobody asked for; one that is known already stays as it is.
    pub(crate) async fn adopt(&self, stack: Stack) -> Result<(), LedgerError> {
        if self.handle(stack.name.as_str()).is_none() {
            let (who, what) = ("the daemon".to_owned(), "the ledger was lost".to_owned());
            self.0.around.ledger.record(stack.clone(), who, what).await?;
            self.spawn(stack.name.clone(), stack.generation, Some(stack));
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

    /// Writes down which lives these are, once everybody has settled what ended with the former ones.
    pub(crate) fn note_lives(&self, lives: Lives, settling: TaskTracker) -> AbortHandle {
        let ledger = self.0.around.ledger.clone();
        let is_supervised = self.0.around.is_supervised;
        self.until_stopped(async move {
            settling.wait().await;
            if !is_supervised {
                return;
            }
            if let Err(error) = ledger.live_in(lives).await {
                warn!(error = %error, "the ledger cannot be written");
            }
        })
    }

    fn engine_news(&self) -> MutexGuard<'_, EngineNews> {
        self.0.engine_news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells every project what is known of the engine, and those that come later too.
    pub(crate) async fn engine_is(&self, news: EngineNews) {
        let inboxes: Vec<mpsc::Sender<Message>> = {
            let projects = self.projects();
            // Whoever comes later has heard nothing of a former one.
            *self.engine_news() = match &news {
                EngineNews::Lost => EngineNews::Lost,
                EngineNews::Is { id, .. } => EngineNews::Is { id: id.clone(), life: Arc::default(), settling: None },
            };
            projects.values().map(|handle| handle.inbox.clone()).collect()
        };
        for inbox in inboxes {
            let _ = inbox.send(Message::Engine(news.clone())).await;
        }
    }

    /// Hands a request to a project's task, and waits until it is durable.
    pub(crate) async fn ask(&self, name: &ProjectName, asked: Asked) -> Result<Accepted, Problem> {
        let handle = match self.handle(name.as_str()) {
            Some(handle) if !handle.inbox.is_closed() => handle,
            _ => {
                let generation = self.0.around.ledger.last_generation(name.clone()).await;
                let generation = generation.map_err(|error| unreadable(&error))?;
                self.spawn(name.clone(), generation, None)
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
    pub(crate) async fn definitions(&self) -> Result<Vec<Definition>, LedgerError> {
        let stacks = self.0.around.ledger.stacks().await?;
        let stacks = stacks.into_iter().filter(|stack| stack.down.is_none());
        Ok(stacks.map(|Stack { name, source, reader, .. }| Definition { name, source, reader }).collect())
    }

    /// Reads a stack's files anew and tells its task; gives back what was read, unless something was asked for
    /// meanwhile: then nobody knows what is newer, and it has to be read again.
    pub(crate) async fn reload(&self, definition: &Definition) -> Option<Fingerprints> {
        let Definition { name, source, reader } = definition;
        let handle = self.handle(name.as_str());
        let generation = handle.as_ref().map_or(0, |handle| handle.feed.report().generation);
        let loaded = crate::source::load_to_apply(source, reader.as_ref()).await;
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
        match self.definitions().await {
            Ok(definitions) => {
                for definition in &definitions {
                    self.reload(definition).await;
                }
            }
            Err(error) => warn!(error = %error, "the ledger cannot be read, files are not read anew"),
        }
    }

    /// A stack that is kept true, while it is.
    pub(crate) async fn kept(&self, name: &ProjectName) -> Result<Option<Stack>, Problem> {
        let stack = self.0.around.ledger.stack(name.clone()).await.map_err(|error| unreadable(&error))?;
        Ok(stack.filter(|stack| stack.down.is_none()))
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
    Finding::unplaced("error", "unsafe-permissions", message, help)
}

fn unreadable(error: &LedgerError) -> Problem {
    Problem { kind: "ledger".to_owned(), status: 503, title: error.to_string(), ..Problem::default() }
}

#[cfg(test)]
mod tests;
