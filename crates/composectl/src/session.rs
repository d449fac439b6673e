//! Working in a process: standard input goes to it, what it writes comes out as it is, the terminal's size follows
//! it, and signals are handed on where it takes them. It ends with the process, with the detach keys, or with a
//! signal that nobody takes.

use std::io::Read as _;
use std::sync::Arc;

use api::client::Connection;
use api::frames::{FrameReader, FromProcess, ToProcess, WINDOW, write_frame};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};

use crate::docker::Docker;
use crate::escape::{DetachKeys, Escape};
use crate::exit::Exit;
use crate::terminal::{self, Raw};

/// What is read from standard input at a time.
const PIECE: usize = 32 << 10;

/// How a process is worked in.
#[derive(Debug, Clone)]
pub(crate) struct Streams {
    /// Whether it has a terminal.
    pub(crate) tty: bool,
    /// Whether standard input is for it.
    pub(crate) stdin: bool,
    /// Whether it takes signals; else they end the command.
    pub(crate) signals: bool,
    pub(crate) detach_keys: DetachKeys,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process did, with this exit code.
    Exit(i64),
    /// Somebody left it by the detach keys.
    Detached,
    /// Its streams are over, and it runs on.
    LeftRunning,
}

impl Ended {
    /// The exit code of a command, of which eight bits count.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Exit(code) => u8::try_from(code & 0xff).unwrap_or(1),
            Self::Detached | Self::LeftRunning => 0,
        }
    }
}

/// The signals that are handed on, by docker's names.
const HANDED_ON: [(&str, SignalKind); 6] = [
    ("HUP", SignalKind::hangup()),
    ("INT", SignalKind::interrupt()),
    ("QUIT", SignalKind::quit()),
    ("TERM", SignalKind::terminate()),
    ("USR1", SignalKind::user_defined1()),
    ("USR2", SignalKind::user_defined2()),
];

