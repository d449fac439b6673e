//! The violation docker compose would show comes first, in its words.

use super::*;
use crate::tree::tests::parse;

fn check_file(text: &str, expected: &[&str]) {
    let messages: Vec<String> = check(&parse(text)).into_iter().map(|diagnostic| diagnostic.message).collect();
    assert_eq!(messages, expected, "{text}");
}

/// The text is the body of service `a`.
fn check_service(text: &str, expected: &[&str]) {
    check_file(&format!("services: {{a: {{{text}}}}}"), expected);
}

#[test]
fn unknown_keys() {
    check_file("servces: {}", &["additional properties 'servces' not allowed"]);
    check_service("imgae: x, foo: 1, x-foo: 1", &["services.a additional properties 'foo', 'imgae' not allowed"]);
    check_service("build: {contxt: .}", &["services.a.build additional properties 'contxt' not allowed"]);
    check_file("services: {'a b': {image: x}}", &["services additional properties 'a b' not allowed"]);
}

#[test]
fn a_key_that_was_probably_meant_is_named() {
    let help = |text: &str| check(&parse(text))[0].help.clone().unwrap();
    assert_eq!(help("services: {a: {imgae: x}}"), "did you mean `image` instead of `imgae`?");
    assert_eq!(
        help("services: {a: {depends_on: {b: {condition: service_health}}}}"),
        "did you mean `service_healthy`?"
    );
    assert_eq!(help("services: {a: {mine: x}}"), "to keep data of your own here, name it `x-mine`");
}

#[test]
fn wrong_types() {
    check_service("image: 5", &["services.a.image must be a string"]);
    check_service("command: 5", &["services.a.command must be a null"]);
    check_service("command: [sh, 5]", &["services.a.command.1 must be a string"]);
    check_service("ports: true", &["services.a.ports must be a array"]);
    check_service("environment: {A: []}", &["services.a.environment.A must be a boolean, null, number or string"]);
    check_service("environment: x", &["services.a.environment must be a mapping"]);
    check_service("deploy: []", &["services.a.deploy must be a mapping or null"]);
    check_service("cpu_shares: []", &["services.a.cpu_shares must be a number or string"]);
    check_service("restart: false", &["services.a.restart must be a string"]);
    check_file("services: {a: ~}", &["services.a must be a mapping"]);
    check_file("networks: ~", &["networks must be a mapping"]);
}

#[test]
fn bounds_words_and_patterns() {
    check_service("oom_score_adj: 2000", &["services.a.oom_score_adj must be a string"]);
    check_service("cgroup: x", &["services.a.cgroup value must be one of 'host', 'private'"]);
    check_service(
        "container_name: x",
        &["services.a.container_name 'x' does not match pattern '[a-zA-Z0-9][a-zA-Z0-9_.-]+'"],
    );
    check_service("pull_policy: every_5d", &[]);
    check_service(
        "volumes: [{type: tmpfs, target: /x, tmpfs: {size: -1}}]",
        &["services.a.volumes.0.tmpfs.size must be greater than or equal to 0"],
    );
}

#[test]
fn required_keys_and_distinct_items() {
    check_service("depends_on: {b: {}}", &["services.a.depends_on.b missing property 'condition'"]);
    check_service("security_opt: [x, y, x]", &["services.a.security_opt items at 0 and 2 are equal"]);
    check_service("ulimits: {nofile: {soft: 1}}", &["services.a.ulimits.nofile must be a integer or string"]);
    check_service("volumes: [{target: /x}]", &["services.a.volumes.0 must be a string"]);
}

#[test]
fn the_deepest_violation_comes_first() {
    check_file(
        "name: 5\nservices: {a: {image: 5, build: {args: {A: []}}}}",
        &[
            "services.a.build.args.A must be a boolean, null, number or string",
            "name must be a string",
            "services.a.image must be a string",
        ],
    );
}

#[test]
fn what_is_not_built_yet_breaks_no_rule_of_the_schema() {
    check_service("image: x, pre_stop: [{command: a}]", &[]);
    check_service("use_api_socket: 1", &["services.a.use_api_socket must be a boolean"]);
}

#[test]
fn numbers_json_has_no_text_for() {
    check_service("environment: {A: .inf}", &["json: unsupported value: +Inf"]);
}

#[test]
fn whole_floats_are_integers_and_dates_are_strings() {
    check_service("scale: 1.0, labels: {d: 2020-01-01}", &[]);
    check_service("scale: 1.5", &["services.a.scale must be a integer or string"]);
}

#[test]
fn large_tables_are_sorted() {
    fn walk(shape: &'static Shape) {
        match shape {
            Shape::List(inner)
            | Shape::Set(inner)
            | Shape::Named(inner)
            | Shape::Keyed(inner)
            | Shape::Lower(inner) => {
                walk(inner);
            }
            Shape::Object(object) | Shape::Open(object) | Shape::TypesOr(_, object) => {
                assert!(object.keys.len() < LARGE || object.keys.is_sorted_by_key(|key| key.name), "{object:?}");
                object.keys.iter().for_each(|key| walk(key.shape));
            }
            Shape::OneOf(shapes) => shapes.iter().for_each(walk),
            Shape::Any | Shape::Types(_) | Shape::Bounded(..) | Shape::Words(_) | Shape::Pattern(..) => {}
        }
    }
    FILE.keys.iter().for_each(|key| walk(key.shape));
}
