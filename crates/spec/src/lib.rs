//! Compose text becomes a [`model::Project`], or a list of problems.
//!
//! The flow: [`discover`] finds the files, `environment` (by `dotenv`) the variables, `tree` reads YAML into a
//! tree of values that remember where they stand, `interpolate` fills variables in, `merge` lays one file over
//! another, `unique` drops what a later item replaces, `schema` knows every key of the Compose Specification,
//! `canonical` rewrites old forms, `lower` turns the tree into the model, `validate` checks that it hangs
//! together, and `unbuilt` says what of it nothing carries out yet. [`render`] is the way back to text.
//!
//! Pure: files are read through [`Files`], variables come with the [`Request`]. No async, no clock, no
//! process environment, no engine.

mod canonical;
mod context;
mod discover;
mod dotenv;
mod environment;
mod files;
mod interpolate;
mod load;
mod lower;
mod merge;
mod paths;
mod references;
pub mod render;
mod request;
mod schema;
mod tree;
mod unbuilt;
mod unique;
mod validate;

pub use discover::discover;
pub use files::{FileKind, Files, MemoryFiles};
pub use load::{Loaded, compose_words, load, project_name};
pub use request::Request;
