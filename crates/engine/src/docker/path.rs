//! Paths and queries of the Engine API, encoded once and never joined by hand.

use serde::Serialize;

/// A path below the API's version, with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    query: usize,
}

impl Path {
    /// A fixed path, from its slash on.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), query: text.len() }
    }

    /// `/kind/name` or `/kind/name/verb`; the name is encoded. References of images keep their slashes, which
    /// the engine's routes expect.
    pub(crate) fn of(kind: &str, name: &str, verb: &str) -> Self {
        let mut text = format!("/{kind}/");
        encode(name, b"/:@", &mut text);
        if !verb.is_empty() {
            text.push('/');
            text.push_str(verb);
        }
        let query = text.len();
        Self { text, query }
    }

    /// Adds `key=value`.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.text.push(if self.text.len() == self.query { '?' } else { '&' });
        self.text.push_str(key);
        self.text.push('=');
        encode(value, b"/:@,", &mut self.text);
        self
    }

    /// Adds a value that the API wants as JSON.
    #[must_use]
    pub(crate) fn with_json(self, key: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("maps of texts are JSON");
        self.with(key, &json)
    }

    /// Path and query.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path alone.
    pub(crate) fn bare(&self) -> &str {
        &self.text[..self.query]
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 and `also`.
fn encode(text: &str, also: &[u8], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_cannot_leave_their_place() {
        let path = Path::of("containers", "a?b#c", "rename").with("name", "x&force=1").with("t", "2");
        assert_eq!(path.as_str(), "/containers/a%3Fb%23c/rename?name=x%26force%3D1&t=2");
        assert_eq!(path.bare(), "/containers/a%3Fb%23c/rename");
    }

    #[test]
    fn references_keep_their_slashes() {
        let path = Path::of("images", "host:5000/a/b@sha256:00", "json");
        assert_eq!(path.as_str(), "/images/host:5000/a/b@sha256:00/json");
    }

    #[test]
    fn json_is_a_value_like_another() {
        let path = Path::new("/networks").with_json("filters", &[("label", ["a=b"])]);
        assert_eq!(path.as_str(), "/networks?filters=%5B%5B%22label%22,%5B%22a%3Db%22%5D%5D%5D");
    }
}
