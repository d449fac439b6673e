//! The real engine by the long ways: a login that leads back here, and TLS in front of its socket. Streams go both
//! ways on them, and each end is heard of alone.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::login::Login;
use support::programs::run;
use support::tls::Front;

use crate::engine;
use crate::stand::Stand;

const WEB: &str =
    "services:\n  web:\n    image: composed.local/box:1\n    command: [sh, -c, 'echo here; exec sleep 1000']\n";

/// The engine's socket, where it has one.
fn socket() -> Option<String> {
    let socket = engine::address().strip_prefix("unix://").map(str::to_owned);
    if socket.is_none() {
        eprintln!("SKIPPED: these ways lead to a unix socket, and the engine has none");
    }
    socket
}

fn fed(command: &mut Command, input: &[u8]) -> Output {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

fn carries_whatever_a_socket_does(stand: &Stand, lead: impl Fn(&mut Command)) {
    let command = |args: &[&str]| {
        let mut command = stand.command(args);
        lead(&mut command);
        command
    };
    let _ = run(&mut command(&["up", "-d", "--wait"])).well();
    let listed = run(&mut command(&["ps", "--format", "{{.Name}} {{.State}}"])).well().stdout;
    assert_eq!(listed, format!("{} running\n", stand.name("web")));
    let said = run(&mut command(&["logs", "--no-log-prefix", "web"])).well().stdout;
    assert_eq!(said, "here\n");
    // As large as no pipe; `cat` ends only when it hears that there is no more.
    let large: Vec<u8> = (0..300_000_u32).map(|n| b"0123456789\n"[n as usize % 11]).collect();
    let script = ["web", "sh", "-c", "cat; echo bad >&2; exit 9"];
    // A process beside what runs, and a container of its own that is attached to.
    for verb in [&["exec", "-T"][..], &["run", "--rm", "-T"]] {
        let output = fed(&mut command(&[verb, &script].concat()), &large);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(9) && said.ends_with("bad\n"), "{verb:?}: {} {said}", output.status);
        assert!(output.stdout == large, "{verb:?}: {} bytes of {}", output.stdout.len(), large.len());
    }
    let _ = run(&mut command(&["down", "-t", "0"])).well();
    assert!(stand.find("web").is_none());
}

#[test]
fn a_login_carries_whatever_a_socket_does() {
    if socket().is_none() {
        return;
    }
    let stand = Stand::new(WEB);
    let login = Login::new(&stand.folder, Path::new(env!("CARGO_BIN_EXE_fake-ssh")), &engine::address());
    carries_whatever_a_socket_does(&stand, |command| {
        login.lead(command).env("DOCKER_HOST", "ssh://me@away");
    });
    assert!(login.calls().iter().all(|call| call.ends_with("-l me -- away docker system dial-stdio")));
}

#[test]
fn tls_carries_whatever_a_socket_does() {
    let Some(socket) = socket() else { return };
    let stand = Stand::new(WEB);
    let front = Front::new(&stand.folder.join("certificates"), Path::new(&socket));
    carries_whatever_a_socket_does(&stand, |command| {
        command.env("DOCKER_HOST", &front.address).env("DOCKER_TLS_VERIFY", "1");
        command.env("DOCKER_CERT_PATH", &front.folder);
    });
}
