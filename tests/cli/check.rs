//! `check`: mistakes and remarks, and how it ends.

use crate::on_files;

const GOOD: &str = "services:\n  web: {image: 'box:1', ports: ['127.0.0.1:80:80']}\n";
const DOUBTFUL: &str = "services:\n  web:\n    image: box\n    ports: ['80:80']\n";
const BROKEN: &str = "services:\n  web:\n    image: box:$TAG\n    depends_on: [db]\n";

fn check(text: &str, args: &[&str]) -> String {
    on_files(&[("compose.yaml", text)], &[&["check"], args].concat()).to_string()
}

#[test]
fn it_is_content() {
    insta::assert_snapshot!(check(GOOD, &[]), @"
    exit 0
    --- stdout
    no errors, no warnings
    ");
    insta::assert_snapshot!(check(GOOD, &["--strict", "--format", "json"]), @"
    exit 0
    --- stdout
    []
    ");
}

#[test]
fn remarks_are_no_failure_unless_they_are_asked_to_be() {
    insta::assert_snapshot!(check(DOUBTFUL, &[]), @"
    exit 0
    --- stdout
    warning[floating-image]: the image of web has no tag, which means `latest`: it changes under you
     --> compose.yaml:3:12
      |
    3 |     image: box
      |            ^^^ another image after the next pull
      |
      = help: name a version (`box:1.2`), or a digest

    warning[published-everywhere]: web is reachable from outside this machine: 80 is bound to every address
     --> compose.yaml:4:13
      |
    4 |     ports: ['80:80']
      |             ^^^^^^^ no host address
      |
      = note: the engine opens the port past the firewall rules of most distributions
      = help: write `127.0.0.1:80:80` if only this machine is to reach it

    no errors, 2 warnings
    ");
    assert!(check(DOUBTFUL, &["--strict"]).starts_with("exit 1\n"));
}

#[test]
fn mistakes_come_first_and_are_a_failure() {
    insta::assert_snapshot!(check(BROKEN, &[]), @r#"
    exit 1
    --- stdout
    error[undefined-service]: service "web" depends on undefined service "db": invalid compose project
     --> compose.yaml:4:18
      |
    4 |     depends_on: [db]
      |                  ^^ no service named `db`

    warning[unset-variable]: The "TAG" variable is not set. Defaulting to a blank string.
     --> compose.yaml:3:16
      |
    3 |     image: box:$TAG
      |                ^^^^ has no value
      |
      = help: set it in `.env`, or write `${TAG:-default}`

    1 error, 1 warning
    "#);
}

#[test]
fn editors_have_it_as_json() {
    let ended = on_files(&[("compose.yaml", DOUBTFUL)], &["check", "--format", "json"]).well();
    let found: Vec<serde_json::Value> = serde_json::from_str(&ended.stdout).unwrap();
    let shown: Vec<String> =
        found.iter().map(|one| format!("{}:{}:{}", one["code"], one["line"], one["column"])).collect();
    assert_eq!(shown, ["\"floating-image\":3:12", "\"published-everywhere\":4:13"], "{ended}");
}
