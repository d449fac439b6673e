//! The engine's events, passed on to the projects they are about. A stream that breaks off is opened again, and told
//! apart is whether the same engine goes on or another one began: that one has ended what ran without being asked. It is
//! told by the name that the engine has for its life; where it has none, by whether it remembers what was heard last.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Event, EventKind, Identity};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use plan::{ContainerId, Stamp};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{debug, info, warn};

use crate::Supervisor;
use crate::ledger::Lives;
use crate::project::Message;

/// How long before its end an engine may begin to stop containers, in nanoseconds.
const WINDING_DOWN: i64 = 60_000_000_000;
/// How many signals are remembered.
const SIGNALS: usize = 4096;
/// How long a stream that ended may take to be opened again without anybody having to wait.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How soon an engine is listened to again that could not be.
const SHORTEST: Duration = Duration::from_millis(100);
/// How soon at the latest.
const LONGEST: Duration = Duration::from_secs(2);
/// How often it is found out which engine answers where its events are refused.
const UNHEARD: Duration = Duration::from_secs(15);
/// How long an engine may take to tell what it still knows.
const RECOLLECTION: Duration = Duration::from_secs(1);

/// What was heard of an engine.
#[derive(Default)]
struct Heard {
    /// What it calls its life, where it has a name for it.
    life: Option<String>,
    /// When it said something last, of what, and what.
    last: Option<(Stamp, String, String)>,
    /// Containers that were sent a signal, with their projects, newest first.
    signalled: VecDeque<(Stamp, String, ContainerId)>,
}

/// What the projects are told of the engine.
#[derive(Debug, Clone, Default)]
pub(crate) enum EngineNews {
    /// Nobody knows which one answers.
    #[default]
    Lost,
    /// It is known.
    Is {
        /// What it calls itself ([`engine::Identity::id`]).
        id: Option<String>,
        /// Whether it is the one before.
        life: Arc<Life>,
        /// Held until it is written down what ended with the one before.
        settling: Option<TaskTrackerToken>,
    },
}

/// Whether an engine is the one before, for all projects.
#[derive(Debug, Clone, Default)]
pub(crate) enum Life {
    #[default]
    Same,
    /// It is not; the former one had sent these a signal in its last moments.
    Another(BTreeMap<String, BTreeSet<ContainerId>>),
    /// It is another one than when the ledger was written, or the machine began anew since.
    Unheard,
}

