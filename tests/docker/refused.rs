//! What `up` cannot bring up: told with the call, the object and the next thing to try; everything else runs, and
//! what stood in the way need only go.

use support::deadline::eventually;

use crate::engine;
use crate::stand::{BOX, Stand};

/// What was told, progress aside.
fn told(stand: &Stand, stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.starts_with(' ')).collect();
    lines.join("\n").replace(&stand.project, "[project]")
}

#[test]
fn a_dependency_that_fails_is_told_and_keeps_only_its_dependents_back() {
    let stand = Stand::with_daemon(
        "services:
  job:
    image: composed.local/box:1
    command: [sh, -c, \"exit 7\"]
  web:
    image: composed.local/box:1
    depends_on:
      job: {condition: service_completed_successfully}
  side:
    image: composed.local/box:1
",
    );
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr), @"
    [project]-web-1 is not started: dependency job failed: container [project]-job-1 exited (7)
    help: composed goes on trying; `composectl status` shows it
    ");
    assert!(stand.container("side").is_running());
    assert_eq!(stand.container("web").status(), "created");
}

#[test]
fn a_service_that_ends_is_no_success_of_a_wait() {
    let stand = Stand::with_daemon(
        "services:
  job:
    image: composed.local/box:1
    command: [sh, -c, \"exit 3\"]
  web:
    image: composed.local/box:1
    depends_on: [job]
    healthcheck: {test: [CMD, \"true\"], interval: 1s}
",
    );
    let ended = stand.composectl(&["up", "--wait"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains(&format!("container {} exited (3)", stand.name("job"))), "{ended}");
}

/// F49: a network that changes while somebody else's container is on it. Nobody is thrown off, and who is in the way
/// is told; what has nothing to do with it goes on.
#[test]
fn a_network_that_a_stranger_is_on_is_replaced_once_the_stranger_is_gone() {
    let stack = |tier: u32, version: u32| {
        format!(
            "services:
  web:
    image: composed.local/box:1
    networks: [front]
  side:
    image: composed.local/box:1
    environment: {{VERSION: \"{version}\"}}
networks:
  front: {{labels: {{tier: \"{tier}\"}}}}
"
        )
    };
    let stand = Stand::with_daemon(&stack(1, 1));
    stand.up();
    let network = format!("{}_front", stand.project);
    let stranger = Stranger(engine::create(&format!("{}guest", stand.project), BOX));
    engine::connect(&network, &stranger.0);
    engine::start(&stranger.0);
    let on_it = || engine::container(&stranger.0).expect("it is there");
    let before = (on_it().life(), on_it().0["NetworkSettings"]["Networks"][&network].clone());
    let (web, side) = (stand.container("web"), stand.container("side"));
    stand.write(&stack(2, 2));
    stand.successor("side", &side);
    let words = format!("network {network}: still in use by container {}guest (of no project)", stand.project);
    eventually("it is told", || stand.status_text().contains(&words).then_some(()));
    let ended = stand.composectl(&["up", "-d"]);
    assert!(ended.code == 1 && ended.stderr.contains(&words), "{ended}");
    let is_on = |container: &engine::Container| container.0["NetworkSettings"]["Networks"][&network].is_object();
    assert!(is_on(&stand.container("web")) && stand.container("web").life() == web.life(), "nobody is taken off it");
    assert_eq!((on_it().life(), on_it().0["NetworkSettings"]["Networks"][&network].clone()), before);
    engine::remove(&stranger.0);
    stand.successor("web", &web);
    stand.until_converged();
    assert_eq!(engine::network_label(&network, "tier"), "2");
}

/// A container that is none of ours, gone at the end.
struct Stranger(String);

impl Drop for Stranger {
    fn drop(&mut self) {
        engine::remove_with_volumes(&self.0);
    }
}

#[test]
fn a_port_that_is_taken_is_told_and_given_once_it_is_free() {
    // Another container has it: the engine may be in another network than this test.
    let holder = Stand::with_daemon("services:\n  holder: {image: composed.local/box:1, ports: [\"80\"]}\n");
    holder.up();
    let ports = &holder.container("holder").0["NetworkSettings"]["Ports"]["80/tcp"];
    let port = ports[0]["HostPort"].as_str().expect("the engine picked a port").to_owned();
    let stand = Stand::with_daemon(&format!(
        "services:
  web:
    image: composed.local/box:1
    ports: [\"{port}:80\"]
  side:
    image: composed.local/box:1
"
    ));
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains(&format!("start container {}: ", stand.name("web"))), "{ended}");
    let owner = format!("help: container {} of project {} has the port", holder.name("holder"), holder.project);
    assert!(ended.stderr.contains(&owner), "{ended}");
    assert!(stand.container("side").is_running());
    holder.composectl(&["down"]).well();
    stand.until_converged();
    assert!(stand.container("web").is_running());
}

/// F49: two networks want the same addresses.
#[test]
fn a_network_whose_addresses_are_taken_is_told_and_made_once_they_are_free() {
    let stack = "services:
  web:
    image: composed.local/box:1
    networks: [front]
  side:
    image: composed.local/box:1
    network_mode: none
networks:
  front: {ipam: {config: [{subnet: 10.213.88.64/28}]}}
";
    let holder = Stand::with_daemon(stack);
    holder.up();
    let stand = Stand::with_daemon(&stack.replace("64/28", "64/27"));
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr).replace(&holder.project, "[holder]"), @"
    create network [project]_front: Pool overlaps with other one on this address space
    help: network [holder]_front has 10.213.88.64/28: give this one another `subnet:`, or remove that one
    help: composed goes on trying; `composectl status` shows it
    ");
    assert!(stand.container("side").is_running());
    holder.composectl(&["down"]).well();
    stand.until_converged();
    assert!(stand.container("web").is_running());
}

#[test]
fn a_wait_for_what_never_gets_healthy_ends_with_1() {
    let stand = Stand::with_daemon(
        "services:
  db:
    image: composed.local/box:1
    healthcheck: {test: [CMD, \"false\"], interval: 100ms, retries: 2}
  web:
    image: composed.local/box:1
    depends_on:
      db: {condition: service_healthy}
",
    );
    let ended = stand.composectl(&["up", "--wait"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr), @"
    [project]-web-1 is not started: dependency db failed: container [project]-db-1 is unhealthy
    help: composed goes on trying; `composectl status` shows it
    ");
    assert_eq!(stand.container("web").status(), "created");
}

#[test]
fn a_wait_has_an_end_where_one_is_given() {
    let stand = Stand::with_daemon(
        "services:
  db:
    image: composed.local/box:1
    healthcheck: {test: [CMD, \"true\"], interval: 60s}
",
    );
    let ended = stand.composectl(&["up", "--wait", "--wait-timeout", "1"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains(&format!("{} is not up after 1 s", stand.project)), "{ended}");
}

#[test]
fn what_must_exist_and_does_not_is_told_and_waited_for() {
    let stand = Stand::with_daemon("");
    let network = format!("{}-outside", stand.project);
    stand.write(&format!(
        "services:
  web:
    image: composed.local/box:1
    networks: [outside]
  side:
    image: composed.local/box:1
networks:
  outside: {{external: true, name: {network}}}
"
    ));
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr), @"
    [project]-web-1 is not created: declared as external, but [project]-outside does not exist
    help: composed goes on trying; `composectl status` shows it
    ");
    assert!(stand.container("side").is_running());
    engine::create_network(&network);
    eventually("web comes up", || stand.find("web").filter(|found| found.is_running()));
    stand.composectl(&["down"]).well();
    assert!(engine::has_network(&network), "it is somebody else's");
    engine::remove_network(&network);
}

#[test]
fn an_image_that_must_not_be_pulled_is_told() {
    let stand = Stand::with_daemon(
        "services:
  web:
    image: composed.local/nothing:1
    pull_policy: never
  side:
    image: composed.local/box:1
",
    );
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr), @"
    [project]-web-1 is not created: image composed.local/nothing:1 is not local and its pull policy is never
    help: composed goes on trying; `composectl status` shows it
    ");
    assert!(stand.container("side").is_running());
}

#[test]
fn a_name_that_a_stranger_has_is_told_and_the_stranger_left_alone() {
    let stand = Stand::with_daemon(
        "services:\n  web: {image: \"composed.local/box:1\"}\n  side: {image: \"composed.local/box:1\"}\n",
    );
    let stranger = engine::create(&stand.name("web"), BOX);
    let ended = stand.composectl(&["up", "-d"]);
    assert_eq!(ended.code, 1, "{ended}");
    insta::assert_snapshot!(told(&stand, &ended.stderr).replace(&stranger[..12], "[id]"), @"
    create container [project]-web-1: the name is in use by [id], which no Compose project owns
    help: rename or remove the container that has the name, or set `container_name:`
    help: composed goes on trying; `composectl status` shows it
    ");
    assert!(stand.container("side").is_running());
    assert_eq!(stand.container("web").id(), stranger);
    engine::remove(&stranger);
    stand.until_converged();
    assert!(stand.container("web").is_running());
}

#[test]
fn what_is_said_of_pulls_on_the_command_line_is_no_change_of_the_files() {
    let stand = Stand::with_daemon("services:\n  web: {image: \"composed.local/box:1\"}\n");
    stand.up();
    stand.composectl(&["up", "-d", "--pull", "never"]).well();
    // A save that changes nothing is compared with what is kept.
    stand.write("services:\n  web: {image: \"composed.local/box:1\"}\n# the same\n");
    stand.write("services:\n  web: {image: \"composed.local/box:1\", environment: {A: \"1\"}}\n");
    eventually("the change is applied", || stand.find("web").filter(|web| web.variable("A").is_some()));
    assert_eq!(stand.until_converged()["generation"], 3);
}
