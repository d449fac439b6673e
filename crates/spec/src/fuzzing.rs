//! Doors for the fuzzer into single phases of loading. They are only there in a build of `fuzz/`, and promise
//! nothing.

use std::collections::BTreeMap;
use std::path::Path;

use diagnostic::SourceId;

use crate::context::Context;
use crate::interpolate::{Lookup, mentions, substitute};
use crate::{MemoryFiles, canonical, dotenv, lower, tree};

/// Reads YAML.
pub fn yaml(text: &[u8]) {
    let (documents, problems) = tree::documents(SourceId(0), text, "F");
    assert!(documents.len() <= text.len() + 1 && problems.len() <= 51, "more than was written");
}

/// Fills variables in: `A` is set, `B` is empty, all others are unset.
pub fn interpolation(text: &str) {
    struct Two;
    impl Lookup for Two {
        fn value(&mut self, name: &str) -> Option<String> {
            match name {
                "A" => Some("a".to_owned()),
                "B" => Some(String::new()),
                _ => None,
            }
        }

        fn missing(&mut self, _: &str, _: usize) {}
    }
    if let Err(failure) = substitute(text, &mut Two) {
        assert!(text.is_char_boundary(failure.at), "a place inside a character");
    }
    mentions(text, &mut |found| assert!(!found.name.is_empty(), "a variable without name"));
}

/// Reads a file of variables in both dialects.
pub fn variables(text: &[u8]) {
    let files = MemoryFiles::default();
    for parse in [dotenv::parse, dotenv::parse_raw] {
        let mut context = Context::new(&files, Path::new("/p"));
        let _ = parse(&mut context, Path::new("/p/.env"), text, &|_| None, BTreeMap::new());
    }
}

/// Reads the short forms that are one text: ports, mounts, commands, durations, sizes.
pub fn words(text: &str) {
    let _ = canonical::parse_port(text);
    let _ = canonical::parse_mount(text);
    let _ = lower::split_words(text);
    let _ = text.parse::<model::Duration>();
    let _ = text.parse::<model::Size>();
}
