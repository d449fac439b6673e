//! What goes to the terminal: data on standard output, everything else on standard error.

pub(crate) mod ages;
pub(crate) mod columns;
pub(crate) mod findings;
mod logrus;
mod paint;
pub(crate) mod progress;
pub(crate) mod sizes;
pub(crate) mod table;

pub(crate) use paint::{Paint, set_ansi, stderr, stdout};

/// A warning, on standard error: in colour for people, a line of logrus for programs.
pub(crate) fn warning(message: &str) {
    let paint = stderr();
    if paint.is_terminal() {
        paint.line(&format!("{} {message}", paint.yellow("warning:")));
    } else {
        paint.line(&logrus::line(&logrus::now(), message));
    }
}

/// A text of somebody else's with nothing in it that a terminal obeys: control characters, and marks that turn the
/// direction of reading, are written out.
pub(crate) fn printable(text: &str) -> String {
    let obeys = |c: char| c.is_control() && c != '\t' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().fold(String::with_capacity(text.len()), |mut plain, c| {
        if obeys(c) {
            plain.extend(c.escape_default())
        } else {
            plain.push(c)
        }
        plain
    })
}

/// Whether a variable says yes.
pub(crate) fn is_yes(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| is_true(&value))
}

/// docker compose's yes; everything else is a no, `yes` and `on` too.
pub(crate) fn is_true(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "1" | "t" | "true" | "y")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, expected) in [
            ("a\tb", "a\tb"),
            ("\x1b]52;c;Zm9v\x07", "\\u{1b}]52;c;Zm9v\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}evil", "\\u{202e}evil"),
        ] {
            assert_eq!(super::printable(text), expected);
        }
    }

    #[test]
    fn only_a_few_words_are_a_yes() {
        for (word, expected) in [("y", true), ("Y", true), ("TRUE", true), ("yes", false), ("on", false), ("", false)] {
            assert_eq!(super::is_true(word), expected, "{word}");
        }
    }
}
