//! What people and programs see.

use proptest::prelude::*;

use super::*;
use crate::{Diagnostic, SourceId, Sources, Span};

const PLAIN: Style = Style { color: false, width: 100 };

fn sources(text: &str) -> Sources {
    let mut sources = Sources::new(Some("/p".into()));
    sources.add("/p/compose.yaml".into(), text.into());
    sources
}

fn unknown_service() -> (Sources, Diagnostic) {
    let text = "services:\n  web:\n    depends_on: [dbb]\n";
    let at = text.find("dbb").unwrap();
    let diagnostic = Diagnostic::error("unknown-service", "service `web` depends on an unknown service")
        .at(Span::new(SourceId(0), at, at + 3), "no service named `dbb`")
        .help("a service with a similar name is defined: `db`");
    (sources(text), diagnostic)
}

#[test]
fn the_layout_is_that_of_rustc() {
    let (sources, diagnostic) = unknown_service();
    insta::assert_snapshot!(text(&sources, &diagnostic, &PLAIN), @r#"
    error[unknown-service]: service `web` depends on an unknown service
     --> compose.yaml:3:18
      |
    3 |     depends_on: [dbb]
      |                  ^^^ no service named `dbb`
      |
      = help: a service with a similar name is defined: `db`
    "#);
}

#[test]
fn the_details_are_the_same_without_the_title() {
    let (sources, diagnostic) = unknown_service();
    let whole = text(&sources, &diagnostic, &PLAIN);
    assert_eq!(whole.split_once('\n').unwrap().1, details(&sources, &diagnostic, &PLAIN));
    let placeless = Diagnostic::error("many-files", "two files").note("the first\u{7} is used").help("name one");
    assert_eq!(details(&sources, &placeless, &PLAIN), "note: the first\u{fffd} is used\nhelp: name one");
    assert_eq!(details(&sources, &Diagnostic::error("x", "y"), &PLAIN), "");
}

#[test]
fn related_places_of_the_same_text_share_a_snippet() {
    let text_ = "a: 1\nb: 2\na: 3\n";
    let diagnostic = Diagnostic::error("duplicate-key", "key `a` is there twice")
        .at(Span::new(SourceId(0), 10, 11), "again here")
        .related(Span::new(SourceId(0), 0, 1), "first here")
        .note("a mapping has each key once");
    insta::assert_snapshot!(text(&sources(text_), &diagnostic, &PLAIN), @r#"
    error[duplicate-key]: key `a` is there twice
     --> compose.yaml:3:1
      |
    1 | a: 1
      | - first here
    2 | b: 2
    3 | a: 3
      | ^ again here
      |
      = note: a mapping has each key once
    "#);
}

#[test]
fn json_has_the_place_and_the_line() {
    let (sources, diagnostic) = unknown_service();
    insta::assert_json_snapshot!(json(&sources, &diagnostic), @r#"
    {
      "severity": "error",
      "code": "unknown-service",
      "message": "service `web` depends on an unknown service",
      "file": "compose.yaml",
      "line": 3,
      "column": 18,
      "end_line": 3,
      "end_column": 21,
      "source": "    depends_on: [dbb]",
      "label": "no service named `dbb`",
      "help": "a service with a similar name is defined: `db`",
      "notes": [],
      "related": []
    }
    "#);
}

#[test]
fn a_problem_without_place_has_a_title_only() {
    let diagnostic = Diagnostic::warning("many-files", "two files").note("the first is used");
    insta::assert_snapshot!(text(&sources(""), &diagnostic, &PLAIN), @r#"
    warning[many-files]: two files
     |
     = note: the first is used
    "#);
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let (sources, diagnostic) = unknown_service();
    assert!(!text(&sources, &diagnostic, &PLAIN).contains('\u{1b}'));
    assert!(text(&sources, &diagnostic, &Style { color: true, ..PLAIN }).contains('\u{1b}'));
}

proptest! {
    #[test]
    fn any_span_of_any_text_can_be_shown(
        body in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f]|é|\n|\r\n){0,60}",
        start in 0usize..80,
        length in 0usize..80,
        other in 0usize..80,
    ) {
        let diagnostic = Diagnostic::error("x", body.clone())
            .at(Span::new(SourceId(0), start, start + length), body.clone())
            .related(Span::new(SourceId(0), other, start), body.clone())
            .related(Span::new(SourceId(7), other, start), "")
            .help(body.clone());
        let sources = sources(&body);
        let shown = text(&sources, &diagnostic, &PLAIN);
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        prop_assert!(json(&sources, &diagnostic).is_object());
    }
}
