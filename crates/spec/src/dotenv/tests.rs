//! The dialect, case by case as docker compose reads it.

use proptest::prelude::*;

use super::*;
use crate::MemoryFiles;

fn outside(name: &str) -> Option<String> {
    (name == "OS").then(|| "os".to_owned())
}

type Variables = BTreeMap<String, String>;
type Parse = fn(&mut Context<'_>, &Path, &[u8], Outside<'_>, Variables) -> Option<Variables>;

fn run(parse: Parse, text: &[u8]) -> Result<Vec<(String, String)>, String> {
    let files = MemoryFiles::default();
    let mut context = Context::new(&files, Path::new("/p"));
    match parse(&mut context, Path::new("/p/.env"), text, &outside, BTreeMap::new()) {
        Some(variables) => Ok(variables.into_iter().collect()),
        None => Err(context.diagnostics.pop().expect("a problem is reported").message),
    }
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let expected = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!(run(parse, text.as_bytes()), Ok(expected), "{text:?}");
}

fn check_problem(text: &str, expected: &str) {
    assert_eq!(run(parse, text.as_bytes()), Err(format!("failed to read /p/.env: {expected}")), "{text:?}");
}

#[test]
fn values_that_double_end_somewhere() {
    let mut text = "z=0123456789\n".to_owned();
    text += &"z=$z$z\n".repeat(60);
    check_problem(&text, "variables fill in more than 64 MiB");
    check_problem(
        &format!("z={}\nz={}\n", "x".repeat(1 << 16), "${z}".repeat(1 << 16)),
        "variables fill in more than 64 MiB",
    );
}

#[test]
fn keys_and_separators() {
    check("A=1\r\nB = b c # d\n C: x\nexport D=1\n", &[("A", "1"), ("B", "b c"), ("C", "x"), ("D", "1")]);
    check("A.b-c[0]=1\né=2\n1A=3", &[("1A", "3"), ("A.b-c[0]", "1"), ("é", "2")]);
    check("exportA=1\nexport\n", &[("exportA", "1")]);
    check("=x\n", &[("", "x")]);
    check("A=1\nA=2\n", &[("A", "2")]);
    check("\u{feff}A=1", &[("A", "1")]);
}

#[test]
fn a_key_alone_is_inherited() {
    check("OS\nNOBODY\nexport OS\n", &[("OS", "os")]);
    check("OS", &[("", "OS")]);
}

#[test]
fn comments_start_after_a_blank() {
    check("# x\nA=x#y\nB=#x\nC=x #y\nD=x\t# y\n", &[("A", "x#y"), ("B", "#x"), ("C", "x"), ("D", "x\t# y")]);
}

#[test]
fn quotes_keep_what_they_hold() {
    check("A='a\n$OS \\'b\\n'\n", &[("A", "a\n$OS 'b\\n")]);
    check("A=\"x\ny\\n\\t\\\"\\\\z\\c\\e\\$OS\"\n", &[("A", "x\ny\n\t\"\\z\\c\\e$OS")]);
    check("A=\"\\012|\\0101|\\01|\\0\"", &[("A", "\\12|A|\\1|\\")]);
    check("A=a'b'c\n", &[("A", "a'b'c")]);
}

#[test]
fn after_a_closing_quote_comes_the_next_statement() {
    check("A=\"x\" y\nB=\"z\"OS\n", &[("A", "x"), ("B", "z"), ("OS", "os")]);
}

#[test]
fn values_refer_to_what_is_outside_then_to_what_came_before() {
    check("A=x\nB=${A}-${C:-$A}-$OS\nOS=mine\nD=$OS\n", &[("A", "x"), ("B", "x-x-os"), ("D", "os"), ("OS", "mine")]);
    check("A=a\\nb\\$OS $$\n", &[("A", "a\\nb\\os $")]);
}

#[test]
fn problems_name_the_line() {
    check_problem("A=\"x\nB=1\nC=2\n", "line 4: unterminated quoted value \"x");
    check_problem("#c\nA=\"x\ny\"\nB+C=1\n", "line 4: unexpected character \"+\" in variable name \"B+C=1\"");
    check_problem("A='it''s'\n", "line 1: unexpected character \"'\" in variable name \"'s'\"");
    check_problem("a b=1\n", "line 1: key cannot contain a space");
    check_problem("\nA=${B\n", "Invalid template: \"${B\"");
    check_problem("A=\"${Q:?zz}\"", "required variable Q is missing a value: zz");
}

#[test]
fn raw_files_are_taken_as_they_are() {
    let text = b"# c\n  A=\"x\" # y \nB=$OS\nOS\nNOBODY\n\n";
    let expected = [("A", "\"x\" # y "), ("B", "$OS"), ("OS", "os")];
    assert_eq!(run(parse_raw, text), Ok(expected.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec()));
    assert!(run(parse_raw, b"A B=1").is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_variables_or_a_problem(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = (run(parse, &bytes), run(parse_raw, &bytes));
    }

    #[test]
    fn any_text_like_it_is_variables_or_a_problem(text in "(A|=|:|\"|'|\\\\|\\$|\\{|\\}|#| |\n|\r|export |é|0|1){0,40}") {
        let _ = (run(parse, text.as_bytes()), run(parse_raw, text.as_bytes()));
    }
}
