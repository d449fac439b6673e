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
    // The engine says which: 20.10 knows one code for both.
    assert!(matches!(fed(stand, &["exec", "-T", "web", "nosuchcmd"], b"").code, 126 | 127));
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
        // The engine's list takes a moment to know.
        eventually("nobody is there any more", || {
            let gone = stand.composectl(&["attach", "talk"]);
            (gone.code == 1 && gone.stderr == "service \"talk\" is not running\n").then_some(())
        });
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

fn copies(stand: &Stand) {
    stand.up();
    stand.folder.write("f.txt", "text");
    let name = |number: u32| format!("{}-web-{number}", stand.project);
    // Into all of them, in their own order.
    let told = stand.composectl(&["cp", "f.txt", "web:/tmp/in.txt"]).well().stderr;
    for number in [1, 2] {
        let name = name(number);
        let details = format!("f.txt to {name}:/tmp/in.txt");
        for line in [format!(" {name} Copying {details}"), format!(" {name} Copied {details}")] {
            assert!(told.lines().any(|told| told == line), "{told}");
        }
        let index = number.to_string();
        let found = stand.composectl(&["exec", "-T", "--index", &index, "web", "cat", "/tmp/in.txt"]).well();
        assert_eq!(found.stdout, "text");
    }
    stand.composectl(&["cp", "--index", "2", "web:/tmp/in.txt", "back.txt"]).well();
    assert_eq!(std::fs::read_to_string(stand.folder.join("back.txt")).unwrap(), "text");
    // An archive goes as it is, out and in.
    let archive = stand.command(&["cp", "web:/tmp/in.txt", "-"]).output().unwrap().stdout;
    assert_eq!(&archive[..6], b"in.txt");
    fed(stand, &["cp", "-", "web:/"], &archive).well();
    let found = stand.composectl(&["exec", "-T", "--index", "2", "web", "cat", "/in.txt"]).well();
    assert_eq!(found.stdout, "text");
    let none = stand.composectl(&["cp", "web:/nosuch", "x"]);
    assert!(none.code == 1 && none.stderr.contains("Could not find the file /nosuch"), "{none}");
    // Everything, and an image.
    stand.composectl(&["export", "-o", "all.tar", "web"]).well();
    let all = std::fs::read(stand.folder.join("all.tar")).unwrap();
    assert!(all.len().is_multiple_of(512) && all.windows(10).any(|bytes| bytes == b"tmp/in.txt"));
    let piped = stand.command(&["export", "web"]).output().unwrap();
    assert!(piped.status.success() && piped.stderr.is_empty());
    assert_eq!(piped.stdout.len(), all.len());
    let image = format!("composed.local/{}:made", stand.project);
    let told = stand.composectl(&["commit", "-m", "why", "-c", "ENV A=b", "web", &image]).well().stderr;
    assert!(told.contains(&format!(" {} Committed as sha256:", name(1))), "{told}");
    let found = crate::engine::image_id(&image);
    assert!(told.contains(&found), "{told} is of {found}");
    crate::engine::untag(&image);
}

#[test]
fn files_come_and_go_and_an_image_is_made() {
    copies(&Stand::new(TWO));
    copies(&Stand::with_daemon(TWO));
}
