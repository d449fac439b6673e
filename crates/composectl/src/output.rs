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
