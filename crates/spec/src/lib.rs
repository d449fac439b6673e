//! Compose text becomes a [`model::Project`], or a list of problems.
//!
//! The flow: [`discover`] finds the files, `environment` (by `dotenv`) the variables. For each file `tree` reads
//! YAML into a tree of values that remember where they stand, `interpolate` fills variables in, `load::include`
//! brings other projects, `reset` takes away what tags say, `load::extends` puts services together, `merge` lays
//! the file over those before it, `unique` drops what a later item replaces, `schema` knows every key of the
//! Compose Specification, `canonical` spells short and old forms out. Then, once: `defaults`, `resolve` (paths),
//! `normalize` (what is implied), `lower` (the tree becomes the model) and `validate` (whether it hangs together).
//! [`render`] is the way back to text, [`select`](select()) takes some services out.
//!
//! Pure: files are read through [`Files`], variables come with the [`Request`]. No async, no clock, no
//! process environment, no engine.

mod canonical;
mod care;
mod context;
mod defaults;
mod discover;
mod dotenv;
mod environment;
mod files;
pub mod flags;
#[cfg(fuzzing)]
pub mod fuzzing;
mod interpolate;
mod lint;
mod load;
mod lower;
mod merge;
mod normalize;
mod options;
mod paths;
mod references;
pub mod render;
mod request;
mod reset;
mod resolve;
mod schema;
mod select;
mod tree;
mod unbuilt;
mod unique;
mod validate;
mod variables;

pub use discover::discover;
pub use files::{FileKind, Files, MemoryFiles};
pub use interpolate::Variable;
pub use lint::LINTS;
pub use load::{Loaded, check, compose_words, load, load_with, project_name};
pub use options::Options;
pub use request::Request;
pub use select::{dependency_order, select, with_dependencies};
pub use tree::keep_parser_quiet;
pub use variables::{environment, variables};
