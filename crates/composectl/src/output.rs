//! What goes to the terminal: data on standard output, everything else on standard error.

pub(crate) mod ages;
pub(crate) mod columns;
pub(crate) mod findings;
mod logrus;
mod paint;
mod plain;
pub(crate) mod progress;
pub(crate) mod sizes;
pub(crate) mod table;

pub(crate) use paint::{Paint, set_ansi, stderr, stdout};
pub(crate) use plain::printable;

/// A warning, on standard error: in colour for people, a line of logrus for programs.
pub(crate) fn warning(message: &str) {
    let paint = stderr();
    if paint.is_terminal() {
        paint.line(&format!("{} {message}", paint.yellow("warning:")));
    } else {
        paint.line(&logrus::line(&logrus::now(), message));
    }
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
    fn only_a_few_words_are_a_yes() {
        for (word, expected) in [("y", true), ("Y", true), ("TRUE", true), ("yes", false), ("on", false), ("", false)] {
            assert_eq!(super::is_true(word), expected, "{word}");
        }
    }
}
