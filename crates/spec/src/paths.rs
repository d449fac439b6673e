//! Paths as text: made absolute and clean without asking a file system.

use std::path::{Component, Path, PathBuf};

/// The path from `base` on when it is relative, `.` and `..` taken out.
pub(crate) fn absolute(base: &Path, path: &Path) -> PathBuf {
    clean(&base.join(path))
}

/// Without `.`, `..` and doubled separators, as far as the text alone says (Go's `filepath.Clean`).
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// A path with the home folder in the place of `~`.
pub(crate) fn expand_home(home: Option<&Path>, text: &str) -> String {
    match (text.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => clean(&home.join(rest.trim_start_matches('/'))).display().to_string(),
        _ => text.to_owned(),
    }
}

/// The way from one absolute folder to a path, as text; the path itself where only one of them is absolute.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    if from.is_absolute() != to.is_absolute() {
        return to.to_owned();
    }
    let (from, to) = (clean(from), clean(to));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// `C:\…`, `C:/…` or `\\…`.
pub(crate) fn is_windows_absolute(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.starts_with("\\\\")
        || (bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_text() {
        for (path, expected) in [("a/./b//c/..", "a/b"), ("/../a", "/a"), ("../a/..", ".."), ("", "."), ("/", "/")] {
            assert_eq!(clean(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn home_stands_in_the_place_of_the_tilde() {
        for (path, expected) in [("~/a", "/home/u/a"), ("~", "/home/u"), ("~x", "/home/u/x"), ("./~", "./~")] {
            assert_eq!(expand_home(Some(Path::new("/home/u")), path), expected);
        }
    }

    #[test]
    fn the_way_from_a_folder() {
        for (to, expected) in [("/p/a", "a"), ("/p", "."), ("/q/a", "../q/a"), ("/p/../x", "../x"), ("a", "a")] {
            assert_eq!(relative(Path::new("/p"), Path::new(to)), Path::new(expected));
        }
    }
}
