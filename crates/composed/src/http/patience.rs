//! A request's body that may not rest for long: whoever sends a byte a minute would keep a place from others.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// How long nothing may come.
const IDLE: Duration = Duration::from_secs(30);

/// A body that ends in an error when nothing comes for too long.
pub(crate) struct Patient<B> {
    body: B,
    rest: Pin<Box<Sleep>>,
}

impl<B> Patient<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, rest: Box::pin(sleep(IDLE)) }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Patient<B>
where
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                self.rest.as_mut().reset(Instant::now() + IDLE);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => match self.rest.as_mut().poll(context) {
                Poll::Ready(()) => {
                    let why = format!("nothing came for {} s", IDLE.as_secs());
                    Poll::Ready(Some(Err(why.into())))
                }
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_rests_for_too_long_ends_and_what_drips_does_not() {
        let began = Instant::now();
        let pieces = futures_util::stream::unfold(0, |count| async move {
            sleep(if count < 5 { IDLE / 2 } else { IDLE * 2 }).await;
            Some((Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(b"x"))), count + 1))
        });
        let mut body = Patient::new(Box::pin(http_body_util::StreamBody::new(pieces)));
        for _ in 0..5 {
            assert!(body.frame().await.unwrap().is_ok());
        }
        assert!(body.frame().await.unwrap().is_err());
        assert_eq!(began.elapsed(), IDLE / 2 * 5 + IDLE);
    }
}
