//! What is found out about an installation.

use serde::{Deserialize, Serialize};

/// One of `GET /v1/checks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at: `engine`, `socket /run/composed/composed.sock`, ….
    pub subject: String,
    /// What to think of it.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// The next thing to try; empty where nothing is to be done.
    #[serde(default)]
    pub help: String,
}

/// What to think of something that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// It may be meant, and should be known.
    Warning,
    /// Something is wrong.
    Problem,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    /// Something that is as it should be.
    #[must_use]
    pub fn ok(subject: &str, found: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), verdict: Verdict::Ok, found: found.into(), help: String::new() }
    }

    /// Something that may be meant.
    #[must_use]
    pub fn warning(subject: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, help: help.into(), ..Self::ok(subject, found) }
    }

    /// Something that is wrong.
    #[must_use]
    pub fn problem(subject: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { verdict: Verdict::Problem, help: help.into(), ..Self::ok(subject, found) }
    }
}
