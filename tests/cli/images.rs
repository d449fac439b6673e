//! `pull`, `push` and `build`: what is asked of an engine, as whom, and what is told of it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use support::daemon::Daemon;
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::composectl;
use crate::fake_engine::{FakeEngine, Refusal, Streamed};

const STACK: &str = "name: shop
services:
  again: {image: \"r.example/web:1\"}
  db: {image: \"box:1\", pull_policy: missing}
  here: {build: .}
  own: {build: {context: ., tags: [\"r.example/own:2\"]}, image: \"r.example/own:1\", depends_on: [db]}
  web: {image: \"r.example/web:1\"}
";

const PULLED: &str = r#"{"status":"Pulling from web","id":"1"}
{"status":"Downloading","id":"ab","progressDetail":{"current":1,"total":2}}
{"status":"Downloading","id":"ab","progressDetail":{"current":2,"total":2}}
{"status":"Pull complete","id":"ab"}
{"status":"Status: Downloaded newer image"}
"#;

const BROKEN: &str = r#"{"status":"Downloading","id":"ab"}
{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}
"#;

const BUILT: &str = r#"{"stream":"Step 1/2 : FROM box"}
{"stream":"\n"}
{"stream":" ---\u003e 0a\n"}
{"stream":"Step 2/2 : RUN make\n"}
{"stream":"one\ntwo\n"}
{"aux":{"ID":"sha256:0b"}}
{"stream":"Successfully built 0b\n"}
"#;

const FAILED: &str = r#"{"stream":"Step 1/1 : RUN make\n"}
{"stream":" ---\u003e Running in 0c\n"}
{"stream":"one\ntwo\n"}
{"errorDetail":{"code":2,"message":"The command 'make' returned a non-zero code: 2"},"error":"The command 'make' returned a non-zero code: 2"}
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    folder.write("Dockerfile", "FROM box\nRUN make\n");
    folder
}

fn ask(folder: &Folder, engine: &FakeEngine, args: &[&str]) -> Ended {
    // One at a time, so that what is told comes in one order.
    let mut command = composectl(folder, &[&["--parallel", "1"], args].concat());
    run(command.env("DOCKER_HOST", &engine.address)).in_folder(folder)
}

/// The whole of what is said on this engine.
fn check(streams: &[Streamed], args: &[&str]) -> String {
    let folder = folder();
    ask(&folder, &FakeEngine::streaming(&folder, &[], streams), args).to_string()
}

#[test]
fn each_image_is_pulled_once() {
    let folder = folder();
    let engine = FakeEngine::streaming(&folder, &[], &[Streamed("POST", "/images/create", PULLED)]);
    insta::assert_snapshot!(ask(&folder, &engine, &["pull"]).to_string(), @"
    exit 0
    --- stderr
     Image box:1 Skipped Image is already present locally
     here Skipped No image to be pulled
     Image r.example/web:1 Pulling 
     Image r.example/web:1 Pulling ab Downloading
     Image r.example/web:1 Pulling ab Pull complete
     Image r.example/web:1 Pulled 
     Image r.example/own:1 Pulling 
     Image r.example/own:1 Pulling ab Downloading
     Image r.example/own:1 Pulling ab Pull complete
     Image r.example/own:1 Pulled 
    ");
    assert_eq!(engine.changes(), ["POST /images/create", "POST /images/create"]);
    assert_eq!(engine.query("/images/create"), "fromImage=r.example/web&tag=1");
}

#[test]
fn what_is_pulled_is_chosen() {
    let streams = [Streamed("POST", "/images/create", PULLED)];
    insta::assert_snapshot!(check(&streams, &["pull", "-q", "own"]), @"
    exit 0
    --- stderr
     Image r.example/own:1 Pulling 
     Image r.example/own:1 Pulled 
    ");
    insta::assert_snapshot!(check(&streams, &["pull", "-q", "--include-deps", "--policy", "always", "own"]), @"
    exit 0
    --- stderr
     Image box:1 Pulling 
     Image box:1 Pulled 
     Image r.example/own:1 Pulling 
     Image r.example/own:1 Pulled 
    ");
    insta::assert_snapshot!(check(&streams, &["pull", "--ignore-buildable", "own"]), @"
    exit 0
    --- stderr
     Image r.example/own:1 Skipped Image can be built
    ");
    insta::assert_snapshot!(check(&streams, &["pull", "nope"]), @"
    exit 1
    --- stderr
    no such service: nope
    help: `composectl config --services` lists the services of the project
    ");
}

#[test]
fn a_pull_that_breaks_off_keeps_nobody_else_from_theirs() {
    let streams = [Streamed("POST", "/images/create", BROKEN)];
    insta::assert_snapshot!(check(&streams, &["pull", "-q", "db", "web", "--policy", "always"]), @"
    exit 1
    --- stderr
     Image box:1 Pulling 
     Image box:1 Error pull image box:1: unexpected EOF
     Image r.example/web:1 Pulling 
     Image r.example/web:1 Error pull image r.example/web:1: unexpected EOF
    pull image box:1: unexpected EOF
    help: the engine itself failed at it: its log may say more (`journalctl -u docker`)
    pull image r.example/web:1: unexpected EOF
    help: the engine itself failed at it: its log may say more (`journalctl -u docker`)
    ");
    let ignored = check(&streams, &["pull", "-q", "web", "--ignore-pull-failures"]);
    assert!(ignored.starts_with("exit 0") && !ignored.contains("\npull image"), "{ignored}");
}

#[test]
fn what_can_be_built_is_said_to_be() {
    let said = check(&[Streamed("POST", "/images/create", BROKEN)], &["pull", "-q", "own"]);
    let (before, warning) = said.split_once("time=").unwrap();
    insta::assert_snapshot!(before, @"
    exit 1
    --- stderr
     Image r.example/own:1 Pulling 
     Image r.example/own:1 pull image r.example/own:1: unexpected EOF 
    ");
    assert!(
        warning.contains(
            r#"level=warning msg="WARNING: Some service image(s) must be built from source by running:\n    docker compose build own""#
        ),
        "{warning}"
    );
}

#[test]
fn an_engine_that_says_no_is_told() {
    let folder = folder();
    let message = "pull access denied for r.example/web, repository does not exist or may require 'docker login'";
    let engine = FakeEngine::start(&folder, &[Refusal("POST", "/images/create", 404, message)]);
    insta::assert_snapshot!(ask(&folder, &engine, &["pull", "web"]).to_string(), @"
    exit 1
    --- stderr
     Image r.example/web:1 Pulling 
     Image r.example/web:1 Error pull image r.example/web:1: pull access denied for r.example/web, repository does not exist or may require 'docker login'
    pull image r.example/web:1: pull access denied for r.example/web, repository does not exist or may require 'docker login'
    help: check the image's name; a private one needs `docker login`
    ");
}

const PUSHES: [Streamed; 2] = [
    Streamed("POST", "/images/r.example/own/push", "{\"status\":\"Pushed\",\"id\":\"ab\"}\n"),
    Streamed("POST", "/images/box/push", "{\"status\":\"Preparing\",\"id\":\"ab\"}\n{\"error\":\"denied: no\"}\n"),
];

#[test]
fn what_is_built_here_is_pushed_under_all_its_names() {
    let folder = folder();
    let engine = FakeEngine::streaming(&folder, &[], &PUSHES);
    insta::assert_snapshot!(ask(&folder, &engine, &["push"]).to_string(), @"
    exit 0
    --- stderr
     again Skipped 
     db Skipped 
     here Skipped 
     web Skipped 
     r.example/own:1 Pushing 
     r.example/own:1 Pushing ab Pushed
     r.example/own:1 Pushed 
     r.example/own:2 Pushing 
     r.example/own:2 Pushing ab Pushed
     r.example/own:2 Pushed 
    ");
    // A push says who asks even when that is nobody.
    let path = "POST /images/r.example/own/push";
    assert_eq!(engine.callers(), [(path.to_owned(), json!({})), (path.to_owned(), json!({}))]);
    assert_eq!(engine.query("/images/r.example/own/push"), "tag=1");
}

#[test]
fn a_registry_that_refuses_a_push_is_told() {
    let folder = folder();
    folder.write("compose.yaml", &STACK.replace("r.example/own:1", "box:1"));
    let engine = FakeEngine::streaming(&folder, &[], &PUSHES);
    insta::assert_snapshot!(ask(&folder, &engine, &["push", "-q", "own"]).to_string(), @"
    exit 1
    --- stderr
     box:1 Pushing 
     box:1 push image box:1: denied: no 
     r.example/own:2 Pushing 
     r.example/own:2 Pushed 
    push image box:1: denied: no
    help: the registry wants to know who asks: `docker login` with its name
    ");
    let ignored = ask(&folder, &engine, &["push", "-q", "own", "--ignore-push-failures"]).well();
    assert!(!ignored.stderr.contains("help:"), "{ignored}");
}

#[test]
fn what_a_build_says_goes_to_standard_output() {
    let folder = folder();
    let engine = FakeEngine::streaming(&folder, &[], &[Streamed("POST", "/build", BUILT)]);
    insta::assert_snapshot!(ask(&folder, &engine, &["build", "own"]).to_string(), @"
    exit 0
    --- stdout
    Step 1/2 : FROM box
     ---> 0a
    Step 2/2 : RUN make
    one
    two
    Successfully built 0b
    --- stderr
     Image r.example/own:1 Building 
     Image r.example/own:1 Built 
    ");
    let query = engine.query("/build");
    assert!(query.contains("&t=r.example/own:1&t=r.example/own:2"), "{query}");
    for label in ["project%22:%22shop%22", "service%22:%22own%22", "version%22:%225.5.0%22"] {
        assert!(query.contains(&format!("%22com.docker.compose.{label}")), "{query}");
    }
    // Several are told apart.
    let both = ask(&folder, &engine, &["build"]).well();
    assert!(both.stdout.contains("\nhere: one\n") && both.stdout.contains("\nown: one\n"), "{both}");
    assert_eq!(ask(&folder, &engine, &["build", "-q"]).well().to_string(), "exit 0\n");
}

#[test]
fn the_command_line_is_over_the_file() {
    let folder = folder();
    folder.write(
        "compose.yaml",
        "services: {web: {build: {context: ., args: {A: file, B: file, C: file}}, depends_on: [db]}, db: {build: .}}",
    );
    let engine = FakeEngine::streaming(&folder, &[], &[Streamed("POST", "/build", BUILT)]);
    let flags =
        ["--build-arg", "A=line", "--build-arg", "B", "--build-arg", "SET", "--no-cache", "--pull", "-m", "64m"];
    let args = [&["build"], &flags[..], &["web"]].concat();
    let mut command = composectl(&folder, &args);
    let _ = run(command.env("DOCKER_HOST", &engine.address).env("SET", "here")).well();
    let query = engine.query("/build");
    let given = "&buildargs=%7B%22A%22:%22line%22,%22C%22:%22file%22,%22SET%22:%22here%22%7D";
    for part in [given, "&nocache=1", "&pull=1", "&memory=67108864"] {
        assert!(query.contains(part), "{part}: {query}");
    }
    assert_eq!(engine.changes(), ["POST /build"]);
    let _ = ask(&folder, &engine, &["build", "--with-dependencies", "web"]).well();
    assert_eq!(engine.changes().len(), 3);
}

#[test]
fn a_step_that_fails_is_told_with_its_last_lines() {
    let streams = [Streamed("POST", "/build", FAILED)];
    insta::assert_snapshot!(check(&streams, &["build", "-q", "here"]), @"
    exit 1
    --- stderr
    ------
     > here: Step 1/1 : RUN make
    one
    two
    ------
    build image shop-here: The command 'make' returned a non-zero code: 2
    ");
}

#[test]
fn what_is_not_built_and_what_cannot_be_is_told() {
    let nothing = check(&[], &["build", "db"]);
    assert!(nothing.starts_with("exit 0") && nothing.contains("msg=\"No services to build\""), "{nothing}");
    for flag in ["--print", "--check", "--ssh=default", "--builder=b", "--sbom=true", "--provenance=mode=max"] {
        let refused = check(&[], &["build", flag]);
        let name = flag.split('=').next().unwrap();
        let said = format!("exit 1\n--- stderr\n{name} needs BuildKit, which composectl does not speak yet\n");
        assert!(refused.starts_with(&said), "{flag}: {refused}");
    }
    let builds = [Streamed("POST", "/build", BUILT)];
    let accepted = check(&builds, &["build", "-q", "--provenance=false", "--compress", "--force-rm=true", "here"]);
    assert_eq!(accepted, "exit 0\n");
    let size = check(&[], &["build", "-m", "lots"]);
    assert_eq!(size, "exit 1\n--- stderr\ninvalid value for --memory: invalid size: 'lots'\n");
}

/// Settings of docker's with a secret that plain base64 would write with `/`.
fn settings(folder: &Folder) {
    let auth = BASE64_STANDARD.encode("somebody:a?b~~~>");
    folder.write("settings/config.json", &json!({ "auths": { "r.example": { "auth": auth } } }).to_string());
}

fn as_somebody(folder: &Folder, mut command: Command, args: &[&str]) -> Ended {
    run(command.env("DOCKER_CONFIG", folder.join("settings")).args(args)).well()
}

#[test]
fn a_registry_is_told_who_asks() {
    let folder = folder();
    settings(&folder);
    let streams = [PUSHES[0], Streamed("POST", "/images/create", PULLED), Streamed("POST", "/build", BUILT)];
    let engine = FakeEngine::streaming(&folder, &[], &streams);
    let daemon = Daemon::start(&folder, &engine.address);
    let somebody = json!({ "username": "somebody", "password": "a?b~~~>", "serveraddress": "r.example" });
    // The daemon has no such settings: it is told with each request.
    for args in [&["pull", "web"][..], &["push", "own"], &["build", "--push", "own"]] {
        let mut alone = composectl(&folder, &["--parallel", "1"]);
        alone.env("DOCKER_HOST", &engine.address);
        let mut asked = command("composectl", &folder);
        asked.arg("--socket").arg(daemon.socket()).args(["--parallel", "1"]);
        as_somebody(&folder, alone, args);
        as_somebody(&folder, asked, args);
    }
    let callers = engine.callers();
    assert_eq!(callers.len(), 2 * (1 + 2 + 3), "{callers:?}");
    for (call, caller) in callers {
        let expected = if call == "POST /build" { json!({ "r.example": somebody }) } else { somebody.clone() };
        assert_eq!(caller, expected, "{call}");
    }
    let log = std::fs::read_to_string(folder.join("composed/log")).unwrap();
    assert!(log.contains("images are pulled on request") && !log.contains("a?b"), "{log}");
}

#[test]
fn a_program_that_is_not_there_keeps_nobody_from_building() {
    let folder = folder();
    folder.write(
        "settings/config.json",
        "{\"credsStore\": \"none-such\", \"auths\": {\"r.example\": {}, \"s.example\": {}}}",
    );
    let engine = FakeEngine::streaming(&folder, &[], &[Streamed("POST", "/build", BUILT)]);
    let ask = |args: &[&str]| {
        let mut command = composectl(&folder, args);
        run(command.env("DOCKER_HOST", &engine.address).env("DOCKER_CONFIG", folder.join("settings")))
    };
    let built = ask(&["build", "-q", "here"]).well();
    assert_eq!(built.stderr.matches("error getting credentials: docker-credential-none-such").count(), 1, "{built}");
    let pulled = ask(&["pull", "web"]);
    assert!(pulled.code == 1 && pulled.stderr.starts_with("error getting credentials: "), "{pulled}");
    assert_eq!(engine.changes(), ["POST /build"]);
}

#[test]
fn who_asks_may_be_kept_by_a_program() {
    let folder = folder();
    let script = "#!/bin/sh\nread server\ncase $server in\nr.example) echo '{\"Username\":\"<token>\",\"Secret\":\"t0ken\"}';;\n*) echo 'credentials not found in native keychain'; exit 1;;\nesac\n";
    folder.write("bin/docker-credential-box", script);
    let program = folder.join("bin/docker-credential-box");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder.write("settings/config.json", "{\"credsStore\": \"box\"}");
    let engine = FakeEngine::streaming(&folder, &[], &[Streamed("POST", "/images/create", PULLED)]);
    let mut command = composectl(&folder, &[]);
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    command.env("DOCKER_HOST", &engine.address).env("PATH", path);
    as_somebody(&folder, command, &["pull", "web", "db", "--policy", "always"]);
    let known = json!({ "identitytoken": "t0ken", "serveraddress": "r.example" });
    assert_eq!(
        engine.callers(),
        [("POST /images/create".to_owned(), known)],
        "docker's own registry is asked as nobody"
    );
}
