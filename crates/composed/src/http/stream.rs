//! Answers that go on: server-sent events, and what happens to a stack as such.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use api::Event;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Sse;
use axum::response::sse::{Event as SseEvent, KeepAlive};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use tokio::sync::broadcast;

use super::ask::no_such_stack;
use super::{Caller, Problem, project_name};
use crate::Supervisor;

/// An answer of server-sent events.
pub(super) type Events =
    Sse<axum::response::sse::KeepAliveStream<futures_util::stream::BoxStream<'static, Result<SseEvent, Infallible>>>>;

#[derive(Deserialize)]
pub(super) struct EventQuery {
    /// Progress from the beginning of this generation on is told again.
    #[serde(default)]
    generation: u64,
}

pub(super) async fn events(
    State(supervisor): State<Supervisor>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Query(query): Query<EventQuery>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let feed = supervisor.feed(name.as_str()).ok_or_else(|| Problem(no_such_stack(&name)))?;
    let subscription = feed.subscribe(query.generation);
    let first = subscription.missed.into_iter().map(Event::Progress);
    let first = stream::iter(first.chain([Event::Report(Box::new(subscription.report))]));
    let live = stream::unfold((subscription.live, feed), |(mut live, feed)| async move {
        match live.recv().await {
            Ok(event) => Some((vec![Arc::unwrap_or_clone(event)], (live, feed))),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                let report = Event::Report(Box::new(feed.report()));
                Some((vec![Event::Missed(missed), report], (live, feed)))
            }
            Err(broadcast::error::RecvError::Closed) => None,
        }
    });
    let events = first.chain(live.flat_map(stream::iter)).map(move |event| match event {
        Event::Report(report) => Event::Report(Box::new(caller.may_see(*report))),
        other => other,
    });
    Ok(server_sent(&supervisor, events))
}

/// Turns items into events; ends when the daemon stops.
pub(super) fn server_sent<T: serde::Serialize + Send + 'static>(
    supervisor: &Supervisor,
    events: impl Stream<Item = T> + Send + 'static,
) -> Events {
    let stopping = supervisor.stopping();
    let events = events
        .map(|event| Ok(SseEvent::default().json_data(event).unwrap_or_default()))
        .take_until(async move { stopping.cancelled().await });
    Sse::new(events.boxed()).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
