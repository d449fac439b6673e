//! What two files together say.

use super::*;
use crate::tree::tests::{parse, show};

fn check(base: &str, over: &str, expected: &str) {
    let (merged, problems) = merge(Some(parse(base)), parse(over));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(show(&merged), expected);
}

/// Both texts are the value of one key of a service.
fn check_key(key: &str, base: &str, over: &str, expected: &str) {
    let file = |value: &str| format!("services: {{a: {{{key}: {value}}}}}");
    check(&file(base), &file(over), &format!("{{services: {{a: {{{key}: {expected}}}}}}}"));
}

#[test]
fn mappings_merge_lists_append_scalars_replace() {
    check("{a: {b: 1, c: 2}, l: [1]}", "{a: {c: 3, d: 4}, l: [2]}", "{a: {b: 1, c: 3, d: 4}, l: [1, 2]}");
    check("a: 1", "a: ~", "{a: 1}");
}

#[test]
fn commands_are_replaced_even_by_nothing() {
    check_key("command", "[a, b]", "[c]", "[\"c\"]");
    check_key("entrypoint", "[a]", "~", "null");
    check_key("healthcheck", "{test: [CMD, a], retries: 2}", "{test: b}", "{retries: 2, test: \"b\"}");
    check_key("ulimits", "{n: {soft: 1, hard: 2}}", "{n: 3}", "{n: 3}");
}

#[test]
fn pairs_become_one_list() {
    check_key("environment", "{B: 1, A: ~}", "[C=2]", "[\"A\", \"B=1\", \"C=2\"]");
    check_key("labels", "[x=1]", "{y: true}", "[\"x=1\", \"y=true\"]");
    check_key("dns", "1.1.1.1", "[8.8.8.8]", "[\"1.1.1.1\", \"8.8.8.8\"]");
    check_key("extra_hosts", "[\"a=1\"]", "{a: 1, b: [2, 3]}", "[\"a=1\", \"b=2\", \"b=3\"]");
}

#[test]
fn lists_of_names_become_mappings() {
    check_key("networks", "[a]", "{b: {priority: 1}}", "{a: null, b: {priority: 1}}");
    check_key(
        "depends_on",
        "[a]",
        "{a: {condition: service_healthy}}",
        "{a: {condition: \"service_healthy\", required: true}}",
    );
    check_key("build", ".", "{target: x}", "{context: \".\", target: \"x\"}");
}

#[test]
fn log_options_merge_for_the_same_driver_only() {
    check_key("logging", "{driver: a, options: {x: 1}}", "{options: {y: 2}}", "{driver: \"a\", options: {x: 1, y: 2}}");
    check_key("logging", "{driver: a, options: {x: 1}}", "{driver: b}", "{driver: \"b\"}");
}

#[test]
fn pools_are_told_apart_by_subnet() {
    let file = |pools: &str| format!("networks: {{n: {{ipam: {{config: [{pools}]}}}}}}");
    check(
        &file("{subnet: a, gateway: x}"),
        &file("{subnet: b}, {subnet: a, ip_range: y}"),
        "{networks: {n: {ipam: {config: [{gateway: \"x\", ip_range: \"y\", subnet: \"a\"}, {subnet: \"b\"}]}}}}",
    );
    check(
        &file("{subnet: a, aux_addresses: {h: x, i: x}}"),
        &file("{subnet: a, aux_addresses: {h: y}}"),
        "{networks: {n: {ipam: {config: [{aux_addresses: {h: \"y\", i: \"x\"}, subnet: \"a\"}]}}}}",
    );
}

#[test]
fn another_kind_of_value_cannot_override() {
    let (_, problems) =
        merge(Some(parse("services: {a: {healthcheck: {}}}")), parse("services: {a: {healthcheck: x}}"));
    assert_eq!(problems[0].message, "cannot override services.a.healthcheck");
}
