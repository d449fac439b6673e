//! A text that is shown nowhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret's value. It is written where the model is kept, and never in messages, logs or plans.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever hands it to the container it is meant for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"…\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_nowhere_and_kept_whole() {
        let hidden = Hidden::new("s3cret");
        assert!(!format!("{hidden:?} {:?}", Some(&hidden)).contains("s3cret"));
        assert_eq!(serde_json::to_string(&hidden).unwrap(), "\"s3cret\"");
    }
}
