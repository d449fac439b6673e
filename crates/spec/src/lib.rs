//! Compose text becomes a [`model::Project`], or a list of problems.
//!
//! The flow: [`discover`] finds the files, `environment` (by `dotenv`) the variables, `tree` reads YAML into a
//! tree of values that remember where they stand, `interpolate` fills variables in, `merge` lays one file over
//! another, `unique` drops what a later item replaces, `schema` knows every key of the Compose Specification,
//! `canonical` rewrites old forms, `lower` turns the tree into the model and `validate` checks that it hangs
//! together. [`render`] is the way back to text, [`select`](select()) takes some services out, [`variables`](variables())
//! lists what is mentioned.
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
pub mod render;
mod request;
mod schema;
mod select;
mod tree;
mod unique;
mod validate;
mod variables;

pub use discover::discover;
pub use files::{FileKind, Files, MemoryFiles};
pub use interpolate::Variable;
pub use load::{Loaded, compose_words, load, project_name};
pub use request::Request;
pub use select::{dependency_order, select};
pub use variables::{environment, variables};
