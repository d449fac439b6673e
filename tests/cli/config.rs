//! `config`: what the files come to, as YAML, JSON, lists and hashes. No daemon; an engine for digests alone.

use support::folder::Folder;
use support::programs::run;

use crate::fake_engine::FakeEngine;
use crate::{composectl, on_files};

const STACK: &str = "name: shop
services:
  web:
    image: box:${TAG:-1}
    depends_on: [db]
    networks: [front]
  db:
    image: box:1
    volumes: [\"data:/data\"]
    env_file: db.env
volumes: {data: {}}
networks: {front: {}}
";

fn check(args: &[&str]) -> String {
    on_files(&[("compose.yaml", STACK), ("db.env", "SECRET=s\n")], args).to_string()
}

#[test]
fn it_prints_the_whole_project_as_yaml() {
    insta::assert_snapshot!(check(&["config"]), @"
    exit 0
    --- stdout
    name: shop
    services:
      db:
        environment:
          SECRET: s
        image: box:1
        networks:
          default: null
        volumes:
          - type: volume
            source: data
            target: /data
            volume: {}
      web:
        depends_on:
          db:
            condition: service_started
            required: true
        image: box:1
        networks:
          front: null
    networks:
      default:
        name: shop_default
      front:
        name: shop_front
    volumes:
      data:
        name: shop_data
    ");
}

#[test]
fn it_prints_the_whole_project_as_json() {
    insta::assert_snapshot!(check(&["config", "--format", "json"]), @r#"
    exit 0
    --- stdout
    {
      "name": "shop",
      "networks": {
        "default": {
          "name": "shop_default",
          "ipam": {}
        },
        "front": {
          "name": "shop_front",
          "ipam": {}
        }
      },
      "services": {
        "db": {
          "command": null,
          "entrypoint": null,
          "environment": {
            "SECRET": "s"
          },
          "image": "box:1",
          "networks": {
            "default": null
          },
          "volumes": [
            {
              "type": "volume",
              "source": "data",
              "target": "/data",
              "volume": {}
            }
          ]
        },
        "web": {
          "command": null,
          "depends_on": {
            "db": {
              "condition": "service_started",
              "required": true
            }
          },
          "entrypoint": null,
          "image": "box:1",
          "networks": {
            "front": null
          }
        }
      },
      "volumes": {
        "data": {
          "name": "shop_data"
        }
      }
    }(no newline)
    "#);
}

#[test]
fn it_lists() {
    insta::assert_snapshot!(check(&["config", "--services"]), @"
    exit 0
    --- stdout
    db
    web
    ");
    insta::assert_snapshot!(check(&["config", "--volumes"]), @"
    exit 0
    --- stdout
    data
    ");
    insta::assert_snapshot!(check(&["config", "--networks"]), @"
    exit 0
    --- stdout
    default
    front
    ");
    insta::assert_snapshot!(check(&["config", "--images"]), @"
    exit 0
    --- stdout
    box:1
    box:1
    ");
}

#[test]
fn names_are_listed_without_the_files_of_variables() {
    let stack = "name: s\nservices:\n  web: {image: box, env_file: gone.env, models: [llm], volumes: [data:/d]}
volumes: {data: {}}\nmodels: {llm: {model: ai/small}}\n";
    let check = |list: &str| on_files(&[("compose.yaml", stack)], &["config", list]);
    for (list, expected) in
        [("--services", "web\n"), ("--volumes", "data\n"), ("--networks", "default\n"), ("--models", "ai/small\n")]
    {
        let ended = check(list);
        assert_eq!(ended.stdout, expected, "{ended}");
    }
    let images = check("--images");
    assert!(images.stderr.contains("gone.env not found"), "{images}");
}

#[test]
fn names_are_listed_where_two_services_want_one_containers_name() {
    let stack = "services:\n  a: {image: box, container_name: one}\n  b: {image: box, container_name: one}\n";
    let check = |args: &[&str]| on_files(&[("compose.yaml", stack)], args);
    for (list, expected) in [("--services", "a\nb\n"), ("--images", "box\nbox\n")] {
        let ended = check(&["config", list]);
        assert_eq!(ended.stdout, expected, "{ended}");
    }
    let printed = check(&["config"]);
    assert!(printed.stderr.contains("is already in use by service"), "{printed}");
}

#[test]
fn variables_are_listed_where_the_schema_wants_something_else() {
    let stack = "version: '3'\nservices: {web: {image: box, depends_on: {'$A': }, foo: $B, networks: [n]}}
networks: {n: {external: {name: $C}}}\n";
    let ended = on_files(&[("compose.yaml", stack)], &["config", "--variables"]);
    let names: Vec<&str> = ended.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["NAME", "B", "C"], "{ended}");
    assert!(ended.stderr.contains("external.name is deprecated"), "{ended}");
    assert!(!ended.stderr.contains("obsolete"), "{ended}");
}

#[test]
fn it_hashes() {
    insta::assert_snapshot!(check(&["config", "--hash", "*"]), @"
    exit 0
    --- stdout
    db a48467975ed20891f4139ca41c9eed1d6602167da568883c722ff8de836d96f8
    web c7f2fc1953b2b7c5d1526181616e1b778d465d80047f3bee74f8b84266eeb98d
    ");
    insta::assert_snapshot!(check(&["config", "--hash", "db"]), @"
    exit 0
    --- stdout
    db a48467975ed20891f4139ca41c9eed1d6602167da568883c722ff8de836d96f8
    ");
    insta::assert_snapshot!(check(&["config", "--hash", "nope"]), @"
    exit 1
    --- stderr
    no such service: nope: not found
    help: `composectl config --services` lists the services of the project
    ");
}

#[test]
fn it_only_checks_when_it_is_to_be_quiet() {
    assert_eq!(check(&["config", "--quiet"]), "exit 0\n");
}

#[test]
fn it_shows_the_named_services_and_what_they_need() {
    let stack = "name: shop
services:
  web: {image: box, depends_on: [db], networks: [front]}
  db: {image: box, volumes: ['data:/d']}
  job: {image: job, profiles: [jobs], volumes: ['work:/w']}
  other: {image: box, volumes: ['more:/d']}
volumes: {data: {}, work: {}, more: {}}
networks: {front: {}}
";
    let check = |args: &[&str]| on_files(&[("compose.yaml", stack)], args).to_string();
    let names = |args: &[&str]| {
        let shown = check(args);
        let keys =
            shown.lines().filter(|line| line.ends_with(':') && line.starts_with("  ") && !line.starts_with("   "));
        keys.map(|line| line.trim().trim_end_matches(':').to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&["config", "web"]), "db web default front data");
    assert_eq!(names(&["config", "job"]), "job default work");
    insta::assert_snapshot!(check(&["config", "--images", "db", "job"]), @"
    exit 0
    --- stdout
    box
    job
    ");
    insta::assert_snapshot!(check(&["config", "--services", "db"]), @"
    exit 0
    --- stdout
    db
    other
    web
    ");
    insta::assert_snapshot!(check(&["config", "--profiles"]), @"
    exit 0
    --- stdout
    jobs
    ");
    insta::assert_snapshot!(check(&["config", "--quiet", "nope"]), @"
    exit 1
    --- stderr
    no such service: nope
    help: `composectl config --services` lists the services of the project
    ");
}

#[test]
fn it_lists_the_variables_that_are_mentioned() {
    let stack = "services: {web: {image: 'box:${TAG:-1}', user: '${USER_ID:?who}', labels: ['a=${A:+$B}']}}\n";
    let check = |args: &[&str]| on_files(&[("compose.yaml", stack)], args).to_string();
    insta::assert_snapshot!(check(&["config", "--variables"]), @"
    exit 0
    --- stdout
    NAME                REQUIRED            DEFAULT VALUE       ALTERNATE VALUE
    A                   false                                   $B
    B                   false                                   
    TAG                 false               1                   
    USER_ID             true
    ");
    insta::assert_snapshot!(check(&["config", "--variables", "--format", "json"]), @r#"
    exit 0
    --- stdout
    {
        "A": {
            "Name": "A",
            "DefaultValue": "",
            "PresenceValue": "$B",
            "Required": false
        },
        "B": {
            "Name": "B",
            "DefaultValue": "",
            "PresenceValue": "",
            "Required": false
        },
        "TAG": {
            "Name": "TAG",
            "DefaultValue": "1",
            "PresenceValue": "",
            "Required": false
        },
        "USER_ID": {
            "Name": "USER_ID",
            "DefaultValue": "",
            "PresenceValue": "",
            "Required": true
        }
    }
    "#);
}

#[test]
fn it_lists_the_variables_that_are_filled_in_with() {
    let files = [("compose.yaml", "name: shop\nservices: {}\n"), (".env", "A=1\nB=x y\n")];
    let ended = on_files(&files, &["config", "--environment"]);
    let ours = |line: &&str| ["A=", "B=", "COMPOSE_PROJECT_NAME="].iter().any(|name| line.starts_with(name));
    let lines: Vec<&str> = ended.stdout.lines().filter(ours).collect();
    assert_eq!(lines, ["A=1", "B=x y", "COMPOSE_PROJECT_NAME=shop"], "{ended}");
}

#[test]
fn it_writes_to_a_file() {
    let folder = support::folder::Folder::new();
    folder.write("compose.yaml", STACK);
    folder.write("db.env", "");
    let out = folder.join("out.yaml");
    let run = |args: &[&str]| support::programs::run(&mut crate::composectl(&folder, args)).well();
    let written = run(&["config", "-o", &out.display().to_string()]);
    assert_eq!((written.stdout.as_str(), written.stderr.as_str()), ("", ""));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), run(&["config"]).stdout);
}

#[test]
fn mistakes_are_json_where_json_is_asked_for() {
    let files = [("compose.yaml", "services:\n  web:\n    image: box\n    enviroment: {A: b}\n")];
    insta::assert_snapshot!(on_files(&files, &["config", "--format", "json"]).to_string(), @r#"
    exit 1
    --- stdout
    [
      {
        "severity": "error",
        "code": "unknown-key",
        "message": "services.web additional properties 'enviroment' not allowed",
        "file": "compose.yaml",
        "line": 4,
        "column": 5,
        "end_line": 4,
        "end_column": 15,
        "source": "    enviroment: {A: b}",
        "label": "no such key",
        "help": "did you mean `environment` instead of `enviroment`?",
        "notes": [],
        "related": []
      }
    ]
    --- stderr
    validating [folder]/compose.yaml: services.web additional properties 'enviroment' not allowed
     --> compose.yaml:4:5
      |
    4 |     enviroment: {A: b}
      |     ^^^^^^^^^^ no such key
      |
      = help: did you mean `environment` instead of `enviroment`?
    "#);
}

#[test]
fn images_are_pinned_by_the_digests_their_registries_have() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    folder.write(
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx\n    hostname: w\n  db:\n    image: reg.example/db:1@sha256:ab\n",
    );
    let config = |flag: &str| {
        let mut command = composectl(&folder, &["config", flag]);
        run(command.env("DOCKER_HOST", &engine.address)).in_folder(&folder).well().stdout
    };
    insta::assert_snapshot!(config("--lock-image-digests"), @"
    services:
      db:
        image: reg.example/db@sha256:ab
      web:
        image: docker.io/library/nginx:latest@sha256:docker.iolibrarynginxlatest
    ");
    assert!(config("--resolve-image-digests").contains("hostname: w"));
}
