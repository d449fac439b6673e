//! exec and attach: what goes in, what comes out, and how they end; through a daemon and without one.

use std::io::Write as _;
use std::process::Stdio;

use support::deadline::eventually;
use support::programs::Ended;

use crate::stand::Stand;

const TWO: &str = "services:
  web:
    image: composed.local/box:1
    environment: {HERE: inside}
    deploy: {replicas: 2}
  talk:
    image: composed.local/box:1
    stdin_open: true
    command: [sh, -c, \"read line; echo heard $$line; echo bad >&2; exit 5\"]
";

fn fed(stand: &Stand, args: &[&str], input: &[u8]) -> Ended {
    let mut command = stand.command(args);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn execs(stand: &Stand) {
    stand.up();
    let said = fed(stand, &["exec", "-T", "web", "sh", "-c", "cat; echo bad >&2; exit 9"], b"in\n");
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (9, "in\n", "bad\n"), "{said}");
    assert_eq!(fed(stand, &["exec", "-T", "web", "nosuchcmd"], b"").code, 127);
    assert_eq!(fed(stand, &["exec", "-T", "web", "/etc"], b"").code, 126);
    let args = ["exec", "-T", "-e", "A=1", "-e", "HERE", "-w", "/tmp", "-u", "1000", "web"];
    let said = fed(stand, &[&args[..], &["sh", "-c", "echo $A-$HERE; pwd; id -u"]].concat(), b"");
    assert_eq!(said.stdout, "1-\n/tmp\n1000\n", "{said}");
    // As large as no window: nothing is lost, and nothing waits for ever.
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| b"0123456789\n"[n as usize % 11]).collect();
    assert_eq!(fed(stand, &["exec", "-T", "web", "cat"], &large).stdout.as_bytes(), large);
    assert_eq!(fed(stand, &["exec", "-T", "web", "head", "-c", "4"], &large).stdout, "0123");
    // A number, and one that is not there.
    fed(stand, &["exec", "-d", "--index", "2", "web", "touch", "/tmp/made"], b"").well();
    eventually("the file is there", || {
        (fed(stand, &["exec", "-T", "--index", "2", "web", "ls", "/tmp/made"], b"").code == 0).then_some(())
    });
    assert_eq!(fed(stand, &["exec", "-T", "--index", "1", "web", "ls", "/tmp/made"], b"").code, 1);
    let none = stand.composectl(&["exec", "-T", "--index", "9", "web", "true"]);
    assert_eq!((none.code, none.stderr.as_str()), (1, "service \"web\" is not running container #9\n"));
}

#[test]
fn a_command_runs_beside_what_runs() {
    execs(&Stand::new(TWO));
    execs(&Stand::with_daemon(TWO));
}

#[test]
fn who_attaches_gets_the_exit_code() {
    for stand in [Stand::new(TWO), Stand::with_daemon(TWO)] {
        stand.composectl(&["up", "-d"]).well();
        let said = fed(&stand, &["attach", "talk"], b"you\n");
        assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (5, "heard you\n", "bad\n"), "{said}");
        let gone = stand.composectl(&["attach", "talk"]);
        assert_eq!((gone.code, gone.stderr.as_str()), (1, "service \"talk\" is not running\n"));
    }
}

#[test]
fn a_client_that_goes_away_ends_its_streams_alone() {
    let stand = Stand::with_daemon(TWO);
    stand.up();
    let mut command = stand.command(&["exec", "-T", "web", "sh", "-c", "echo begun; cat; touch /tmp/closed; sleep 30"]);
    let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut begun = [0; 6];
    std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut begun).unwrap();
    client.kill().unwrap();
    client.wait().unwrap();
    // Its input ended with it, and everybody else goes on.
    eventually("the input is closed", || {
        (fed(&stand, &["exec", "-T", "web", "ls", "/tmp/closed"], b"").code == 0).then_some(())
    });
    stand.until_converged();
}
