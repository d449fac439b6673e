//! What happens to one stack, for everybody who listens: the newest report, and progress with a short memory
//! so that whoever subscribes after asking misses nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::{Event, Progress, StackReport};
use tokio::sync::broadcast;

/// Lines of progress that are remembered: whoever asks for something listens a moment later.
const REMEMBERED: usize = 256;
/// Events a slow reader may lag behind.
const LAG: usize = 512;

/// One stack's events.
pub(crate) struct Feed {
    state: Mutex<State>,
    // There is a place for each event from the beginning on, so a place is small.
    live: broadcast::Sender<Arc<Event>>,
}

struct State {
    report: StackReport,
    remembered: VecDeque<Progress>,
}

/// What a subscriber starts with, and what comes after.
pub(crate) struct Subscription {
    pub(crate) report: StackReport,
    pub(crate) missed: Vec<Progress>,
    pub(crate) live: broadcast::Receiver<Arc<Event>>,
}

impl Feed {
    pub(crate) fn new(report: StackReport) -> Self {
        let state = State { report, remembered: VecDeque::new() };
        Self { state: Mutex::new(state), live: broadcast::Sender::new(LAG) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn report(&self) -> StackReport {
        self.state().report.clone()
    }

    /// Publishes a report if it says something new.
    pub(crate) fn publish(&self, report: StackReport) {
        let mut state = self.state();
        if state.report != report {
            state.report = report.clone();
            // Sending under the lock keeps the order the same for everybody.
            let _ = self.live.send(Arc::new(Event::Report(Box::new(report))));
        }
    }

    /// Publishes a line of progress.
    pub(crate) fn progress(&self, line: Progress) {
        let mut state = self.state();
        if state.remembered.len() == REMEMBERED {
            state.remembered.pop_front();
        }
        state.remembered.push_back(line.clone());
        let _ = self.live.send(Arc::new(Event::Progress(line)));
    }

    /// Everything from the beginning of a generation on, as far as it is remembered.
    pub(crate) fn subscribe(&self, generation: u64) -> Subscription {
        let state = self.state();
        let missed = state.remembered.iter().filter(|line| line.generation >= generation).cloned().collect();
        Subscription { report: state.report.clone(), missed, live: self.live.subscribe() }
    }
}
