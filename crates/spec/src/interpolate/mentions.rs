//! The variables a text mentions, with nothing filled in.

use super::{braced, name_length, operator};

/// A variable that is mentioned, and what is said about it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What stands in for it: of `${NAME:-default}` or `${NAME-default}`, not filled in; may be empty.
    pub default: String,
    /// What replaces its value: of `${NAME:+alternate}` or `${NAME+alternate}`; may be empty.
    pub alternate: String,
    /// Whether loading fails without it: `${NAME:?message}` or `${NAME?message}`.
    pub required: bool,
}

/// Calls `found` for each variable of a text, those inside defaults and alternates after the one around them.
/// What is no form of a variable is passed over.
pub(crate) fn mentions(text: &str, found: &mut dyn FnMut(Variable)) {
    within(text, 0, found);
}

fn within(text: &str, depth: usize, found: &mut dyn FnMut(Variable)) {
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|offset| at + offset) {
        let rest = &text[dollar + 1..];
        at = dollar + 1;
        match rest.bytes().next() {
            Some(b'$') => at += 1,
            Some(b'{') => {
                let Some((body, length)) = braced(rest) else { continue };
                at += length;
                one(body, depth, found);
            }
            _ => {
                let length = name_length(rest);
                at += length;
                if length > 0 {
                    found(variable(&rest[..length]));
                }
            }
        }
    }
}

/// What stands between braces.
fn one(body: &str, depth: usize, found: &mut dyn FnMut(Variable)) {
    let (name, operation) = body.split_at(name_length(body));
    if name.is_empty() {
        return;
    }
    if operation.is_empty() {
        return found(variable(name));
    }
    let Some((operator, word)) = operator(operation) else { return };
    let mut mentioned = variable(name);
    match operator.as_bytes().last() {
        Some(b'-') => mentioned.default = word.to_owned(),
        Some(b'+') => mentioned.alternate = word.to_owned(),
        _ => mentioned.required = true,
    }
    let is_nested = !mentioned.required && depth < super::MAX_DEPTH;
    found(mentioned);
    if is_nested {
        within(word, depth + 1, found);
    }
}

fn variable(name: &str) -> Variable {
    Variable { name: name.to_owned(), default: String::new(), alternate: String::new(), required: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut shown = Vec::new();
        mentions(text, &mut |found| {
            let mark = if found.required { "!" } else { "" };
            shown.push(format!("{}{mark} {}|{}", found.name, found.default, found.alternate));
        });
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn every_form_of_a_variable_is_seen() {
        check(
            "$A ${B} ${C:-c}${D-d} ${E:+e}${F+f} ${G:?g}${H?}",
            &["A |", "B |", "C c|", "D d|", "E |e", "F |f", "G! |", "H! |"],
        );
    }

    #[test]
    fn those_inside_defaults_and_alternates_are_seen_those_inside_messages_are_not() {
        check("${A:-x${B:-$C}y}", &["A x${B:-$C}y|", "B $C|", "C |"]);
        check("${A:+${B}} ${C:?$D}", &["A |${B}", "B |", "C! |"]);
    }

    #[test]
    fn what_is_no_variable_is_passed_over() {
        check("$$A $1 ${1A} ${A!x} ${", &[]);
        check("${ $A", &["A |"]);
    }
}
