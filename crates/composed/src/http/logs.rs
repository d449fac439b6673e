//! Logs of a project: the lines of its containers, and, when followed, of whatever comes in their place. A
//! container that starts again is read on from its last line, so nothing is missed and nothing told twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use api::{LogChunk, LogQuery, Phase};
use axum::extract::{Path, Query, State};
use engine::{EventKind, LogLine, LogOptions, LogSource};
use futures_util::stream::{self, BoxStream, SelectAll, StreamExt};
use plan::{Container, ContainerId, Stamp, labels};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::stream::{Events, server_sent};
use super::{Problem, problem, project_name};
use crate::Supervisor;

/// Lines that wait for a slow reader; the engine's stream waits with them.
const LINES: usize = 64;
/// And how long all of them may be together, in bytes: one line may be as long as this.
const BYTES: usize = 256 << 10;
/// How long nobody says anything before it is asked whether somebody ever will.
const SILENCE: Duration = Duration::from_millis(500);
/// How long an engine that cannot be listened to is left alone, doubling.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

pub(super) async fn logs(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(query): Query<LogQuery>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let options = LogOptions {
        follow: query.follow,
        tail: query.tail,
        since: query.since.as_deref().map(|text| moment("since", text)).transpose()?,
        until: query.until.as_deref().map(|text| moment("until", text)).transpose()?,
        timestamps: true,
    };
    let (sender, receiver) = mpsc::channel(LINES);
    let wanted = Wanted {
        supervisor: supervisor.clone(),
        project: name.to_string(),
        services: query.services.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        index: query.index,
        until_all_ended: query.exits,
    };
    let mut reader = Reader {
        wanted,
        options,
        known: BTreeMap::new(),
        open: BTreeMap::new(),
        again: BTreeSet::new(),
        ends: BTreeMap::new(),
        ending: BTreeSet::new(),
        broken: BTreeSet::new(),
        lines: SelectAll::new(),
        out: sender,
        room: Arc::new(Semaphore::new(BYTES)),
    };
    // The first look is made before the answer begins, so that its failure is an answer too.
    for container in reader.wanted.containers().await? {
        reader.open(container).await;
    }
    tokio::spawn(async move { if query.follow { reader.follow().await } else { reader.drain().await } });
    let lines = stream::unfold(receiver, |mut receiver: mpsc::Receiver<(LogChunk, OwnedSemaphorePermit)>| async move {
        let (chunk, _room) = receiver.recv().await?;
        Some((chunk, receiver))
    });
    Ok(server_sent(&supervisor, lines))
}

/// How long ago (`10m`), seconds since the epoch, or RFC 3339.
pub(super) fn moment(key: &str, text: &str) -> Result<Stamp, Problem> {
    if let Ok(ago) = text.parse::<model::Duration>() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        return Ok(Stamp(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX) - ago.as_nanos()));
    }
    if let Ok(seconds) = text.parse::<f64>() {
        #[expect(clippy::cast_possible_truncation, reason = "a saturating cast is right for a moment")]
        return Ok(Stamp((seconds * 1e9) as i64));
    }
    let timestamp: Result<jiff::Timestamp, _> = text.parse();
    timestamp.map(|at| Stamp(i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX))).map_err(|_| {
        let text = diagnostic::quoted(text);
        let title = format!("invalid value for \"{key}\": failed to parse value as time or duration: {text}");
        let help = "want RFC 3339, seconds since the epoch, or how long ago, as 10m".to_owned();
        Problem(api::Problem { help, ..problem("bad-request", axum::http::StatusCode::BAD_REQUEST, &title) })
    })
}

/// What is read of one container.
type Item = (ContainerId, Said);

enum Said {
    Line(LogLine),
    /// The engine did not say all of it.
    Broken,
    /// That is all for now.
    End,
}

/// What became of something that was read.
enum Handed {
    On,
    /// It has to be asked for again.
    Broken,
    /// Nobody listens any more.
    ToNobody,
}

/// How following ended.
enum Followed {
    /// Nobody listens, or nobody will say anything any more.
    ToTheEnd,
    /// The engine cannot be listened to; whether it could before.
    UntilItBroke { any: bool },
}

/// Whose lines are wanted.
struct Wanted {
    supervisor: Supervisor,
    project: String,
    services: Vec<String>,
    index: Option<u32>,
    /// Whether it is over when all have ended, and their ends are told.
    until_all_ended: bool,
}

