//! `composed` where the system has nothing left for it: no room for its log, no watches on files, no descriptors. It
//! goes on with what it has, and says what it lacks.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use support::daemon::{Daemon, composed};
use support::deadline::eventually;
use support::folder::Folder;
use support::http;
use support::programs::{Ended, command, run, under};

/// A stack whose services have a version; nothing of it is ever done, for want of an engine.
fn stack(version: u32) -> String {
    format!("name: shop\nservices:\n  web:\n    image: box\n    environment: {{VERSION: \"{version}\"}}\n")
}

fn ask(folder: &Folder, daemon: &Daemon, args: &[&str]) -> Ended {
    run(command("composectl", folder).arg("--socket").arg(daemon.socket()).args(args)).in_folder(folder)
}

/// What the daemon says of the stack.
fn report(daemon: &Daemon) -> Value {
    let address = format!("unix://{}", daemon.socket().display());
    let (_, body) = http::call(&address, "GET", "/v1/stacks/shop", "").expect("composed answers");
    serde_json::from_slice(&body).expect("it answers JSON")
}

/// Registers the stack, though there is no engine to bring it up.
fn up(folder: &Folder, daemon: &Daemon) {
    folder.write("files/compose.yaml", &stack(1));
    let ended = ask(folder, daemon, &["-f", "files/compose.yaml", "up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert_eq!(report(daemon)["generation"], 1);
}

fn is_applied(daemon: &Daemon, generation: u32) {
    eventually(&format!("generation {generation}"), || (report(daemon)["generation"] == generation).then_some(()));
}

/// F22: a log that takes nothing any more.
fn goes_on_without_a_log(stderr: Stdio) {
    let folder = Folder::new();
    let daemon = Daemon::start_saying(&folder, &mut composed(&folder, &[]), stderr);
    up(&folder, &daemon);
    folder.write("files/compose.yaml", &stack(2));
    is_applied(&daemon, 2);
    assert_ne!(report(&daemon)["phase"], "faulted");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_log_on_a_full_disk_is_done_without() {
    goes_on_without_a_log(File::options().write(true).open("/dev/full").unwrap().into());
}

#[test]
fn a_log_that_nobody_reads_any_more_is_done_without() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    goes_on_without_a_log(writer.into());
}

/// A daemon in a user namespace of its own, where `limit` is 0; `None` where there are no such namespaces.
fn without_inotify(folder: &Folder, limit: &str) -> Option<Daemon> {
    let there = Command::new("unshare").args(["--user", "--map-root-user", "true"]).status();
    if !there.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: there are no user namespaces here, so nothing of the system's can be used up");
        return None;
    }
    let set = format!("echo 0 > /proc/sys/user/{limit} && exec \"$@\"");
    let words = ["unshare", "--user", "--map-root-user", "sh", "-c", &set, "sh"];
    Some(Daemon::start_as(folder, &mut under(&words, &composed(folder, &[]))))
}

/// F30, F31: no event ever comes, and what is saved is applied all the same.
fn is_compared(limit: &str, told: &str) {
    let folder = Folder::new();
    let Some(daemon) = without_inotify(&folder, limit) else { return };
    up(&folder, &daemon);
    let text = eventually("it says that it compares", || {
        Some(ask(&folder, &daemon, &["status"]).well().stdout).filter(|text| text.contains("compared every 15 s"))
    });
    assert!(text.contains(told), "{text}");
    assert!(report(&daemon)["findings"].to_string().contains("files-not-watched"));
    folder.write("files/compose.yaml", &stack(2));
    is_applied(&daemon, 2);
    let text = ask(&folder, &daemon, &["status"]).well().stdout;
    assert!(text.contains("compared every 15 s"), "what is applied does not hide it: {text}");
}

#[test]
fn without_inotify_files_are_compared_and_it_says_so() {
    is_compared(
        "max_inotify_instances",
        "no inotify instance is left\n    help: `sysctl fs.inotify.max_user_instances",
    );
}

#[test]
fn without_watches_files_are_compared_and_it_says_so() {
    is_compared("max_inotify_watches", "no inotify watch is left\n    help: `sysctl fs.inotify.max_user_watches");
}

/// F31: one that is watched says nothing of the kind.
#[test]
fn what_is_watched_is_not_said_to_be_compared() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, "unix:///nowhere");
    up(&folder, &daemon);
    folder.write("files/compose.yaml", &stack(2));
    is_applied(&daemon, 2);
    assert!(!report(&daemon)["findings"].to_string().contains("files-not-watched"));
}

