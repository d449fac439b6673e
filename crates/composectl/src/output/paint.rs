//! One stream, with or without colour.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;

use super::plain::shown;
use crate::args::Ansi;

static ANSI: OnceLock<Ansi> = OnceLock::new();

/// Decides about colour, once, before anything is printed.
pub(crate) fn set_ansi(ansi: Ansi) {
    let _ = ANSI.set(ansi);
}

/// A stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    has_color: bool,
    is_terminal: bool,
    is_stderr: bool,
}

/// Standard error.
pub(crate) fn stderr() -> Paint {
    let is_terminal = std::io::stderr().is_terminal();
    Paint { has_color: colours(is_terminal), is_terminal, is_stderr: true }
}

/// Standard output.
pub(crate) fn stdout() -> Paint {
    let is_terminal = std::io::stdout().is_terminal();
    Paint { has_color: colours(is_terminal), is_terminal, is_stderr: false }
}

fn colours(is_terminal: bool) -> bool {
    match ANSI.get().copied().unwrap_or(Ansi::Auto) {
        Ansi::Always => true,
        Ansi::Never => false,
        Ansi::Auto => {
            is_terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

impl Paint {
    pub(crate) fn has_color(self) -> bool {
        self.has_color
    }

    /// Whether people look at it, rather than programs.
    pub(crate) fn is_terminal(self) -> bool {
        self.is_terminal
    }

    /// Columns; 80 where nobody knows.
    pub(crate) fn width(self) -> usize {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        columns
            .unwrap_or_else(|| usize::from(console::Term::stderr().size_checked().map_or(80, |(_, columns)| columns)))
    }

    /// A line. Where people look at it, nothing in it is obeyed but colours.
    pub(crate) fn line(self, text: &str) {
        self.raw(&format!("{}\n", self.plain(text)));
    }

    /// An error. Programs look for docker compose's words, which have nothing before them.
    pub(crate) fn error(self, message: &str) {
        if self.is_terminal {
            self.line(&format!("{} {message}", self.red("error:")));
        } else {
            self.line(message);
        }
    }

    /// The same with no newline of ours.
    pub(crate) fn text(self, text: &str) {
        self.raw(&self.plain(text));
    }

    /// What a terminal may be told in the middle of [`Self::raw`].
    pub(crate) fn plain(self, text: &str) -> Cow<'_, str> {
        if self.is_terminal { shown(text).into() } else { text.into() }
    }

    /// Text as it is, to be obeyed: what containers write and builds print, and what moves the cursor. A reader that went
    /// away is no reason to fail.
    pub(crate) fn raw(self, text: &str) {
        let _ = if self.is_stderr {
            write!(std::io::stderr().lock(), "{text}")
        } else {
            write!(std::io::stdout().lock(), "{text}")
        };
    }

    pub(crate) fn colour(self, code: &str, text: &str) -> String {
        if self.has_color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.colour("1;31", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.colour("1;33", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.colour("32", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.colour("1;36", text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.colour("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.colour("2", text)
    }
}
