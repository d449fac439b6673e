//! The terminal in which the command runs: its size, and its raw mode, which ends with the value that holds it.

use std::io::IsTerminal as _;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// A terminal that passes on what is typed as it is, until this is dropped: at the end, on an error, on a signal
/// that is waited for, on a panic.
pub(crate) struct Raw {
    before: Termios,
}

impl Raw {
    /// Makes standard input raw; `None` when it is no terminal.
    pub(crate) fn stdin() -> Option<Self> {
        let stdin = rustix::stdio::stdin();
        let before = tcgetattr(stdin).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin, OptionalActions::Now, &raw).ok()?;
        Some(Self { before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Columns and rows of standard output, where it is a terminal.
pub(crate) fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(rustix::stdio::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether somebody types.
pub(crate) fn is_stdin() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether somebody reads.
pub(crate) fn is_stdout() -> bool {
    std::io::stdout().is_terminal()
}
