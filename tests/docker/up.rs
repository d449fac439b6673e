//! `up` from nothing: order, labels, hashes, progress; and a second `up` that finds nothing to do.

use std::collections::BTreeMap;

use crate::engine;
use crate::stand::{BOX, STACK, Stand};

/// Progress lines in order of their text, the project's name hidden: what is independent comes in any order.
fn progress(stand: &Stand, stderr: &str) -> String {
    let hidden = stderr.replace(&stand.project, "[project]");
    let mut lines: Vec<&str> = hidden.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn what_is_depended_on_is_healthy_before_its_dependents_start() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, web) = (stand.container("db"), stand.container("web"));
    let healthy = db.first_healthy().expect("db was probed");
    assert!(db.started() < healthy && healthy < web.started(), "{db:?} {web:?}");
    assert!(stand.container("side").started() < healthy, "what does not depend on db does not wait for it");
}

#[test]
fn the_labels_are_those_of_docker_compose_and_no_others() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    let hashes = stand.composectl(&["config", "--hash", "*"]).well().stdout;
    let hash = hashes.lines().find_map(|line| line.strip_prefix("web ")).unwrap();
    let folder = stand.folder.path();
    let expected = BTreeMap::from([
        ("com.docker.compose.config-hash", hash.to_owned()),
        ("com.docker.compose.container-number", "1".to_owned()),
        ("com.docker.compose.depends_on", "db:service_healthy:true".to_owned()),
        ("com.docker.compose.image", engine::image_id(BOX)),
        ("com.docker.compose.oneoff", "False".to_owned()),
        ("com.docker.compose.project", stand.project.clone()),
        ("com.docker.compose.project.config_files", folder.join("compose.yaml").display().to_string()),
        ("com.docker.compose.project.working_dir", folder.display().to_string()),
        ("com.docker.compose.service", "web".to_owned()),
        ("com.docker.compose.version", "5.5.0".to_owned()),
    ]);
    let found: BTreeMap<&str, String> = web.0["Config"]["Labels"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_owned()))
        // Those of the image.
        .filter(|(name, _)| name.starts_with("com.docker."))
        .collect();
    assert_eq!(found, expected);
    for (service, hash) in hashes.lines().filter_map(|line| line.split_once(' ')) {
        assert_eq!(stand.container(service).label("com.docker.compose.config-hash"), hash, "{service}");
    }
}

