//! A request's body that has to get on: whoever sends a byte now and then would keep a place from others.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// How long a body may take to get on.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes by which it has got on.
const STRIDE: usize = 1024;

/// A body that ends in an error when too little comes for too long.
pub(crate) struct Patient<B> {
    body: B,
    /// Bytes since it has got on.
    come: usize,
    rest: Pin<Box<Sleep>>,
}

impl<B> Patient<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, come: 0, rest: Box::pin(sleep(IDLE)) }
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
                if let Some(Ok(frame)) = &frame {
                    self.come += frame.data_ref().map_or(0, Bytes::len);
                }
                if self.come >= STRIDE {
                    self.come = 0;
                    self.rest.as_mut().reset(Instant::now() + IDLE);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => match self.rest.as_mut().poll(context) {
                Poll::Ready(()) => {
                    let why = format!("fewer than {STRIDE} bytes came within {} s", IDLE.as_secs());
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

    /// A body of which a piece of so many bytes comes in each half of the time.
    fn of_pieces(size: usize) -> Patient<impl Body<Data = Bytes, Error = std::io::Error> + Unpin> {
        let pieces = futures_util::stream::unfold((), move |()| async move {
            sleep(IDLE / 2 + Duration::from_secs(1)).await;
            Some((Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; size]))), ()))
        });
        Patient::new(Box::pin(http_body_util::StreamBody::new(pieces)))
    }

    #[tokio::test(start_paused = true)]
    async fn what_gets_on_is_waited_for() {
        let mut body = of_pieces(STRIDE);
        for _ in 0..10 {
            assert!(body.frame().await.unwrap().is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_drips_or_rests_ends() {
        let began = Instant::now();
        let mut body = of_pieces(STRIDE / 4);
        assert!(body.frame().await.unwrap().is_ok());
        assert!(body.frame().await.unwrap().is_err());
        assert_eq!(began.elapsed(), IDLE);
    }
}
