//! What becomes of YAML, and what does not.

use std::fmt::Write as _;

use diagnostic::{Diagnostic, SourceId};
use proptest::prelude::*;

use super::*;

/// The first document of a text.
pub(crate) fn parse(text: &str) -> Node {
    let (documents, problems) = documents(SourceId(0), text.as_bytes(), "/p/compose.yaml");
    assert!(problems.is_empty(), "{problems:?}");
    documents.into_iter().next().expect("a document").root
}

/// A tree on one line, strings quoted.
pub(crate) fn show(node: &Node) -> String {
    let mut out = String::new();
    match &node.value {
        Value::Seq(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            write!(out, "[{}]", items.join(", ")).unwrap();
        }
        Value::Map(map) => {
            let entries: Vec<String> = map.iter().map(|(key, entry)| format!("{key}: {}", show(&entry.node))).collect();
            write!(out, "{{{}}}", entries.join(", ")).unwrap();
        }
        Value::String(text) => write!(out, "{text:?}").unwrap(),
        Value::Null => out.push_str("null"),
        Value::Time(text) => write!(out, "<{text}>").unwrap(),
        _ => out.push_str(&node.scalar_text().unwrap()),
    }
    out
}

fn check(text: &str, expected: &str) {
    assert_eq!(show(&parse(text)), expected, "{text}");
}

fn problems(text: &[u8]) -> Vec<Diagnostic> {
    documents(SourceId(0), text, "F").1
}

fn check_problem(text: &str, expected: &str) {
    assert_eq!(problems(text.as_bytes())[0].message, expected, "{text}");
}

