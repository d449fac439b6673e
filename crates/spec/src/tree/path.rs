//! The way from the root of a tree to a value that is looked at. It becomes a text only when there is something to be
//! said of the value.

use std::fmt;

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'n> {
    /// Into a mapping.
    Key(&'n str),
    /// Into a list.
    Item(usize),
}

/// Steps from the root on; with a separator between them when they are shown (`services.web.ports.0`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Path<'n>(Vec<Step<'n>>);

impl<'n> Path<'n> {
    pub(crate) fn push(&mut self, step: Step<'n>) {
        self.0.push(step);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it leads to what one key of the root names.
    pub(crate) fn is_section(&self, name: &str) -> bool {
        self.0 == [Step::Key(name)]
    }

    /// The steps with a separator of one's own.
    pub(crate) fn joined(&self, separator: &str) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Item(index) => write!(f, "{index}"),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined("."))
    }
}
