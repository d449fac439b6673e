//! Logs of a project: the lines of its containers, and, when followed, of whatever comes in their place. A
//! container that starts again is read on from its last line, so nothing is missed and nothing told twice.

use std::collections::{BTreeMap, BTreeSet};

use api::{LogChunk, LogQuery, Phase};
use axum::extract::{Path, Query, State};
use engine::{EventKind, LogLine, LogOptions, LogSource};
use futures_util::stream::{self, BoxStream, SelectAll, StreamExt};
use plan::{Container, ContainerId, Stamp, labels};
use tokio::sync::mpsc;

use super::stream::{Events, server_sent};
use super::{Problem, problem, project_name};
use crate::Supervisor;

/// Lines that wait for a slow reader; the engine's stream waits with them.
const LINES: usize = 64;

pub(super) async fn logs(
    State(supervisor): State<Supervisor>,
    Path(name): Path<String>,
    Query(query): Query<LogQuery>,
) -> Result<Events, Problem> {
    let name = project_name(&name)?;
    let options = LogOptions {
        follow: query.follow,
        tail: query.tail,
        since: query.since.as_deref().map(moment).transpose()?,
        until: query.until.as_deref().map(moment).transpose()?,
        timestamps: true,
    };
    let (sender, receiver) = mpsc::channel(LINES);
    let wanted = Wanted {
        supervisor: supervisor.clone(),
        project: name.to_string(),
        services: query.services.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
    };
    let mut reader =
        Reader { wanted, options, known: BTreeMap::new(), open: BTreeSet::new(), lines: SelectAll::new(), out: sender };
    // The first look is made before the answer begins, so that its failure is an answer too.
    for container in reader.wanted.containers().await? {
        reader.open(container).await;
    }
    tokio::spawn(async move { if query.follow { reader.follow().await } else { reader.drain().await } });
    let lines = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    Ok(server_sent(&supervisor, lines))
}

/// How long ago (`10m`), seconds since the epoch, or RFC 3339.
fn moment(text: &str) -> Result<Stamp, Problem> {
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
        let title =
            format!("`{text}` is no point in time: want RFC 3339, seconds since the epoch, or how long ago, as 10m");
        Problem(problem("bad-request", axum::http::StatusCode::BAD_REQUEST, &title))
    })
}

/// A line of one container, or the end of its log for now.
type Item = (ContainerId, Option<LogLine>);

/// Whose lines are wanted.
struct Wanted {
    supervisor: Supervisor,
    project: String,
    services: Vec<String>,
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
            && labels::number(container).is_some()
            && (self.services.is_empty() || self.services.iter().any(|wanted| wanted == service))
    }

    /// Whether nothing runs and nobody will bring anything back.
    async fn is_over(&self) -> bool {
        let report = self.supervisor.feed(&self.project).map(|feed| feed.report());
        let comes_back = report.is_some_and(|report| report.is_supervised && report.phase != Phase::Gone);
        !comes_back && self.containers().await.is_ok_and(|found| found.iter().all(|container| !container.is_alive()))
    }
}

struct Reader {
    wanted: Wanted,
    options: LogOptions,
    /// Every container that was read from, and the time of its last line.
    known: BTreeMap<ContainerId, (Container, Option<Stamp>)>,
    open: BTreeSet<ContainerId>,
    lines: SelectAll<BoxStream<'static, Item>>,
    out: mpsc::Sender<LogChunk>,
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
        self.known.entry(id.clone()).or_insert((container, None));
        self.open.insert(id.clone());
        let end = (id.clone(), None);
        let lines = lines.filter_map(move |line| {
            let id = id.clone();
            async move { line.ok().map(|line| (id, Some(line))) }
        });
        self.lines.push(lines.chain(stream::once(async move { end })).boxed());
    }

    /// Hands a line on; false when nobody listens any more.
    async fn hand_on(&mut self, (id, line): Item) -> bool {
        let Some(line) = line else {
            self.open.remove(&id);
            return true;
        };
        let Some((container, last)) = self.known.get_mut(&id) else { return true };
        *last = line.at.or(*last);
        let chunk = LogChunk {
            container: container.name.clone(),
            service: container.label(labels::SERVICE).to_owned(),
            number: labels::number(container),
            is_stderr: line.source == LogSource::Stderr,
            at: line.at.map(|at| at.0),
            line: String::from_utf8_lossy(&line.bytes).into_owned(),
        };
        self.out.send(chunk).await.is_ok()
    }

    async fn drain(mut self) {
        while let Some(item) = self.lines.next().await {
            if !self.hand_on(item).await {
                return;
            }
        }
    }

    async fn follow(mut self) {
        loop {
            let Ok(mut events) = self.wanted.supervisor.engine().events(None).await else { return };
            // What started before the events were listened to is seen by looking.
            let Ok(running) = self.wanted.containers().await else { return };
            for container in running.into_iter().filter(Container::is_running) {
                if !self.open.contains(&container.id) {
                    self.open(container).await;
                }
            }
            loop {
                tokio::select! {
                    () = self.out.closed() => return,
                    Some(item) = self.lines.next() => {
                        let is_end = item.1.is_none();
                        if !self.hand_on(item).await || (is_end && self.open.is_empty() && self.wanted.is_over().await) {
                            return;
                        }
                    }
                    event = events.next() => match event {
                        Some(Ok(event)) => self.started(&event).await,
                        Some(Err(_)) | None => break,
                    },
                }
            }
        }
    }

    async fn started(&mut self, event: &engine::Event) {
        if event.kind != EventKind::Container || event.action != "start" {
            return;
        }
        let id = ContainerId(event.id.clone());
        if event.project.as_deref() != Some(self.wanted.project.as_str()) || self.open.contains(&id) {
            return;
        }
        if let Ok(Some(container)) = self.wanted.supervisor.engine().look(&id).await
            && self.wanted.wants(&container)
        {
            self.open(container).await;
        }
    }
}
