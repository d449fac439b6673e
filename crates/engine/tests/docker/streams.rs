//! Events and logs of a real engine.

use engine::{Engine, EventKind, LogLine, LogOptions, LogSource};
use futures_util::StreamExt;
use plan::{Action, Stamp, State};

use crate::world::{World, eventually};

async fn log(world: &World, command: &[&str], tty: bool, options: LogOptions) -> Vec<LogLine> {
    let container = world.run("web", command, |spec| spec.service.tty = tty).await;
    // A follower may miss the last words of a container on old engines.
    eventually("it ended", async || {
        let seen = world.engine.look(&container.id).await.unwrap()?;
        matches!(seen.state, State::Exited { .. }).then_some(())
    })
    .await;
    let lines = world.engine.logs(&container.id, options).await.unwrap();
    lines.map(Result::unwrap).collect().await
}

#[tokio::test]
async fn events_name_the_project_and_what_happened() {
    let world = World::new();
    let mut events = world.engine.events(None).await.unwrap();
    let container = world.run("web", &["sh", "-c", "exit 3"], |_| {}).await;
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        if event.project.as_deref() == Some(&world.project) {
            assert_eq!(
                (event.kind, event.id.as_str(), event.name.as_str()),
                (EventKind::Container, container.id.0.as_str(), container.name.as_str())
            );
            assert!(event.at > Stamp(0));
            seen.push(event.action.clone());
            if event.action == "die" {
                assert_eq!(event.attributes["exitCode"], "3");
                break;
            }
        }
    }
    assert_eq!(seen, ["create", "start", "die"]);
    let since = Stamp(container.created.0 - 1);
    let mut replayed = world.engine.events(Some(since)).await.unwrap();
    let created = loop {
        let event = replayed.next().await.unwrap().unwrap();
        if event.id == container.id.0 {
            break event;
        }
    };
    assert_eq!(created.action, "create", "the engine remembers for a while");
}

#[tokio::test]
async fn health_is_an_event_and_its_checks_are_none() {
    let world = World::new();
    let mut events = world.engine.events(None).await.unwrap();
    let check = model::Healthcheck {
        test: vec!["CMD".into(), "true".into()],
        interval: Some("100ms".parse().unwrap()),
        ..model::Healthcheck::default()
    };
    world.run("web", &["sleep", "infinity"], |spec| spec.service.healthcheck = Some(check)).await;
    loop {
        let event = events.next().await.unwrap().unwrap();
        assert!(!event.action.starts_with("exec_"), "{event:?}");
        if event.project.as_deref() == Some(&world.project) && event.action == "health_status: healthy" {
            break;
        }
    }
}

#[tokio::test]
async fn both_streams_come_line_by_line_with_their_times() {
    let world = World::new();
    let script = "echo one; sleep 0.1; echo two >&2; sleep 0.1; printf end";
    let lines =
        log(&world, &["sh", "-c", script], false, LogOptions { timestamps: true, ..LogOptions::default() }).await;
    let told: Vec<_> = lines.iter().map(|line| (line.source, &line.bytes[..])).collect();
    assert_eq!(told, [(LogSource::Stdout, &b"one"[..]), (LogSource::Stderr, b"two"), (LogSource::Stdout, b"end")]);
    assert!(lines.windows(2).all(|pair| pair[0].at.unwrap() < pair[1].at.unwrap()));

    let id = world.observe().await.containers.keys().next().unwrap().clone();
    let read = async |options| {
        let lines = world.engine.logs(&id, options).await.unwrap();
        lines.map(|line| line.unwrap().bytes).collect::<Vec<_>>().await
    };
    let options = LogOptions { tail: Some(1), ..LogOptions::default() };
    assert_eq!(read(options).await, [&b"end"[..]]);
    let options = LogOptions { since: lines[1].at, ..LogOptions::default() };
    assert_eq!(read(options).await, [&b"two"[..], b"end"], "to the nanosecond");
}

#[tokio::test]
async fn a_long_line_is_whole_up_to_the_bound_whatever_the_engine_cuts() {
    let world = World::new();
    let script = "head -c 100000 /dev/zero | tr '\\0' x; echo; head -c 300000 /dev/zero | tr '\\0' y; echo; echo z";
    let lines =
        log(&world, &["sh", "-c", script], false, LogOptions { timestamps: true, ..LogOptions::default() }).await;
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.bytes.len(), line.bytes[0], line.bytes.iter().all(|byte| *byte == line.bytes[0])))
        .collect();
    assert_eq!(told, [(100_000, b'x', true), (262_144, b'y', true), (37_856, b'y', true), (1, b'z', true)]);
}

#[tokio::test]
async fn a_terminal_may_print_what_looks_like_a_frame() {
    let world = World::new();
    let script = "stty raw -echo 2>/dev/null; printf '\\001\\002 binary\\nplain\\n'";
    let lines = log(&world, &["sh", "-c", script], true, LogOptions::default()).await;
    let text: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(&line.bytes).trim_end().to_owned()).collect();
    assert_eq!(text, ["\u{1}\u{2} binary", "plain"]);
}

#[tokio::test]
async fn a_stream_ends_when_it_is_dropped_and_others_go_on() {
    let world = World::new();
    let container = world.run("web", &["sh", "-c", "while true; do echo tick; sleep 0.05; done"], |_| {}).await;
    for _ in 0..20 {
        let options = LogOptions { follow: true, ..LogOptions::default() };
        let mut lines = world.engine.logs(&container.id, options).await.unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().bytes, &b"tick"[..]);
    }
    let id = container.id.clone();
    world
        .apply(&Action::StopContainer {
            replica: None,
            id,
            name: "web".into(),
            grace: Some(0),
            around: Default::default(),
        })
        .await
        .unwrap();
    let after = world.engine.look(&container.id).await.unwrap().unwrap();
    // Now and then the engine has lost the number, and says 255.
    assert!(matches!(after.state, State::Exited { code: 137 | 255, .. }), "{after:?}");
}
