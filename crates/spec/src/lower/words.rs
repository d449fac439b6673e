//! A command line as words, the way docker compose splits it: quotes and backslashes, no variables, and the
//! first unquoted `;`, `&`, `|`, `<` or `>` ends it.

/// The words, and what was left out after an operator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Words<'a> {
    pub(crate) words: Vec<String>,
    pub(crate) dropped: Option<&'a str>,
}

/// Splits a command line; `None` when a quote or a parenthesis stays open.
pub(crate) fn split(line: &str) -> Option<Words<'_>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut any = false;
    let (mut escaped, mut single, mut double, mut back, mut dollar) = (false, false, false, false, false);
    let mut dropped = None;
    for (at, c) in line.char_indices() {
        if escaped {
            word.push(c);
            escaped = false;
            any = true;
            continue;
        }
        match c {
            '\\' if single => word.push(c),
            '\\' => escaped = true,
            ' ' | '\t' | '\r' | '\n' => {
                if single || double || back || dollar {
                    word.push(c);
                } else if any {
                    words.push(std::mem::take(&mut word));
                    any = false;
                }
            }
            '"' if !single && !dollar => {
                double = !double;
                any = true;
            }
            '\'' if !double && !dollar => {
                single = !single;
                any = true;
            }
            ';' | '&' | '|' | '<' | '>' if !(single || double || back || dollar) => {
                if c == '>' && word.starts_with(|c: char| c.is_ascii_digit()) {
                    any = false;
                }
                dropped = Some(&line[at..]);
                break;
            }
            _ => {
                match c {
                    '`' if !single && !double && !dollar => back = !back,
                    ')' if !single && !double && !back => dollar = !dollar,
                    '(' if !single && !double && !back => {
                        if dollar || !word.ends_with('$') {
                            return None;
                        }
                        dollar = true;
                    }
                    _ => {}
                }
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    let open = escaped || single || double || back || dollar;
    (!open).then_some(Words { words, dropped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&[&str]>) {
        let words = split(line).map(|words| words.words);
        assert_eq!(
            words.as_deref(),
            expected.map(|words| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()).as_deref(),
            "{line}"
        );
    }

    #[test]
    fn quotes_and_backslashes_keep_words_together() {
        check("a  b\tc", Some(&["a", "b", "c"]));
        check(r#"a "b c" 'd "e' f\ g \n"#, Some(&["a", "b c", "d \"e", "f g", "n"]));
        check(r#"'' """#, Some(&["", ""]));
        check("", Some(&[]));
    }

    #[test]
    fn an_operator_ends_the_line() {
        check("sleep 5 && echo x", Some(&["sleep", "5"]));
        check("a 2>/dev/null", Some(&["a"]));
        check("a '&&' b", Some(&["a", "&&", "b"]));
        assert_eq!(split("a; b").unwrap().dropped, Some("; b"));
    }

    #[test]
    fn what_stays_open_is_no_command() {
        for line in ["a 'b", "a \"b", "a \\", "a `b", "a $(b", "(a)"] {
            check(line, None);
        }
    }

    #[test]
    fn substitutions_stay_as_they_are() {
        check("a $(b c) `d e`", Some(&["a", "$(b c)", "`d e`"]));
    }
}
