//! Completion: what is answered, without an engine where none is needed, and what bash makes of it.

use std::process::{Command, Stdio};

use support::folder::Folder;
use support::programs::{Ended, program, run};

use crate::composectl;
use crate::fake_engine::FakeEngine;

const STACK: &str =
    "services:\n  web:\n    image: box\n  worker:\n    image: box\n    profiles: [slow]\n  db:\n    image: box\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    folder.write("other.yaml", "services:\n  wiki:\n    image: box\n");
    folder
}

/// The answer, its lines separated by blanks.
fn check(args: &[&str], expected: &str) {
    let folder = folder();
    let ended = run(&mut composectl(&folder, &[&["__completeNoDesc"], args].concat())).well();
    assert_eq!(ended.stderr, "", "{args:?}");
    assert_eq!(ended.stdout.lines().collect::<Vec<_>>().join(" "), expected, "{args:?}");
}

#[test]
fn services_are_those_of_the_file_at_hand() {
    check(&["exec", ""], "db web worker :4");
    check(&["up", "--no-deps", "w"], "web worker :4");
    check(&["pull", "--include-deps", "w"], "web worker :4");
    check(&["build", "--build-arg", "A=1", "d"], "db :4");
    check(&["-f", "other.yaml", "exec", "w"], "wiki :4");
    check(&["--profile", ""], "slow :4");
    check(&["scale", "we"], "web= :6");
    check(&["cp", "d"], "db: :2");
}

#[test]
fn what_cannot_be_found_out_is_no_candidate() {
    check(&["-f", "missing.yaml", "exec", ""], ":4");
    check(&["-f", "-", "exec", ""], ":4");
    check(&["-p", ""], ":4");
    check(&["nothing", ""], ":4");
    check(&["-f", ""], ":0");
    check(&["--help"], "--help :4");
}

#[test]
fn a_verb_is_told_with_what_it_does() {
    let ended = run(&mut composectl(&folder(), &["__complete", "unp"])).well();
    assert_eq!(ended.stdout, "unpause\tThaw paused containers\n:4\n");
}

#[test]
fn projects_are_the_engines() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    engine.put("shop-web-1", serde_json::json!({ "com.docker.compose.project": "shop" }));
    let mut command = composectl(&folder, &["__completeNoDesc", "--no-daemon", "-p", "s"]);
    assert_eq!(run(command.env("DOCKER_HOST", &engine.address)).well().stdout, "shop\n:4\n");
}

/// What bash offers for a line that is broken into the words bash breaks it into.
fn in_bash(folder: &Folder, line: &str, words: &[&str]) -> Option<Ended> {
    let bin = program("composectl").parent()?.to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").ok()?);
    let script = "compopt() { echo \"$*\"; }; source <(composectl completion bash) || exit
        COMP_LINE=$1; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _composectl; echo \"${COMPREPLY[*]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash", line]).args(words).current_dir(folder.path());
    bash.env_clear().env("HOME", folder.join("home")).env("PATH", path).stdin(Stdio::null());
    bash.env("DOCKER_HOST", "unix:///nowhere/engine.sock");
    Command::new("bash").arg("--version").stdout(Stdio::null()).status().ok()?;
    Some(run(&mut bash).well())
}

#[test]
fn bash_gets_along_with_its_own_ideas_of_words() {
    let folder = folder();
    std::fs::create_dir(folder.join("sub")).unwrap();
    let lines: [(&str, &[&str], &str); 6] = [
        ("composectl exec w", &["composectl", "exec", "w"], "web worker\n"),
        ("composectl exec ", &["composectl", "exec", ""], "db web worker\n"),
        ("composectl up --attach=wo", &["composectl", "up", "--attach", "=", "wo"], "worker\n"),
        ("composectl -f other.yaml ps w", &["composectl", "-f", "other.yaml", "ps", "w"], "wiki\n"),
        ("composectl scale we", &["composectl", "scale", "we"], "-o nospace\nweb=\n"),
        ("composectl --project-directory s", &["composectl", "--project-directory", "s"], "-o filenames\nsub\n"),
    ];
    for (line, words, expected) in lines {
        let Some(ended) = in_bash(&folder, line, words) else {
            eprintln!("SKIPPED: no bash here");
            return;
        };
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (expected, ""), "{line}");
    }
}

#[test]
fn every_shell_is_told_something_of_its_own() {
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef composectl"), ("fish", "complete -c composectl")] {
        let ended = run(&mut composectl(&folder(), &["completion", shell])).well();
        assert!(ended.stdout.contains(mark), "{shell}: {ended}");
    }
}
