//! Ways to show a [`Diagnostic`](crate::Diagnostic): for people, with or without its title, and for programs.

mod json;
mod text;

pub use json::json;
pub use text::{Style, details, text};

#[cfg(test)]
mod tests;
