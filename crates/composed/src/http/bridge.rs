//! Between a client's connection and a process's streams. Whoever goes first ends it: a client that is gone lets
//! go of the streams, and a process that ended is told with its exit code. Nothing waits in memory but the
//! frames of one window.

use std::sync::Arc;
use std::time::Duration;

use api::frames::{FrameReader, FromProcess, ToProcess, WINDOW, write_frame};
use axum::extract::{FromRequest as _, Json, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use engine::{Engine, LogSource, Session, Terminal, TerminalSize};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use plan::ContainerId;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tracing::debug;

use super::{Problem, problem};
use crate::Supervisor;

/// A process at work.
pub(super) struct Work {
    pub(super) session: Session,
    pub(super) terminal: Terminal,
    /// Whether the end of the input is handed on.
    pub(super) ends_input: bool,
    /// Who signals are for; a process beside a container's first one takes none.
    pub(super) signals: Option<ContainerId>,
    /// How it ended, asked for once its streams are over.
    pub(super) ended: BoxFuture<'static, FromProcess>,
}

/// Processes worked in at a time. A connection that was handed over is none of the server's any more.
static PLACES: Semaphore = Semaphore::const_new(256);

/// A connection that will be handed over, and its place among those that were.
pub(super) struct Taken {
    upgrade: OnUpgrade,
    place: SemaphorePermit<'static>,
}

/// The body of a request for a process's streams, and its connection where it asks for that to be handed over.
pub(super) async fn asked<T: DeserializeOwned>(mut request: Request) -> Result<(T, Option<Taken>), Problem> {
    let taken = taken_over(&mut request)?;
    Ok((json(request).await?, taken))
}

/// The end of a container's first process, waited for as long as `patience` once its streams are over.
pub(super) async fn ended(wait: BoxFuture<'static, Result<i64, engine::Error>>, patience: Duration) -> FromProcess {
    match tokio::time::timeout(patience, wait).await {
        Ok(Ok(code)) => FromProcess::Exit(code),
        Ok(Err(error)) => FromProcess::Broken(crate::project::refusal(&error).message),
        Err(_) => FromProcess::LeftRunning,
    }
}

async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let read = Json::<T>::from_request(request, &()).await;
    read.map(|Json(body)| body)
        .map_err(|error| Problem(problem("bad-request", StatusCode::BAD_REQUEST, &error.body_text())))
}

fn taken_over(request: &mut Request) -> Result<Option<Taken>, Problem> {
    if request.headers().get(header::UPGRADE).is_none_or(|name| name != api::frames::PROTOCOL) {
        return Ok(None);
    }
    let place = PLACES.try_acquire().map_err(|_| {
        Problem(problem("busy", StatusCode::SERVICE_UNAVAILABLE, "too many processes are worked in already"))
    })?;
    Ok(Some(Taken { upgrade: hyper::upgrade::on(request), place }))
}

/// The refusal of a request that is for a connection of streams and does not ask for one.
pub(super) fn no_upgrade() -> Problem {
    let title = format!("this needs an upgrade to {}", api::frames::PROTOCOL);
    Problem(problem("bad-request", StatusCode::UPGRADE_REQUIRED, &title))
}

/// Answers with the connection's change, and works on it until either end is gone or the daemon stops.
pub(super) fn hand_over(supervisor: &Supervisor, taken: Taken, work: Work) -> Response {
    let engine = Arc::clone(supervisor.engine());
    let stopping = supervisor.stopping();
    tokio::spawn(async move {
        let Taken { upgrade, place: _place } = taken;
        let connection = match upgrade.await {
            Ok(connection) => TokioIo::new(connection),
            Err(error) => return debug!(error = %error, "a client went before its streams came"),
        };
        tokio::select! {
            () = stopping.cancelled() => {}
            () = bridged(engine, connection, work) => {}
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static(api::frames::PROTOCOL)),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

async fn bridged(engine: Arc<dyn Engine>, connection: impl AsyncRead + AsyncWrite, work: Work) {
    let Work { session, terminal, ends_input, signals, ended } = work;
    let Session { mut input, mut output } = session;
    let (reading, mut writing) = tokio::io::split(connection);
    let (to_input, inputs) = mpsc::channel::<Bytes>(WINDOW);
    let (taking, mut taken) = mpsc::channel::<()>(WINDOW);
    let outward = async {
        let mut is_over = false;
        while !is_over {
            let frame = tokio::select! {
                biased;
                Some(()) = taken.recv() => FromProcess::Taken,
                piece = output.next() => match piece {
                    Some(Ok((LogSource::Stdout, bytes))) => FromProcess::Output(bytes),
                    Some(Ok((LogSource::Stderr, bytes))) => FromProcess::ErrorOutput(bytes),
                    Some(Err(error)) => {
                        is_over = true;
                        FromProcess::Broken(crate::project::refusal(&error).message)
                    }
                    None => break,
                },
            };
            if write_frame(&mut writing, frame).await.is_err() {
                return;
            }
        }
        if !is_over {
            let _ = write_frame(&mut writing, ended.await).await;
        }
        let _ = writing.shutdown().await;
    };
    let feeding = async {
        feed(&mut input, inputs, taking).await;
        if ends_input {
            let _ = input.shutdown().await;
        }
        // A process may go on without input.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = outward => {}
        () = inward(engine.as_ref(), FrameReader::new(reading), to_input, &terminal, signals.as_ref()) => {}
        () = feeding => {}
    }
}

/// Hands input on until it ends, and says of each piece that it was taken; also those a process no longer wants.
async fn feed(
    input: &mut (dyn AsyncWrite + Send + Unpin),
    mut inputs: mpsc::Receiver<Bytes>,
    taking: mpsc::Sender<()>,
) {
    let mut is_open = true;
    while let Some(piece) = inputs.recv().await {
        is_open = is_open && input.write_all(&piece).await.is_ok() && input.flush().await.is_ok();
        if taking.send(()).await.is_err() {
            return;
        }
    }
}

/// Takes in what a client says, until it is gone or says what it may not.
async fn inward(
    engine: &dyn Engine,
    mut frames: FrameReader<impl AsyncRead + Unpin>,
    to_input: mpsc::Sender<Bytes>,
    terminal: &Terminal,
    signals: Option<&ContainerId>,
) {
    let mut to_input = Some(to_input);
    loop {
        let frame = match frames.next().await {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => return debug!(error = %error, "a client's streams broke off"),
        };
        match frame {
            ToProcess::Input(bytes) => {
                // A client that keeps to the window finds a place.
                if to_input.as_ref().is_some_and(|to_input| to_input.try_send(bytes).is_err()) {
                    return debug!("a client sends more than was taken");
                }
            }
            ToProcess::InputEnd => to_input = None,
            ToProcess::Resize(columns, rows) => {
                if let Err(error) = engine.resize(terminal, TerminalSize { columns, rows }).await {
                    debug!(error = %error, "a terminal was not resized");
                }
            }
            ToProcess::Signal(name) => {
                let Some(container) = signals else { continue };
                if let Err(error) = engine.touch(container, &engine::Touch::Kill(name)).await {
                    debug!(error = %error, "a signal was not handed on");
                }
            }
        }
    }
}
