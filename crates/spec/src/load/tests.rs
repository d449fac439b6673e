//! Whole stacks from memory: what they mean, and what people are told about the ones that mean nothing.

use std::collections::BTreeMap;
use std::path::Path;

use diagnostic::render::{Style, json, text};

use super::*;
use crate::MemoryFiles;

mod laws;

/// A stack in `/p`, by file name.
pub(crate) fn load_files(files: &[(&str, &str)]) -> Loaded {
    load_request(&Request { working_dir: "/p".into(), ..Request::default() }, files)
}

fn load_request(request: &Request, files: &[(&str, &str)]) -> Loaded {
    let memory = files
        .iter()
        .fold(MemoryFiles::default(), |memory, (name, text)| memory.with(Path::new("/p").join(name), *text));
    load(request, &memory)
}

/// A stack of one file that means something.
pub(crate) fn project(text: &str) -> Project {
    let loaded = load_files(&[("compose.yaml", text)]);
    let shown = shown(&loaded);
    loaded.project.unwrap_or_else(|| panic!("{shown}"))
}

/// All that people are told.
pub(crate) fn shown(loaded: &Loaded) -> String {
    let style = Style { color: false, width: 140 };
    let shown: Vec<String> = loaded.diagnostics.iter().map(|d| text(&loaded.sources, d, &style)).collect();
    shown.join("\n\n")
}

fn shown_of(text: &str) -> String {
    shown(&load_files(&[("compose.yaml", text)]))
}

#[test]
fn a_small_stack() {
    let project = project(
        "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n    volumes: [data:/d]\nvolumes: {data: ~}\n",
    );
    let web = &project.services["web"];
    assert_eq!((project.name.as_str(), web.image.as_str()), ("p", "nginx"));
    assert_eq!(web.networks.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["default"]);
    assert_eq!(project.networks["default"].name, "p_default");
    assert_eq!(project.volumes["data"].name, "p_data");
    assert_eq!(project.config_files, [Path::new("/p/compose.yaml")]);
}

#[test]
fn a_file_is_told_of_before_the_rest_that_cannot_be_read() {
    for (first, rest) in [("services: {a: 5}", "\n---\n]"), ("services: {a: 5}", "\n---\nx"), ("services: {a: 5}", "")]
    {
        let loaded = load_files(&[("compose.yaml", &format!("{first}{rest}")), ("compose.override.yaml", "]")]);
        let messages: Vec<&str> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(messages, ["services.a must be a mapping"], "{rest:?}");
    }
    let loaded = load_files(&[("compose.yaml", "services: {a: {image: x}}\n---\nx")]);
    assert_eq!(loaded.diagnostics[0].message, "top-level object must be a mapping");
    assert!(loaded.project.is_none());
}