impl Wanted {
    async fn containers(&self) -> Result<Vec<Container>, engine::Error> {
        let query = engine::Query { project: self.project.clone(), ..engine::Query::default() };
        let observed = self.supervisor.engine().observe(&query).await?;
        let mut containers: Vec<Container> = observed.containers.into_values().filter(|c| self.wants(c)).collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    fn wants(&self, container: &Container) -> bool {
        let service = container.label(labels::SERVICE);
        container.label(labels::PROJECT) == self.project
            && labels::number(container).is_some_and(|number| self.index.is_none_or(|index| index == number))
            && (self.services.is_empty() || self.services.iter().any(|wanted| wanted == service))
    }

    /// Whether nothing runs and nobody will bring anything back.
    async fn is_over(&self) -> bool {
        let report = self.supervisor.feed(&self.project).map(|feed| feed.report());
        let comes_back = report.is_some_and(|report| match report.phase {
            Phase::Observing | Phase::Working | Phase::Waiting => true,
            Phase::Gone => false,
            Phase::Paused | Phase::Blocked | Phase::Faulted | Phase::Converged => {
                report.is_supervised && !self.until_all_ended
            }
        });
        !comes_back && self.containers().await.is_ok_and(|found| found.iter().all(|container| !container.is_alive()))
    }
}

struct Reader {
    wanted: Wanted,
    options: LogOptions,
    /// Every container that was read from, and the time of its last line.
    known: BTreeMap<ContainerId, (Container, Option<Stamp>)>,
    /// What is being read, and when it had ended, where it had when that began.
    open: BTreeMap<ContainerId, Option<Stamp>>,
    /// Those that started anew while what they said before was still being read.
    again: BTreeSet<ContainerId>,
    /// When those ended whose output was read to that end.
    ends: BTreeMap<ContainerId, Stamp>,
    /// Those whose output ended while the engine still had them running.
    ending: BTreeSet<ContainerId>,
    /// Those whose log broke off.
    broken: BTreeSet<ContainerId>,
    lines: SelectAll<BoxStream<'static, Item>>,
    out: mpsc::Sender<(LogChunk, OwnedSemaphorePermit)>,
    /// What is left of the bytes that may wait.
    room: Arc<Semaphore>,
}

impl Reader {
    /// Begins to read a container, or goes on where it was left off.
    async fn open(&mut self, container: Container) {
        let id = container.id.clone();
        let mut options = self.options.clone();
        if let Some((_, last)) = self.known.get(&id) {
            options.tail = None;
            options.since = last.map(|Stamp(at)| Stamp(at + 1)).or(options.since);
        }
        let Ok(lines) = self.wanted.supervisor.engine().logs(&id, options).await else { return };
        self.open.insert(id.clone(), finished(&container));
        self.known.entry(id.clone()).or_insert((container, None));
        let end = (id.clone(), Said::End);
        let lines = lines.map(move |line| (id.clone(), line.map_or(Said::Broken, Said::Line)));
        self.lines.push(lines.chain(stream::once(async move { end })).boxed());
    }

    /// Hands a line on.
    async fn hand_on(&mut self, (id, said): Item) -> Handed {
        let line = match said {
            Said::Line(line) => line,
            Said::Broken => {
                self.broken.insert(id);
                return Handed::On;
            }
            Said::End => {
                let had_ended = self.open.remove(&id).flatten();
                if let Handed::ToNobody = self.ended(&id, had_ended).await {
                    return Handed::ToNobody;
                }
                if self.broken.contains(&id) {
                    return Handed::Broken;
                }
                if self.again.remove(&id) {
                    self.read_on(&id).await;
                }
                return Handed::On;
            }
        };
        let Some((container, last)) = self.known.get_mut(&id) else { return Handed::On };
        *last = line.at.or(*last);
        let chunk = LogChunk {
            is_stderr: line.source == LogSource::Stderr,
            at: line.at.map(|at| at.0),
            line: String::from_utf8_lossy(&line.bytes).into_owned(),
            ..chunk(container)
        };
        self.send(chunk).await
    }

    /// Waits for room, and hands a chunk on.
    async fn send(&mut self, chunk: LogChunk) -> Handed {
        let bytes = u32::try_from(chunk.line.len().clamp(1, BYTES)).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(bytes).await else { return Handed::ToNobody };
        if self.out.send((chunk, room)).await.is_ok() { Handed::On } else { Handed::ToNobody }
    }

    /// Notes how a container ended, if it did, and tells it where that is wanted.
    async fn ended(&mut self, id: &ContainerId, had_ended: Option<Stamp>) -> Handed {
        let Ok(Some(container)) = self.wanted.supervisor.engine().look(id).await else { return Handed::On };
        if let Some(had_ended) = had_ended {
            // It had ended before it was read: what became of it since is another life's, which may have begun
            // unheard, and is read on behind what was read of it already.
            self.ends.insert(id.clone(), had_ended);
            if finished(&container) != Some(had_ended) {
                self.again.remove(id);
                self.read_on(id).await;
                return Handed::On;
            }
        }
        match finished(&container) {
            // Told when that was seen.
            Some(finished) if had_ended.is_none() && self.ends.insert(id.clone(), finished) == Some(finished) => {
                return Handed::On;
            }
            // Its output ends a moment before the engine says that it has.
            None if container.is_running() => {
                self.ending.insert(id.clone());
            }
            _ => {}
        }
        if !self.wanted.until_all_ended {
            return Handed::On;
        }
        let (code, is_restarting) = match container.state {
            // One that ended before anybody looked is no news.
            plan::State::Exited { code, finished, .. } if self.options.since.is_none_or(|since| finished >= since) => {
                (code, false)
            }
            plan::State::Restarting { code } => (code, true),
            _ => return Handed::On,
        };
        let chunk = LogChunk { exit: Some(code), is_restarting, ..chunk(&container) };
        self.send(chunk).await
    }