/// Listens until it is dropped. `noted` is what the ledger knows of former lives, and `boot` which life of the machine this
/// is; without them nothing is known of what was before.
pub(crate) async fn run(supervisor: Supervisor, noted: Lives, boot: Option<String>) {
    let mut heard = Heard::default();
    let mut noted = Some(noted);
    let (mut pause, mut is_known, mut is_told) = (SHORTEST, false, false);
    let mut noting: Option<AbortHandle> = None;
    loop {
        match reopen(&supervisor, &mut heard, is_known).await {
            Ok(Opened { identity, mut life, first, mut events }) => {
                debug!("listening to the engine");
                (is_known, is_told) = (true, false);
                let lives = Lives { boot: boot.clone(), engine: identity.life.clone() };
                if noted.take().is_some_and(|noted| lives.is_another_than(&noted)) {
                    life = Life::Unheard;
                }
                if !matches!(life, Life::Same) {
                    info!("the engine began anew");
                }
                // Should this daemon die before every project has written down what ended with the life before, its next
                // life has to find that out as this one did.
                let settling = TaskTracker::new();
                settling.close();
                let news = EngineNews::Is { id: identity.id, life: Arc::new(life), settling: Some(settling.token()) };
                supervisor.engine_is(news).await;
                if let Some(former) = noting.replace(supervisor.note_lives(lives, settling)) {
                    former.abort();
                }
                let began = Instant::now();
                follow(&supervisor, first, &mut events, &mut heard).await;
                info!("the engine's events ended, listening again");
                if began.elapsed() > AT_ONCE {
                    pause = SHORTEST;
                    continue;
                }
            }
            Err(error) => {
                is_known = false;
                if is_told {
                    debug!(error = %error, "the engine cannot be listened to");
                } else {
                    warn!(error = %error, "the engine cannot be listened to, so nothing is done until it can");
                    is_told = true;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Opens the stream. Where an engine was known, everybody is told that none is any more, unless the same is there at once:
/// one may end its stream and go on.
async fn reopen(supervisor: &Supervisor, heard: &mut Heard, is_known: bool) -> Result<Opened, engine::Error> {
    let opening = open(supervisor, heard);
    tokio::pin!(opening);
    let at_once = if is_known { tokio::time::timeout(AT_ONCE, &mut opening).await.ok() } else { None };
    let is_there = matches!(&at_once, Some(Ok(opened)) if matches!(opened.life, Life::Same));
    if is_known && !is_there {
        supervisor.engine_is(EngineNews::Lost).await;
    }
    match at_once {
        Some(opened) => opened,
        None => opening.await,
    }
}

type Events = BoxStream<'static, Result<Event, engine::Error>>;

/// A stream of events, and whose it is.
struct Opened {
    identity: Identity,
    life: Life,
    /// What was read of it already.
    first: Option<Result<Event, engine::Error>>,
    events: Events,
}

/// Opens the stream and finds out whose it is. What happens meanwhile is in the stream.
async fn open(supervisor: &Supervisor, heard: &mut Heard) -> Result<Opened, engine::Error> {
    let since = heard.last.as_ref().map(|(at, ..)| *at);
    let mut events = match supervisor.engine().events(since).await {
        // Something between here and the engine may refuse them for good: then lists alone tell what happens.
        Err(error) if !error.is_transient() => {
            debug!(error = %error, "the engine's events are refused");
            stream::once(tokio::time::sleep(UNHEARD)).filter_map(|()| async { None }).boxed()
        }
        opened => opened?,
    };
    let identity = supervisor.engine().identity().await?;
    let (mut first, mut is_same) = (None, true);
    if let (Some(now), Some(former)) = (&identity.life, &heard.life) {
        is_same = now == former;
    } else if let Some((at, id, action)) = &heard.last {
        // An engine that still knows what was heard last says it again, first of all.
        first = tokio::time::timeout(RECOLLECTION, events.next()).await.ok().flatten();
        let is_last = |event: &Event| event.at == *at && event.id == *id && event.action == *action;
        is_same = matches!(&first, Some(Ok(event)) if is_last(event));
    }
    let life = match (is_same, &heard.last) {
        (true, _) => Life::Same,
        (false, Some((at, ..))) => {
            let at = *at;
            Life::Another(std::mem::take(heard).ended(at))
        }
        (false, None) => Life::Another(BTreeMap::new()),
    };
    heard.life.clone_from(&identity.life);
    Ok(Opened { identity, life, first, events })
}

async fn follow(
    supervisor: &Supervisor,
    mut first: Option<Result<Event, engine::Error>>,
    events: &mut Events,
    heard: &mut Heard,
) {
    loop {
        let event = match first.take() {
            Some(event) => Some(event),
            None => events.next().await,
        };
        match event {
            Some(Ok(event)) => {
                heard.note(&event);
                pass_on(supervisor, event).await;
            }
            Some(Err(error)) => {
                warn!(error = %error, "the engine's events broke off");
                return;
            }
            None => return,
        }
    }
}

impl Heard {
    fn note(&mut self, event: &Event) {
        self.last = Some((event.at, event.id.clone(), event.action.clone()));
        if let (EventKind::Container, "kill", Some(project)) = (event.kind, event.action.as_str(), &event.project) {
            // Whatever was before an engine's last moments is of no interest.
            let is_recent = |(at, ..): &(Stamp, String, ContainerId)| at.0 >= event.at.0 - WINDING_DOWN;
            self.signalled.truncate(SIGNALS - 1);
            while self.signalled.back().is_some_and(|oldest| !is_recent(oldest)) {
                self.signalled.pop_back();
            }
            self.signalled.push_front((event.at, project.clone(), ContainerId(event.id.clone())));
        }
    }

    /// What the engine sent a signal in its last minute, by project: it was stopping everything.
    fn ended(self, last: Stamp) -> BTreeMap<String, BTreeSet<ContainerId>> {
        let mut ended: BTreeMap<String, BTreeSet<ContainerId>> = BTreeMap::new();
        for (at, project, id) in self.signalled {
            if at.0 >= last.0 - WINDING_DOWN {
                ended.entry(project).or_default().insert(id);
            }
        }
        ended
    }
}

async fn pass_on(supervisor: &Supervisor, event: Event) {
    if event.action.starts_with("exec_") || event.action == "top" || event.action == "resize" {
        return; // health checks, and people looking around
    }
    match event.kind {
        EventKind::Container => {
            if let Some(project) = &event.project {
                supervisor.tell(project, Message::Touched(ContainerId(event.id), event.at)).await;
            }
        }
        EventKind::Network | EventKind::Volume if event.action != "mount" && event.action != "unmount" => {
            let name = if event.kind == EventKind::Network { event.name } else { event.id };
            // A container's coming and going on a network shows on the container.
            let container = event.attributes.get("container").filter(|id| !id.is_empty());
            supervisor
                .tell_all(|_| match container {
                    Some(id) => Message::Linked(ContainerId(id.clone())),
                    None => Message::Shared(name.clone()),
                })
                .await;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, action: &str, id: &str) -> Event {
        Event {
            kind: EventKind::Container,
            action: action.to_owned(),
            id: id.to_owned(),
            name: String::new(),
            project: Some("shop".to_owned()),
            at: Stamp(at * 1_000_000_000),
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn what_got_a_signal_in_the_last_minute_was_ended_by_the_engine() {
        let mut heard = Heard::default();
        for (at, action, id) in
            [(10, "kill", "by-hand"), (11, "die", "by-hand"), (100, "start", "x"), (130, "kill", "web")]
        {
            heard.note(&event(at, action, id));
        }
        let ended = heard.ended(Stamp(131_000_000_000));
        assert_eq!(ended["shop"], BTreeSet::from([ContainerId("web".to_owned())]));
    }
}
