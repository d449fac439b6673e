//! The grammar of variables.

use proptest::prelude::*;

use super::*;

/// `V` is `v`, `E` is empty, nothing else is set.
#[derive(Default)]
struct Known {
    missing: Vec<(String, usize)>,
}

impl Lookup for Known {
    fn value(&mut self, name: &str) -> Option<String> {
        match name {
            "V" => Some("v".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        }
    }

    fn missing(&mut self, name: &str, at: usize) {
        self.missing.push((name.to_owned(), at));
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(substitute(text, &mut Known::default()).as_deref(), Ok(expected), "{text}");
}

fn check_failure(text: &str, at: usize, reason: Reason) {
    assert_eq!(substitute(text, &mut Known::default()), Err(Failure { reason, at }), "{text}");
}

fn check_invalid(text: &str) {
    check_failure(text, text.find('$').unwrap(), Reason::Invalid(text.to_owned()));
}

#[test]
fn every_form_of_every_state() {
    for (operator, unset, empty, set) in
        [("", "", "", "v"), (":-w", "w", "w", "v"), ("-w", "w", "", "v"), (":+w", "", "", "w"), ("+w", "", "w", "w")]
    {
        check(&format!("<${{U{operator}}}>"), &format!("<{unset}>"));
        check(&format!("<${{E{operator}}}>"), &format!("<{empty}>"));
        check(&format!("<${{V{operator}}}>"), &format!("<{set}>"));
    }
    check("$V-$V_-$$V", "v--$V");
}

#[test]
fn required_variables_fail_without_value() {
    let required = |name: &str, message: &str| Reason::Required { name: name.into(), message: message.into() };
    check("${V:?m} ${V?m} ${E?m}", "v v ");
    check_failure("a ${U:?m x}", 2, required("U", "m x"));
    check_failure("${U?}", 0, required("U", ""));
    check_failure("${E:?no $V}", 0, required("E", "no v"));
}

#[test]
fn a_dollar_before_anything_else_is_a_dollar() {
    check("$ a$ $1 $- $(x) $é", "$ a$ $1 $- $(x) $é");
    check("$$ $$$$ $${V}", "$ $$ ${V}");
}

#[test]
fn what_is_in_braces_has_to_be_a_variable() {
    for text in ["${", "a${}", "${1X}", "${V!x}", "${V.x}", "${V/a/b}", "${ V }", "${V", "${V:-x\ny}", "${é}"] {
        check_invalid(text);
    }
}

#[test]
fn words_nest_and_end_at_the_brace_that_closes_them() {
    check("${U:-${V}}", "v");
    check("${U:-a-${X:-b${V}}}c", "a-bvc");
    check("${U-{\"k\":{\"l\":1}}} t", "{\"k\":{\"l\":1}} t");
    check("${U:-a}}", "a}");
    check("${U:-{x}", "{x");
    check("${U:-{}} b", "{}} b".strip_suffix("} b").map(|_| "{} b").unwrap());
    check("${U:-a-b?c}", "a-b?c");
    check("${U:-${V}}\n${U:-e}", "v\ne");
}

#[test]
fn words_are_only_looked_at_when_they_are_used() {
    check("${V:-${U:?x}} ${V-${1}} ${U:+${U:?x}} ${V:?${1}}", "v v  v");
    let mut known = Known::default();
    substitute("${V:-$A} $B ${U:-x$C}", &mut known).unwrap();
    assert_eq!(known.missing, [("B".to_owned(), 9), ("C".to_owned(), 18)]);
}

#[test]
fn nesting_without_end_is_invalid() {
    let text = "${U:-".repeat(100_000);
    assert!(substitute(&text, &mut Known::default()).is_err());
    let text = format!("{}{}", "${U:-".repeat(1000), "}".repeat(1000));
    assert!(substitute(&text, &mut Known::default()).is_err());
}

proptest! {
    #[test]
    fn any_text_is_filled_in_or_fails(text in "(\\$|\\{|\\}|V|U|:|-|\\?|\\+|é| |\n){0,40}") {
        let _ = substitute(&text, &mut Known::default());
    }

    #[test]
    fn a_text_with_doubled_dollars_is_itself(text in "\\PC{0,40}") {
        let doubled = text.replace('$', "$$");
        prop_assert_eq!(substitute(&doubled, &mut Known::default()), Ok(text));
    }
}
