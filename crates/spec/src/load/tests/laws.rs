//! What holds of every stack: it means something or is told why not, in places that are there; what is printed
//! is read as the same; no order of keys matters.

use proptest::prelude::*;

use super::*;

const STACK: &str = "name: s\nx-l: &l {driver: json-file}\nservices:\n  a:\n    image: x:${V:-1}\n    logging: *l\n    ports: ['80-81:80-81', {target: 1}]\n    volumes: ['./a:/b:ro', 'd:/d']\n    environment: {A: 1, B: }\n    env_file: e\n    command: a \"b c\"\n    depends_on: {b: {condition: service_healthy}}\n    deploy: {resources: {limits: {cpus: '0.1', memory: 1g}}}\n    healthcheck: {test: [CMD, a], interval: 1m30s}\n    ulimits: {nofile: {soft: 1, hard: 2}}\n    extra_hosts: ['a:1.2.3.4']\n  b: {build: ., networks: [n], healthcheck: {test: x}}\n  c: {image: y, profiles: [p]}\nnetworks: {n: {external: true}}\nvolumes: {d: !override {}}\n";

const PIECES: [&str; 28] = [
    "",
    "~",
    "1",
    "-1",
    "1.5",
    ".inf",
    "true",
    "''",
    "[]",
    "{}",
    "[a]",
    "{a: b}",
    "${V",
    "$V",
    "${V:?x}",
    "*l",
    "&l",
    "<<: *l",
    "\n",
    "  ",
    ":",
    "- ",
    "\t",
    "!reset ",
    "99999999999999999999",
    "2024-01-02",
    "\u{e9}",
    "a b",
];

proptest! {
    #[test]
    fn any_change_of_a_stack_is_a_project_or_a_problem(
        changes in proptest::collection::vec((0usize..STACK.len(), 0usize..12, 0usize..PIECES.len()), 1..6),
    ) {
        let mut changed = STACK.to_owned();
        for (at, length, piece) in changes {
            let at = at.min(changed.len());
            let end = (at + length).min(changed.len());
            if changed.is_char_boundary(at) && changed.is_char_boundary(end) {
                changed.replace_range(at..end, PIECES[piece]);
            }
        }
        let loaded = load_files(&[("compose.yaml", &changed), ("e", &changed)]);
        prop_assert_eq!(loaded.project.is_some(), !loaded.diagnostics.iter().any(Diagnostic::is_error));
        for diagnostic in &loaded.diagnostics {
            let style = Style { color: true, width: 80 };
            let _ = (text(&loaded.sources, diagnostic, &style), json(&loaded.sources, diagnostic));
            let _ = compose_words(&loaded.sources, diagnostic);
            for label in diagnostic.primary.iter().chain(&diagnostic.related) {
                let range = label.span.range();
                let length = loaded.sources.text(label.span.source).len();
                prop_assert!(range.start <= range.end && range.end <= length, "{:?} of {length}: {}", range, diagnostic.message);
            }
        }
        if let Some(project) = &loaded.project {
            let printed = crate::render::yaml(project);
            let again = load_files(&[("compose.yaml", &printed)]);
            let read = again.project.as_ref().map(crate::render::yaml);
            prop_assert_eq!(read.as_deref(), Some(printed.as_str()), "{}\n{}", changed, shown(&again));
        }
    }
}

/// A document whose mappings are written from the last key to the first.
fn backwards(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let entries: Vec<(String, Value)> = map.into_iter().map(|(key, value)| (key, backwards(value))).collect();
            Value::Object(entries.into_iter().rev().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(backwards).collect()),
        other => other,
    }
}

#[test]
fn the_order_of_keys_changes_no_hash() {
    let hashes = |project: &Project| -> Vec<String> {
        project.services.values().map(|service| model::hash::service(service)).collect()
    };
    let forwards = load_files(&[("compose.yaml", STACK), ("e", "E=1\n")]).project.unwrap();
    let document = serde_json::from_str(&crate::render::json(&forwards)).unwrap();
    let backwards = project(&serde_json::to_string(&backwards(document)).unwrap());
    assert_eq!(hashes(&forwards), hashes(&backwards));
}
