//! Where clients come in: a unix socket, one that systemd opened, or pipes within one process.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixListener;
use tower::ServiceExt as _;
use tracing::{debug, warn};

use crate::Supervisor;
use crate::http::patience::Patient;
use crate::http::{self, Caller, Role};
use crate::places::Places;

/// How long a client may take to send its head.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a head, the longest; so much is kept for each connection.
const LONGEST_HEAD: usize = 64 << 10;
/// What is said of whoever is not served.
const REFUSED: &str = "a connection was refused";

/// A socket that clients can come in by.
#[derive(Debug)]
pub struct Listening {
    listener: UnixListener,
    group: Option<u32>,
    role: Role,
    /// Removed at the end, when it was made here.
    path: Option<PathBuf>,
}

/// Opens the socket of operators: the one systemd hands over, else a fresh one with mode 0660.
///
/// # Errors
/// When another daemon answers there, the folder cannot be made or written, or the group is unknown.
pub fn listen(path: &Path, group: Option<u32>) -> io::Result<Listening> {
    if let Some(handed) = listenfd::ListenFd::from_env().take_unix_listener(0)? {
        handed.set_nonblocking(true)?;
        return Ok(Listening { listener: UnixListener::from_std(handed)?, group, role: Role::Operate, path: None });
    }
    open(path, group, Role::Operate)
}

/// Opens a socket of those who may only look, with mode 0660.
///
/// # Errors
/// As [`listen`].
pub fn listen_to_lookers(path: &Path, group: Option<u32>) -> io::Result<Listening> {
    open(path, group, Role::Look)
}

fn open(path: &Path, group: Option<u32>, role: Role) -> io::Result<Listening> {
    if let Some(folder) = path.parent() {
        // Its group has to get there.
        masked(0o022, || std::fs::create_dir_all(folder))?;
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => {
            let message = format!("another composed answers at {}", path.display());
            return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
        }
        // Left behind by one that was killed.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
        Err(_) => {}
    }
    // From its first moment on it is its owner's alone; others are let in once it has its group.
    let listener = masked(0o177, || UnixListener::bind(path))?;
    if let Some(group) = group {
        std::os::unix::fs::chown(path, None, Some(group))?;
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(Listening { listener, group, role, path: Some(path.to_owned()) })
}

/// Makes something with these bits taken off its mode.
fn masked<T>(bits: u32, make: impl FnOnce() -> T) -> T {
    let former = rustix::process::umask(rustix::fs::Mode::from_raw_mode(bits));
    let made = make();
    rustix::process::umask(former);
    made
}

/// Serves clients until the supervisor stops.
pub async fn serve(listening: Listening, supervisor: Supervisor) {
    let Listening { listener, group, role, path } = listening;
    let stopping = supervisor.stopping();
    let router = http::router(supervisor);
    let places = Places::default();
    let (mut refusals, mut failures) = (Seldom::default(), Seldom::default());
    loop {
        // The end may come while all places are taken.
        let place = tokio::select! {
            () = stopping.cancelled() => break,
            place = places.free() => place,
        };
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                failures.tell(&error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let caller = match Caller::of(&stream, group, role) {
            Ok(caller) => caller,
            Err(stranger) => {
                refusals.tell(&stranger, REFUSED);
                continue;
            }
        };
        let place = match caller.counts_as() {
            Some(uid) => place.taken_by(uid),
            None => Ok(place),
        };
        let place = match place {
            Ok(place) => place,
            Err(too_many) => {
                refusals.tell(&too_many, REFUSED);
                continue;
            }
        };
        let router = router.clone();
        tokio::spawn(async move {
            connection(stream, router, caller).await;
            drop(place);
        });
    }
    if let Some(path) = path {
        let _ = std::fs::remove_file(path);
    }
}

/// What can happen again at once, as often as a stranger likes, and is to fill no log.
#[derive(Default)]
struct Seldom {
    told: Option<Instant>,
    since: u64,
}

impl Seldom {
    /// A line a second at the most, with how many there were since the last.
    fn tell(&mut self, error: &dyn std::fmt::Display, what: &str) {
        self.since += 1;
        if self.told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1)) {
            warn!(error = %error, connections = self.since, "{what}");
            *self = Self { told: Some(Instant::now()), since: 0 };
        }
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, caller: Caller) {
    let service =
        router.layer(axum::Extension(caller)).map_request(|request: hyper::Request<hyper::body::Incoming>| {
            request.map(|body| axum::body::Body::new(Patient::new(body)))
        });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(error = %error, "a connection broke off");
    }
}

/// A client of a supervisor in the same process: the same service, over pipes.
#[must_use]
pub fn in_process(supervisor: &Supervisor) -> api::Client {
    let router = http::router(supervisor.clone());
    let connect: api::Connect = Arc::new(move || {
        let router = router.clone();
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            tokio::spawn(connection(ours, router, Caller::myself()));
            Ok(Box::new(theirs) as Box<dyn api::client::Connection>)
        })
    });
    api::Client::over(connect, "this process")
}

/// Why there is no engine to speak to.
pub type EngineError = engine::Error;

/// A supervisor of this process alone: nothing is kept, and nothing supervised after it ends.
///
/// # Errors
/// When the address is none, or the process cannot keep even a passing ledger.
pub fn local(docker_host: Option<&str>, tls: Option<&engine::Tls>) -> Result<Supervisor, EngineError> {
    let address = engine::Address::of_docker_host(docker_host, tls)?;
    let engine = Arc::new(engine::Docker::connect(address.clone(), engine::Limits::STANDARD));
    let ledger = crate::ledger::Ledger::in_memory().expect("SQLite can always keep a ledger in memory");
    let supervisor = Supervisor::new(engine, ledger, crate::Supervision::Once);
    supervisor.settle(crate::Premises { engine: Some(address), ..crate::Premises::default() });
    supervisor.listen();
    Ok(supervisor)
}
