//! One resource limit of a process.

use serde::{Deserialize, Serialize};

/// A limit: one number for both bounds, or a soft and a hard one (Compose Specification, `ulimits`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ulimit {
    /// The same number twice.
    Single(i64),
    /// The process may raise `soft` up to `hard`.
    Range {
        /// In force at first.
        soft: i64,
        /// Never to be passed.
        hard: i64,
    },
}

impl Ulimit {
    /// The bound in force at first, and the one never to be passed.
    #[must_use]
    pub fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Single(both) => (*both, *both),
            Self::Range { soft, hard } => (*soft, *hard),
        }
    }
}