#[test]
fn an_override_beside_the_file_is_merged() {
    let loaded = load_files(&[
        ("compose.yaml", "services: {a: {image: x, environment: {A: 1}}}"),
        ("compose.override.yaml", "services: {a: {image: y, environment: [B=2]}}"),
    ]);
    let a = &loaded.project.unwrap().services["a"];
    assert_eq!(a.image, "y");
    assert_eq!(a.environment.keys().collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn files_are_looked_for_upwards_and_named_by_variables() {
    let files = [("compose.yaml", "services: {a: {image: x}}"), ("sub/other.yaml", "services: {b: {image: x}}")];
    let below = Request { working_dir: "/p/sub/deep".into(), ..Request::default() };
    let loaded = load_request(&below, &files);
    assert_eq!(loaded.project.unwrap().working_dir, Path::new("/p"));

    let named = [("COMPOSE_FILE".to_owned(), "sub/other.yaml;compose.yaml".to_owned())];
    let separator = [("COMPOSE_PATH_SEPARATOR".to_owned(), ";".to_owned())];
    let environment = named.into_iter().chain(separator).collect();
    let request = Request { working_dir: "/p".into(), environment, ..Request::default() };
    let project = load_request(&request, &files).project.unwrap();
    assert_eq!(project.services.len(), 2);
    assert_eq!((project.working_dir.as_path(), project.name.as_str()), (Path::new("/p/sub"), "sub"));
}

#[test]
fn variables_come_from_the_client_then_from_the_env_file() {
    let files = [
        ("compose.yaml", "services: {a: {image: \"$A-$B-${C:-c}\", environment: {D: , E: }}}"),
        (".env", "A=1\nB=2\nD=d\n"),
    ];
    let request = Request {
        working_dir: "/p".into(),
        environment: [("A".to_owned(), "client".to_owned())].into(),
        ..Request::default()
    };
    let loaded = load_request(&request, &files);
    let a = &loaded.project.as_ref().unwrap().services["a"];
    assert_eq!(a.image, "client-2-c");
    assert_eq!(a.environment["D"].as_deref(), Some("d"));
    assert_eq!(a.environment["E"], None);
    for name in ["A", "B", "C", "D", "E", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"] {
        assert!(loaded.referenced.contains(name), "{name}");
    }
    assert!(loaded.inputs.contains(Path::new("/p/.env")));
    assert!(loaded.inputs.contains(Path::new("/p/compose.override.yml")), "missing files are inputs too");
}

#[test]
fn sending_only_what_is_referenced_gives_the_same() {
    let files = [
        ("compose.yaml", "name: n\nservices: {a: {image: \"$A\", environment: [B], env_file: e}}"),
        ("e", "C=$D\nE\n"),
    ];
    let all: BTreeMap<String, String> =
        ["A", "B", "D", "E", "X", "Y"].map(|name| (name.to_owned(), format!("{name}!"))).into();
    let request = Request { working_dir: "/p".into(), environment: all.clone(), ..Request::default() };
    let full = load_request(&request, &files);
    let environment: BTreeMap<_, _> = all.into_iter().filter(|(name, _)| full.referenced.contains(name)).collect();
    assert_eq!(environment.keys().collect::<Vec<_>>(), ["A", "B", "D", "E"]);
    let sparse = load_request(&Request { environment, ..request }, &files);
    assert_eq!(full.project, sparse.project);
}

#[test]
fn env_files_are_merged_below_the_environment() {
    let loaded = load_files(&[
        (
            "compose.yaml",
            "services: {a: {image: x, environment: {A: own, F: f}, env_file: [e1, {path: e2}, {path: e3, format: raw}, {path: no, required: false}]}}",
        ),
        ("e1", "A=1\nB=1\nC=1\nG=$F\n"),
        ("e2", "B=2\nC=${B}-x$A\n"),
        ("e3", "D=$B \"q\"\n"),
    ]);
    let environment = &loaded.project.unwrap().services["a"].environment;
    let shown: Vec<String> =
        environment.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("?"))).collect();
    assert_eq!(shown, ["A=own", "B=2", "C=2-xown", "D=$B \"q\"", "F=f", "G=f"]);
}

