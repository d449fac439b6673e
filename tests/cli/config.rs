//! `config`: what the files come to, as YAML, JSON, lists and hashes. No daemon and no engine.

use crate::on_files;

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
    no such service: nope
    ");
}

#[test]
fn it_only_checks_when_it_is_to_be_quiet() {
    assert_eq!(check(&["config", "--quiet"]), "exit 0\n");
}