    async fn drain(mut self) {
        while let Some(item) = self.lines.next().await {
            if let Handed::ToNobody = self.hand_on(item).await {
                return;
            }
        }
    }

    async fn follow(mut self) {
        let listener = self.out.clone();
        let following = async {
            let mut pause = FIRST_PAUSE;
            while let Followed::UntilItBroke { any } = self.follow_while_there().await {
                // An engine that is away comes back, and what was said meanwhile is in its logs.
                pause = if any { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = listener.closed() => {}
            () = following => {}
        }
    }

    /// Follows as long as the engine is there.
    async fn follow_while_there(&mut self) -> Followed {
        let Ok(mut events) = self.wanted.supervisor.engine().events(None).await else {
            return Followed::UntilItBroke { any: false };
        };
        // What started before the events were listened to is seen by looking.
        if self.catch_up().await.is_none() {
            return Followed::UntilItBroke { any: false };
        }
        loop {
            tokio::select! {
                Some(item) = self.lines.next() => {
                    match self.hand_on(item).await {
                        Handed::On => {}
                        Handed::Broken => return Followed::UntilItBroke { any: true },
                        Handed::ToNobody => return Followed::ToTheEnd,
                    }
                }
                event = events.next() => match event {
                    Some(Ok(event)) if event.action == "die" && self.ending.remove(&ContainerId(event.id.clone())) => {
                        if let Handed::ToNobody = self.ended(&ContainerId(event.id), None).await {
                            return Followed::ToTheEnd;
                        }
                    }
                    Some(Ok(event)) => self.started(&event).await,
                    Some(Err(_)) | None => return Followed::UntilItBroke { any: true },
                },
                // The stack's own end comes after that of its last container.
                () = tokio::time::sleep(SILENCE), if self.open.is_empty() => {}
            }
            // What started and ended since it was looked at last may still have to be read.
            if self.open.is_empty() && self.wanted.is_over().await && self.catch_up().await != Some(true) {
                return Followed::ToTheEnd;
            }
        }
    }

    /// Reads what runs, what broke off, and what lived since it was looked at last; whether there was any. `None` when
    /// the engine cannot be asked.
    async fn catch_up(&mut self) -> Option<bool> {
        let found = self.wanted.containers().await.ok()?;
        let mut any = false;
        for container in found {
            let has_lived = match finished(&container) {
                Some(finished) => self.ends.get(&container.id) != Some(&finished),
                None => container.is_running(),
            };
            // One that broke off and is still being read to that point is read on then.
            let is_open = self.open.contains_key(&container.id);
            let is_broken = !is_open && self.broken.remove(&container.id);
            if !is_open && (is_broken || has_lived) {
                self.again.remove(&container.id);
                self.open(container).await;
                any = true;
            }
        }
        Some(any)
    }

    async fn started(&mut self, event: &engine::Event) {
        if event.kind != EventKind::Container || event.action != "start" {
            return;
        }
        let id = ContainerId(event.id.clone());
        if event.project.as_deref() != Some(self.wanted.project.as_str()) {
            return;
        }
        if self.open.contains_key(&id) {
            // What it said before is still being read: it is read on when that is done.
            self.again.insert(id);
            return;
        }
        self.read_on(&id).await;
    }

    /// Reads one that started, unless that life of it was read to its end already.
    async fn read_on(&mut self, id: &ContainerId) {
        if let Ok(Some(container)) = self.wanted.supervisor.engine().look(id).await
            && self.wanted.wants(&container)
            && finished(&container).is_none_or(|finished| self.ends.get(id) != Some(&finished))
        {
            self.open(container).await;
        }
    }
}

/// When a container ended, if it did.
fn finished(container: &Container) -> Option<Stamp> {
    match container.state {
        plan::State::Exited { finished, .. } => Some(finished),
        _ => None,
    }
}

/// A chunk of a container that says nothing yet.
fn chunk(container: &Container) -> LogChunk {
    LogChunk {
        container: container.name.clone(),
        service: container.label(labels::SERVICE).to_owned(),
        number: labels::number(container),
        is_stderr: false,
        at: None,
        line: String::new(),
        exit: None,
        is_restarting: false,
    }
}
