//! The verbs that work in containers, where they are refused before anything is asked of a container.

use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::fake_engine::FakeEngine;

fn ask(args: &[&str]) -> Ended {
    let folder = Folder::new();
    folder.write("compose.yaml", "name: shop\nservices:\n  web:\n    image: box\n");
    let engine = FakeEngine::start(&folder, &[]);
    let mut command = command("composectl", &folder);
    let ended = run(command.env("DOCKER_HOST", &engine.address).arg("--no-daemon").args(args)).in_folder(&folder);
    assert_eq!(engine.changes(), Vec::<String>::new(), "{args:?} changes nothing");
    ended
}

fn check(args: &[&str], expected: &str) {
    let ended = ask(args);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.trim_end()), (1, "", expected), "{args:?}: {ended}");
}

#[test]
fn nothing_is_done_in_what_does_not_run() {
    check(&["exec", "web", "true"], "service \"web\" is not running");
    check(&["exec", "--index", "2", "web", "true"], "service \"web\" is not running container #2");
    check(&["exec", "nope", "true"], "service \"nope\" is not running");
    check(&["attach", "web"], "service \"web\" is not running");
}

#[test]
fn flags_end_at_the_service() {
    check(&["exec", "--zzz", "web", "true"], "unknown flag: --zzz");
    check(&["exec", "-z", "web", "true"], "unknown shorthand flag: 'z' in -z");
    check(&["exec", "web"], "requires at least 2 arg(s), only received 1");
    check(&["exec", "-T", "web", "--zzz"], "service \"web\" is not running");
    check(&["attach"], "requires at least 1 arg(s), only received 0");
}

#[test]
fn a_copy_is_between_a_service_and_here() {
    check(&["cp", "a", "b"], "unknown copy direction");
    check(&["cp", "web:/a", "db:/b"], "copying between services is not supported");
    check(&["cp", "a", "nope:/b"], "no container found for service \"nope\"");
    check(&["cp", "--index", "3", "a", "web:/b"], "service \"web\" is not running container #3");
    check(&["export", "web"], "service \"web\" is not running");
    check(&["commit", "web"], "service \"web\" is not running");
}
