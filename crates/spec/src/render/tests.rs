//! What is printed, and that it means the same.

use model::hash;
use proptest::prelude::*;

use super::*;
use crate::load::tests::{load_files, project};

const STACK: &str = r#"
name: shop
services:
  web:
    build: {context: ., args: [A=1], labels: {x: y}}
    command: serve --port $$PORT "a b"
    cpus: 0.1
    deploy: {replicas: 2, resources: {limits: {cpus: "0.1", memory: 64m}}}
    depends_on: {db: {condition: service_healthy, restart: true}}
    environment: {YES: yes, NO: "no", NUM: 1.50, EMPTY: , TEXT: "a: b", LINES: "x\ny\n", COLOUR: "\u001b[0m"}
    extra_hosts: ["b:1.2.3.4", "a=[::1]"]
    networks: {front: {aliases: [w]}, default: }
    ports: ["127.0.0.1:8080-8081:80-81/udp", {target: 9, published: "9"}]
    stop_grace_period: 1m30s
    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
    volumes: ["./src:/src:ro", "data:/d", {type: tmpfs, target: /t, tmpfs: {size: 10m, mode: 0o1777}}]
  db:
    image: postgres
    healthcheck: {test: pg_isready, interval: 5s}
    logging: {driver: json-file, options: {max-size: 1m}}
networks: {front: {driver: bridge, ipam: {config: [{subnet: 10.0.0.0/24}]}}}
volumes: {data: {external: true}}
x-top: {b: 1, a: [1.5, ~, {c: d}]}
"#;

