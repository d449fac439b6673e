//! Every key of the Compose Specification with the shape of its value, and the check of a tree against them.
//!
//! The table covers the whole specification, and so do the model and what is printed of it. A key that nothing
//! carries out yet is marked [`Support::Later`]: such a file can be looked at, and is refused by whatever would
//! act on it (see [`crate::unbuilt`]), so nothing is ever silently ignored.

mod check;
mod deploy;
mod extensions;
mod resources;
mod service;
mod unbuilt;

pub(crate) use check::check;
pub(crate) use extensions::extensions;
pub(crate) use unbuilt::{problem as unbuilt_problem, unbuilt};

/// The codes of the problems that are found here, and nowhere else.
pub(crate) const CODES: [&str; 5] = ["unknown-key", "wrong-type", "invalid-value", "missing-key", "equal-items"];

/// The types of JSON, which the texts of errors speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Array,
    Boolean,
    Integer,
    Mapping,
    Null,
    Number,
    String,
}

impl Type {
    fn word(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Mapping => "mapping",
            Self::Null => "null",
            Self::Number => "number",
            Self::String => "string",
        }
    }
}

/// What a value may look like.
#[derive(Debug)]
pub(crate) enum Shape {
    Any,
    /// One of these scalar types.
    Types(&'static [Type]),
    /// An integer within bounds.
    Bounded(i128, i128),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A string that holds a match of the pattern somewhere.
    Pattern(&'static str, fn(&str) -> bool),
    List(&'static Shape),
    /// A list whose items all differ.
    Set(&'static Shape),
    /// A mapping whose keys are names of `[a-zA-Z0-9._-]+`.
    Named(&'static Shape),
    /// A mapping with any keys.
    Keyed(&'static Shape),
    /// A mapping of which only keys of `[a-z]+` are looked at.
    Lower(&'static Shape),
    Object(&'static Object),
    /// A mapping that may have other keys as well.
    Open(&'static Object),
    /// One of these scalar types, or a mapping.
    TypesOr(&'static [Type], &'static Object),
    /// The first that fits.
    OneOf(&'static [Shape]),
}

/// A mapping with a fixed set of keys.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) keys: &'static [Key],
    pub(crate) required: &'static [&'static str],
    /// Whether `x-…` keys are allowed.
    pub(crate) extensions: bool,
    /// Whether any other key is allowed, too.
    pub(crate) open: bool,
    /// Whether docker compose forgets them where it allows them.
    pub(crate) forgets_extensions: bool,
    /// Whether null is allowed in its place.
    pub(crate) nullable: bool,
}

impl Object {
    /// What the table says of a key.
    fn key(&self, name: &str) -> Option<&'static Key> {
        if self.keys.len() < LARGE {
            return self.keys.iter().find(|key| key.name == name);
        }
        self.keys.binary_search_by(|key| key.name.cmp(name)).ok().map(|at| &self.keys[at])
    }
}

/// As many keys are looked through by halves, and stand in the order of their names.
const LARGE: usize = 20;

/// A key of an [`Object`].
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static Shape,
    pub(crate) support: Support,
}

/// Whether what a key asks for is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    Full,
    /// Read and printed, not carried out yet.
    Later,
}

const fn key(name: &'static str, shape: &'static Shape) -> Key {
    Key { name, shape, support: Support::Full }
}

const fn later(name: &'static str, shape: &'static Shape) -> Key {
    Key { name, shape, support: Support::Later }
}

const fn object(keys: &'static [Key]) -> Object {
    Object { keys, required: &[], extensions: true, open: false, forgets_extensions: false, nullable: false }
}

static STRING: Shape = Shape::Types(&[Type::String]);
static BOOL: Shape = Shape::Types(&[Type::Boolean, Type::String]);
static NUMBER: Shape = Shape::Types(&[Type::Number, Type::String]);
static INTEGER: Shape = Shape::Types(&[Type::Integer, Type::String]);
static SCALAR: Shape = Shape::Types(&[Type::String, Type::Number, Type::Boolean, Type::Null]);
static OPTIONS: Shape = Shape::Keyed(&Shape::Types(&[Type::String, Type::Number]));
static STRINGS: Shape = Shape::List(&STRING);
static STRING_SET: Shape = Shape::Set(&STRING);
static STRING_OR_SET: Shape = Shape::OneOf(&[Shape::Types(&[Type::String]), Shape::Set(&STRING)]);
static LIST_OR_MAP: Shape = Shape::OneOf(&[Shape::Keyed(&SCALAR), Shape::Set(&STRING)]);
static COMMAND: Shape =
    Shape::OneOf(&[Shape::Types(&[Type::Null]), Shape::Types(&[Type::String]), Shape::List(&STRING)]);

/// The whole file.
pub(crate) static FILE: Object = object(&[
    key("version", &STRING),
    key("name", &STRING),
    key("include", &resources::INCLUDE),
    key("services", &service::SERVICES),
    key("networks", &resources::NETWORKS),
    key("volumes", &resources::VOLUMES),
    key("secrets", &resources::SECRETS),
    key("configs", &resources::CONFIGS),
    key("models", &resources::MODELS),
]);

#[cfg(test)]
mod tests;
