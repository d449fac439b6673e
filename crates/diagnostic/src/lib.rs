//! Problems in texts that people wrote: where they are, what they are, and how they are shown.
//!
//! A [`Diagnostic`] is plain data; [`render::text`] lays it out like rustc does, [`render::details`] leaves the
//! title to others, [`render::json`] is for programs. This crate knows nothing of what the texts mean: no Compose, no YAML, no files.

mod problem;
mod quote;
pub mod render;
mod similar;
mod source;

pub use problem::{Diagnostic, Label, Severity};
pub use quote::quoted;
pub use similar::did_you_mean;
pub use source::{Location, SourceId, Sources, Span};
