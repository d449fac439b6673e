//! Processes inside containers and the streams of both: the calls that end in a connection of bytes. The streams
//! are never guessed at: whether they are framed is a fact of the process (its terminal), told by who asks.

use bollard::models::{ExecConfig, ExecStartConfig};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use hyper::Method;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use plan::ContainerId;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, ReadHalf};

use super::path::Path;
use super::transport::{Call, Class, Transport};
use super::{observe, wire};
use crate::LogSource;
use crate::error::{Error, Kind};
use crate::session::{Attachable, ExecId, ExecSpec, ExecState, Session, Terminal, TerminalSize, Until};

/// What is read at a time.
const PIECE: usize = 32 << 10;

/// Makes a process; it does not run yet.
pub(crate) async fn create(http: &Transport, id: &ContainerId, spec: &ExecSpec) -> Result<ExecId, Error> {
    let what = format!("exec in container {}", id.short());
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let body = ExecConfig {
        attach_stdin: Some(spec.stdin && !spec.detached),
        attach_stdout: Some(!spec.detached),
        attach_stderr: Some(!spec.detached),
        console_size: spec.size.filter(|_| spec.tty).map(console),
        detach_keys: text(&spec.detach_keys),
        tty: Some(spec.tty),
        env: Some(spec.environment.clone()),
        cmd: Some(spec.command.clone()),
        privileged: Some(spec.privileged),
        user: text(&spec.user),
        working_dir: text(&spec.workdir),
    };
    let json = Some(json(&what, &body)?);
    let path = Path::of("containers", &id.0, "exec");
    let call = Call { what: &what, class: Class::Act, method: Method::POST, path, json };
    let made: wire::Created = wire::decode(&what, true, &http.send(call).await?.body)?;
    Ok(ExecId(made.id))
}

/// Starts a process that nobody looks at.
pub(crate) async fn start_detached(http: &Transport, exec: &ExecId, tty: bool) -> Result<(), Error> {
    let what = "start a process";
    let body = ExecStartConfig { detach: Some(true), tty: Some(tty), console_size: None };
    let json = Some(json(what, &body)?);
    let path = Path::of("exec", &exec.0, "start");
    http.send(Call { what, class: Class::Act, method: Method::POST, path, json }).await.map(|_| ())
}

/// Starts a process, and holds its streams.
pub(crate) async fn start(
    http: &Transport,
    exec: &ExecId,
    tty: bool,
    size: Option<TerminalSize>,
) -> Result<Session, Error> {
    let what = "start a process";
    let body = ExecStartConfig { detach: Some(false), tty: Some(tty), console_size: size.filter(|_| tty).map(console) };
    let path = Path::of("exec", &exec.0, "start");
    let upgraded = http.upgrade(what, &path, Some(json(what, &body)?)).await?;
    Ok(session(what, upgraded, !tty))
}

pub(crate) async fn state(http: &Transport, exec: &ExecId) -> Result<ExecState, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Told {
        running: bool,
        exit_code: Option<i64>,
    }
    let told: Told = http.get("look at a process", Path::of("exec", &exec.0, "json")).await?;
    Ok(ExecState { is_running: told.running, code: told.exit_code.unwrap_or_default() })
}

/// What attaching needs to know of a container; `None` when it is gone.
pub(crate) async fn attachable(http: &Transport, id: &ContainerId) -> Result<Option<Attachable>, Error> {
    let what = format!("inspect container {}", id.short());
    let found = observe::inspect(http, &what, &id.0).await?;
    Ok(found.map(|found| Attachable {
        state: found.state.status,
        tty: found.config.tty,
        stdin: found.config.open_stdin,
        stdin_once: found.config.stdin_once,
        labels: found.config.labels,
    }))
}

/// Holds the streams of a container's first process, from now on.
pub(crate) async fn attach(
    http: &Transport,
    id: &ContainerId,
    tty: bool,
    stdin: bool,
    detach_keys: &str,
) -> Result<Session, Error> {
    let what = format!("attach to container {}", id.short());
    let mut path = Path::of("containers", &id.0, "attach").with("stream", "1").with("stdout", "1").with("stderr", "1");
    if stdin {
        path = path.with("stdin", "1");
    }
    if !detach_keys.is_empty() {
        path = path.with("detachKeys", detach_keys);
    }
    let upgraded = http.upgrade(&what, &path, None).await?;
    Ok(session(&what, upgraded, !tty))
}

pub(crate) async fn resize(http: &Transport, terminal: &Terminal, size: TerminalSize) -> Result<(), Error> {
    let path = match terminal {
        Terminal::Container(id) => Path::of("containers", &id.0, "resize"),
        Terminal::Exec(id) => Path::of("exec", &id.0, "resize"),
    };
    let path = path.with("h", &size.rows.to_string()).with("w", &size.columns.to_string());
    let what = "resize a terminal";
    http.send(Call { what, class: Class::Act, method: Method::POST, path, json: None }).await.map(|_| ())
}