#[test]
fn plain_scalars_have_the_types_of_go_yaml() {
    for (text, expected) in [
        ("~", "null"),
        ("Null", "null"),
        ("nUll", "\"nUll\""),
        ("TRUE", "true"),
        ("yes", "\"yes\""),
        ("0755", "493"),
        ("0o17", "15"),
        ("08", "8"),
        ("0b11", "3"),
        ("0X1f", "31"),
        ("1_000", "1000"),
        ("+5", "5"),
        ("-0x10", "-16"),
        ("12:30", "\"12:30\""),
        ("18446744073709551615", "18446744073709551615"),
        ("99999999999999999999", "1e+20"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("2.", "2"),
        ("1e3", "1000"),
        ("1234567.5", "1.2345675e+06"),
        ("0.00001", "1e-05"),
        ("1e400", "\"1e400\""),
        (".inf", "+Inf"),
        ("2024-01-02", "<2024-01-02 00:00:00 +0000 UTC>"),
        ("2024-01-02T03:04:05.60+01:00", "<2024-01-02 03:04:05.6 +0100 +0100>"),
        ("2024-02-30", "\"2024-02-30\""),
        ("2024-01-02 03:04:05 +01:00", "\"2024-01-02 03:04:05 +01:00\""),
        ("'5'", "\"5\""),
        ("!!str 5", "\"5\""),
        ("!!int \"5\"", "5"),
        ("!!float 1", "1"),
        ("!!binary aGk=", "\"hi\""),
        ("!foo 5", "\"5\""),
    ] {
        check(&format!("a: {text}"), &format!("{{a: {expected}}}"));
    }
}

#[test]
fn aliases_are_expanded_and_merge_keys_applied() {
    check("a: &x {b: 1}\nc: *x", "{a: {b: 1}, c: {b: 1}}");
    check("a: &x {b: 1, d: 2}\nc: {<<: *x, d: 3}", "{a: {b: 1, d: 2}, c: {b: 1, d: 3}}");
    check("a: &x {b: 1}\nb: &y {b: 2, e: 3}\nc: {<<: [*x, *y]}", "{a: {b: 1}, b: {b: 2, e: 3}, c: {b: 1, e: 3}}");
    check("a: {\"<<\": 1}", "{a: {<<: 1}}");
}

#[test]
fn every_node_knows_its_place() {
    let text = "é: [x, 'yy']\nb:\n  c: ~\n  d: {e: 1}\n";
    let root = parse(text);
    let part = |span: Span| &text[span.range()];
    assert_eq!(part(place(&root, &["é", "1"])), "'yy'");
    assert_eq!(part(place(&root, &["é", "x"])), "x");
    assert_eq!(part(key_place(&root, &["b", "d"])), "d");
    assert_eq!(part(place(&root, &["b", "d"])), "{e: 1}");
    assert_eq!(part(place(&root, &["b"])), "c: ~\n  d: {e: 1}");
    assert_eq!(part(place(&root, &["b", "c"])), "c", "a null is shown by its key");
    assert_eq!(part(place(&root, &["b", "nothing"])), "c: ~\n  d: {e: 1}", "as far as the path leads");
}

#[test]
fn syntax_errors_have_the_words_of_go_yaml() {
    check_problem(
        "a:\n\tb: 1",
        "failed to parse F: go-yaml load error in scanner (while scanning for the next token) at L2.C1: found character that cannot start any token",
    );
    check_problem(
        "a: {b: 1\nc: 2\n",
        "failed to parse F: go-yaml load error in parser (while parsing a flow mapping) at L1.C4-L2.C2: did not find expected ',' or '}'",
    );
    check_problem(
        "a: \"b",
        "failed to parse F: go-yaml load error in scanner (while scanning a quoted scalar) at L1.C4-C6: found unexpected end of stream",
    );
    check_problem("a: *b", "failed to parse F: go-yaml load error in composer at L1.C4: unknown anchor 'b' referenced");
}

#[test]
fn a_block_may_end_with_the_text() {
    check("a: |\n  x", "{a: \"x\"}");
    check("a: |\n  x\n", "{a: \"x\\n\"}");
    check("a: |\n  x\n ", "{a: \"x\\n\"}");
    check("a: |+\n  x\n  ", "{a: \"x\\n\"}");
    check("a: >-\n  x\n  y", "{a: \"x y\"}");
    check("a: |\n  x\n# c", "{a: \"x\\n\"}");
}

#[test]
fn what_the_parser_cannot_bear_is_a_problem() {
    check_problem("a: [!b,c]", "failed to parse F: this cannot be read as YAML");
    assert!(problems(b"a: \"\\")[0].message.ends_with("found unexpected end of stream"));
}

#[test]
fn a_tag_of_another_type_than_the_text_has_is_a_problem() {
    for (text, expected) in [
        ("!!int word", "cannot decode !!str `word` as a !!int"),
        ("!!int 5.5", "cannot decode !!float `5.5` as a !!int"),
        ("!!int ~", "cannot decode !!null `~` as a !!int"),
        ("!!int 2020-01-01", "cannot decode !!str `2020-01-01` as a !!int"),
        ("!!bool 5", "cannot decode !!int `5` as a !!bool"),
        ("!!null x", "cannot decode !!str `x` as a !!null"),
        ("!!timestamp x", "cannot decode !!str `x` as a !!timestamp"),
        ("{!!int word: 1}", "cannot decode !!str `word` as a !!int"),
    ] {
        check_problem(&format!("a: {text}"), &format!("failed to parse F: yaml: {expected}"));
    }
    check("a: [!!bool 'true', !!float 5, !!null '', !!foo x]", "{a: [true, 5, null, \"x\"]}");
}

#[test]
fn a_key_there_twice_names_both_lines() {
    let problems = problems(b"\na: 1\nb: {x: 1, x: 2}\na: 3\n");
    assert_eq!(problems.len(), 2);
    assert_eq!(
        problems[0].message,
        "failed to parse F: yaml: construct errors: line 2: line 3: mapping key \"x\" already defined at line 3"
    );
    assert_eq!(problems[1].related[0].span, Span::new(SourceId(0), 1, 2));
}

#[test]
fn what_is_no_yaml_is_told_before_what_means_nothing() {
    let broken = "\n]";
    let expected = "did not find expected key";
    for text in ["a: 1\na: 2", "a: &a\n  b: *a", "a: {<<: 5}", "1: x"] {
        let message = problems((text.to_owned() + broken).as_bytes())[0].message.clone();
        assert!(message.ends_with(expected), "{text}: {message}");
    }
}

#[test]
fn documents_before_a_broken_one_are_read() {
    let (documents, problems) = documents(SourceId(0), b"a: 1\n---\nb: 2\n---\nb: 2\nb: 3\n---\n]", "F");
    assert_eq!(documents.iter().map(|document| show(&document.root)).collect::<Vec<_>>(), ["{a: 1}", "{b: 2}"]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.ends_with("mapping key \"b\" already defined at line 5"), "{}", problems[0].message);
}

#[test]
fn go_yaml_scans_two_tokens_ahead_of_what_it_parses() {
    for (text, expected) in [
        ("a:\n  b: c\n ] d: e", "mapping values are not allowed in this context"),
        ("} a: b", "mapping values are not allowed in this context"),
        ("a:\n } - e", "block sequence entries are not allowed in this context"),
        ("a: *nope\n\t", "found character that cannot start any token"),
        ("a: *nope\nb: c\nd: @", "unknown anchor 'nope' referenced"),
        ("a:\n  b: c\n ] d", "did not find expected key"),
    ] {
        let message = problems(text.as_bytes())[0].message.clone();
        assert!(message.ends_with(expected), "{text}: {message}");
    }
}

#[test]
fn a_control_character_is_told_first_within_512_bytes() {
    for (length, expected) in [(300, "control characters are not allowed"), (600, "not allowed in this context")] {
        let message = problems(format!("a: b: c\n#{}\n\u{1}\n", "x".repeat(length)).as_bytes())[0].message.clone();
        assert!(message.ends_with(expected), "{length}: {message}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_told_before_what_is_inside_it() {
    let problems = problems(b"a: {x: 1}\na: {y: 1, y: 2}");
    let lines: Vec<&str> = problems.iter().map(|problem| problem.message.rsplit(": ").next().unwrap()).collect();
    assert_eq!(lines, ["mapping key \"a\" already defined at line 1", "mapping key \"y\" already defined at line 2",]);
}

#[test]
fn keys_are_strings() {
    check_problem(
        "services:\n  web:\n    environment:\n      true: x",
        "non-string key in services.web.environment: true",
    );
    check_problem("1: x", "non-string key at top level: 1");
    check_problem(
        "a:\n  ? [a, b]\n  : c",
        "failed to parse F: yaml: construct errors: line 1: go-yaml load error in constructor at L2.C5: cannot use '[]interface {}{\"a\", \"b\"}' as a map key; try decoding into yaml.Node",
    );
}

#[test]
fn an_alias_inside_its_own_anchor_is_told_by_path() {
    check_problem(
        "x-h: &h\n  s:\n    <<: *h\n",
        "failed to parse F: yaml: construct errors: line 1: cycle detected: node at path x-h.s.s references node at path x-h.s",
    );
    check_problem(
        "a:\n  w: &w\n    l: {s: *w}\n",
        "failed to parse F: yaml: construct errors: line 1: cycle detected: node at path a.w.l.s.l.s references node at path a.w.l.s",
    );
}

#[test]
fn a_thousand_million_laughs_are_not_heard() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(text, "a{n}: &a{n} [{before}]").unwrap();
    }
    assert!(problems(text.as_bytes())[0].message.ends_with("compose file exceeds maximum node visit limit (100000)"));
}

#[test]
fn deep_nesting_stops_early() {
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(10_000)] {
        assert_eq!(problems(text.as_bytes())[0].message, "failed to parse F: nested too deeply");
    }
}

