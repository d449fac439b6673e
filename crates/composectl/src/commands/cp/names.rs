//! Which folder a copy lands in, and which name it gets there: docker's rules, as a function.

/// What stands at a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Folder,
    File,
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Landing {
    /// The folder the archive is unpacked in; it has to be there.
    pub(super) folder: String,
    /// The name of what is copied; `None` is its content alone.
    pub(super) root: Option<String>,
}

/// The folder and the last part of a path; that of `a/b/.` is `.`, the content of `a/b`.
pub(super) fn split(path: &str) -> (String, String) {
    let is_content = path == "." || path.ends_with("/.");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let lead = if path.starts_with('/') { "/" } else { "" };
    let joined = |parts: &[&str]| match (lead, parts.join("/")) {
        ("", path) if path.is_empty() => ".".to_owned(),
        (lead, path) => format!("{lead}{path}"),
    };
    match parts.split_last() {
        Some((last, folder)) if !is_content => (joined(folder), (*last).to_owned()),
        _ => (joined(&parts), ".".to_owned()),
    }
}

/// Whether a path can only be that of a folder.
pub(super) fn asserts_folder(path: &str) -> bool {
    path.ends_with('/') || path.ends_with("/.")
}

/// Where something called `name` (`.` is the content of a folder) goes when it is copied to a path.
pub(super) fn landing(name: &str, is_dir: bool, destination: &str, found: Found) -> Result<Landing, String> {
    let named = |name: &str| (name != ".").then(|| name.to_owned());
    let (folder, last) = split(destination);
    match found {
        Found::Folder => Ok(Landing { folder: destination.to_owned(), root: named(name) }),
        Found::File if is_dir => Err("cannot copy directory".to_owned()),
        Found::Nothing if !is_dir && asserts_folder(destination) => Err("no such directory".to_owned()),
        Found::Nothing if last == "." => {
            // The content of a folder that is yet to be made.
            let (folder, last) = split(&folder);
            Ok(Landing { folder, root: named(&last) })
        }
        Found::File | Found::Nothing => Ok(Landing { folder, root: named(&last) }),
    }
}

/// The path of an archive's entry below the folder it is unpacked in, as parts: what was called `base` is called
/// `root`. `None` when the entry is not below it.
pub(super) fn rebased(entry: &str, base: &str, root: &Option<String>) -> Option<Vec<String>> {
    let mut parts = entry.split('/').filter(|part| !part.is_empty() && *part != ".");
    if base != "." && parts.next() != Some(base) {
        return None;
    }
    let parts: Vec<String> = root.iter().cloned().chain(parts.map(str::to_owned)).collect();
    parts.iter().all(|part| part != "..").then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_is_the_name() {
        let check =
            |path: &str, folder: &str, last: &str| assert_eq!(split(path), (folder.into(), last.into()), "{path}");
        check("/a/b", "/a", "b");
        check("/a/b/", "/a", "b");
        check("/a/b/.", "/a/b", ".");
        check("/a", "/", "a");
        check("/", "/", ".");
        check("a", ".", "a");
        check(".", ".", ".");
    }

    fn check(name: &str, is_dir: bool, destination: &str, found: Found, expected: Result<(&str, Option<&str>), &str>) {
        let landing = landing(name, is_dir, destination, found);
        let landing = landing.as_ref().map(|landing| (landing.folder.as_str(), landing.root.as_deref()));
        assert_eq!(landing.map_err(String::as_str), expected, "{name} to {destination}");
    }

    #[test]
    fn a_file_goes_into_a_folder_or_gets_the_name() {
        check("f", false, "/d", Found::Folder, Ok(("/d", Some("f"))));
        check("f", false, "/d/g", Found::File, Ok(("/d", Some("g"))));
        check("f", false, "/d/g", Found::Nothing, Ok(("/d", Some("g"))));
        check("f", false, "/d/g/", Found::Nothing, Err("no such directory"));
    }

    #[test]
    fn a_folder_goes_into_a_folder_or_becomes_it() {
        check("d", true, "/e", Found::Folder, Ok(("/e", Some("d"))));
        check(".", true, "/e", Found::Folder, Ok(("/e", None)));
        check("d", true, "/e/new", Found::Nothing, Ok(("/e", Some("new"))));
        check(".", true, "/e/new", Found::Nothing, Ok(("/e", Some("new"))));
        check(".", true, "/e/new/.", Found::Nothing, Ok(("/e", Some("new"))));
        check("d", true, "/e/f", Found::File, Err("cannot copy directory"));
    }

    #[test]
    fn entries_stay_below_their_root() {
        let root = Some("new".to_owned());
        let check = |entry: &str, base: &str, root: &Option<String>, expected: Option<&str>| {
            assert_eq!(rebased(entry, base, root).map(|parts| parts.join("/")).as_deref(), expected, "{entry}");
        };
        check("data/x", "data", &root, Some("new/x"));
        check("data", "data", &root, Some("new"));
        check("./x", ".", &None, Some("x"));
        check("./", ".", &root, Some("new"));
        check("data/../../x", "data", &root, None);
        check("../x", ".", &None, None);
        check("other/x", "data", &root, None);
    }
}
