//! Warnings as docker compose writes them where no terminal is: a line of `logrus`, which log collectors parse.

use diagnostic::quoted;

/// The line; a message of one plain word has no quotes.
pub(super) fn line(time: &str, message: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/@^+".contains(c);
    let message =
        if !message.is_empty() && message.chars().all(is_plain) { message.to_owned() } else { quoted(message) };
    format!("time=\"{time}\" level=warning msg={message}")
}

/// The time in seconds with its zone.
pub(super) fn now() -> String {
    let now = jiff::Zoned::now();
    let zone = if now.offset().is_zero() { "Z".to_owned() } else { now.strftime("%:z").to_string() };
    format!("{}{zone}", now.strftime("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(line("T", message), format!("time=\"T\" level=warning msg={expected}"));
    }

    #[test]
    fn quotes_and_line_breaks_inside_are_escaped() {
        check("The \"V\" variable is not set.", r#""The \"V\" variable is not set.""#);
        check("a\nb", r#""a\nb""#);
        check("", r#""""#);
    }

    #[test]
    fn a_plain_word_has_no_quotes() {
        check("a/b-c.yaml", "a/b-c.yaml");
    }

    #[test]
    fn the_time_is_that_of_rfc_3339() {
        let now = now();
        assert!(now.parse::<jiff::Timestamp>().is_ok(), "{now}");
        assert!(!now.contains('.'), "{now}");
    }
}
