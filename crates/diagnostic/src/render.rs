//! Two ways to show a [`Diagnostic`](crate::Diagnostic): for people and for programs.

mod json;
mod text;

pub use json::json;
pub use text::{Style, text};

#[cfg(test)]
mod tests;
