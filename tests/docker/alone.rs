//! No daemon: the same commands in one process, which says that nobody looks after the stack.

use support::deadline::eventually;

use crate::stand::{STACK, Stand};

/// Two services that say something and go on.
const TALKING: &str = "services:
  a:
    image: composed.local/box:1
    command: [sh, -c, \"echo a1; echo a2 >&2; echo a3; exec sleep infinity\"]
  b:
    image: composed.local/box:1
    command: [sh, -c, \"echo b1; echo b2; exec sleep infinity\"]
";

#[test]
fn up_says_that_nobody_looks_after_the_stack() {
    let stand = Stand::new(STACK);
    let ended = stand.up();
    let told: Vec<&str> = ended.stderr.lines().filter(|line| !line.starts_with(' ')).collect();
    insta::assert_snapshot!(told.join("\n").replace(&stand.project, "[project]"), @"note: nothing supervises [project]: composed does not run here (`systemctl start composed`)");
    assert!(stand.container("web").is_running());
}

#[test]
fn a_second_up_touches_nothing() {
    let stand = Stand::new(STACK);
    stand.up();
    let before = ["db", "web", "side"].map(|service| stand.container(service).life());
    stand.up();
    assert_eq!(["db", "web", "side"].map(|service| stand.container(service).life()), before);
}

#[test]
fn ps_lists_what_runs() {
    let stand = Stand::new(STACK);
    insta::assert_snapshot!(stand.composectl(&["ps"]).to_string(), @"
    exit 0
    --- stdout
    NAME      IMAGE     COMMAND   SERVICE   CREATED   STATUS    PORTS
    ");
    stand.up();
    let ended = stand.composectl(&["ps"]).well();
    let rows: Vec<Vec<&str>> = ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"]);
    let names: Vec<&str> = rows[1..].iter().map(|row| row[0]).collect();
    assert_eq!(names, [stand.name("db"), stand.name("side"), stand.name("web")]);
    assert!(rows[1].ends_with(&["(healthy)"]), "{ended}");
    let ids = stand.composectl(&["ps", "-q", "web"]).well().stdout;
    assert_eq!(ids.trim(), stand.container("web").id());
    let json = stand.composectl(&["ps", "--format", "json", "db"]).well().stdout;
    let db: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&db["Service"], &db["Health"]), (&"db".into(), &"healthy".into()));
    assert_eq!(stand.composectl(&["ps", "nope"]).code, 1);
}

#[test]
fn logs_show_the_lines_of_everybody() {
    let stand = Stand::new(TALKING);
    stand.up();
    let all = eventually("everything is said", || {
        let ended = stand.composectl(&["logs"]).well();
        (ended.stdout.lines().count() >= 5).then_some(ended)
    });
    let of = |name: &str| -> Vec<String> {
        all.stdout.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
    };
    assert_eq!(of("b-1"), ["b-1  | b1", "b-1  | b2"]);
    // The two streams of a container are two: only within each the order is certain.
    let mut a = of("a-1");
    a.sort();
    assert_eq!(a, ["a-1  | a1", "a-1  | a2", "a-1  | a3"]);
    let tail = stand.composectl(&["logs", "--tail", "1", "--no-log-prefix", "b"]).well();
    assert_eq!(tail.stdout, "b2\n");
    insta::assert_snapshot!(stand.composectl(&["logs", "--tail", "some"]).to_string(), @"
    exit 1
    --- stderr
    `some` is no number of lines
    help: --tail takes a number or `all`
    ");
    insta::assert_snapshot!(stand.composectl(&["logs", "nope"]).to_string(), @"
    exit 1
    --- stderr
    no such service: nope
    ");
}

#[test]
fn stop_start_and_restart_work_on_what_is_there() {
    let stand = Stand::new(STACK);
    stand.up();
    let ids = ["db", "web", "side"].map(|service| stand.container(service).id().to_owned());
    stand.composectl(&["stop", "web"]).well();
    assert_eq!(stand.container("web").status(), "exited");
    assert!(stand.container("db").is_running());
    stand.composectl(&["start", "web"]).well();
    assert!(stand.container("web").is_running());
    let before = stand.container("side").started();
    stand.composectl(&["restart", "side"]).well();
    assert!(stand.container("side").started() > before);
    stand.composectl(&["stop"]).well();
    for service in ["db", "web", "side"] {
        assert_eq!(stand.container(service).status(), "exited", "{service}");
    }
    stand.composectl(&["start"]).well();
    assert!(stand.container("db").first_healthy().unwrap() < stand.container("web").started());
    assert_eq!(["db", "web", "side"].map(|service| stand.container(service).id().to_owned()), ids);
}

#[test]
fn plan_tells_by_its_exit_code_whether_there_is_something_to_do() {
    let stand = Stand::new(STACK);
    assert_eq!(stand.composectl(&["plan"]).code, 2);
    stand.up();
    assert_eq!(stand.composectl(&["plan"]).well().stdout, "nothing to do\n");
    stand.write(&STACK.replace(":-hello", ":-good day"));
    let ended = stand.composectl(&["plan"]);
    assert_eq!(ended.code, 2, "{ended}");
    insta::assert_snapshot!(hidden(&stand, &ended.stdout), @"
    1 create  [id]_[project]-web-1  configuration changed
    2 stop    [project]-web-1               replaced  after 1
    3 remove  [project]-web-1               replaced  after 2
    4 rename  web/1 to [project]-web-1      wrong name  after 3
    5 start   [project]-web-1               configuration changed  after 4
    ");
    let json = stand.composectl(&["plan", "--format", "json"]);
    assert_eq!(json.code, 2);
    let planned: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(planned["steps"][0]["verb"], "create");
}

/// A text without the project's name, and without the id that a provisional name begins with.
fn hidden(stand: &Stand, text: &str) -> String {
    let id = stand.container("web").id()[..12].to_owned();
    text.replace(&id, "[id]").replace(&stand.project, "[project]")
}

#[test]
fn down_takes_it_all() {
    let stand = Stand::new(STACK);
    stand.up();
    stand.composectl(&["down"]).well();
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks, left.volumes.len()), (vec![], vec![], 1));
    stand.composectl(&["down", "-v"]).well();
    assert_eq!(stand.belongings().volumes, [""; 0]);
}

#[test]
fn an_attached_up_shows_the_output_and_stops_on_an_interrupt() {
    use rustix::process::Signal;
    use support::programs::Running;
    let stand = Stand::new(TALKING);
    let up = Running::start(&mut stand.command(&["up"]));
    eventually("everything is told", || (up.said().lines().count() == 5).then_some(()));
    up.signal(Signal::INT);
    let ended = up.end();
    assert_eq!(ended.code, 130, "{ended}");
    assert!(ended.stderr.contains("Gracefully"), "{ended}");
    for service in ["a", "b"] {
        assert_eq!(stand.container(service).status(), "exited", "{service}");
    }
}

#[test]
fn an_attached_up_does_not_stand_in_the_way_of_a_down() {
    use support::programs::Running;
    let stand = Stand::new(TALKING);
    let up = Running::start(&mut stand.command(&["up"]));
    eventually("everything is told", || (up.said().lines().count() == 5).then_some(()));
    stand.composectl(&["down"]).well();
    assert_eq!(up.end().code, 0, "nobody will speak any more");
    let left = stand.belongings();
    assert_eq!((left.containers, left.networks), (vec![], vec![]));
}
