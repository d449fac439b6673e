//! The engine's events, passed on to the projects they are about. A stream that breaks off is opened again, and told
//! apart is whether the same engine goes on or another one began: that one has ended what ran without being asked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use engine::{Event, EventKind};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use plan::{ContainerId, Stamp};
use tracing::{debug, info, warn};

use crate::Supervisor;
use crate::project::Message;

/// How long before its end an engine may begin to stop containers, in nanoseconds.
const WINDING_DOWN: i64 = 60_000_000_000;
/// How many signals are remembered.
const SIGNALS: usize = 4096;
/// How long an engine may take to tell what it still knows.
const RECOLLECTION: Duration = Duration::from_secs(1);

/// What was heard of an engine.
#[derive(Default)]
struct Heard {
    /// When it said something last, of what, and what.
    last: Option<(Stamp, String, String)>,
    /// Containers that were sent a signal, with their projects, newest first.
    signalled: VecDeque<(Stamp, String, ContainerId)>,
}

/// Listens until it is dropped.
pub(crate) async fn run(supervisor: Supervisor) {
    let mut pause = Duration::from_millis(100);
    let mut heard = Heard::default();
    loop {
        let since = heard.last.as_ref().map(|(at, ..)| *at);
        match supervisor.engine().events(since).await {
            Ok(events) => {
                debug!("listening to the engine");
                pause = Duration::from_millis(100);
                follow(&supervisor, events, &mut heard).await;
                info!("the engine's events ended, listening again");
                supervisor.tell_all(|_| Message::Doubt).await;
            }
            Err(error) => debug!(error = %error, "the engine cannot be listened to"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

async fn follow(
    supervisor: &Supervisor,
    mut events: BoxStream<'static, Result<Event, engine::Error>>,
    heard: &mut Heard,
) {
    let mut first = None;
    if let Some((at, id, action)) = heard.last.take() {
        // An engine that still knows what was heard last says it again, first of all.
        let again = tokio::time::timeout(RECOLLECTION, events.next()).await.ok().flatten();
        let is_same = |event: &Event| event.at == at && event.id == id && event.action == action;
        if matches!(&again, Some(Ok(event)) if is_same(event)) {
            heard.last = Some((at, id, action));
        } else {
            info!("the engine began anew");
            let ended = std::mem::take(heard).ended(at);
            supervisor.tell_all(|project| Message::EngineBegan(ended.get(project).cloned().unwrap_or_default())).await;
            first = again;
        }
    }
    // Whatever happened before the stream was open is not in it.
    supervisor.tell_all(|_| Message::Doubt).await;
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
            self.signalled.truncate(SIGNALS - 1);
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
