//! An engine that says no: what it was asked, about what, and what to try next; and that everything else that
//! was asked for is done nevertheless.

use serde_json::json;
use support::folder::Folder;
use support::programs::{Ended, run};

use crate::composectl;
use crate::fake_engine::{FakeEngine, Refusal};

/// Two services that have nothing to do with each other, each refused in its own way.
const STACK: &str = "name: shop
services:
  db:
    image: box:1
  web:
    image: missing:9
    ports: [\"8080:80\"]
";

fn up(folder: &Folder, engine: &FakeEngine) -> Ended {
    folder.write("compose.yaml", STACK);
    let mut command = composectl(folder, &["up", "-d"]);
    run(command.env("DOCKER_HOST", &engine.address)).in_folder(folder)
}

/// What `up -d` says, progress aside; `db` runs whatever became of `web`.
fn check(refusals: &[Refusal], prepare: impl FnOnce(&FakeEngine)) -> String {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, refusals);
    prepare(&engine);
    let mut ended = up(&folder, &engine);
    assert!(engine.running().contains(&"shop-db-1".to_owned()), "{ended}");
    ended.stderr = ended.stderr.lines().filter(|line| !line.starts_with(' ')).map(|line| format!("{line}\n")).collect();
    ended.to_string()
}

#[test]
fn a_stack_comes_up_on_this_engine() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    let ended = up(&folder, &engine).well();
    assert_eq!(engine.running(), ["shop-db-1", "shop-web-1"], "{ended}");
    // What has nothing to do with each other comes in any order.
    let mut changes = engine.changes();
    changes.sort();
    insta::assert_snapshot!(changes.join("\n"), @"
    POST /containers/create
    POST /containers/create
    POST /containers/shop-db-1/start
    POST /containers/shop-web-1/start
    POST /networks/create
    ");
}

#[test]
fn an_image_that_nobody_has_is_told() {
    let refusals = [
        Refusal("GET", "/images/missing:9/json", 404, "No such image: missing:9"),
        Refusal("POST", "/images/create", 404, "manifest for missing:9 not found: manifest unknown"),
    ];
    insta::assert_snapshot!(check(&refusals, |_| {}), @"
    exit 1
    --- stderr
    pull image missing:9: manifest for missing:9 not found: manifest unknown
    help: check the image's name and tag, pull it (`docker pull …`), or set `build:`
    ");
}

#[test]
fn a_registry_that_wants_a_login_is_told() {
    let message = "pull access denied for missing, repository does not exist or may require 'docker login': denied";
    let refusals = [
        Refusal("GET", "/images/missing:9/json", 404, "No such image: missing:9"),
        Refusal("POST", "/images/create", 404, message),
    ];
    insta::assert_snapshot!(check(&refusals, |_| {}), @"
    exit 1
    --- stderr
    pull image missing:9: pull access denied for missing, repository does not exist or may require 'docker login': denied
    help: check the image's name; a private one needs `docker login`
    ");
}

#[test]
fn a_registry_that_cannot_be_reached_is_told() {
    let message = "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example: no such host";
    let refusals = [
        Refusal("GET", "/images/missing:9/json", 404, "No such image: missing:9"),
        Refusal("POST", "/images/create", 500, message),
    ];
    insta::assert_snapshot!(check(&refusals, |_| {}), @r#"
    exit 1
    --- stderr
    pull image missing:9: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host
    help: the registry cannot be reached: check the image's name and this machine's way out, or set `build:`
    "#);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let message = "driver failed programming external connectivity on endpoint shop-web-1 (0a): Bind for 0.0.0.0:8080 failed: port is already allocated";
    insta::assert_snapshot!(check(&[Refusal("POST", "/containers/shop-web-1/start", 500, message)], |_| {}), @"
    exit 1
    --- stderr
    start container shop-web-1: driver failed programming external connectivity on endpoint shop-web-1 (0a): Bind for 0.0.0.0:8080 failed: port is already allocated
    help: another process or container has the port: `docker ps` and `ss -ltnp` show which; or publish another
    ");
}

#[test]
fn a_name_that_somebody_else_has_is_told_with_the_holder() {
    insta::assert_snapshot!(check(&[], |engine| engine.put("shop-web-1", json!({}))), @"
    exit 1
    --- stderr
    create container shop-web-1: the name is in use by 000000000000, which no Compose project owns
    help: rename or remove the container that has the name, or set `container_name:`
    ");
    let labels = json!({ "com.docker.compose.project": "bar", "com.docker.compose.service": "web" });
    insta::assert_snapshot!(check(&[], |engine| engine.put("shop-web-1", labels)), @"
    exit 1
    --- stderr
    create container shop-web-1: the name is in use by 000000000000 (service web of project bar)
    help: rename or remove the container that has the name, or set `container_name:`
    ");
}

#[test]
fn a_full_disk_is_told() {
    let message = "failed to create task for container: no space left on device: unknown";
    insta::assert_snapshot!(check(&[Refusal("POST", "/containers/shop-web-1/start", 500, message)], |_| {}), @"
    exit 1
    --- stderr
    start container shop-web-1: failed to create task for container: no space left on device: unknown
    help: free space on the engine's disk: `docker system df` shows what takes it
    ");
}

#[test]
fn an_engine_that_cannot_even_list_is_told() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[Refusal("GET", "/containers/json", 500, "database is locked")]);
    let ended = up(&folder, &engine);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    list containers: database is locked
    help: the engine itself failed at it: its log may say more (`journalctl -u docker`)
    ");
    assert_eq!(engine.changes(), [""; 0]);
}

#[test]
fn an_engine_that_is_too_old_is_told() {
    let folder = Folder::new();
    let engine = FakeEngine::speaking(&folder, "1.30", &[]);
    let ended = up(&folder, &engine);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("the engine speaks API 1.30; 1.41 (Docker 20.10) is the least"), "{ended}");
}

#[test]
fn what_nothing_carries_out_yet_is_refused_by_the_daemon_too() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    folder.write(
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: box:1\n    build:\n      context: .\n      privileged: true\n",
    );
    let mut command = composectl(&folder, &["create"]);
    let ended = run(command.env("DOCKER_HOST", &engine.address)).in_folder(&folder);
    assert!(engine.changes().is_empty());
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    services.web.build.privileged is not supported yet
     --> compose.yaml:7:7
      |
    7 |       privileged: true
      |       ^^^^^^^^^^ part of the Compose Specification, not carried out here yet
    ");
}
