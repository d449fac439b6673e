//! The real engine behind a login that leads back here: streams through a child process, and both their ends.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use support::login::Login;
use support::programs::run;

use crate::engine;
use crate::stand::Stand;

const WEB: &str = "services:\n  web:\n    image: composed.local/box:1\n";

#[test]
fn a_login_carries_whatever_a_socket_does() {
    let stand = Stand::new(WEB);
    if !engine::address().starts_with("unix://") {
        eprintln!("SKIPPED: the login of this test leads to a unix socket, and the engine has none");
        return;
    }
    let login = Login::new(&stand.folder, Path::new(env!("CARGO_BIN_EXE_fake-ssh")), &engine::address());
    let command = |args: &[&str]| {
        let mut command = stand.command(args);
        login.lead(&mut command).env("DOCKER_HOST", "ssh://me@away");
        command
    };
    let _ = run(&mut command(&["up", "-d", "--wait"])).well();
    let listed = run(&mut command(&["ps", "--format", "{{.Name}} {{.State}}"])).well().stdout;
    assert_eq!(listed, format!("{} running\n", stand.name("web")));
    // As large as no pipe; `cat` ends only when it hears that there is no more.
    let large: Vec<u8> = (0..300_000_u32).map(|n| b"0123456789\n"[n as usize % 11]).collect();
    let mut exec = command(&["exec", "-T", "web", "sh", "-c", "cat; echo bad >&2; exit 9"]);
    let mut child = exec.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = large.clone();
    let feeding = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(9), &b"bad\n"[..]));
    assert!(output.stdout == large, "{} bytes of {}", output.stdout.len(), large.len());
    let _ = run(&mut command(&["down", "-t", "0"])).well();
    assert!(stand.find("web").is_none());
    assert!(login.calls().iter().all(|call| call.ends_with("-l me -- away docker system dial-stdio")));
}
