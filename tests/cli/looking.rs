//! The verbs that look, at an engine that answers what it is told: what they print, of whom, and how they end.

use serde_json::json;
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::fake_engine::FakeEngine;

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box\n  db:\n    image: box\n";

/// An engine with a container of a service, one of an unknown service, and one of another project.
fn engine(folder: &Folder) -> FakeEngine {
    let engine = FakeEngine::start(folder, &[]);
    let labels = |project: &str, service: &str| {
        json!({
            "com.docker.compose.project": project,
            "com.docker.compose.service": service,
            "com.docker.compose.container-number": "1",
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.project.config_files": format!("/{project}/compose.yaml"),
            "my.key": "<v>",
        })
    };
    engine.put("shop-web-1", labels("shop", "web"));
    engine.put("shop-old-1", labels("shop", "old"));
    engine.put("blog-web-1", labels("blog", "web"));
    engine
}

fn ask(args: &[&str]) -> Ended {
    asked_of(STACK, args)
}

fn asked_of(file: &str, args: &[&str]) -> Ended {
    let folder = Folder::new();
    folder.write("compose.yaml", file);
    let engine = engine(&folder);
    let mut command = command("composectl", &folder);
    let ended = run(command.env("DOCKER_HOST", &engine.address).arg("--no-daemon").args(args)).in_folder(&folder);
    assert_eq!(engine.changes(), Vec::<String>::new(), "{args:?} only looks");
    ended
}

#[test]
fn ps_has_dockers_columns() {
    let ended = ask(&["ps", "web"]).well();
    let columns: Vec<Vec<&str>> = ended
        .stdout
        .lines()
        .map(|line| line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(columns[0], ["NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"]);
    let [name, image, command, service, _, status, ports] = columns[1][..] else { panic!("{ended}") };
    assert_eq!((name, image, service, status), ("shop-web-1", "theirs", "web", "Up 3 seconds"));
    assert_eq!((command, ports), ("\"sleep 'a very long …\"", "81/tcp, 0.0.0.0:8080->80/tcp"));
}

#[test]
fn ps_takes_a_template() {
    let ended = ask(&["ps", "--format", "table {{.Service}}\\t{{.Label \"my.key\"}}\\t{{json .Ports}}"]);
    insta::assert_snapshot!(ended.to_string(), @r#"
    exit 0
    --- stdout
    SERVICE   key       PORTS
    old       <v>       "81/tcp, 0.0.0.0:8080-\u003e80/tcp"
    web       <v>       "81/tcp, 0.0.0.0:8080-\u003e80/tcp"
    "#);
}

#[test]
fn a_template_that_is_none_is_told() {
    insta::assert_snapshot!(ask(&["ps", "--format", "{{.Name"]).to_string(), @"
    exit 1
    --- stderr
    template parsing error: template: :1: unclosed action
    ");
}

#[test]
fn orphans_are_shown_unless_they_are_not_wanted() {
    assert_eq!(ask(&["ps", "--services"]).well().stdout, "old\nweb\n");
    assert_eq!(ask(&["ps", "--services", "--orphans=false"]).well().stdout, "web\n");
}

#[test]
fn a_service_the_file_does_not_know_is_an_error() {
    for verb in [&["ps", "old"][..], &["logs", "old"], &["volumes", "old"]] {
        assert_eq!(ask(verb).to_string(), "exit 1\n--- stderr\nno such service: old\n", "{verb:?}");
    }
}

#[test]
fn a_name_is_enough() {
    for args in
        [&["-p", "blog", "ps", "--format", "{{.Name}}"][..], &["-p", "BLOG", "ps", "--format", "{{.Name}}", "web"]]
    {
        assert_eq!(asked_of("services: [", args).well().stdout, "blog-web-1\n", "{args:?}");
    }
    assert_eq!(ask(&["-p", "none", "ps", "-q"]).to_string(), "exit 0\n");
}

#[test]
fn states_narrow_it_down() {
    assert_eq!(ask(&["ps", "-q", "--status", "exited"]).well().stdout, "");
    assert_eq!(ask(&["ps", "-q", "--filter", "status=running"]).well().stdout.lines().count(), 2);
    assert_eq!(ask(&["ps", "--filter", "a=b"]).to_string(), "exit 1\n--- stderr\nunknown filter a\n");
}

#[test]
fn ls_lists_every_project() {
    insta::assert_snapshot!(ask(&["ls"]).to_string(), @"
    exit 0
    --- stdout
    NAME                STATUS              CONFIG FILES
    blog                running(1)          /blog/compose.yaml
    shop                running(2)          /shop/compose.yaml
    ");
    insta::assert_snapshot!(ask(&["ls", "--format", "json", "--filter", "name=^b"]).to_string(), @r#"
    exit 0
    --- stdout
    [{"Name":"blog","Status":"running(1)","ConfigFiles":"/blog/compose.yaml"}]
    "#);
    assert_eq!(ask(&["ls", "--filter", "a=b"]).to_string(), "exit 1\n--- stderr\ninvalid filter 'a'\n");
    assert_eq!(
        ask(&["ls", "--format", "foo"]).to_string(),
        "exit 1\n--- stderr\nformat value \"foo\" could not be parsed: parsing failed\n"
    );
}

#[test]
fn port_says_where_it_is() {
    assert_eq!(ask(&["port", "web", "80"]).well().stdout, "0.0.0.0:8080\n");
    let refused = |args: &[&str]| ask(args).to_string();
    assert_eq!(
        refused(&["port", "web", "90"]),
        "exit 1\n--- stderr\nno port 90/tcp for container shop-web-1: 8080/tcp, 0/tcp\n"
    );
    assert_eq!(refused(&["port", "db", "80"]), "exit 1\n--- stderr\nservice \"db\" is not running\n");
    assert_eq!(
        refused(&["port", "--index", "2", "web", "80"]),
        "exit 1\n--- stderr\nservice \"web\" is not running container #2\n"
    );
}

#[test]
fn waiting_for_nobody_is_an_error() {
    assert_eq!(ask(&["wait", "db"]).to_string(), "exit 1\n--- stderr\nno containers for project \"shop\"\n");
}

#[test]
fn logs_of_a_number_are_of_one_service() {
    let message = "exit 1\n--- stderr\n--index requires one service to be selected\n";
    assert_eq!(ask(&["logs", "--index", "1"]).to_string(), message);
    let message = "exit 1\n--- stderr\nservice \"web\" is not running container #2\n";
    assert_eq!(ask(&["logs", "--index", "2", "web"]).to_string(), message);
}

#[test]
fn moments_that_are_none_are_told() {
    let ended = ask(&["logs", "--since", "foo"]);
    let expected = "invalid value for \"since\": failed to parse value as time or duration: \"foo\"\n";
    assert!(ended.code == 1 && ended.stderr.starts_with(expected), "{ended}");
}
