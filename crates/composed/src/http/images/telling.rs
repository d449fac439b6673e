//! What is told of images while something is done to them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use api::{ImageEvent, ImagesEnded, Progress, ProgressState};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, Stream};

/// Where it is told.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<VecDeque<ImageEvent>>>);

impl Told {
    pub(super) fn say(&self, event: ImageEvent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }

    pub(super) fn progress(&self, id: &str, state: ProgressState, text: &str, details: &str) {
        let (id, text, details) = (id.to_owned(), text.to_owned(), details.to_owned());
        self.say(ImageEvent::Progress(Progress { generation: 0, id, state, text, details }));
    }

    /// Tells how the layers of a pull or push get on; of the whole its beginning and its end are told.
    pub(super) fn layers(&self, id: &str, text: &'static str) -> impl Fn(engine::Progress) + Send + Sync + use<> {
        let (told, id, layers) = (self.clone(), id.to_owned(), Layers::default());
        move |progress| {
            let is_layer = matches!(progress, engine::Progress::Layer { .. });
            if let Some(line) = layers.line(progress).filter(|_| is_layer) {
                told.progress(&id, ProgressState::Working, text, &line);
            }
        }
    }

    fn next(&self) -> Option<ImageEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// What is known of the layers of an image: they are told when something else is done to them, not at every byte.
#[derive(Default)]
pub(super) struct Layers(Mutex<BTreeMap<String, String>>);

impl Layers {
    /// The line for what an engine says, if it says anything new.
    pub(super) fn line(&self, progress: engine::Progress) -> Option<String> {
        match progress {
            engine::Progress::Line(line) => Some(line),
            engine::Progress::Layer { id, status, .. } => {
                let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let line = format!("{id} {status}");
                (known.insert(id, status.clone()).as_ref() != Some(&status)).then_some(line)
            }
        }
    }
}

/// Work as a stream of what it tells; how it ended is the last. It goes on only while somebody reads, so what waits
/// to be read is no more than one step of it says, and it ends with whoever reads.
pub(super) fn driven(
    begin: impl FnOnce(Told) -> BoxFuture<'static, ImagesEnded>,
) -> impl Stream<Item = ImageEvent> + Send + 'static {
    let told = Told::default();
    let mut work = Some(begin(told.clone()));
    stream::poll_fn(move |context| {
        if let Some(event) = told.next() {
            return Poll::Ready(Some(event));
        }
        if let Some(under_way) = &mut work
            && let Poll::Ready(ended) = under_way.as_mut().poll(context)
        {
            work = None;
            told.say(ImageEvent::Ended(ended));
        }
        match told.next() {
            Some(event) => Poll::Ready(Some(event)),
            None if work.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_told_comes_before_the_end_and_only_when_it_is_read() {
        let begun = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&begun);
        let mut events = driven(|told| {
            Box::pin(async move {
                for name in ["a", "b"] {
                    *counter.lock().unwrap() += 1;
                    told.progress(name, ProgressState::Done, "Pulled", "");
                    tokio::task::yield_now().await;
                }
                ImagesEnded { count: 2, ..ImagesEnded::default() }
            })
        });
        assert_eq!(*begun.lock().unwrap(), 0);
        let first = events.next().await;
        assert!(matches!(first, Some(ImageEvent::Progress(told)) if told.id == "a"));
        assert_eq!(*begun.lock().unwrap(), 1, "nobody has asked for more");
        let rest: Vec<ImageEvent> = events.collect().await;
        assert!(
            matches!(&rest[..], [ImageEvent::Progress(_), ImageEvent::Ended(ended)] if ended.count == 2),
            "{rest:?}"
        );
    }

    #[test]
    fn a_layer_is_told_when_something_else_is_done_to_it() {
        let layers = Layers::default();
        let layer = |status: &str| {
            let (id, status) = ("ab".to_owned(), status.to_owned());
            layers.line(engine::Progress::Layer { id, status, current: None, total: None })
        };
        assert_eq!(layer("Downloading").as_deref(), Some("ab Downloading"));
        assert_eq!(layer("Downloading"), None);
        assert_eq!(layer("Pull complete").as_deref(), Some("ab Pull complete"));
    }
}
