//! Errors as data: problem documents (RFC 9457), and findings of loading.

use serde::{Deserialize, Serialize};

/// The body of every answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// A word for the kind: `invalid-project`, `no-such-stack`, `no-such-service`, `engine`, `superseded`,
    /// `forbidden`, `bad-request`, `internal`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status again.
    pub status: u16,
    /// One line for people.
    pub title: String,
    /// The next thing to try; may be empty.
    pub help: String,
    /// What is wrong with the files, all of it.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong, or doubtful, with a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// `error` or `warning`.
    pub severity: String,
    /// A word for the kind.
    pub code: String,
    /// One line for people.
    pub message: String,
    /// The file; empty when it is about none.
    pub file: String,
    /// From 1; 0 when there is no place.
    pub line: usize,
    /// From 1, in characters; 0 when there is no place.
    pub column: usize,
    /// The next thing to try; may be empty.
    pub help: String,
    /// All of it as people read it, without colour.
    pub rendered: String,
}

impl Finding {
    /// One that is about no place in a file; `help` may be empty.
    #[must_use]
    pub fn unplaced(severity: &str, code: &str, message: String, help: String) -> Self {
        let remedy = if help.is_empty() { String::new() } else { format!("help: {help}\n") };
        let rendered = format!("{severity}: {message}\n{remedy}");
        Self { severity: severity.to_owned(), code: code.to_owned(), message, help, rendered, ..Self::default() }
    }
}