#[test]
fn profiles_enable_services() {
    let text = "services: {a: {image: x}, b: {image: x, profiles: [p, q]}, c: {image: x, profiles: [r]}}";
    let with = |profiles: &[&str]| {
        let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        let request = Request { working_dir: "/p".into(), profiles, ..Request::default() };
        let project = load_request(&request, &[("compose.yaml", text)]).project.unwrap();
        assert_eq!(project.services.len() + project.disabled_services.len(), 3);
        project.services.into_keys().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(with(&[]), ["a"]);
    assert_eq!(with(&["q"]), ["a", "b"]);
    assert_eq!(with(&["*"]), ["a", "b", "c"]);
}

#[test]
fn a_profile_without_a_name_is_active_where_none_is_listed() {
    for (listed, expected) in [(None, 1), (Some(""), 1), (Some("p"), 0), (Some("p, "), 1)] {
        let environment = listed.map(|names| ("COMPOSE_PROFILES".to_owned(), names.to_owned()));
        let request =
            Request { working_dir: "/p".into(), environment: environment.into_iter().collect(), ..Request::default() };
        let text = "services: {a: {image: x, profiles: [\"${P:-}\"]}}";
        let project = load_request(&request, &[("compose.yaml", text)]).project.unwrap();
        assert_eq!(project.services.len(), expected, "{listed:?}");
    }
}

#[test]
fn paths_of_an_include_begin_beside_a_project_directory_that_is_no_folder() {
    for (folder, expected) in [("sub", "/p/sub/a"), ("gone", "/p/a"), ("sub/b.yaml", "/p/sub/a"), ("/gone", "/gone/a")]
    {
        let text = format!("include: [{{path: sub/b.yaml, project_directory: {folder}}}]");
        let loaded =
            load_files(&[("compose.yaml", &text), ("sub/b.yaml", "services: {b: {image: x, volumes: ['./a:/a']}}")]);
        assert_eq!(loaded.project.unwrap().services["b"].volumes[0].source, expected, "{folder}");
    }
}

/// What is said first of a service with these keys, with and without its variables filled in.
fn check_first(keys: &str, expected: &str) {
    let text = format!("services: {{a: {{image: x, {keys}}}}}");
    let files = MemoryFiles::default().with("/p/compose.yaml", text);
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    for interpolate in [true, false] {
        let options = Options { interpolate, stop_at_tree: !interpolate, ..Options::default() };
        let loaded = load_with(&request, &files, options);
        let first = loaded.diagnostics.iter().find(|found| found.is_error());
        assert_eq!(first.map_or("", |found| found.message.as_str()), expected, "{keys} {interpolate}");
    }
}

#[test]
fn what_is_said_first() {
    check_first("ports: [b], foo: 1", "services.a additional properties 'foo' not allowed");
    check_first("ports: [1.5], foo: 1", "services.a additional properties 'foo' not allowed");
    check_first("ports: [1.5]", "services.a.ports: invalid type float64 for port");
    check_first("volumes: [''], foo: 1", "invalid empty volume spec");
    check_first("ports: [{published: '1'}], foo: 1", "service ports services.a.ports.[0] is missing a target port");
    check_first("environment: [{a: b}]", "services.a.environment.[0]: unexpected type map[string]interface {}");
    check_first("secrets: [1]", "services.a.secrets.[0]: unsupported expose value %!s(int=1)");
    check_first("build: {context: ., ssh: [x]}", "invalid ssh key \"x\"");
    check_first(
        "build: {context: ., ulimits: {n: '5'}}",
        "services.a.build.ulimits.n: invalid type string for external",
    );
    check_first("ulimits: {n: 1e3}", "services.a.ulimits.n: invalid type float64 for external");
    check_first("ports: [{target: }]", "services.a.ports.0.target must be a integer or string");
    check_first("extends: ", "cannot extend service \"a\" in /p/compose.yaml: service \"\" not found");
    check_first("extends: [b]", "cannot extend service \"a\" in /p/compose.yaml: service \"\" not found");
    check_first("extends: {file: b}", "extends.a.service is required");
}

#[test]
fn an_address_that_is_empty_is_none() {
    let shown = shown_of("services: {a: {image: x, ports: [{target: 80, host_ip: \"${NOPE:-}\"}]}}");
    assert!(shown.contains("services.a.ports.[]: invalid ip address: "), "{shown}");
}

#[test]
fn a_file_that_fills_in_without_end_is_told_of_once() {
    let environment = [("Z".to_owned(), "x".repeat(1 << 20))].into();
    let request = Request { working_dir: "/p".into(), environment, ..Request::default() };
    let text = format!("services: {{a: {{image: x, labels: [{}]}}}}\nname: {}", "$Z, ".repeat(100), "$Z".repeat(100));
    let loaded = load_request(&request, &[("compose.yaml", &text)]);
    let told: Vec<&str> = loaded.diagnostics.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(told, ["variables fill in more than 64 MiB"]);
}

#[test]
fn services_are_taken_away_by_their_tag_whatever_they_are() {
    for tagged in ["!reset null", "!reset word", "!reset [a]", "!reset {b: {image: x}}"] {
        let files = [
            ("compose.yaml", "services: {a: {image: x}}"),
            ("compose.override.yaml", &format!("services: {tagged}\nname: q")),
        ];
        let loaded = load_files(&files);
        assert!(
            loaded.project.is_some_and(|project| project.services.is_empty()),
            "{tagged}: {:?}",
            loaded.diagnostics
        );
    }
}

#[test]
fn the_old_form_of_external_is_open_for_secrets_and_configs() {
    for (section, is_open) in [("networks", false), ("volumes", false), ("secrets", true), ("configs", true)] {
        let text = format!("services: {{a: {{image: x}}}}\n{section}: {{b: {{external: {{name: c, other: d}}}}}}");
        assert_eq!(load_files(&[("compose.yaml", &text)]).project.is_some(), is_open, "{section}");
    }
}

#[test]
fn nothing_is_held_against_the_schema_when_it_is_not_to_be() {
    let text = "version: '3'\nservices: {a: {image: x, depends_on: {$A: }, foo: 1}}";
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    let options = Options { interpolate: false, validate: false, stop_at_tree: true, ..Options::default() };
    let loaded = load_with(&request, &MemoryFiles::default().with("/p/compose.yaml", text), options);
    assert!(loaded.diagnostics.is_empty(), "{}", super::tests::shown(&loaded));
    assert_eq!(loaded.tree.unwrap().names("services"), ["a"]);
}

#[test]
fn patterns_of_a_watch_are_lists() {
    let text = "services: {a: {image: x, develop: {watch: [{path: ., action: rebuild, ignore: b}]}}}";
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    let options = Options { interpolate: false, stop_at_tree: true, ..Options::default() };
    let loaded = load_with(&request, &MemoryFiles::default().with("/p/compose.yaml", text), options);
    let tree: serde_json::Value = serde_json::from_str(&loaded.tree.unwrap().json()).unwrap();
    assert_eq!(tree["services"]["a"]["develop"]["watch"][0]["ignore"], serde_json::json!(["b"]));
}

#[test]
fn a_port_that_cannot_be_read_is_told_beside_what_does_not_fit() {
    let loaded = load_files(&[("compose.yaml", "services: {a: {image: x, ports: [b, c], foo: 1}}")]);
    let messages: Vec<&str> = loaded.diagnostics.iter().map(|found| found.message.as_str()).collect();
    let unknown = "services.a additional properties 'foo' not allowed";
    assert_eq!(messages, [unknown, "invalid containerPort: b", "invalid containerPort: c"]);
}

#[test]
fn a_tree_is_named_after_the_project_when_it_is_normalized() {
    for (given, file, normalize, expected) in [
        (Some("given"), "name: $N\n", true, "  \"name\": \"given\""),
        (Some("given"), "name: $N\n", false, "  \"name\": \"$N\""),
        (Some("given"), "", false, "{\n  \"services\""),
        (None, "name: a${N:-n}\n", true, "  \"name\": \"an-n\""),
    ] {
        let project_name = given.map(str::to_owned);
        let request = Request { working_dir: "/p".into(), project_name, ..Request::default() };
        let files = MemoryFiles::default().with("/p/compose.yaml", format!("{file}services: {{a: {{image: x}}}}"));
        let options = Options { interpolate: false, stop_at_tree: true, normalize, ..Options::default() };
        let json = load_with(&request, &files, options).tree.unwrap().json();
        assert!(json.contains(expected), "{json}");
    }
}

#[test]
fn the_name_is_found_even_when_the_file_is_broken() {
    let name = |request: &Request, text: &str| {
        project_name(request, &MemoryFiles::default().with("/p/compose.yaml", text)).map(String::from)
    };
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    assert_eq!(name(&request, "name: My-App\nservices: 5").as_deref(), Some("my-app"));
    assert_eq!(name(&request, "name: ${X:-x}\n").as_deref(), Some("x"));
    assert_eq!(name(&request, "services: [").as_deref(), Some("p"));
    assert_eq!(name(&Request { project_name: Some("Given".into()), ..request }, "[").as_deref(), Some("given"));
}

#[test]
fn a_file_that_is_not_there() {
    let request = Request { working_dir: "/p".into(), config_files: vec!["x.yaml".into()], ..Request::default() };
    let loaded = load_request(&request, &[]);
    assert_eq!(loaded.diagnostics[0].message, "open /p/x.yaml: no such file or directory");
    assert!(loaded.inputs.contains(Path::new("/p/x.yaml")));
    insta::assert_snapshot!(shown(&load_files(&[])), @r#"
    error[no-file]: no configuration file provided: not found
     |
     = note: looked for compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml in /p and the folders above
     = help: name a file with `-f`, or go to the folder of the stack
    "#);
}

#[test]
fn files_without_content() {
    assert_eq!(load_files(&[("compose.yaml", "# nothing\n")]).diagnostics[0].message, "empty compose file");
    assert_eq!(load_files(&[("compose.yaml", "- a\n")]).diagnostics[0].message, "top-level object must be a mapping");
    let both = load_files(&[("compose.yaml", "services: {a: {image: x}}"), ("compose.override.yaml", "#")]);
    assert!(both.project.is_some(), "an empty file beside another one says nothing");
}

#[test]
fn names_that_are_none() {
    let request = Request { working_dir: "/p".into(), project_name: Some("Bad Name".into()), ..Request::default() };
    let loaded = load_request(&request, &[("compose.yaml", "services: {a: {image: x}}")]);
    assert!(loaded.diagnostics[0].message.starts_with("invalid project name \"Bad Name\": must consist only of"));
    let request = Request {
        working_dir: "/".into(),
        config_files: vec!["/p/c".into()],
        project_directory: Some("/".into()),
        ..Request::default()
    };
    let loaded = load_request(&request, &[("c", "services: {a: {image: x}}")]);
    assert_eq!(loaded.diagnostics[0].message, "project name must not be empty");
}

#[test]
fn a_key_nobody_knows() {
    insta::assert_snapshot!(shown_of("services:\n  web:\n    image: nginx\n    enviroment:\n      A: b\n"), @r#"
    error[unknown-key]: services.web additional properties 'enviroment' not allowed
     --> compose.yaml:4:5
      |
    4 |     enviroment:
      |     ^^^^^^^^^^ no such key
      |
      = help: did you mean `environment` instead of `enviroment`?
    "#);
}

#[test]
fn a_value_of_the_wrong_type() {
    insta::assert_snapshot!(shown_of("services:\n  web:\n    image: nginx\n    command: [sleep, 5]\n"), @r#"
    error[wrong-type]: services.web.command.1 must be a string
     --> compose.yaml:4:22
      |
    4 |     command: [sleep, 5]
      |                      ^ this is the number 5
      |
      = help: write it in quotes: `"5"`
    "#);
}

#[test]
fn a_variable_that_is_required() {
    let text = "services:\n  web:\n    image: nginx:${TAG:?say which}\n    tty: ${A-maybe}\n    labels: {x: '$B ${'}\n";
    insta::assert_snapshot!(shown_of(text), @r#"
    error[required-variable]: error while interpolating services.web.image: required variable TAG is missing a value: say which
     --> compose.yaml:3:18
      |
    3 |     image: nginx:${TAG:?say which}
      |                  ^^^^^^^^^^^^^^^^^ `TAG` has no value
      |
      = help: set `TAG` in `.env` or in the environment

    warning[unset-variable]: The "B" variable is not set. Defaulting to a blank string.
     --> compose.yaml:5:18
      |
    5 |     labels: {x: '$B ${'}
      |                  ^^ has no value
      |
      = help: set it in `.env`, or write `${B:-default}`

    error[invalid-interpolation]: invalid interpolation format for services.web.labels.x.
                                  You may need to escape any $ with another $.
                                  $B ${
     --> compose.yaml:5:21
      |
    5 |     labels: {x: '$B ${'}
      |                     ^ not a variable
      |
      = help: write `$$` for a literal `$`, or `${NAME}` for a variable

    error[cast-failed]: error while interpolating services.web.tty: failed to cast to expected type: invalid boolean: maybe
     --> compose.yaml:4:10
      |
    4 |     tty: ${A-maybe}
      |          ^^^^^^^^^^ this is "maybe"
    "#);
}

#[test]
fn broken_yaml() {
    insta::assert_snapshot!(shown_of("services:\n  web:\n    image: \"nginx\n"), @r#"
    error[yaml-syntax]: failed to parse /p/compose.yaml: go-yaml load error in scanner (while scanning a quoted scalar) at L3.C12-L4.C1: found unexpected end of stream
     --> compose.yaml:3:19
      |
    3 |     image: "nginx
      |            -     ^ found unexpected end of stream
      |            |
      |            while scanning a quoted scalar
    "#);
}

#[test]
fn a_service_there_twice() {
    insta::assert_snapshot!(shown_of("services:\n  web: {image: a}\n  db: {image: b}\n  web: {image: c}\n"), @r#"
    error[yaml-invalid]: failed to parse /p/compose.yaml: yaml: construct errors: line 1: line 4: mapping key "web" already defined at line 2
     --> compose.yaml:4:3
      |
    2 |   web: {image: a}
      |   --- first defined here
    3 |   db: {image: b}
    4 |   web: {image: c}
      |   ^^^ defined again here
      |
      = help: keep one of the two
    "#);
}

#[test]
fn an_env_file_with_an_open_quote() {
    let loaded = load_files(&[("compose.yaml", "services: {a: {image: x}}"), (".env", "A=1\nB=\"x\nC=2\n")]);
    insta::assert_snapshot!(shown(&loaded), @r#"
    error[env-file-invalid]: failed to read /p/.env: line 4: unterminated quoted value "x
     --> .env:2:3
      |
    2 | B="x
      |   ^^ this quote is never closed
      |
      = help: close the quote, or leave it out: a value without quotes ends with its line
    "#);
}

#[test]
fn an_env_file_that_is_missing() {
    insta::assert_snapshot!(shown_of("services:\n  a:\n    image: x\n    env_file:\n      - no.env\n"), @r#"
    error[env-file-missing]: env file /p/no.env not found: stat /p/no.env: no such file or directory
     --> compose.yaml:5:9
      |
    5 |       - no.env
      |         ^^^^^^ no such file or directory
      |
      = help: write `required: false` beside `path:` where it may be missing
    "#);
}

#[test]
fn an_error_in_the_second_file_points_there() {
    let loaded = load_files(&[
        ("compose.yaml", "services: {a: {image: x}}"),
        ("compose.override.yaml", "services:\n  a:\n    ports: ['99999:80']\n"),
    ]);
    insta::assert_snapshot!(shown(&loaded), @r#"
    error[invalid-item]: invalid hostPort: 99999
     --> compose.override.yaml:3:13
      |
    3 |     ports: ['99999:80']
      |             ^^^^^^^^^^
    "#);
}

#[test]
fn a_command_that_is_cut() {
    insta::assert_snapshot!(shown_of("services:\n  a:\n    image: x\n    command: sleep 5 && echo x\n"), @r#"
    warning[command-cut]: `command` ends before `&& echo x`: a command is not run by a shell
     --> compose.yaml:4:14
      |
    4 |     command: sleep 5 && echo x
      |              ^^^^^^^^^^^^^^^^^ the rest is dropped, as docker compose does
      |
      = help: write `command: ["sh", "-c", "…"]` to have a shell, or quote the character
    "#);
}

#[test]
fn extension_keys_are_kept_by_path() {
    let project =
        project("x-a: {b: [1, ~]}\nservices: {web: {image: x, x-c: $$1, labels: {x-d: e}, build: {x-f: 2.5}}}");
    let shown: Vec<String> = project.extensions.iter().map(|(path, value)| format!("{path}={value}")).collect();
    assert_eq!(shown, ["services/web/build/x-f=2.5", "services/web/x-c=\"$1\"", "x-a={\"b\":[1,null]}"]);
}

#[test]
fn a_file_may_come_from_standard_input() {
    let request = Request {
        working_dir: "/p".into(),
        config_files: vec!["-".into()],
        stdin: Some("services: {a: {image: x, volumes: [./d:/d], env_file: e}}".to_owned()),
        ..Request::default()
    };
    let loaded = load_request(&request, &[("e", "A=1")]);
    let project = loaded.project.unwrap();
    assert_eq!((project.name.as_str(), project.services["a"].volumes[0].source.as_str()), ("p", "/p/d"));
    assert_eq!(project.services["a"].environment["A"].as_deref(), Some("1"));
    assert_eq!(project.config_files, [Path::new("-")]);
    assert!(loaded.inputs.iter().all(|path| path.is_absolute()), "nobody watches what is no file");
}

#[test]
fn a_target_that_is_given_is_the_target_even_without_a_word() {
    let text =
        "services: {a: {image: x, secrets: [{source: s, target: ''}, t]}}\nsecrets: {s: {file: s}, t: {file: t}}";
    let secrets = &project(text).services["a"].secrets;
    assert_eq!(secrets.iter().map(|used| used.target.as_str()).collect::<Vec<_>>(), ["", "/run/secrets/t"]);
}

#[test]
fn an_old_word_for_a_pull_policy_is_spelled_out_by_normalizing_alone() {
    let files =
        MemoryFiles::default().with("/p/compose.yaml", "services: {a: {image: x, pull_policy: if_not_present}}");
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    let policy = |normalize: bool| {
        let options = Options { normalize, consistency: false, ..Options::default() };
        load_with(&request, &files, options).project.unwrap().services["a"].pull_policy.clone()
    };
    assert_eq!((policy(true).as_str(), policy(false).as_str()), ("missing", "if_not_present"));
}
