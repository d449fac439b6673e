//! The keys that leave a process running: `ctrl-p,ctrl-q` unless told otherwise. They are taken out of what is
//! typed; what only begins like them is handed on.

/// The keys, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DetachKeys(Vec<u8>);

impl Default for DetachKeys {
    fn default() -> Self {
        Self(vec![0x10, 0x11])
    }
}

impl DetachKeys {
    /// Reads `ctrl-X` (a letter, `@`, `[`, `\`, `]`, `^` or `_`) and single characters, comma-joined; `None` when it
    /// is nothing of the kind.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let key = |word: &str| match word.as_bytes() {
            [key] => Some(*key),
            _ => match word.strip_prefix("ctrl-")?.as_bytes() {
                [letter @ b'a'..=b'z'] => Some(letter - b'a' + 1),
                [b'@'] => Some(0),
                [other @ b'['..=b'_'] => Some(other - b'[' + 27),
                _ => None,
            },
        };
        text.split(',').map(key).collect::<Option<Vec<u8>>>().map(Self)
    }
}

/// What is typed, without the keys.
#[derive(Debug)]
pub(crate) struct Escape {
    keys: DetachKeys,
    /// How many of the keys came so far.
    matched: usize,
}

impl Escape {
    pub(crate) fn new(keys: DetachKeys) -> Self {
        Self { keys, matched: 0 }
    }

    /// What is to be handed on of a piece, and whether the keys were complete; then the rest of it is nobody's.
    pub(crate) fn pass(&mut self, typed: &[u8]) -> (Vec<u8>, bool) {
        let keys = &self.keys.0;
        let mut passed = Vec::with_capacity(typed.len());
        for byte in typed {
            if keys.get(self.matched) == Some(byte) {
                self.matched += 1;
                if self.matched == keys.len() {
                    return (passed, true);
                }
                continue;
            }
            passed.extend_from_slice(&keys[..self.matched]);
            self.matched = usize::from(keys.len() > 1 && keys.first() == Some(byte));
            if self.matched == 0 {
                passed.push(*byte);
            }
        }
        (passed, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_docker_reads_them() {
        let parsed = |text| DetachKeys::parse(text).map(|keys| keys.0);
        assert_eq!(parsed("ctrl-p,ctrl-q"), Some(DetachKeys::default().0));
        assert_eq!(parsed("ctrl-@,a,ctrl-["), Some(vec![0, b'a', 27]));
        assert_eq!(parsed("ctrl-_"), Some(vec![31]));
        for none in ["", "ctrl-", "ctrl-pp", "ctrl-1", "pq"] {
            assert_eq!(parsed(none), None, "{none}");
        }
    }

    fn check(typed: &[&[u8]], expected: &[u8], leaves: bool) {
        let mut escape = Escape::new(DetachKeys::default());
        let mut all = Vec::new();
        for piece in typed {
            let (passed, is_over) = escape.pass(piece);
            all.extend(passed);
            if is_over {
                return assert_eq!((all.as_slice(), true), (expected, leaves));
            }
        }
        assert_eq!((all.as_slice(), false), (expected, leaves));
    }

    #[test]
    fn the_keys_leave_and_what_begins_like_them_is_handed_on() {
        check(&[b"ab\x10\x11c"], b"ab", true);
        check(&[b"a\x10", b"\x11"], b"a", true);
        check(&[b"\x10", b"b"], b"\x10b", false);
        check(&[b"\x10\x10\x11"], b"\x10", true);
        check(&[b"\x11"], b"\x11", false);
    }
}