/// So many saves are applied by events: the comparison every 15 s would bring four of them within the patience of
/// what is waited for.
fn is_watched(folder: &Folder, daemon: &Daemon, first: u32) {
    let mut next = first;
    eventually("eight saves are applied", || {
        let generation = u32::try_from(report(daemon)["generation"].as_u64()?).ok()?;
        if generation + 1 == next {
            folder.write("files/compose.yaml", &stack(next));
            next += 1;
        }
        (generation == first + 7).then_some(())
    });
}

/// F31: far more happens in the folder than the system remembers, and the save is among what it forgets.
#[test]
fn what_is_saved_after_a_flood_of_events_is_applied() {
    const TOUCHES: u32 = 50_000;
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, "unix:///nowhere");
    up(&folder, &daemon);
    is_watched(&folder, &daemon, 2);
    // Nobody takes anything out of the queue meanwhile.
    daemon.signal(Signal::STOP);
    for number in 0..TOUCHES {
        let path = folder.join("files").join(format!("touched-{}", number % 100));
        File::options().create(true).append(true).open(path).unwrap();
    }
    folder.write("files/compose.yaml", &stack(10));
    daemon.signal(Signal::CONT);
    is_applied(&daemon, 10);
    is_watched(&folder, &daemon, 11);
}

/// F31: another folder under the same name, with the same files in it.
#[test]
fn a_folder_in_the_place_of_another_is_watched() {
    let folder = Folder::new();
    let daemon = Daemon::start(&folder, "unix:///nowhere");
    up(&folder, &daemon);
    is_watched(&folder, &daemon, 2);
    folder.write("next/compose.yaml", &stack(9));
    std::fs::rename(folder.join("files"), folder.join("former")).unwrap();
    std::fs::rename(folder.join("next"), folder.join("files")).unwrap();
    // What it sees of this is nothing new, so nothing but a watch brings the next ones.
    is_watched(&folder, &daemon, 10);
}

/// The processor's time that a process has used.
fn used(id: u32) -> Duration {
    let stat = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat")).expect("it goes on");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name in brackets").1.split_whitespace().collect();
    // Hundredths of a second, whatever the kernel itself counts in.
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// F55: more connections than it has descriptors for; they are held open without a word.
#[test]
fn out_of_descriptors_it_waits_and_answers_again() {
    let folder = Folder::new();
    let command = under(&["prlimit", "--nofile=64"], &composed(&folder, &[]));
    let daemon = Daemon::start_as(&folder, &mut { command });
    up(&folder, &daemon);
    let before = (daemon.descriptors(), used(daemon.id()));
    let began = std::time::Instant::now();
    let mut held: Vec<UnixStream> = Vec::new();
    // Half of a head each: nobody is done with them.
    while held.len() < 200 {
        let Ok(mut stream) = UnixStream::connect(daemon.socket()) else { break };
        let _ = stream.write_all(b"GET /v1/stacks HTTP/1.1\r\n");
        held.push(stream);
    }
    eventually("it has none left", || daemon.log().contains("a connection was not accepted").then_some(()));
    let refusals = || daemon.log().matches("a connection was not accepted").count();
    let (many, at) = (refusals(), std::time::Instant::now());
    eventually("two seconds of that", || (at.elapsed() > Duration::from_secs(2)).then_some(()));
    let (more, seconds) = (refusals() - many, at.elapsed().as_secs());
    assert!(more as u64 <= seconds + 1, "it is told {more} times in {seconds} seconds");
    let busy = used(daemon.id()).saturating_sub(before.1);
    assert!(busy < began.elapsed() / 2, "it is busy for {busy:?} of {:?}", began.elapsed());
    drop(held);
    eventually("it answers", || ask(&folder, &daemon, &["status"]).stdout.contains("shop  ").then_some(()));
    eventually("they are given back", || (daemon.descriptors() <= before.0 + 2).then_some(()));
    folder.write("files/compose.yaml", &stack(2));
    is_applied(&daemon, 2);
    assert_eq!(daemon.stop(), 0);
}
