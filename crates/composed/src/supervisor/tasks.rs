//! The tasks of projects: one each, and another when one has failed. The others do not notice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use api::{Phase, StackReport};
use model::ProjectName;
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::{Handle, Supervisor};
use crate::feed::Feed;
use crate::ledger::Stack;
use crate::project::{Message, Project};

/// Messages that may wait for one project's task.
const INBOX: usize = 256;
/// How soon a project's task is started again that failed once.
const AGAIN: Duration = Duration::from_secs(1);
/// After so long a failure is the first one again; it is also the longest pause between two.
const LASTING: Duration = Duration::from_secs(600);

impl Supervisor {
    pub(super) fn spawn(&self, name: ProjectName, generation: u64, stack: Option<Stack>) -> Handle {
        let feed = Arc::new(Feed::new(Project::blank(&name)));
        self.spawn_telling(name, generation, stack, feed, 0)
    }

    /// The same, after so many failures, told where the one before was.
    fn spawn_telling(
        &self,
        name: ProjectName,
        generation: u64,
        stack: Option<Stack>,
        feed: Arc<Feed>,
        failures: u32,
    ) -> Handle {
        let (inbox, messages) = mpsc::channel(INBOX);
        let number = self.0.spawned.fetch_add(1, Ordering::Relaxed);
        let handle = Handle { inbox, feed: Arc::clone(&feed), number };
        let project = Project::new(name.clone(), generation, stack, self.0.around.clone(), Arc::clone(&feed));
        {
            let mut projects = self.projects();
            projects.insert(name.clone(), handle.clone());
            // It is the first message of all, so there is room for it.
            let _ = handle.inbox.try_send(Message::Engine(self.engine_news().clone()));
        }
        let (this, began) = (self.clone(), Instant::now());
        self.0.tasks.spawn(async move {
            let ended = tokio::spawn(project.run(messages)).await;
            if let Err(panic) = ended {
                error!(project = %name, error = %panic, "the task of a project failed; the others go on");
                feed.publish(StackReport { phase: Phase::Faulted, ..feed.report() });
                let failures = if began.elapsed() < LASTING { failures + 1 } else { 1 };
                this.again(&name, feed, number, failures).await;
                return;
            }
            // A task that was spawned since under the same name stays.
            this.projects().retain(|key, handle| *key != name || handle.number != number);
        });
        handle
    }

    /// Starts a project's task again that failed, from what the ledger holds: it may have been one input that it cannot
    /// take. The more often it failed in a row, the later.
    async fn again(&self, name: &ProjectName, feed: Arc<Feed>, number: u64, failures: u32) {
        let pause = AGAIN.saturating_mul(1 << (failures - 1).min(10)).min(LASTING);
        tokio::select! {
            () = self.0.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let stack = match self.0.around.ledger.stack(name.clone()).await {
            Ok(stack) => stack,
            Err(error) => {
                warn!(project = %name, error = %error, "the ledger cannot be read, its task is not started again");
                return;
            }
        };
        // Whoever asked for something meanwhile has started another one.
        let is_the_last = self.handle(name.as_str()).is_some_and(|handle| handle.number == number);
        match stack.filter(|_| is_the_last) {
            Some(stack) => {
                warn!(project = %name, failures, "the task of a project is started again");
                self.spawn_telling(name.clone(), stack.generation, Some(stack), feed, failures);
            }
            None if is_the_last => {
                self.projects().remove(name);
            }
            None => {}
        }
    }
}