#[test]
fn progress_is_told_a_line_an_event() {
    let stand = Stand::with_daemon(STACK);
    let first = stand.up();
    assert_eq!(first.stdout, "");
    insta::assert_snapshot!(progress(&stand, &first.stderr), @"
    Container [project]-db-1 Created 
    Container [project]-db-1 Creating 
    Container [project]-db-1 Healthy 
    Container [project]-db-1 Started 
    Container [project]-db-1 Starting 
    Container [project]-db-1 Waiting 
    Container [project]-side-1 Created 
    Container [project]-side-1 Creating 
    Container [project]-side-1 Started 
    Container [project]-side-1 Starting 
    Container [project]-web-1 Created 
    Container [project]-web-1 Creating 
    Container [project]-web-1 Started 
    Container [project]-web-1 Starting 
    Network [project]_default Created 
    Network [project]_default Creating 
    Volume [project]_data Created 
    Volume [project]_data Creating
    ");
    let second = stand.up();
    insta::assert_snapshot!(progress(&stand, &second.stderr), @"
    Container [project]-db-1 Running 
    Container [project]-side-1 Running 
    Container [project]-web-1 Running
    ");
}

#[test]
fn progress_is_told_as_json_where_that_is_asked_for() {
    let stand = Stand::new("services:\n  side: {image: \"composed.local/box:1\"}\n");
    let ended = stand.composectl(&["--progress", "json", "up", "-d"]).well();
    insta::assert_snapshot!(ended.stderr.replace(&stand.project, "[project]"), @r#"
    {"id":"Network [project]_default","status":"Working","text":"Creating","details":"missing"}
    {"id":"Network [project]_default","status":"Done","text":"Created"}
    {"id":"Container [project]-side-1","status":"Working","text":"Creating","details":"missing"}
    {"id":"Container [project]-side-1","status":"Done","text":"Created"}
    {"id":"Container [project]-side-1","status":"Working","text":"Starting","details":"never started"}
    {"id":"Container [project]-side-1","status":"Done","text":"Started"}
    note: nothing supervises [project]: composed does not run here (`systemctl start composed`)
    "#);
    let ended = stand.composectl(&["--progress", "quiet", "down"]).well();
    assert_eq!(ended.to_string(), "exit 0\n");
}

#[test]
fn a_second_up_touches_nothing() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let services = ["db", "web", "side"];
    let before = services.map(|service| stand.container(service).life());
    stand.composectl(&["up", "-d"]).well();
    stand.up();
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    assert_eq!(stand.status()["generation"], 3);
}

#[test]
fn the_plan_of_a_stack_that_is_up_is_empty() {
    let stand = Stand::with_daemon(STACK);
    let before = stand.composectl(&["plan"]);
    assert_eq!(before.code, 2, "{before}");
    insta::assert_snapshot!(before.stdout.replace(&stand.project, "[project]"), @"
    1 create-network  [project]_default  missing
    2 create-volume   [project]_data     missing
    3 create          [project]-db-1     missing  after 1 2
    4 start           [project]-db-1     missing  after 3
    5 create          [project]-side-1   missing  after 1
    6 start           [project]-side-1   missing  after 5
    7 create          [project]-web-1    missing  after 1
    8 start           [project]-web-1    missing  after 4 7
      waiting for db to be healthy
    ");
    assert_eq!(stand.belongings().containers, [""; 0], "a plan does nothing");
    stand.up();
    insta::assert_snapshot!(stand.composectl(&["plan"]).to_string(), @"
    exit 0
    --- stdout
    nothing to do
    ");
}

#[test]
fn naming_a_service_brings_up_what_it_depends_on_and_nothing_else() {
    let stand = Stand::with_daemon(STACK);
    stand.composectl(&["up", "-d", "web"]).well();
    assert_eq!(stand.belongings().containers, [stand.name("db"), stand.name("web")]);
}

#[test]
fn an_interrupted_up_ends_with_130_and_the_daemon_goes_on() {
    use rustix::process::Signal;
    use support::programs::Running;
    let stand = Stand::with_daemon(STACK);
    let up = Running::start(&mut stand.command(&["up", "-d"]));
    support::deadline::eventually("something is there", || stand.find("side"));
    up.signal(Signal::INT);
    assert_eq!(up.end().code, 130);
    stand.until_converged();
    assert!(stand.container("web").is_running());
}

#[test]
fn a_job_that_ends_well_lets_its_dependents_start() {
    let mut stand = Stand::with_daemon(
        "services:
  job:
    image: composed.local/box:1
    command: [sh, -c, \"exit 0\"]
  web:
    image: composed.local/box:1
    depends_on:
      job: {condition: service_completed_successfully}
",
    );
    stand.up();
    let job = stand.container("job");
    assert!(stand.container("web").is_running());
    stand.take_daemon().kill();
    stand.start_daemon();
    stand.until_converged();
    assert_eq!(stand.container("job").life(), job.life(), "looking again is no reason to run it again");
    // Asking again is, as with docker compose.
    stand.up();
    let again = stand.container("job");
    assert!(again.id() == job.id() && again.started() > job.started());
}

#[test]
fn a_name_of_ones_own_is_kept_through_a_recreate() {
    let stand = Stand::with_daemon("");
    let name = format!("{}-by-name", stand.project);
    let text = format!(
        "services:\n  web:\n    image: composed.local/box:1\n    container_name: {name}\n    environment: {{V: \"1\"}}\n"
    );
    stand.write(&text);
    stand.up();
    let first = engine::container(&name).unwrap();
    stand.write(&text.replace("\"1\"", "\"2\""));
    let second = support::deadline::eventually("it is replaced", || {
        engine::container(&name).filter(|found| found.id() != first.id() && found.is_running())
    });
    assert_eq!(second.variable("V").as_deref(), Some("2"));
    stand.until_converged();
    assert_eq!(stand.belongings().containers, [name]);
}