/// Signals as they come. From here on they do not end the command by themselves.
pub(crate) struct Signals(Vec<(&'static str, Signal)>);

impl Signals {
    pub(crate) fn listen() -> Result<Self, Exit> {
        let listen = |(name, kind)| Ok((name, signal(kind)?));
        let all: std::io::Result<Vec<_>> = HANDED_ON.into_iter().map(listen).collect();
        all.map(Self).map_err(|error| Exit::error(error.to_string()))
    }

    /// The name of the next one. It may be cancelled and called again.
    pub(crate) async fn next(&mut self) -> &'static str {
        let waiting = self.0.iter_mut().map(|(name, signal)| {
            Box::pin(async move {
                signal.recv().await;
                *name
            })
        });
        let name = futures_util::future::select_all(waiting).await.0;
        if matches!(name, "INT" | "TERM") {
            crate::interrupt::note();
        }
        name
    }
}

/// Works in a process over a connection that was handed over.
pub(crate) async fn work(
    connection: Box<dyn Connection>,
    streams: &Streams,
    mut signals: Signals,
) -> Result<Ended, Exit> {
    let (reading, mut writing) = tokio::io::split(connection);
    let (say, mut said) = mpsc::channel::<ToProcess>(4);
    let window = Arc::new(Semaphore::new(WINDOW));
    let _raw = if streams.tty && streams.stdin { Raw::stdin() } else { None };
    let writer = async {
        while let Some(frame) = said.recv().await {
            if write_frame(&mut writing, frame).await.is_err() {
                break; // the reader sees why
            }
        }
        std::future::pending::<()>().await;
    };
    let typed = async {
        if !streams.stdin {
            return std::future::pending().await;
        }
        let escape = streams.tty.then(|| Escape::new(streams.detach_keys.clone()));
        type_into(&say, &window, escape).await
    };
    let resized = follow_size(&say, streams.tty);
    let signalled = async {
        loop {
            let name = signals.next().await;
            if !streams.signals || streams.tty {
                return;
            }
            let _ = say.send(ToProcess::Signal(name.to_owned())).await;
        }
    };
    tokio::select! {
        ended = show(FrameReader::new(reading), &window) => ended,
        () = typed => Ok(Ended::Detached),
        () = signalled => Err(Exit::interrupted()),
        () = writer => unreachable!("it has no end"),
        () = resized => unreachable!("it has no end"),
    }
}

/// Writes out what the process writes, up to its end.
async fn show(mut frames: FrameReader<impl AsyncRead + Unpin>, window: &Semaphore) -> Result<Ended, Exit> {
    let (mut stdout, mut stderr) = (tokio::io::stdout(), tokio::io::stderr());
    loop {
        let frame = frames.next::<FromProcess>().await;
        let frame = frame.map_err(|error| Exit::error(format!("the connection to the process broke: {error}")))?;
        let shown = match frame {
            Some(FromProcess::Output(bytes)) => write_out(&mut stdout, &bytes).await,
            Some(FromProcess::ErrorOutput(bytes)) => write_out(&mut stderr, &bytes).await,
            Some(FromProcess::Taken) => {
                window.add_permits(1);
                Ok(())
            }
            Some(FromProcess::Exit(code)) => return Ok(Ended::Exit(code)),
            Some(FromProcess::LeftRunning) => return Ok(Ended::LeftRunning),
            Some(FromProcess::Broken(why)) => return Err(Exit::error(why)),
            None => return Err(Exit::error("the connection to the process was lost")),
        };
        // Nobody reads any more: as when the process itself wrote there.
        shown.map_err(|_| Exit::silent(141))?;
    }
}

async fn write_out(to: &mut (impl tokio::io::AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}

/// Hands standard input on; comes back when the detach keys were typed.
async fn type_into(say: &mpsc::Sender<ToProcess>, window: &Semaphore, mut escape: Option<Escape>) {
    let (read, mut pieces) = mpsc::channel::<Bytes>(1);
    // A read of a terminal cannot be taken back: the thread ends with the process.
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = stdin.read(&mut piece) {
            if read.blocking_send(Bytes::copy_from_slice(&piece[..length])).is_err() {
                return;
            }
        }
    });
    while let Some(piece) = pieces.recv().await {
        let (piece, is_over) = match &mut escape {
            Some(escape) => {
                let (passed, is_over) = escape.pass(&piece);
                (passed.into(), is_over)
            }
            None => (piece, false),
        };
        if !piece.is_empty() {
            let Ok(place) = window.acquire().await else { break };
            // It comes back with the daemon's word that the piece was taken.
            place.forget();
            let _ = say.send(ToProcess::Input(piece)).await;
        }
        if is_over {
            return;
        }
    }
    let _ = say.send(ToProcess::InputEnd).await;
    std::future::pending().await
}

/// Tells the terminal's size, now and whenever it changes.
async fn follow_size(say: &mpsc::Sender<ToProcess>, tty: bool) {
    let changes = signal(SignalKind::window_change()).ok().filter(|_| tty);
    if let Some(mut changes) = changes {
        loop {
            if let Some((columns, rows)) = terminal::size() {
                let _ = say.send(ToProcess::Resize(columns, rows)).await;
            }
            if changes.recv().await.is_none() {
                break;
            }
        }
    }
    std::future::pending().await
}

/// The detach keys of a flag, else of docker's own settings, else docker's own.
pub(crate) fn detach_keys(named: Option<&str>, docker: &Docker) -> (DetachKeys, String) {
    let named = named.map(str::to_owned).filter(|keys| !keys.is_empty());
    let text = named.or_else(|| configured(docker)).unwrap_or_default();
    let keys = DetachKeys::parse(&text);
    // As with docker, keys that are none are its own.
    keys.map_or_else(|| (DetachKeys::default(), String::new()), |keys| (keys, text))
}

fn configured(docker: &Docker) -> Option<String> {
    let folder = docker.config(|name| std::env::var(name).ok())?;
    let text = std::fs::read(folder.join("config.json")).ok()?;
    let settings: serde_json::Value = serde_json::from_slice(&text).ok()?;
    settings["detachKeys"].as_str().map(str::to_owned)
}
