//! Texts in double quotes, as Go's `%q` prints them: what programs that read docker compose's output expect.

/// The text in double quotes, with what cannot be printed escaped.
///
/// ```
/// assert_eq!(diagnostic::quoted("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_invisible(c) && u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if is_invisible(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What has no shape of its own on a screen: controls, all blanks but the ordinary one, marks of direction,
/// private letters.
fn is_invisible(c: char) -> bool {
    c != ' ' && (c.is_control() || c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(quoted(text), expected);
    }

    #[test]
    fn letters_of_any_script_stay() {
        check("it's né 日 😀", "\"it's né 日 😀\"");
        check("", "\"\"");
    }

    #[test]
    fn quotes_and_what_cannot_be_seen_are_escaped() {
        check("a\"b\\c", r#""a\"b\\c""#);
        check("\u{7}\n\t\u{1b}\u{7f}", r#""\a\n\t\x1b\x7f""#);
        check("\u{a0}\u{200b}\u{feff}\u{f0000}", r#""\u00a0\u200b\ufeff\U000f0000""#);
    }
}
