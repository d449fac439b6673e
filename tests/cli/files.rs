//! Files with mistakes in them: every mistake with its place and the next thing to try, exit code 1, nothing on
//! standard output, and no engine needed to be told.

use support::folder::Folder;
use support::programs::run;

use crate::{composectl, on_files};

/// What `up -d` on one file says.
fn check(text: &str) -> String {
    on_files(&[("compose.yaml", text)], &["up", "-d"]).to_string()
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    insta::assert_snapshot!(check("services:\n  web:\n    image: box\n    enviroment: {A: b}\n"), @"
    exit 1
    --- stderr
    validating [folder]/compose.yaml: services.web additional properties 'enviroment' not allowed
     --> compose.yaml:4:5
      |
    4 |     enviroment: {A: b}
      |     ^^^^^^^^^^ no such key
      |
      = help: did you mean `environment` instead of `enviroment`?
    ");
}

#[test]
fn a_wrong_type_is_told_with_what_is_there() {
    insta::assert_snapshot!(check("services:\n  web:\n    image: box\n    ports: 80\n"), @"
    exit 1
    --- stderr
    validating [folder]/compose.yaml: services.web.ports must be a array
     --> compose.yaml:4:12
      |
    4 |     ports: 80
      |            ^^ this is the number 80
    ");
}

#[test]
fn an_undefined_network_is_told_with_its_neighbour() {
    let text = "services:\n  web:\n    image: box\n    networks: [front]\nnetworks:\n  frnt: {}\n";
    insta::assert_snapshot!(check(text), @r#"
    exit 1
    --- stderr
    service "web" refers to undefined network front: invalid compose project
     --> compose.yaml:4:16
      |
    4 |     networks: [front]
      |                ^^^^^ no network named `front`
      |
      = help: a network with a similar name is defined: `frnt`
    "#);
}

#[test]
fn an_undefined_volume_is_told() {
    insta::assert_snapshot!(check("services:\n  db:\n    image: box\n    volumes: [\"data:/data\"]\n"), @r#"
    exit 1
    --- stderr
    service "db" refers to undefined volume data: invalid compose project
     --> compose.yaml:4:15
      |
    4 |     volumes: ["data:/data"]
      |               ^^^^^^^^^^^^ no volume named `data`
      |
      = help: declare it at the top level: `volumes: {data: {}}`; a folder starts with `./`
    "#);
}

#[test]
fn an_undefined_service_is_told() {
    let text = "services:\n  web:\n    image: box\n    depends_on: [dbb]\n  db:\n    image: box\n";
    insta::assert_snapshot!(check(text), @r#"
    exit 1
    --- stderr
    service "web" depends on undefined service "dbb": invalid compose project
     --> compose.yaml:4:18
      |
    4 |     depends_on: [dbb]
      |                  ^^^ no service named `dbb`
      |
      = help: a service with a similar name is defined: `db`
    "#);
}

#[test]
fn a_cycle_is_told_with_every_edge_of_it() {
    let text = "services:
  a:
    image: box
    depends_on: [b]
  b:
    image: box
    depends_on:
      c: {condition: service_healthy}
  c:
    image: box
    depends_on: [a]
";
    insta::assert_snapshot!(check(text), @"
    exit 1
    --- stderr
    dependency cycle detected: a -> b -> c -> a
      --> compose.yaml:4:18
       |
     4 |     depends_on: [b]
       |                  ^ `a` waits for `b`
    ...
     8 |       c: {condition: service_healthy}
       |       - `b` waits for `c`
    ...
    11 |     depends_on: [a]
       |                  - `c` waits for `a`
       |
       = help: remove one of these entries: none of the services could ever start
    ");
}

#[test]
fn a_required_variable_that_is_not_set_is_told_in_its_own_words() {
    insta::assert_snapshot!(check("services:\n  db:\n    image: \"box:${TAG:?say which box}\"\n"), @r#"
    exit 1
    --- stderr
    error while interpolating services.db.image: required variable TAG is missing a value: say which box
     --> compose.yaml:3:17
      |
    3 |     image: "box:${TAG:?say which box}"
      |                 ^^^^^^^^^^^^^^^^^^^^^ `TAG` has no value
      |
      = help: set `TAG` in `.env` or in the environment
    "#);
}

#[test]
fn broken_yaml_is_told_with_its_place() {
    insta::assert_snapshot!(check("services:\n  web:\n    image: [box\n  db:\n    image: box\n"), @"
    exit 1
    --- stderr
    failed to parse [folder]/compose.yaml: go-yaml load error in parser (while parsing a flow sequence) at L3.C12-L4.C5: did not find expected ',' or ']'
     --> compose.yaml:4:5
      |
    3 |     image: [box
      |            - while parsing a flow sequence
    4 |   db:
      |     ^ did not find expected ',' or ']'
    ");
}

#[test]
fn a_billion_laughs_stay_a_message() {
    let mut text = "x-0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let before = format!("*x{}", level - 1);
        text += &format!("x-{level}: &x{level} [{}]\n", [before.as_str(); 10].join(", "));
    }
    text += "services: {web: {image: box, labels: *x9}}\n";
    insta::assert_snapshot!(check(&text), @"
    exit 1
    --- stderr
    failed to parse [folder]/compose.yaml: yaml: construct errors: line 1: compose file exceeds maximum node visit limit (100000)
     --> compose.yaml:5:46
      |
    5 | x-4: &x4 [*x3, *x3, *x3, *x3, *x3, *x3, *x3, *x3, *x3, *x3]
      |                                              ^^^ the limit is passed here
      |
      = note: aliases count at every use
    ");
}

/// A stack with a build that needs BuildKit, which nothing speaks yet.
const UNBUILT: [(&str, &str); 1] = [(
    "compose.yaml",
    "name: shop\nservices:\n  web:\n    image: box\n    build:\n      context: .\n      privileged: true\n",
)];

#[test]
fn what_nothing_carries_out_yet_is_refused_by_whatever_would_act() {
    let told = "
    exit 1
    --- stderr
    services.web.build.privileged is not supported yet
     --> compose.yaml:7:7
      |
    7 |       privileged: true
      |       ^^^^^^^^^^ part of the Compose Specification, not carried out here yet
    ";
    let told: Vec<&str> = told.trim().lines().map(str::trim).collect();
    for verb in [&["up", "-d"][..], &["plan"], &["up", "--dry-run"]] {
        let ended = on_files(&UNBUILT, verb).to_string();
        assert_eq!(ended.trim().lines().map(str::trim).collect::<Vec<_>>(), told, "{verb:?}");
    }
}

#[test]
fn what_nothing_carries_out_yet_can_be_looked_at() {
    insta::assert_snapshot!(on_files(&UNBUILT, &["config"]).to_string(), @"
    exit 0
    --- stdout
    name: shop
    services:
      web:
        build:
          context: [folder]
          dockerfile: Dockerfile
          privileged: true
        image: box
        networks:
          default: null
    networks:
      default:
        name: shop_default
    ");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = "services:
  web:
    image: box
    depends_on: [dbb]
    networks: [front]
    volumes: [\"dta:/data\"]
  db:
    image: box
    depends_on: {cache: {condition: service_healthy}}
volumes:
  data: {}
";
    insta::assert_snapshot!(check(text), @r#"
    exit 1
    --- stderr
    service "db" depends on undefined service "cache": invalid compose project
     --> compose.yaml:9:18
      |
    9 |     depends_on: {cache: {condition: service_healthy}}
      |                  ^^^^^ no service named `cache`

    error[undefined-network]: service "web" refers to undefined network front: invalid compose project
     --> compose.yaml:5:16
      |
    5 |     networks: [front]
      |                ^^^^^ no network named `front`
      |
      = help: declare it at the top level: `networks: {front: {}}`

    error[undefined-service]: service "web" depends on undefined service "dbb": invalid compose project
     --> compose.yaml:4:18
      |
    4 |     depends_on: [dbb]
      |                  ^^^ no service named `dbb`
      |
      = help: a service with a similar name is defined: `db`

    error[undefined-volume]: service "web" refers to undefined volume dta: invalid compose project
     --> compose.yaml:6:15
      |
    6 |     volumes: ["dta:/data"]
      |               ^^^^^^^^^^^ no volume named `dta`
      |
      = help: a volume with a similar name is defined: `data`
    "#);
}

#[test]
fn mistakes_of_a_second_file_are_told_with_its_name() {
    let files = [
        ("compose.yaml", "services:\n  web:\n    image: box\n"),
        ("more.yaml", "services:\n  web:\n    restrat: always\n"),
    ];
    insta::assert_snapshot!(on_files(&files, &["-f", "more.yaml", "up", "-d"]).to_string(), @"
    exit 1
    --- stderr
    validating [folder]/more.yaml: services.web additional properties 'restrat' not allowed
     --> more.yaml:3:5
      |
    3 |     restrat: always
      |     ^^^^^^^ no such key
      |
      = help: did you mean `restart` instead of `restrat`?
    ");
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_path() {
    let folder = Folder::new();
    let ended = run(&mut composectl(&folder, &["-f", "nope.yaml", "up", "-d"])).in_folder(&folder);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    open [folder]/nope.yaml: no such file or directory
    ");
}

#[test]
fn a_folder_in_place_of_a_file_is_told() {
    let folder = Folder::new();
    let ended = run(&mut composectl(&folder, &["-f", "home", "up", "-d"])).in_folder(&folder);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    open [folder]/home: is a directory
    ");
}

#[test]
fn no_file_at_all_is_told_with_what_was_looked_for() {
    let folder = Folder::new();
    let ended = run(&mut composectl(&folder, &["up", "-d"])).in_folder(&folder);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    no configuration file provided: not found
    note: looked for compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml in [folder] and the folders above
    help: name a file with `-f`, or go to the folder of the stack
    ");
}

#[test]
fn an_environment_file_that_is_not_there_is_told() {
    let text = "services:\n  web:\n    image: box\n    env_file: web.env\n";
    insta::assert_snapshot!(check(text), @"
    exit 1
    --- stderr
    env file [folder]/web.env not found: stat [folder]/web.env: no such file or directory
     --> compose.yaml:4:15
      |
    4 |     env_file: web.env
      |               ^^^^^^^ no such file or directory
      |
      = help: write `required: false` beside `path:` where it may be missing
    ");
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    if rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root may read everything");
        return;
    }
    let folder = Folder::new();
    folder.write("compose.yaml", "services: {}\n");
    std::fs::set_permissions(folder.join("compose.yaml"), std::fs::Permissions::from_mode(0o0)).unwrap();
    let ended = run(&mut composectl(&folder, &["up", "-d"])).in_folder(&folder);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    error[file-unreadable]: open [folder]/compose.yaml: permission denied
    ");
}

#[test]
fn a_service_that_is_not_in_the_file_is_told() {
    let ended = on_files(&[("compose.yaml", "services:\n  web:\n    image: box\n")], &["up", "-d", "wbe"]);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    no such service: wbe
    help: `composectl config --services` lists the services of the project
    ");
}

#[test]
fn a_broken_file_keeps_nobody_from_naming_a_project() {
    let files = [("compose.yaml", "services: [")];
    // The name is enough to ask the engine, which is what fails here.
    insta::assert_snapshot!(on_files(&files, &["-p", "shop", "ps"]).to_string(), @"
    exit 1
    --- stderr
    failed to parse [folder]/compose.yaml: go-yaml load error in parser (while parsing a flow node) at L2.C1: did not find expected node content
     --> compose.yaml:1:12
      |
    1 | services: [
      |            ^
      |            |
      |            did not find expected node content
      |            while parsing a flow node

    list containers: cannot connect to the engine at unix://[folder]/none.sock: No such file or directory (os error 2)
    help: is the engine running, and does DOCKER_HOST name its socket?
    ");
}

#[test]
fn warnings_come_first_as_lines_that_log_collectors_parse() {
    let text = "version: '3'\nservices:\n  web:\n    image: box:$TAG\n    command: ${A-$B}\n    depends_on: [db]\n";
    let ended = on_files(&[("compose.yaml", text)], &["up", "-d"]);
    let time = ended.stderr.strip_prefix("time=\"").and_then(|rest| rest.split('"').next()).unwrap_or_default();
    assert!(time.starts_with("20"), "{ended}");
    insta::assert_snapshot!(ended.to_string().replace(time, "[time]"), @r#"
    exit 1
    --- stderr
    time="[time]" level=warning msg="The \"B\" variable is not set. Defaulting to a blank string."
    time="[time]" level=warning msg="The \"TAG\" variable is not set. Defaulting to a blank string."
    time="[time]" level=warning msg="[folder]/compose.yaml: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion"
    service "web" depends on undefined service "db": invalid compose project
     --> compose.yaml:6:18
      |
    6 |     depends_on: [db]
      |                  ^^ no service named `db`
    "#);
}

#[test]
fn a_text_the_parser_gives_up_on_is_a_message_and_no_panic() {
    insta::assert_snapshot!(check("services: [!t, a]\n"), @"
    exit 1
    --- stderr
    failed to parse [folder]/compose.yaml: this cannot be read as YAML
     --> compose.yaml:1:12
      |
    1 | services: [!t, a]
      |            ^ somewhere after this
    ");
}
