//! build, pull and push on a real engine, through a daemon and without one; and that what runs is left as it is.

use std::process::Command;

use support::deadline::eventually;
use support::programs::{Ended, Running, run};

use crate::engine;
use crate::registry::Registry;
use crate::stand::{Stand, both};

const BUILDS: &str = "services:
  web:
    build: {context: ., labels: {mine: x}}
  side:
    image: composed.local/box:1
";

fn dockerfile(stand: &Stand, step: &str) {
    stand.folder.write("Dockerfile", &format!("FROM composed.local/box:1\nARG WHO=nobody\nRUN {step}\nENV WHO=$WHO\n"));
}

fn image(stand: &Stand) -> String {
    format!("{}-web", stand.project)
}

#[test]
fn an_image_is_built_and_carries_whose_it_is() {
    both(BUILDS, |stand| {
        dockerfile(stand, "echo made");
        let ended = stand.composectl(&["build", "--build-arg", "WHO=me"]).well();
        let image = image(stand);
        assert!(ended.stdout.contains("\nmade\n"), "{ended}");
        assert_eq!(ended.stderr, format!(" Image {image} Building \n Image {image} Built \n"));
        let built = engine::image(&image).unwrap();
        let label = |name: &str| built["Config"]["Labels"][name].as_str().unwrap_or_default().to_owned();
        assert_eq!(label("com.docker.compose.project"), stand.project);
        assert_eq!(label("com.docker.compose.service"), "web");
        assert_eq!(label("com.docker.compose.version"), "5.5.0");
        assert_eq!(label("mine"), "x");
        assert!(built["Config"]["Env"].to_string().contains("WHO=me"), "{built}");
        // Again, and nothing is said of it.
        assert_eq!(stand.composectl(&["build", "-q", "--build-arg", "WHO=me"]).well().to_string(), "exit 0\n");
        assert_eq!(engine::image_id(&image), built["Id"].as_str().unwrap());
    });
}

#[test]
fn a_step_that_fails_is_told_and_leaves_nothing() {
    both(BUILDS, |stand| {
        let step = format!("echo {}; echo two; exit 7", stand.project);
        dockerfile(stand, &step);
        let ended = stand.composectl(&["build", "-q"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended}");
        let told = format!(" > web: Step 3/8 : RUN {step}\n{}\ntwo\n------\n", stand.project);
        assert!(ended.stderr.contains(&told) && ended.stderr.contains("returned a non-zero code: 7"), "{ended}");
        assert!(!engine::commands().iter().any(|command| command.contains(&stand.project)));
        assert!(engine::image(&image(stand)).is_none());
    });
}

#[test]
fn a_build_that_nobody_waits_for_ends() {
    both(BUILDS, |stand| {
        dockerfile(stand, &format!("echo {}; sleep 300", stand.project));
        let is_under_way = || engine::commands().iter().any(|command| command.contains(&stand.project));
        let building = Running::start(&mut stand.command(&["build"]));
        eventually("the step runs", || is_under_way().then_some(()));
        building.signal(rustix::process::Signal::INT);
        assert_eq!(building.end().code, 130);
        eventually("the step is over", || (!is_under_way()).then_some(()));
    });
}

#[test]
fn what_runs_is_left_as_it_is_until_up() {
    both(BUILDS, |stand| {
        dockerfile(stand, "echo one");
        stand.up();
        let web = stand.container("web");
        dockerfile(stand, "echo two");
        stand.composectl(&["build"]).well();
        assert_ne!(engine::image_id(&image(stand)), web.image());
        // Work for a daemon, after which it has looked at everything.
        let side = stand.container("side");
        engine::remove(side.id());
        if stand.has_daemon() {
            stand.successor("side", &side);
            stand.until_converged();
        }
        assert_eq!(stand.container("web").life(), web.life());
        stand.up();
        assert_eq!(stand.container("web").image(), engine::image_id(&image(stand)));
        // The one before has no name any more, which is none to remove it by.
        stand.composectl(&["down", "--rmi", "local"]).well();
        assert!(engine::image(&image(stand)).is_none());
    });
}

#[test]
fn what_runs_is_left_as_it_is_by_the_next_daemon_too() {
    let mut stand = Stand::with_daemon(BUILDS);
    dockerfile(&stand, "echo one");
    stand.up();
    let web = stand.container("web");
    dockerfile(&stand, "echo two");
    stand.composectl(&["build"]).well();
    stand.take_daemon().kill();
    stand.start_daemon();
    let side = stand.container("side");
    engine::remove(side.id());
    stand.successor("side", &side);
    stand.until_converged();
    assert_eq!(stand.container("web").life(), web.life());
    stand.up();
    assert_ne!(stand.container("web").id(), web.id());
    stand.composectl(&["down", "--rmi", "local"]).well();
}

#[test]
fn an_image_goes_to_a_registry_and_comes_back() {
    let registry = Registry::start();
    let name = format!("{}/web", registry.name);
    let services = format!(
        "services:\n  web:\n    image: {name}:1\n    build: {{context: ., tags: [\"{name}:2\"]}}\n  same:\n    image: {name}:1\n  side:\n    image: {name}:2\n"
    );
    both(&services, |stand| {
        dockerfile(stand, &format!("echo {}", stand.project));
        stand.folder.write("settings/config.json", &registry.settings());
        let ask = |args: &[&str]| {
            let mut command: Command = stand.command(args);
            run(command.env("DOCKER_CONFIG", stand.folder.join("settings")))
        };
        let forget = || [1, 2].iter().for_each(|tag| engine::untag(&format!("{name}:{tag}")));
        // Who says nothing of himself is not let in.
        ask(&["build", "-q"]).well();
        let refused: Ended = stand.composectl(&["push", "web"]);
        assert!(refused.code == 1 && refused.stderr.contains("docker login"), "{refused}");
        let pushed = ask(&["push"]).well();
        assert!(pushed.stderr.contains(&format!(" {name}:2 Pushed ")), "{pushed}");
        assert!(registry.has("web", "1") && registry.has("web", "2"));
        let built = engine::image_id(&format!("{name}:1"));
        forget();
        let refused = stand.composectl(&["pull", "side"]);
        assert!(refused.code == 1 && refused.stderr.contains("docker login"), "{refused}");
        let pulled = ask(&["pull"]).well();
        assert_eq!(pulled.stderr.matches(&format!(" Image {name}:1 Pulled ")).count(), 1, "{pulled}");
        assert_eq!(engine::image_id(&format!("{name}:1")), built);
        assert_eq!(engine::image_id(&format!("{name}:2")), built);
        forget();
        // It can be a base, and go there at once.
        stand.folder.write("Dockerfile", &format!("FROM {name}:2\nENV A=1\n"));
        ask(&["build", "-q", "--pull", "--push"]).well();
        forget();
        ask(&["pull", "-q", "web"]).well();
        assert!(engine::image(&format!("{name}:1")).unwrap()["Config"]["Env"].to_string().contains("A=1"));
        forget();
        // `up` asks as whoever calls it, too, and the daemon does so again when the image is gone.
        let refused = stand.composectl(&["up", "-d", "--no-deps", "side"]);
        assert!(refused.code == 1 && refused.stderr.contains("docker login"), "{refused}");
        ask(&["up", "-d", "--no-deps", "side"]).well();
        assert!(engine::image(&format!("{name}:2")).is_some());
        ask(&["down"]).well();
        forget();
    });
}
