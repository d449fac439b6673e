//! `.dockerignore`: which files of a build context stay at home. The rules are the builder's: patterns in
//! order, the last one that matches decides, `!` takes back, a match of a folder takes its content along.

/// The patterns of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// Whether it takes back.
    keeps: bool,
    /// Its parts between slashes.
    parts: Vec<String>,
}

impl Ignore {
    /// Reads a `.dockerignore`: one pattern a line, `#` begins a comment.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(str::trim).filter(|line| !line.is_empty());
        Self { patterns: lines.filter_map(Pattern::parse).collect() }
    }

    /// Takes a path back, whatever the file says: the builder itself needs it.
    pub(crate) fn keep(&mut self, path: &str) {
        if self.ignores(path) {
            self.patterns.extend(Pattern::parse(&format!("!{path}")));
        }
    }

    /// Whether a path, relative to the context and with slashes, stays at home.
    pub(crate) fn ignores(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        self.patterns.iter().rev().find(|pattern| pattern.covers(&path)).is_some_and(|pattern| !pattern.keeps)
    }

    /// Whether something in an ignored folder may be taken back, so that it must be walked.
    pub(crate) fn may_keep_below(&self, folder: &str) -> bool {
        let folder: Vec<&str> = folder.split('/').collect();
        self.patterns.iter().any(|pattern| {
            let same = pattern.parts.iter().zip(&folder).take_while(|(part, _)| *part != "**");
            pattern.keeps && same.into_iter().all(|(part, name)| matches_name(part.as_bytes(), name.as_bytes()))
        })
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        let (keeps, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, line),
        };
        let mut parts: Vec<String> = Vec::new();
        for part in line.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part.to_owned()),
            }
        }
        (!parts.is_empty()).then_some(Self { keeps, parts })
    }

    /// Whether it matches the path or a folder that the path is in.
    fn covers(&self, path: &[&str]) -> bool {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        (1..=path.len()).any(|length| matches(&parts, &path[..length]))
    }
}

fn matches(parts: &[&str], path: &[&str]) -> bool {
    match (parts.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skipped| matches(rest, &path[skipped..])),
        (Some((part, rest)), Some((name, below))) => {
            matches_name(part.as_bytes(), name.as_bytes()) && matches(rest, below)
        }
        _ => false,
    }
}

/// `*`, `?`, `[a-z]`, `[^a-z]` and `\` within one name. A class without an end matches nothing.
fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|skipped| matches_name(rest, &name[skipped..])),
        [b'?', rest @ ..] => {
            // One character, not one byte.
            let length = name.first().map_or(0, |first| match first {
                0..0xc0 => 1,
                0xc0..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0.. => 4,
            });
            length > 0 && matches_name(rest, name.get(length..).unwrap_or_default())
        }
        [b'[', rest @ ..] => match (class(rest), name.split_first()) {
            (Some((holds, rest)), Some((first, name))) => holds(*first) && matches_name(rest, name),
            _ => false,
        },
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            name.split_first().is_some_and(|(first, name)| first == literal && matches_name(rest, name))
        }
    }
}

/// A class after its `[`: what it holds, and what follows it.
fn class(pattern: &[u8]) -> Option<(impl Fn(u8) -> bool, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    loop {
        match rest {
            [b']', after @ ..] if !ranges.is_empty() => {
                return Some((move |byte| ranges.iter().any(|(a, z)| (*a..=*z).contains(&byte)) != negated, after));
            }
            [first, b'-', last, after @ ..] if *last != b']' => {
                ranges.push((*first, *last));
                rest = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                rest = after;
            }
            [] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, ignored: &[&str], sent: &[&str]) {
        let ignore = Ignore::parse(file);
        for path in ignored {
            assert!(ignore.ignores(path), "{path} is sent by {file:?}");
        }
        for path in sent {
            assert!(!ignore.ignores(path), "{path} is ignored by {file:?}");
        }
    }

    #[test]
    fn a_folder_takes_its_content_along() {
        check("node_modules\n/target/\n", &["node_modules", "node_modules/a/b", "target/x"], &["src/target", "a"]);
    }

    #[test]
    fn stars_stay_within_a_name_and_double_ones_do_not() {
        check("*.log\n**/*.tmp\na/**/z", &["x.log", "x.tmp", "a/b/x.tmp", "a/z", "a/b/c/z"], &["a/x.log", "z"]);
    }

    #[test]
    fn the_last_match_decides() {
        check("*\n!src\nsrc/secret", &["a", "src/secret", "src/secret/b"], &["src", "src/a"]);
        check("!a\na", &["a"], &[]);
    }

    #[test]
    fn classes_and_escapes_match_one_character() {
        check("a[0-9]b\n\\*c\nd?e\n[^x]y", &["a5b", "*c", "dée", "zy"], &["axb", "cc", "de", "xy"]);
        check("[unclosed", &[], &["u", "[unclosed"]);
    }

    #[test]
    fn comments_blanks_and_a_byte_order_mark_are_no_patterns() {
        check("\u{feff}# a\n\n  b  \r\n.\n", &["b"], &["# a", "a", "."]);
    }

    #[test]
    fn an_ignored_folder_is_walked_only_for_what_may_be_taken_back() {
        let ignore = Ignore::parse("a\nb\n!a/keep\n");
        assert!(ignore.may_keep_below("a") && !ignore.may_keep_below("b") && !ignore.may_keep_below("a/other"));
        assert!(Ignore::parse("b\n!**/keep").may_keep_below("b"));
    }
}
