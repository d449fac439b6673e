//! The daemon's centre: which projects have a task, and who is told what. It holds no engine words and
//! parses nothing, so that it goes on whatever becomes of one project.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use api::{Accepted, Phase, Problem, Source, StackReport};
use engine::{Engine, EventKind};
use futures_util::StreamExt as _;
use model::ProjectName;
use plan::{ContainerId, Stamp};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, info, warn};

use crate::feed::Feed;
use crate::files::Fingerprints;
use crate::ledger::{Ledger, LedgerError};
use crate::project::{Ask, Asked, Message, Project, Reading, Surroundings};

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
        let around = Surroundings { engine, ledger, is_supervised, began: Instant::now(), stacks_changed };
        Self(Arc::new(Inner {
            around,
            projects: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// Takes up every stack of the ledger, and listens to the engine from now on.
    ///
    /// # Errors
    /// When the ledger cannot be read; then nothing was taken up.
    pub async fn start(&self) -> Result<usize, LedgerError> {
        let stacks = self.0.around.ledger.stacks().await?;
        let count = stacks.len();
        for stack in stacks {
            self.spawn(stack.name.clone(), stack.generation, Some(stack));
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
                () = this.follow_events() => {}
            }
        });
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

    fn spawn(&self, name: ProjectName, generation: u64, stack: Option<crate::ledger::Stack>) -> Handle {
        let (inbox, messages) = mpsc::channel(INBOX);
        let feed = Arc::new(Feed::new(Project::blank(&name)));
        let handle = Handle { inbox, feed: Arc::clone(&feed) };
        let project = Project::new(name.clone(), generation, stack, self.0.around.clone(), Arc::clone(&feed));
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

    pub(crate) fn feed(&self, name: &str) -> Option<Arc<Feed>> {
        self.handle(name).map(|handle| handle.feed)
    }

    pub(crate) fn reports(&self) -> Vec<StackReport> {
        let feeds: Vec<Arc<Feed>> = self.projects().values().map(|handle| Arc::clone(&handle.feed)).collect();
        let reports = feeds.iter().map(|feed| feed.report());
        // One that is gone as asked for has a last report, and nothing is kept of it.
        reports.filter(|report| report.is_supervised && report.phase != Phase::Gone).collect()
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

    async fn follow_events(&self) {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.0.around.engine.events(None).await {
                Ok(mut events) => {
                    debug!("listening to the engine");
                    pause = Duration::from_millis(100);
                    // Whatever happened before the stream was open is not in it.
                    self.doubt().await;
                    while let Some(event) = events.next().await {
                        match event {
                            Ok(event) => self.pass_on(event).await,
                            Err(error) => {
                                warn!(error = %error, "the engine's events broke off");
                                break;
                            }
                        }
                    }
                    info!("the engine's events ended, listening again");
                    self.doubt().await;
                }
                Err(error) => {
                    debug!(error = %error, "the engine cannot be listened to");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    async fn doubt(&self) {
        let inboxes: Vec<_> = self.projects().values().map(|handle| handle.inbox.clone()).collect();
        for inbox in inboxes {
            let _ = inbox.send(Message::Doubt).await;
        }
    }

    async fn pass_on(&self, event: engine::Event) {
        if event.action.starts_with("exec_") || event.action == "top" || event.action == "resize" {
            return; // health checks, and people looking around
        }
        match event.kind {
            EventKind::Container => {
                if let Some(project) = &event.project {
                    self.touch(project, event.id, event.at).await;
                }
            }
            EventKind::Network | EventKind::Volume if event.action != "mount" && event.action != "unmount" => {
                let name = if event.kind == EventKind::Network { event.name } else { event.id };
                // A container's coming and going on a network shows on the container.
                let container = event.attributes.get("container").filter(|id| !id.is_empty());
                let inboxes: Vec<_> = self.projects().values().map(|handle| handle.inbox.clone()).collect();
                for inbox in inboxes {
                    let message = match container {
                        Some(id) => Message::Linked(ContainerId(id.clone())),
                        None => Message::Shared(name.clone()),
                    };
                    let _ = inbox.send(message).await;
                }
            }
            _ => {}
        }
    }

    async fn touch(&self, project: &str, id: String, at: Stamp) {
        let Some(handle) = self.handle(project) else { return };
        let _ = handle.inbox.send(Message::Touched(ContainerId(id), at)).await;
    }
}

fn unreadable(error: &LedgerError) -> Problem {
    Problem { kind: "ledger".to_owned(), status: 503, title: error.to_string(), ..Problem::default() }
}
