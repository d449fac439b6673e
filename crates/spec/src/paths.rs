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

/// A path of a file, absolute: `~` is the home folder, a relative one starts at `base`. One that is absolute
/// already stays as it is written.
pub(crate) fn resolve(base: &Path, home: Option<&Path>, text: &str) -> String {
    if text.starts_with('/') || is_windows_absolute(text) {
        return text.to_owned();
    }
    let expanded = match (text.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(text),
    };
    absolute(base, &expanded).display().to_string()
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
    fn a_path_of_a_file_is_absolute() {
        for (path, expected) in [
            ("./a", "/p/a"),
            ("../a", "/a"),
            ("~/a", "/home/u/a"),
            ("~", "/home/u"),
            ("~x", "/home/u/x"),
            ("C:\\a", "C:\\a"),
            ("/a/../b/", "/a/../b/"),
        ] {
            assert_eq!(resolve(Path::new("/p"), Some(Path::new("/home/u")), path), expected);
        }
    }
}