#[test]
fn a_stack_as_yaml() {
    insta::assert_snapshot!(yaml(&project(STACK)), @r#"
    name: shop
    services:
      db:
        healthcheck:
          test:
            - CMD-SHELL
            - pg_isready
          interval: 5s
        image: postgres
        logging:
          driver: json-file
          options:
            max-size: 1m
        networks:
          default: null
      web:
        build:
          context: /p
          dockerfile: Dockerfile
          args:
            A: "1"
          labels:
            x: 'y'
        cpus: 0.1
        command:
          - serve
          - --port
          - $$PORT
          - a b
        depends_on:
          db:
            condition: service_healthy
            restart: true
            required: true
        deploy:
          replicas: 2
          resources:
            limits:
              cpus: 0.1
              memory: "67108864"
        environment:
          COLOUR: "\e[0m"
          EMPTY: null
          LINES: |
            x
            y
          'NO': 'no'
          NUM: "1.5"
          TEXT: 'a: b'
          'YES': 'yes'
        extra_hosts:
          - a=::1
          - b=1.2.3.4
        networks:
          default: null
          front:
            aliases:
              - w
        ports:
          - mode: ingress
            host_ip: 127.0.0.1
            target: 80
            published: "8080"
            protocol: udp
          - mode: ingress
            host_ip: 127.0.0.1
            target: 81
            published: "8081"
            protocol: udp
          - mode: ingress
            target: 9
            published: "9"
            protocol: tcp
        stop_grace_period: 1m30s
        ulimits:
          nofile:
            soft: 1
            hard: 2
          nproc: 3
        volumes:
          - type: bind
            source: /p/src
            target: /src
            read_only: true
            bind: {}
          - type: volume
            source: data
            target: /d
            volume: {}
          - type: tmpfs
            target: /t
            tmpfs:
              size: "10485760"
              mode: 1023
    networks:
      default:
        name: shop_default
      front:
        name: shop_front
        driver: bridge
        ipam:
          config:
            - subnet: 10.0.0.0/24
    volumes:
      data:
        name: data
        external: true
    x-top:
      a:
        - 1.5
        - null
        - c: d
      b: 1
    "#);
}

#[test]
fn a_small_stack_as_json() {
    insta::assert_snapshot!(json(&project("services: {a: {image: x, environment: {A: \"$$b<c>\"}}}")), @r#"
    {
      "name": "p",
      "networks": {
        "default": {
          "name": "p_default",
          "ipam": {}
        }
      },
      "services": {
        "a": {
          "command": null,
          "entrypoint": null,
          "environment": {
            "A": "$$b\u003cc\u003e"
          },
          "image": "x",
          "networks": {
            "default": null
          }
        }
      }
    }
    "#);
}

/// What is printed, both ways, loads to the same project, with the same hashes and the same text.
fn check_fixed_point(text: &str) {
    let first = project(text);
    for printed in [json(&first), yaml(&first)] {
        let again = project(&printed);
        assert_eq!(again, first, "{printed}");
        assert_eq!(json(&again), json(&first));
        for (name, service) in &first.services {
            assert_eq!(hash::service(service), hash::service(&again.services[name]));
        }
    }
}

#[test]
fn printing_and_loading_again_changes_nothing() {
    check_fixed_point(STACK);
    check_fixed_point("services: {a: {image: x, command: [], entrypoint: '', init: false, network_mode: none}}");
}

proptest! {
    #[test]
    fn any_text_survives_printing(value in "(\\PC|[\\x00-\\x1f]|\n| |'|\"|:|#|-|\\$|1|é|😀|\u{2028}|\u{feff}|\u{85}){0,30}") {
        let value_ = value.replace('$', "$$");
        let escaped = value_.chars().map(|c| match u32::from(c) {
            code @ (0..=0x1f | 0x7f..=0xffff) => format!("\\u{code:04x}"),
            _ => c.to_string().replace('\\', "\\\\").replace('"', "\\\""),
        });
        let quoted = format!("\"{}\"", escaped.collect::<String>());
        let loaded = load_files(&[("compose.yaml", &format!("services: {{a: {{image: x, labels: {{k: {quoted}}}}}}}"))]);
        let project = loaded.project.unwrap();
        prop_assert_eq!(&project.services["a"].labels["k"], &value);
        let printed = yaml(&project);
        let again = load_files(&[("compose.yaml", &printed)]);
        prop_assert_eq!(again.project.as_ref(), Some(&project), "{}", printed);
    }
}

/// The YAML of a service `a` below its name.
fn service_yaml(body: &str) -> String {
    let text = format!("services:\n  a: {{image: x, network_mode: none, {body}}}\n");
    let printed = yaml(&project(&text));
    printed.split("  a:\n").nth(1).unwrap_or_default().to_owned()
}

#[test]
fn what_yaml_says_in_another_way_than_json() {
    insta::assert_snapshot!(
        service_yaml(
            "blkio_config: {weight_device: [{path: /d, weight: 1}], device_read_bps: [{path: /d, rate: 1k}]}, \
             pre_start: [{x-h: 1}], ulimits: {core: 0, nofile: {soft: 0, hard: 1}}, \
             develop: {watch: [{path: /w, action: rebuild, x-w: [a]}], x-d: 2}, \
             devices: [{source: /d, target: /e, x-v: 3}], deploy: {mode: global}"
        ),
        @r#"
    develop:
      watch:
        - path: /w
          action: rebuild
          x-w:
            - a
      x-d: 2
    blkio_config:
      weight_device:
        - path: /d
          weight: 1
      device_read_bps:
        - path: /d
          rate: "1024"
    deploy:
      mode: global
    devices:
      - source: /d
        target: /e
        x-v: 3
    image: x
    network_mode: none
    ulimits:
      core:
        soft: 0
        hard: 0
      nofile:
        soft: 0
        hard: 1
    pre_start:
      - image: x
        x-h: 1
    "#
    );
}

#[test]
fn sections_stand_in_their_order() {
    let text = "
services:
  a: {image: x, secrets: [s], configs: [c], models: [m], volumes: ['vv:/v']}
volumes: {vv: }
secrets: {s: {file: s, x-s: 1}, t: {file: t}}
configs: {c: {content: 'hello $$x'}}
models: {m: {model: ai/m}}
";
    insta::assert_snapshot!(yaml(&project(text)).split("networks:\n").nth(2).unwrap_or_default(), @"
      default:
        name: p_default
    volumes:
      vv:
        name: p_vv
    secrets:
      s:
        name: p_s
        file: /p/s
        x-s: 1
    configs:
      c:
        name: p_c
        content: hello $$x
    models:
      m:
        model: ai/m
    ");
    let document: Value = serde_json::from_str(&json(&project(text))).unwrap();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["configs", "name", "networks", "secrets", "services", "volumes"]);
}
