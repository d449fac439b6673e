//! The daemon's limits, each found by going beyond it.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use support::daemon::Daemon;
use support::deadline::eventually;
use support::folder::Folder;
use support::http::call;
use support::programs::{command, run};

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n";
/// Connections that are served at a time.
const PLACES: usize = 256;
const VERSION: &str = "GET /v1/version HTTP/1.0\r\n\r\n";

/// A daemon with one stack, and no engine.
fn daemon(folder: &Folder) -> Daemon {
    folder.write("compose.yaml", STACK);
    let daemon = Daemon::start(folder, "unix:///nowhere/engine.sock");
    let up = run(command("composectl", folder).arg("--socket").arg(daemon.socket()).args(["up", "-d"]));
    assert!(up.stderr.contains("cannot connect to the engine"), "{up}");
    daemon
}

fn connected(socket: &Path, text: &str) -> UnixStream {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// What has come up to now; nothing is waited for.
fn come(mut stream: &UnixStream) -> String {
    let mut all = vec![0; 4096];
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut all);
    stream.set_nonblocking(false).unwrap();
    match read {
        Ok(length) => String::from_utf8_lossy(&all[..length]).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => String::new(),
        Err(error) => panic!("{error}"),
    }
}

fn answer(mut stream: UnixStream) -> String {
    let mut all = Vec::new();
    // What was refused before all of it was read is reset after the answer.
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

fn address(daemon: &Daemon) -> String {
    format!("unix://{}", daemon.socket().display())
}

#[test]
fn more_connections_than_there_are_places_wait_for_one() {
    let folder = Folder::new();
    let daemon = daemon(&folder);
    let socket = daemon.socket();
    let follow = "GET /v1/stacks/shop/events HTTP/1.1\r\nHost: test\r\n\r\n";
    let mut followers: Vec<UnixStream> = (0..PLACES).map(|_| connected(&socket, follow)).collect();
    for follower in &followers {
        eventually("whoever follows is answered", || come(follower).contains("200 OK").then_some(()));
    }
    let waiting: Vec<UnixStream> = (0..44).map(|_| connected(&socket, VERSION)).collect();
    for stream in &waiting {
        assert_eq!(come(stream), "", "there is no place for it");
    }
    // One place is enough for all of them, one after the other.
    followers.pop();
    for stream in waiting {
        let answer = answer(stream);
        assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer:?}");
    }
    // And whoever is served does not keep the daemon, nor does its socket stay behind.
    let _more: Vec<UnixStream> = (0..8).map(|_| connected(&socket, follow)).collect();
    assert_eq!(daemon.stop(), 0);
    assert!(!socket.exists(), "the socket was left behind");
}

#[test]
fn those_who_drip_keep_nobody_waiting() {
    let folder = Folder::new();
    let daemon = daemon(&folder);
    let socket = daemon.socket();
    let heads: Vec<UnixStream> = (0..100).map(|_| connected(&socket, "GET /v1/version HTTP/1.1\r\nX: ")).collect();
    let body = "POST /v1/stacks/shop/stop HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"";
    let bodies: Vec<UnixStream> = (0..100).map(|_| connected(&socket, body)).collect();
    let drip = || {
        for mut stream in heads.iter().chain(&bodies) {
            // Those that are shut meanwhile refuse it.
            let _ = stream.write(b"x");
        }
    };
    let look = || call(&address(&daemon), "GET", "/v1/stacks/shop", "").unwrap().0;
    for _ in 0..50 {
        drip();
        assert_eq!(look(), 200);
    }
    // A head has to be there in time, however it comes.
    eventually("all heads that drip are shut", || {
        drip();
        assert_eq!(look(), 200);
        heads.iter().all(|head| !is_open(head)).then_some(())
    });
}

/// Whether the other side is still there.
fn is_open(mut stream: &UnixStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0; 512]);
    stream.set_nonblocking(false).unwrap();
    match read {
        Ok(0) => false,
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}

#[test]
fn what_is_too_large_is_refused_with_its_limit() {
    let folder = Folder::new();
    let daemon = daemon(&folder);
    let socket = daemon.socket();
    let long = "x".repeat((4 << 20) + 1);
    let posted = |body: &str| call(&address(&daemon), "POST", "/v1/stacks/shop/stop", body);
    let (status, problem) = posted(&format!("{{\"services\":[\"{long}\"]}}")).unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
    assert_eq!((status, &problem["title"]), (413, &"the body of a request may have 4194304 bytes at most".into()));
    let (status, _) = posted(&format!("{{\"services\":[\"{}\"]}}", "x".repeat(1 << 20))).unwrap();
    assert_ne!(status, 413, "less than the limit is read");
    // One that does not say how long it is has the same limit.
    let head =
        "POST /v1/stacks/shop/stop HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let mut stream = connected(&socket, &format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    let chunk = format!("{:x}\r\n{long}\r\n", long.len());
    // It is refused while it is still being sent.
    let _ = stream.write_all(chunk.as_bytes());
    let answer_to_chunks = answer(stream);
    assert!(answer_to_chunks.starts_with("HTTP/1.1 413") && answer_to_chunks.contains("4194304"), "{answer_to_chunks}");
    let mut stream = connected(&socket, "GET /v1/version HTTP/1.1\r\nX: ");
    let _ = stream.write_all("x".repeat(64 << 10).as_bytes());
    let answer_to_head = answer(stream);
    assert!(answer_to_head.starts_with("HTTP/1.1 431"), "{answer_to_head:?}");
    assert_eq!(call(&address(&daemon), "GET", "/v1/version", "").unwrap().0, 200);
}
