//! A way to the engine that can be cut, bent and read: a unix socket that hands every call on to the engine, does
//! to it what the rules say, and keeps a list of all of them. It knows HTTP/1.1 as far as engines speak it.

mod fault;
mod message;
mod serve;

use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::Stream;

pub use fault::{Act, Events, Fault, Flood, Point, Rule, each, nth};
pub use message::Request;

/// The way; its connections end with it.
#[derive(Debug)]
pub struct Proxy {
    socket: PathBuf,
    way: Arc<Way>,
}

#[derive(Debug)]
struct Way {
    engine: Mutex<String>,
    began: Instant,
    open: Mutex<Open>,
    rules: Mutex<Rules>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Debug, Default)]
struct Open {
    /// Grows with each cut: a listener of an older one ends.
    generation: u32,
    clients: Vec<UnixStream>,
    engines: Vec<Stream>,
}

/// A call that came by.
#[derive(Debug, Clone)]
pub struct Call {
    /// Since the proxy began.
    pub at: Duration,
    /// What was asked.
    pub request: Request,
    /// What the engine answered; `None` when it has not, or was not asked.
    pub status: Option<u16>,
    /// When its answer began, since the proxy did.
    pub answered: Option<Duration>,
    /// What a rule did to it.
    pub fault: Option<String>,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:9.3} {} → ", self.at.as_secs_f64(), self.request)?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("…")?,
        }
        self.fault.iter().try_for_each(|fault| write!(f, "  !{fault}"))
    }
}

#[derive(Default)]
struct Rules(Vec<Rule>);

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rules", self.0.len())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// Listens at a path and hands on to an engine, whose address is in `DOCKER_HOST` form.
    ///
    /// # Panics
    /// When there can be no socket at that path.
    #[must_use]
    pub fn start(socket: &Path, engine: &str) -> Self {
        let way = Way {
            engine: Mutex::new(engine.to_owned()),
            began: Instant::now(),
            open: Mutex::default(),
            rules: Mutex::default(),
            calls: Mutex::default(),
        };
        let this = Self { socket: socket.to_owned(), way: Arc::new(way) };
        this.mend();
        this
    }

    /// In `DOCKER_HOST` form.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Every connection ends at once, and nobody gets in any more.
    pub fn cut(&self) {
        held(&self.way.open).generation += 1;
        let _ = std::fs::remove_file(&self.socket);
        self.drop_connections();
    }

    /// Every connection ends at once; new ones get in.
    pub fn drop_connections(&self) {
        let mut open = held(&self.way.open);
        for stream in open.clients.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for stream in open.engines.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// The way is there again.
    ///
    /// # Panics
    /// When there can be no socket at its path.
    pub fn mend(&self) {
        let listener = UnixListener::bind(&self.socket).expect("a socket can be made");
        let way = Arc::clone(&self.way);
        let generation = held(&way.open).generation;
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut open = held(&way.open);
                if open.generation != generation {
                    return;
                }
                open.clients.extend(client.try_clone());
                drop(open);
                let way = Arc::clone(&way);
                std::thread::spawn(move || serve::serve(&way, client));
            }
        });
    }

    /// Every connection ends, and new ones come to another engine, whose address is in `DOCKER_HOST` form.
    pub fn lead_to(&self, engine: &str) {
        engine.clone_into(&mut held(&self.way.engine));
        self.drop_connections();
    }

    /// From now on these rules hold, and no others; of several that apply to a call the first does.
    pub fn rules(&self, rules: Vec<Rule>) {
        held(&self.way.rules).0 = rules;
    }

    /// Every call that has come by, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        held(&self.way.calls).clone()
    }

    /// How many calls have come by.
    #[must_use]
    pub fn count(&self) -> usize {
        held(&self.way.calls).len()
    }

    /// The calls that change something, from a number of calls on.
    #[must_use]
    pub fn changes_since(&self, count: usize) -> Vec<Call> {
        let calls = held(&self.way.calls);
        calls[count.min(calls.len())..].iter().filter(|call| call.request.changes()).cloned().collect()
    }
}

/// How many of these calls were unanswered at a time, at most.
#[must_use]
pub fn at_once<'c>(calls: impl IntoIterator<Item = &'c Call>) -> usize {
    let mut edges: Vec<(Duration, bool)> = Vec::new();
    for call in calls {
        edges.push((call.at, true));
        edges.extend(call.answered.map(|at| (at, false)));
    }
    // One that ends makes room for the next of the same moment.
    edges.sort();
    let (mut now, mut most) = (0_usize, 0);
    for (_, begins) in edges {
        now = if begins { now + 1 } else { now - 1 };
        most = most.max(now);
    }
    most
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Way {
    /// Notes a call; its number, and what is done to it.
    fn note(&self, request: &Request) -> (usize, Option<Fault>) {
        let fault = held(&self.rules).0.iter_mut().find_map(|rule| rule(request));
        let mut calls = held(&self.calls);
        let told = fault.as_ref().map(ToString::to_string);
        calls.push(Call {
            at: self.began.elapsed(),
            request: request.clone(),
            status: None,
            answered: None,
            fault: told,
        });
        (calls.len() - 1, fault)
    }

    fn answered(&self, number: usize, status: u16) {
        let call = &mut held(&self.calls)[number];
        call.status = Some(status);
        call.answered = Some(self.began.elapsed());
    }

    fn engine(&self) -> std::io::Result<Stream> {
        let stream = Stream::connect(&held(&self.engine))?;
        held(&self.open).engines.extend(stream.try_clone());
        Ok(stream)
    }
}
