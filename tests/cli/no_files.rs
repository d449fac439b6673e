//! What stands in the place of a file and is none: a device without end, a file longer than any disk, a pipe. It is
//! refused with its place, nothing is read on for ever, and nobody is waited for who never comes.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;

use support::daemon::Daemon;
use support::deadline::eventually;
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::composectl;

/// A folder with one of each kind.
fn folder() -> Folder {
    let folder = Folder::new();
    File::create(folder.join("sparse")).unwrap().set_len(1 << 40).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    folder
}

/// What `up` says of a file that names one of them.
fn check(text: &str) -> String {
    let folder = folder();
    folder.write("compose.yaml", text);
    run(&mut composectl(&folder, &["up", "-d"])).in_folder(&folder).to_string()
}

fn env_file(path: &str) -> String {
    format!("services:\n  web:\n    image: box\n    env_file: [{path}]\n")
}

#[test]
fn in_place_of_the_file_itself() {
    let folder = folder();
    let up = |path: &str| run(&mut composectl(&folder, &["-f", path, "up", "-d"])).in_folder(&folder).to_string();
    insta::assert_snapshot!(up("/dev/zero"), @"
    exit 1
    --- stderr
    open /dev/zero: larger than 16 MiB
    help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(up("sparse"), @"
    exit 1
    --- stderr
    open [folder]/sparse: larger than 16 MiB
    help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(up("pipe"), @"
    exit 1
    --- stderr
    open [folder]/pipe: it is a pipe, and nobody writes to it
    help: write what comes out of it to a file, and name that
    ");
}

#[test]
fn in_place_of_a_file_of_variables() {
    insta::assert_snapshot!(check(&env_file("/dev/zero")), @"
    exit 1
    --- stderr
    env file /dev/zero: larger than 16 MiB
     --> compose.yaml:4:16
      |
    4 |     env_file: [/dev/zero]
      |                ^^^^^^^^^ larger than 16 MiB
      |
      = help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(check(&env_file("sparse")), @"
    exit 1
    --- stderr
    env file [folder]/sparse: larger than 16 MiB
     --> compose.yaml:4:16
      |
    4 |     env_file: [sparse]
      |                ^^^^^^ larger than 16 MiB
      |
      = help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(check(&env_file("pipe")), @"
    exit 1
    --- stderr
    env file [folder]/pipe: it is a pipe, and nobody writes to it
     --> compose.yaml:4:16
      |
    4 |     env_file: [pipe]
      |                ^^^^ it is a pipe, and nobody writes to it
      |
      = help: write what comes out of it to a file, and name that
    ");
}

#[test]
fn in_place_of_an_included_file() {
    let include = |path: &str| check(&format!("include: [{path}]\nservices: {{}}\n"));
    insta::assert_snapshot!(include("/dev/zero"), @"
    exit 1
    --- stderr
    open /dev/zero: larger than 16 MiB
     --> compose.yaml:1:11
      |
    1 | include: [/dev/zero]
      |           ^^^^^^^^^ larger than 16 MiB
      |
      = help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(include("sparse"), @"
    exit 1
    --- stderr
    open [folder]/sparse: larger than 16 MiB
     --> compose.yaml:1:11
      |
    1 | include: [sparse]
      |           ^^^^^^ larger than 16 MiB
      |
      = help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(include("pipe"), @"
    exit 1
    --- stderr
    open [folder]/pipe: it is a pipe, and nobody writes to it
     --> compose.yaml:1:11
      |
    1 | include: [pipe]
      |           ^^^^ it is a pipe, and nobody writes to it
      |
      = help: write what comes out of it to a file, and name that
    ");
}

#[test]
fn in_place_of_the_variables_of_the_project() {
    let folder = folder();
    folder.write("compose.yaml", "services: {}\n");
    let up =
        |path: &str| run(&mut composectl(&folder, &["--env-file", path, "up", "-d"])).in_folder(&folder).to_string();
    insta::assert_snapshot!(up("/dev/zero"), @"
    exit 1
    --- stderr
    couldn't read env file: /dev/zero: larger than 16 MiB
    help: name the file that is meant: none of this kind is that long
    ");
    insta::assert_snapshot!(up("pipe"), @"
    exit 1
    --- stderr
    couldn't read env file: [folder]/pipe: it is a pipe, and nobody writes to it
    help: write what comes out of it to a file, and name that
    ");
}

/// As keepers of secrets do it, and shells by `<(…)`.
#[test]
fn a_pipe_that_somebody_writes_to_is_read() {
    let folder = folder();
    folder.write("compose.yaml", &env_file("pipe"));
    let pipe = folder.join("pipe");
    let writer = std::thread::spawn(move || {
        let mut pipe = File::options().write(true).open(pipe).unwrap();
        pipe.write_all(b"SECRET=told\n").unwrap();
    });
    let config = run(&mut composectl(&folder, &["config"])).well();
    writer.join().unwrap();
    assert!(config.stdout.contains("SECRET: told"), "{config}");
}

/// A daemon reads again and again, and stays itself whatever it reads.
#[test]
fn a_daemon_refuses_it_and_keeps_what_it_has() {
    let folder = folder();
    let daemon = Daemon::start(&folder, "unix:///nowhere");
    let ask = |args: &[&str]| -> Ended {
        run(command("composectl", &folder).arg("--socket").arg(daemon.socket()).args(args)).in_folder(&folder)
    };
    let stack = |env_file: &str| format!("name: shop\n{env_file}");
    folder.write("compose.yaml", "name: shop\nservices:\n  web:\n    image: box\n");
    assert_eq!(ask(&["up", "-d"]).code, 1, "there is no engine");
    for (path, words) in [("/dev/zero", "larger than 16 MiB"), ("sparse", "larger than 16 MiB"), ("pipe", "not a file")]
    {
        folder.write("compose.yaml", &stack(&env_file(path)));
        let told = eventually(&format!("{path} is told"), || {
            let status = ask(&["status"]).well().stdout;
            (status.contains(words) && status.contains(path)).then_some(status)
        });
        assert!(told.contains("compose.yaml:5:16") && told.contains("generation 1"), "{told}");
    }
}