#[test]
fn what_is_not_utf8_is_told_by_its_byte() {
    let message = |text: &[u8]| problems(text)[0].message.rsplit(": ").take(2).collect::<Vec<_>>().join("|");
    assert_eq!(message(b"a: \xff"), "255)|invalid leading UTF-8 octet (value");
    assert_eq!(message(b"a: \xe9x"), "120)|invalid trailing UTF-8 octet (value");
    assert_eq!(
        message(b"a: \xe9"),
        "incomplete UTF-8 octet sequence|<unknown position>"
            .replace("<unknown", "go-yaml load error in reader at <unknown")
    );
}

proptest! {
    #[test]
    fn any_bytes_are_a_tree_or_a_problem(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = documents(SourceId(0), &bytes, "F");
    }

    #[test]
    fn any_yaml_like_text_is_a_tree_or_a_problem(
        text in "([a-c]: |- |\\? |\\[|\\]|\\{|\\}|, |\n|  |&a |\\*a|<<: |!reset |!!int |\"|'|\\||>|#|%|---\n|1|~|é|\t){0,40}",
    ) {
        let (documents, _) = documents(SourceId(0), text.as_bytes(), "F");
        documents.iter().for_each(|document| { show(&document.root); });
    }
}

#[test]
fn a_value_is_no_larger_than_its_text() {
    assert_eq!((size_of::<Value>(), size_of::<Node>(), size_of::<Entry>()), (24, 40, 56));
}
