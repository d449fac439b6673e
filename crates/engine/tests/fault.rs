//! An engine that misbehaves: what becomes of a call when the other side hangs, breaks off, refuses or babbles.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{Address, Docker, Engine, Limits, LogOptions, Progress, Query, RemoteImage};
use futures_util::StreamExt;
use futures_util::future::join_all;
use plan::{Action, ContainerId};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

const SOON: Duration = Duration::from_millis(300);
/// What an engine takes for an answer.
const LATENCY: Duration = Duration::from_millis(5);

/// What the engine does with a request.
enum Reply {
    /// Answers.
    Is(u16, &'static str),
    /// Answers and closes the connection without having said so.
    IsAndCloses(u16, &'static str),
    /// Says nothing, for ever.
    Hangs,
    /// Begins an answer and says no more.
    Stalls(&'static str),
    /// Begins an answer and closes the connection.
    BreaksOff(&'static str),
    /// Closes the connection.
    Closes,
}
use Reply::{BreaksOff, Closes, Hangs, Is, IsAndCloses, Stalls};

/// The engine.
struct Fake {
    folder: TempDir,
    saw: Arc<Saw>,
}

/// What it saw.
#[derive(Default)]
struct Saw {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    ended: AtomicUsize,
    open: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Fake {
    fn new(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let (saw, reply) = (Arc::new(Saw::default()), Arc::new(reply));
        let fake = Self { folder, saw: Arc::clone(&saw) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                saw.connections.fetch_add(1, Ordering::SeqCst);
                let (reply, saw) = (Arc::clone(&reply), Arc::clone(&saw));
                tokio::spawn(async move {
                    let _ = serve(stream, &*reply, &saw).await;
                    saw.ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        fake
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// A client whose patience no healthy call exhausts, however busy the machine.
    fn engine(&self) -> Docker {
        Docker::connect(Address::Unix(self.socket()), Limits { acts: 3, ..Limits::STANDARD })
    }

    /// One that soon gives up.
    fn impatient(&self) -> Docker {
        let limits = Limits { read: SOON, act: SOON, margin: SOON, idle: SOON, ..Limits::STANDARD };
        Docker::connect(Address::Unix(self.socket()), limits)
    }

    fn seen(&self, start: &str) -> usize {
        self.saw.requests.lock().unwrap().iter().filter(|line| line.starts_with(start)).count()
    }
}

async fn serve(stream: UnixStream, reply: &(impl Fn(&str) -> Reply + Sync), saw: &Saw) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await?;
            if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if header.trim().is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let line = line.trim_end_matches(" HTTP/1.1\r\n").to_owned();
        saw.requests.lock().unwrap().push(line.clone());
        if line == "GET /version" {
            answer(&mut stream, 200, r#"{"Version":"99","ApiVersion":"1.99","MinAPIVersion":"1.24"}"#, 0).await?;
            continue;
        }
        saw.most_at_once.fetch_max(saw.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let reply = reply(&line);
        if !matches!(reply, Hangs) {
            tokio::time::sleep(LATENCY).await;
            saw.open.fetch_sub(1, Ordering::SeqCst);
        }
        match reply {
            Is(status, body) => answer(&mut stream, status, body, 0).await?,
            IsAndCloses(status, body) => return answer(&mut stream, status, body, 0).await,
            Hangs => std::future::pending().await,
            Stalls(body) => {
                answer(&mut stream, 200, body, 10).await?;
                std::future::pending().await
            }
            BreaksOff(body) => return answer(&mut stream, 200, body, 10).await,
            Closes => return Ok(()),
        }
    }
}

/// Writes an answer that promises `more` bytes than it has.
async fn answer(stream: &mut BufReader<UnixStream>, status: u16, body: &str, more: usize) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len() + more);
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await
}

fn start() -> Action {
    let replica = plan::action::Replica { service: model::ServiceName::new("web").unwrap(), number: 1 };
    Action::StartContainer { replica, container: "ab".into(), name: "shop-web-1".into(), around: Default::default() }
}

async fn apply(engine: &Docker, action: &Action) -> Result<engine::Done, engine::Error> {
    engine.apply(action, &|_| {}).await
}

#[tokio::test]
async fn the_version_is_agreed_on_once_and_in_every_path() {
    let fake = Fake::new(|_| Is(204, ""));
    let engine = fake.engine();
    for _ in 0..3 {
        assert!(apply(&engine, &start()).await.unwrap().changed);
    }
    assert_eq!((fake.seen("GET /version"), fake.seen("POST /v1.51/containers/ab/start")), (1, 3));
    assert_eq!(fake.saw.connections.load(Ordering::SeqCst), 1, "and the connection is kept");
}

#[tokio::test]
async fn the_version_is_asked_for_again_when_another_engine_may_have_come() {
    let fake = Fake::new(|_| Is(400, r#"{"message":"client version 1.51 is too new"}"#));
    let engine = fake.engine();
    for _ in 0..2 {
        apply(&engine, &start()).await.unwrap_err();
    }
    assert_eq!(fake.seen("GET /version"), 2);
}

#[tokio::test]
async fn an_order_without_an_answer_has_an_unknown_outcome_and_is_not_repeated() {
    for reply in [|| Hangs, || Stalls("{"), || BreaksOff("{"), || Closes] {
        let fake = Fake::new(move |_| reply());
        let error = apply(&fake.impatient(), &start()).await.unwrap_err();
        assert!(error.is_unknown_outcome() && error.is_transient() && !error.is_unreachable(), "{error}");
        assert!(error.to_string().starts_with("start container shop-web-1: "), "{error}");
        assert_eq!(fake.seen("POST"), 1);
    }
}

#[tokio::test]
async fn a_read_without_an_answer_is_transient_and_nothing_is_unknown() {
    let replies: [(fn() -> Reply, usize); 4] =
        [(|| Hangs, 1), (|| Stalls("{"), 1), (|| BreaksOff("{"), 2), (|| Closes, 2)];
    for (reply, times) in replies {
        let fake = Fake::new(move |_| reply());
        let error = fake.impatient().look(&ContainerId("ab".into())).await.unwrap_err();
        assert!(error.is_transient() && !error.is_unknown_outcome(), "{error}");
        assert_eq!(fake.seen("GET /v1.51"), times, "only a lost connection is worth another try");
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_nothing() {
    let fake = Fake::new(|_| IsAndCloses(304, ""));
    let engine = fake.engine();
    for number in 0..5 {
        assert!(!apply(&engine, &start()).await.unwrap().changed);
        // The pool must see the end before the next request, or that one is lost with it.
        while fake.saw.ended.load(Ordering::SeqCst) <= number {
            tokio::task::yield_now().await;
        }
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(fake.seen("POST"), 5);
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_unreachable() {
    let folder = TempDir::new().unwrap();
    let engine = Docker::connect(Address::Unix(folder.path().join("none")), Limits::STANDARD);
    let error = apply(&engine, &start()).await.unwrap_err();
    assert!(error.is_unreachable() && error.is_transient() && !error.is_unknown_outcome(), "{error}");
    assert!(error.help().unwrap().contains("DOCKER_HOST"));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("No such file"));
}

#[tokio::test]
async fn refusals_are_told_apart_by_their_code() {
    let refusal = |status, body| async move {
        let fake = Fake::new(move |_| Is(status, body));
        apply(&fake.engine(), &start()).await.unwrap_err()
    };
    let missing = refusal(404, r#"{"message":"No such container: ab"}"#).await;
    assert!(missing.is_missing() && !missing.is_transient());
    assert_eq!(missing.to_string(), "start container shop-web-1: No such container: ab");
    assert!(refusal(409, "{}").await.is_conflict());
    let refused = refusal(400, "not json").await;
    assert!(
        !refused.is_transient()
            && !refused.is_missing()
            && !refused.is_conflict()
            && refused.to_string().contains("400")
    );
    let failed = refusal(500, r#"{"message":"driver failed: port is already allocated"}"#).await;
    assert!(failed.is_transient() && !failed.is_unknown_outcome());
    assert!(failed.help().unwrap().contains("docker ps"));
    assert!(refusal(500, r#"{"message":"write /x: no space left on device"}"#).await.help().unwrap().contains("disk"));
}

#[tokio::test]
async fn a_removal_under_way_is_waited_for() {
    let fake = Fake::new(|line| match line {
        line if line.starts_with("DELETE") => {
            Is(409, r#"{"message":"removal of container ab is already in progress"}"#)
        }
        line if line.starts_with("POST") => Is(200, r#"{"StatusCode":0}"#),
        _ => Is(
            200,
            r#"{"Id":"ab","Name":"/a","Created":"","State":{"Status":"removing","StartedAt":"","FinishedAt":""},"Config":{}}"#,
        ),
    });
    let remove =
        Action::RemoveContainer { replica: None, id: ContainerId("ab".into()), name: "a".into(), volumes: true };
    assert!(!apply(&fake.engine(), &remove).await.unwrap().changed);
    assert_eq!(fake.seen("DELETE /v1.51/containers/ab?v=1"), 1);
    assert_eq!(fake.seen("POST /v1.51/containers/ab/wait?condition=removed"), 1);
}

fn order() -> plan::action::ContainerSpec {
    plan::action::ContainerSpec {
        replica: plan::action::Replica { service: model::ServiceName::new("web").unwrap(), number: 1 },
        name: "a".into(),
        image: "box:1".into(),
        service: model::Service::default(),
        inherited: Vec::new(),
        labels: Default::default(),
        network_mode: "none".into(),
        endpoints: Vec::new(),
        links: Vec::new(),
        one_off: None,
    }
}

#[tokio::test]
async fn a_name_held_by_its_former_holder_is_not_success() {
    let fake = Fake::new(|line| match line {
        line if line.starts_with("POST") => Is(409, r#"{"message":"name in use"}"#),
        _ => Is(
            200,
            r#"{"Id":"ab","Name":"/a","Created":"","State":{"Status":"removing","StartedAt":"","FinishedAt":""},"Config":{}}"#,
        ),
    });
    let error = apply(&fake.engine(), &Action::CreateContainer(Box::new(order()))).await.unwrap_err();
    assert!(error.is_conflict() && !error.is_unknown_outcome(), "{error}");
}

#[tokio::test]
async fn a_name_that_a_lost_call_is_still_making_is_waited_for() {
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::new(move |line| match line {
        line if line.starts_with("POST") => Is(409, r#"{"message":"name in use"}"#),
        // The name is given away before there is a container to be seen.
        line if line.contains("/containers/") && looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 => {
            Is(404, r#"{"message":"no such container"}"#)
        }
        _ => Is(
            200,
            r#"{"Id":"ab","Name":"/a","Created":"","State":{"Status":"created","StartedAt":"","FinishedAt":""},"Config":{}}"#,
        ),
    });
    let made = apply(&fake.engine(), &Action::CreateContainer(Box::new(order()))).await.unwrap();
    assert_eq!(made.id.as_deref(), Some("ab"));
}

#[tokio::test]
async fn half_a_project_is_no_project() {
    let fake = Fake::new(|line| match line {
        line if line.contains("/containers/json") => Is(200, r#"[{"Id":"ab"},{"Id":"cd"}]"#),
        line if line.contains("/containers/ab") => Is(404, r#"{"message":"gone"}"#),
        line if line.contains("/containers/cd") => Is(500, r#"{"message":"no"}"#),
        line if line.contains("/volumes") => Is(200, r#"{"Volumes":null}"#),
        _ => Is(200, "[]"),
    });
    let error = fake.engine().observe(&Query::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "inspect containers: no");
}

#[tokio::test]
async fn calls_wait_for_their_place() {
    let fake = Fake::new(|_| Is(204, ""));
    let engine = fake.engine();
    for result in join_all((0..30).map(|_| async { apply(&engine, &start()).await })).await {
        result.unwrap();
    }
    assert_eq!((fake.seen("POST"), fake.saw.most_at_once.load(Ordering::SeqCst)), (30, 3));
}

#[tokio::test]
async fn hanging_orders_do_not_keep_reads_out() {
    let fake = Fake::new(|line| if line.starts_with("POST") { Hangs } else { Is(404, "{}") });
    let engine = fake.impatient();
    let hanging = {
        let engine = engine.clone();
        tokio::spawn(async move { join_all((0..24).map(|_| async { apply(&engine, &start()).await })).await })
    };
    assert!(engine.look(&ContainerId("ab".into())).await.unwrap().is_none());
    assert!(hanging.await.unwrap().into_iter().all(|result| result.unwrap_err().is_unknown_outcome()));
}

#[tokio::test]
async fn an_unknown_event_passes_and_a_broken_one_ends_the_stream() {
    let fake = Fake::new(|_| {
        BreaksOff(
            "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"ab\"},\"time\":1}\n\x1e{\"Type\":\"new\",\"Action\":\"word\"}\n{\"Ty",
        )
    });
    let events: Vec<_> = fake.engine().events(None).await.unwrap().collect().await;
    let actions: Vec<_> = events.iter().map(|event| event.as_ref().map(|event| event.action.as_str())).collect();
    assert!(matches!(actions[..], [Ok("start"), Ok("word"), Err(_)]), "{actions:?}");
    assert!(!events[2].as_ref().unwrap_err().is_unknown_outcome());
}

#[tokio::test]
async fn a_silent_stream_has_no_deadline_but_its_beginning_has() {
    let fake = Fake::new(|line| if line.contains("/events") { Stalls("") } else { Hangs });
    let mut events = fake.engine().events(None).await.unwrap();
    assert!(tokio::time::timeout(3 * SOON, events.next()).await.is_err(), "it waits");
    assert!(fake.impatient().logs(&ContainerId("ab".into()), LogOptions::default()).await.is_err());
}

#[tokio::test]
async fn a_pull_tells_its_layers_and_its_error_is_the_engines() {
    let told = Mutex::new(Vec::new());
    let pull = Action::PullImage { reference: "box:1".into(), platform: String::new() };
    let lines = concat!(
        r#"{"status":"Pulling from library/box","id":"1"}"#,
        "\n",
        r#"{"status":"Downloading","id":"ab","progressDetail":{"current":1,"total":2}}"#,
        "\n",
        r#"{"errorDetail":{"message":"toomanyrequests"},"error":"toomanyrequests"}"#,
        "\n",
    );
    let fake = Fake::new(move |line| if line.starts_with("POST") { Is(200, lines) } else { Is(404, "{}") });
    let error = fake.engine().apply(&pull, &|progress| told.lock().unwrap().push(progress)).await.unwrap_err();
    assert_eq!(error.to_string(), "pull image box:1: toomanyrequests");
    assert!(error.is_transient() && !error.is_unknown_outcome());
    let layer = Progress::Layer { id: "ab".into(), status: "Downloading".into(), current: Some(1), total: Some(2) };
    assert_eq!(told.into_inner().unwrap(), [Progress::Line("Pulling from library/box".into()), layer]);
    assert_eq!(fake.seen("POST /v1.51/images/create?fromImage=box&tag=1"), 1);

    let fake = Fake::new(|line| if line.starts_with("POST") { Stalls("{}\n") } else { Is(404, "{}") });
    let error = apply(&fake.impatient(), &pull).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("no answer within"), "{error}");
}

#[tokio::test]
async fn a_push_that_breaks_off_stalls_or_is_refused_is_no_push() {
    let image = RemoteImage { reference: "r:5000/box:1".into(), ..RemoteImage::default() };
    let lines = "{\"status\":\"Preparing\",\"id\":\"ab\"}\n{\"error\":\"denied: no\"}\n";
    let fake = Fake::new(move |_| Is(200, lines));
    let error = fake.engine().push(&image, &|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "push image r:5000/box:1: denied: no");
    assert!(error.help().unwrap().contains("docker login"));
    assert_eq!(fake.seen("POST /v1.51/images/r:5000/box/push?tag=1"), 1);
    let fake = Fake::new(|_| Stalls("{}\n"));
    let error = fake.impatient().push(&image, &|_| {}).await.unwrap_err();
    assert!(error.is_unknown_outcome() && error.to_string().contains("no answer within"), "{error}");
    let fake = Fake::new(|_| Is(404, "{\"message\":\"no such image\"}"));
    assert!(fake.engine().push(&image, &|_| {}).await.unwrap_err().is_missing());
}

fn build(folder: &TempDir) -> Action {
    std::fs::write(folder.path().join("Dockerfile"), "FROM x").unwrap();
    let build = model::Build { context: folder.path().display().to_string(), ..model::Build::default() };
    let spec = plan::action::BuildSpec { build, tag: "t".into(), labels: Default::default(), platform: String::new() };
    Action::BuildImage(Box::new(spec))
}

#[tokio::test]
async fn a_silent_build_goes_on_as_long_as_the_engine_answers() {
    let folder = TempDir::new().unwrap();
    let fake = Fake::new(|_| Stalls("{\"stream\":\"Step 1\\n\"}\n"));
    let (engine, action) = (fake.impatient(), build(&folder));
    let building = apply(&engine, &action);
    assert!(tokio::time::timeout(5 * SOON, building).await.is_err(), "it is still under way");
    assert!(fake.seen("GET /version") > 2, "and the engine was asked whether it lives");
}

#[tokio::test]
async fn a_context_that_cannot_be_read_is_the_reason() {
    let folder = TempDir::new().unwrap();
    let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"\xff".to_vec());
    std::fs::write(folder.path().join(name), "").unwrap();
    let fake = Fake::new(|_| Hangs);
    let error = apply(&fake.engine(), &build(&folder)).await.unwrap_err();
    assert!(!error.is_unknown_outcome() && !error.is_transient(), "{error}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("not UTF-8"), "{error:?}");
}

#[tokio::test]
async fn a_name_that_makes_another_call_is_not_sent() {
    let fake = Fake::new(|_| Is(200, "{}"));
    let engine = fake.engine();
    engine.version().await.unwrap();
    for name in ["../images/a", "a/../../info", "a/b", ""] {
        let error = engine.look(&ContainerId(name.to_owned())).await.unwrap_err();
        assert!(error.to_string().contains("is no call that is made"), "{name}: {error}");
    }
    assert_eq!((fake.seen("GET /version"), fake.saw.requests.lock().unwrap().len()), (1, 1));
}
