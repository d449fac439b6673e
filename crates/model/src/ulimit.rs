//! One resource limit of a process.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// A limit: one number for both bounds, or a soft and a hard one (Compose Specification, `ulimits`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Ulimit {
    /// The same number twice.
    Single(i64),
    /// The process may raise `soft` up to `hard`.
    Range {
        /// In force at first.
        #[serde(default)]
        soft: i64,
        /// Never to be passed.
        #[serde(default)]
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

impl Serialize for Ulimit {
    /// A single number as it is, two as a mapping of those that are not 0. A single 0 is the empty mapping:
    /// docker compose cannot tell it from an unset one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (soft, hard) = match self {
            Self::Single(both) if *both != 0 => return serializer.serialize_i64(*both),
            other => other.bounds(),
        };
        let mut bounds = serializer.serialize_struct("Ulimit", usize::from(soft != 0) + usize::from(hard != 0))?;
        for (key, bound) in [("soft", soft), ("hard", hard)].into_iter().filter(|(_, bound)| *bound != 0) {
            bounds.serialize_field(key, &bound)?;
        }
        bounds.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical;

    #[test]
    fn a_zero_is_left_out_as_docker_compose_leaves_it_out() {
        for (limit, text) in [
            (Ulimit::Single(3), "3"),
            (Ulimit::Single(0), "{}"),
            (Ulimit::Range { soft: 0, hard: 2 }, r#"{"hard":2}"#),
            (Ulimit::Range { soft: 1, hard: 2 }, r#"{"soft":1,"hard":2}"#),
        ] {
            assert_eq!(canonical::compact(&limit), text);
            let again: Ulimit = serde_json::from_str(text).unwrap();
            assert_eq!(again.bounds(), limit.bounds());
        }
    }
}
