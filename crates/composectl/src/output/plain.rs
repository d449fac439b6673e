//! Texts of others, which a terminal is not to obey.

/// A text with nothing in it that a terminal obeys: control characters, and marks that turn the direction of reading,
/// are written out.
pub(crate) fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut plain, c));
    plain
}

/// What we say, with texts of others in it: the same, but lines stay lines, and colours colours. What a colour was begun
/// for ends with the text.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut is_coloured = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = colour(rest) {
            is_coloured = !matches!(code, "\u{1b}[0m" | "\u{1b}[m");
            shown += code;
            rest = &rest[code.len()..];
            continue;
        }
        match c {
            '\n' => shown.push(c),
            _ => push(&mut shown, c),
        }
        rest = &rest[c.len_utf8()..];
    }
    if is_coloured {
        shown += "\u{1b}[0m";
    }
    shown
}

/// The colour that a text begins with. One that hides what follows is none.
fn colour(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';').filter(|end| inside[*end..].starts_with('m'))?;
    let hides = inside[..end].split(';').any(|number| number.trim_start_matches('0') == "8");
    (!hides).then(|| &text[..end + 3])
}

fn push(plain: &mut String, c: char) {
    let is_obeyed = c.is_control() && c != '\t' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if is_obeyed {
        plain.extend(c.escape_default());
    } else {
        plain.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, expected) in [
            ("a\tb", "a\tb"),
            ("\x1b]52;c;Zm9v\x07", "\\u{1b}]52;c;Zm9v\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}evil", "\\u{202e}evil"),
        ] {
            assert_eq!(printable(text), expected);
            assert_eq!(shown(text), expected);
        }
        assert_eq!(printable("a\n\x1b[1m"), "a\\n\\u{1b}[1m");
    }

    #[test]
    fn lines_and_colours_are_shown_and_colours_end() {
        for (text, expected) in [
            ("a\n\x1b[1;31mb\x1b[0m\n", "a\n\x1b[1;31mb\x1b[0m\n"),
            ("\x1b[1;38;5;10mé", "\x1b[1;38;5;10mé\x1b[0m"),
            ("\x1b[mb", "\x1b[mb"),
            ("\x1b[1;8mb", "\\u{1b}[1;8mb"),
            ("\x1b[2K\x1b[1A\r", "\\u{1b}[2K\\u{1b}[1A\\r"),
            ("\x1b[", "\\u{1b}["),
            ("\x1b[31", "\\u{1b}[31"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