/// Begins to wait. When this answers the engine watches already, so that nothing that is started afterwards ends
/// unseen; what it gives waits on, and has the exit code.
pub(crate) async fn wait(
    http: &Transport,
    id: &ContainerId,
    until: Until,
) -> Result<BoxFuture<'static, Result<i64, Error>>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Exit {
        status_code: i64,
        error: Option<Failure>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Failure {
        #[serde(default)]
        message: String,
    }
    let what = format!("wait for container {}", id.short());
    let condition = match until {
        Until::Stopped => "not-running",
        Until::NextExit => "next-exit",
        Until::Removed => "removed",
    };
    let path = Path::of("containers", &id.0, "wait").with("condition", condition);
    let mut chunks = http.open(&what, Method::POST, &path, None, Some(http.limits.read)).await?;
    Ok(Box::pin(async move {
        let broken = || Error::new(&what, Kind::Lost, false, "the engine ended the wait");
        let exit: Exit = chunks.object().await?.ok_or_else(broken)?;
        match exit.error.filter(|error| !error.message.is_empty()) {
            Some(error) => Err(Error::new(&what, Kind::Failed, false, error.message)),
            None => Ok(exit.status_code),
        }
    }))
}

fn console(size: TerminalSize) -> Vec<usize> {
    vec![size.rows.into(), size.columns.into()]
}

fn json(what: &str, body: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body)
        .map_err(|error| Error::new(what, Kind::Local, false, "the request cannot be written").caused_by(error))
}

fn session(what: &str, upgraded: Upgraded, framed: bool) -> Session {
    let (reading, writing) = tokio::io::split(TokioIo::new(upgraded));
    Session { input: Box::new(writing), output: output(what, reading, framed) }
}

fn output(
    what: &str,
    reading: ReadHalf<TokioIo<Upgraded>>,
    framed: bool,
) -> BoxStream<'static, Result<(LogSource, Bytes), Error>> {
    let frames = Frames { framed, rest: BytesMut::new(), frame: (Origin::Stdout, 0) };
    let start = Some((what.to_owned(), reading, frames));
    stream::unfold(start, |state| async {
        let (what, mut reading, mut frames) = state?;
        loop {
            if let Some((kind, piece)) = frames.next() {
                let source = match kind {
                    Origin::Stdout => LogSource::Stdout,
                    Origin::Stderr => LogSource::Stderr,
                    Origin::System => {
                        let text = String::from_utf8_lossy(&piece).trim().to_owned();
                        let error = Error::new(&what, Kind::Failed, true, format!("the engine failed at it: {text}"));
                        return Some((Err(error), None));
                    }
                };
                return Some((Ok((source, piece)), Some((what, reading, frames))));
            }
            frames.rest.reserve(PIECE);
            match reading.read_buf(&mut (&mut frames.rest).limit(PIECE)).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    let broken = Error::new(&what, Kind::Lost, true, "the engine's stream broke off").caused_by(error);
                    return Some((Err(broken), None));
                }
            }
        }
    })
    .boxed()
}

/// Where the engine's frame comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Stdout,
    Stderr,
    /// The engine itself, about the stream.
    System,
}

/// Takes the frames off: eight bytes of header (the stream, three of nothing, the length), then that much. Pieces
/// of a frame are given as they come; what a header claims is never reserved.
#[derive(Debug)]
struct Frames {
    framed: bool,
    rest: BytesMut,
    /// The stream of the current frame and what is left of it.
    frame: (Origin, usize),
}

impl Frames {
    fn next(&mut self) -> Option<(Origin, Bytes)> {
        if !self.framed {
            return (!self.rest.is_empty()).then(|| (Origin::Stdout, self.rest.split().freeze()));
        }
        while self.frame.1 == 0 {
            if self.rest.len() < 8 {
                return None;
            }
            let kind = match self.rest[0] {
                2 => Origin::Stderr,
                3 => Origin::System,
                _ => Origin::Stdout,
            };
            self.rest.advance(4);
            self.frame = (kind, self.rest.get_u32() as usize);
        }
        if self.rest.is_empty() {
            return None;
        }
        let piece = self.rest.split_to(self.frame.1.min(self.rest.len())).freeze();
        self.frame.1 -= piece.len();
        Some((self.frame.0, piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(framed: bool, fed: &[&[u8]], expected: &[(Origin, &str)]) {
        let mut frames = Frames { framed, rest: BytesMut::new(), frame: (Origin::Stdout, 0) };
        let mut said: Vec<(Origin, String)> = Vec::new();
        for piece in fed {
            frames.rest.extend_from_slice(piece);
            while let Some((kind, bytes)) = frames.next() {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                match said.last_mut() {
                    Some((last, before)) if *last == kind => *before += &text,
                    _ => said.push((kind, text)),
                }
            }
        }
        let expected: Vec<(Origin, String)> = expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn frames_may_be_cut_anywhere() {
        let whole = b"\x01\0\0\0\0\0\0\x02hi\x02\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\x03bad\x03\0\0\0\0\0\0\x01x";
        let expected = [(Origin::Stdout, "hi"), (Origin::Stderr, "bad"), (Origin::System, "x")];
        check(true, &[whole], &expected);
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        check(true, &single, &expected);
    }

    #[test]
    fn a_terminal_has_no_frames() {
        check(false, &[b"\x02\0\0\0", b"\0\0\0\x01x"], &[(Origin::Stdout, "\u{2}\0\0\0\0\0\0\u{1}x")]);
    }
}
