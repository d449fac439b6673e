//! More than anybody can take: containers that never stop talking, and listeners that never listen. What composed
//! holds for them is bounded, and nobody else is kept out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

use support::daemon::Daemon;
use support::deadline::{PATIENCE, eventually};

use crate::stand::Stand;

/// Somebody who asks for a log and does not read the answer.
fn follower(stand: &Stand) -> UnixStream {
    let mut stream = UnixStream::connect(stand.daemon().socket()).expect("composed listens");
    let path = format!("/v1/stacks/{}/logs?follow=true", stand.project);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes()).expect("it takes a head");
    stream
}

/// What the daemon had open before has to be open afterwards, and no more: idle connections to the engine go as well.
fn until_descriptors_are(daemon: &Daemon, most: usize) {
    eventually(&format!("no more than {most} descriptors"), || (daemon.descriptors() <= most).then_some(()));
}

/// F42.
#[test]
fn followers_that_never_read_keep_nobody_out_and_leave_nothing_open() {
    const FOLLOWERS: usize = 500;
    let stand = Stand::with_daemon(
        "services:
  loud:
    image: composed.local/box:1
    command: [sh, -c, \"head -c 4194304 /dev/zero | tr '\\\\0' x | fold -w 1000; exec sleep infinity\"]
",
    );
    stand.up();
    stand.until_converged();
    let before = stand.daemon().descriptors();
    let followers: Vec<UnixStream> = (0..FOLLOWERS).map(|_| follower(&stand)).collect();
    // Each that is served has a connection of its own to the engine.
    eventually("many of them are served", || (stand.daemon().descriptors() >= before + 200).then_some(()));
    assert!(stand.status_text().contains("loud"), "who only asks is answered");
    let held = stand.daemon().descriptors();
    let killed = followers.into_iter().enumerate().filter(|(number, _)| number % 2 == 0);
    let left: Vec<UnixStream> = killed.map(|(_, follower)| follower).collect();
    assert!(stand.status_text().contains("loud"));
    drop(left);
    until_descriptors_are(stand.daemon(), before);
    println!(
        "{before} descriptors before, {held} with {FOLLOWERS} followers, {} afterwards",
        stand.daemon().descriptors()
    );
    assert_eq!(stand.composectl(&["logs", "--tail", "1"]).well().stdout.lines().count(), 1);
}

/// F41: lines without end and lines without number; some listeners stand still, one hears everything.
#[test]
fn a_flood_of_lines_needs_little_memory() {
    const STALLED: usize = 20;
    /// In KiB, and far above what is measured.
    const MOST: u64 = 128 << 10;
    let stand = Stand::with_daemon(
        "services:
  loud:
    image: composed.local/box:1
    command: [sh, -c, \"head -c 33554432 /dev/zero | tr '\\\\0' x; echo; head -c 4194304 /dev/zero | tr '\\\\0' y | fold -w 100; echo; echo over; exec sleep infinity\"]
",
    );
    stand.composectl(&["up", "-d"]).well();
    let before = stand.daemon().memory("VmRSS");
    let stalled: Vec<UnixStream> = (0..STALLED).map(|_| follower(&stand)).collect();
    let mut heard = 0;
    let hearing = follower(&stand);
    hearing.set_read_timeout(Some(PATIENCE)).expect("a socket has a deadline");
    for line in BufReader::new(hearing).split(b'\n').map_while(Result::ok) {
        heard += line.len();
        if line.windows(6).any(|six| six == b"\"over\"") {
            break;
        }
    }
    let most = stand.daemon().memory("VmHWM");
    assert!(stand.status_text().contains("loud"));
    println!("{heard} bytes heard, {} stalled: {before} KiB before, {most} KiB at most", stalled.len());
    assert!(heard > 36 << 20, "{heard} bytes were heard");
    assert!(most < before + MOST, "{before} KiB before, {most} KiB at most");
}
