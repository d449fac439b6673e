//! An archive becomes files of this machine, all of them below one folder: an entry that would leave it, by its
//! name or by way of a link, ends the copy. What is written belongs to whoever copies.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tar::EntryType;

use super::names::{Found, asserts_folder};
use super::pack::text;

/// Links that lead to links, at most.
const LINKS: usize = 10;

/// A destination with its links followed, and what stands there.
pub(super) fn destination(path: &str) -> Result<(String, Found), String> {
    let end = if asserts_folder(path) { &path[path.trim_end_matches('.').trim_end_matches('/').len()..] } else { "" };
    let mut place = PathBuf::from(path);
    for _ in 0..LINKS {
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&place).map_err(|error| text(&error))?;
                place = place.parent().unwrap_or(Path::new("/")).join(target);
            }
            Ok(found) => {
                let found = if found.is_dir() { Found::Folder } else { Found::File };
                return Ok((place.display().to_string(), found));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let place = place.display().to_string();
                let place = if asserts_folder(&place) { place } else { place + end };
                return Ok((place, Found::Nothing));
            }
            Err(error) => return Err(format!("lstat {path}: {}", text(&error))),
        }
    }
    Err(format!("{path}: too many links"))
}

/// Unpacks into a folder that is there. `place` says where an entry goes below it.
pub(super) fn unpack(
    archive: impl Read,
    folder: &Path,
    place: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<(), String> {
    let folder = fs::canonicalize(folder).map_err(|error| format!("{}: {}", folder.display(), text(&error)))?;
    let mut archive = tar::Archive::new(archive);
    // A folder that its owner may not write in is given its mode when all is in it.
    let mut folders: Vec<(PathBuf, u32, u64)> = Vec::new();
    for entry in archive.entries().map_err(|error| text(&error))? {
        let mut entry = entry.map_err(|error| text(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(parts) = place(&name) else { return Err(leaves(&name)) };
        let path = below(&folder, &parts, &name)?;
        write(&mut entry, &folder, &path, &name, &place, &mut folders)?;
    }
    for (path, mode, at) in folders.into_iter().rev() {
        finish(&path, mode, at).map_err(|error| format!("{}: {}", path.display(), text(&error)))?;
    }
    Ok(())
}

fn leaves(name: &str) -> String {
    format!("the archive's entry {} would leave the destination", diagnostic::quoted(name))
}

/// A path below a folder. Its own folder is there, and no link on the way leads elsewhere.
fn below(folder: &Path, parts: &[String], name: &str) -> Result<PathBuf, String> {
    let Some((last, before)) = parts.split_last() else { return Ok(folder.to_owned()) };
    let parent = before.iter().fold(folder.to_owned(), |path, part| path.join(part));
    if !parent.exists() {
        // Archives may leave folders out. Where one is a link to nothing this fails.
        let known = parent.ancestors().find(|path| path.exists()).unwrap_or(folder);
        let real = fs::canonicalize(known).map_err(|error| text(&error))?;
        if !real.starts_with(folder) {
            return Err(leaves(name));
        }
        fs::create_dir_all(&parent).map_err(|error| format!("{}: {}", parent.display(), text(&error)))?;
    }
    let real = fs::canonicalize(&parent).map_err(|error| text(&error))?;
    if real.starts_with(folder) { Ok(real.join(last)) } else { Err(leaves(name)) }
}

fn write(
    entry: &mut tar::Entry<'_, impl Read>,
    folder: &Path,
    path: &Path,
    name: &str,
    place: &impl Fn(&str) -> Option<Vec<String>>,
    folders: &mut Vec<(PathBuf, u32, u64)>,
) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {}", path.display(), text(&error));
    let kind = entry.header().entry_type();
    let mode = entry.header().mode().map_err(failed)? & 0o7777;
    let at = entry.header().mtime().map_err(failed)?;
    let there = fs::symlink_metadata(path).ok();
    let is_folder = kind == EntryType::Directory;
    match &there {
        Some(found) if found.is_dir() && !is_folder => {
            return Err(format!("cannot overwrite directory {} with non-directory", path.display()));
        }
        Some(found) if !found.is_dir() && is_folder => {
            return Err(format!("cannot overwrite non-directory {} with directory", path.display()));
        }
        // Never written through: a link would lead elsewhere.
        Some(found) if !found.is_dir() => fs::remove_file(path).map_err(failed)?,
        _ => {}
    }
    match kind {
        EntryType::Directory => {
            if there.is_none() {
                fs::create_dir(path).map_err(failed)?;
            }
            folders.push((path.to_owned(), mode, at));
        }
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let mut file = File::create_new(path).map_err(failed)?;
            io::copy(entry, &mut file).map_err(failed)?;
            drop(file);
            finish(path, mode, at).map_err(failed)?;
        }
        EntryType::Symlink => {
            let target = entry.link_name().map_err(failed)?.unwrap_or_default().into_owned();
            std::os::unix::fs::symlink(target, path).map_err(failed)?;
        }
        EntryType::Link => {
            let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let target = target.unwrap_or_default();
            let parts = place(&target).ok_or_else(|| leaves(name))?;
            fs::hard_link(below(folder, &parts, name)?, path).map_err(failed)?;
        }
        EntryType::XGlobalHeader => {}
        _ => return Err(format!("{}: devices and pipes are not copied", path.display())),
    }
    Ok(())
}

fn finish(path: &Path, mode: u32, at: u64) -> io::Result<()> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at);
    File::open(path)?.set_modified(at)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::super::names::rebased;
    use super::*;

    /// An archive of entries: a name, a kind, and a link's target or a file's text.
    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(if *kind == EntryType::Directory { 0o500 } else { 0o640 });
            header.set_mtime(1_000_000_000);
            // As hostile archives do: past the checks of who writes them.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
            if is_link {
                header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
            }
            let text = if is_link { "" } else { text };
            header.set_size(text.len() as u64);
            header.set_cksum();
            archive.append(&header, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn unpacked(entries: &[(&str, EntryType, &str)]) -> (tempfile::TempDir, Result<(), String>) {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("in");
        fs::create_dir(&folder).unwrap();
        let done = unpack(archive(entries).as_slice(), &folder, |entry| rebased(entry, ".", &None));
        (around, done)
    }

    const FILE: EntryType = EntryType::Regular;
    const DIR: EntryType = EntryType::Directory;
    const LINK: EntryType = EntryType::Symlink;

    #[test]
    fn files_come_with_their_modes_and_times() {
        let (around, done) =
            unpacked(&[("d/", DIR, ""), ("d/f", FILE, "hi"), ("d/l", LINK, "f"), ("h", EntryType::Link, "d/f")]);
        done.unwrap();
        let path = |name: &str| around.path().join("in").join(name);
        assert_eq!(fs::read_to_string(path("d/l")).unwrap(), "hi");
        assert_eq!(fs::read_to_string(path("h")).unwrap(), "hi");
        let found = fs::metadata(path("d/f")).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o640);
        assert_eq!(found.modified().unwrap(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
        assert_eq!(fs::metadata(path("d")).unwrap().permissions().mode() & 0o777, 0o500);
    }

    #[test]
    fn nothing_leaves_the_folder() {
        for entries in [
            &[("../evil", FILE, "x")][..],
            &[("a/../../evil", FILE, "x")],
            &[("up", LINK, ".."), ("up/evil", FILE, "x")],
            &[("up", LINK, "../"), ("up/sub/evil", FILE, "x")],
            &[("d/", DIR, ""), ("d/up", LINK, "../.."), ("d/up/evil", DIR, "")],
            &[("h", EntryType::Link, "../secret")],
        ] {
            let (around, done) = unpacked(entries);
            assert!(done.as_ref().is_err_and(|why| why.contains("would leave")), "{entries:?}: {done:?}");
            assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1, "{entries:?}");
        }
    }

    #[test]
    fn what_is_there_is_replaced_not_written_through() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("in");
        fs::create_dir(&folder).unwrap();
        fs::write(around.path().join("outside"), "safe").unwrap();
        std::os::unix::fs::symlink("../outside", folder.join("f")).unwrap();
        unpack(archive(&[("f", FILE, "new")]).as_slice(), &folder, |entry| rebased(entry, ".", &None)).unwrap();
        assert_eq!(fs::read_to_string(around.path().join("outside")).unwrap(), "safe");
        assert_eq!(fs::read_to_string(folder.join("f")).unwrap(), "new");
    }

    #[test]
    fn a_folder_and_a_file_do_not_replace_each_other() {
        let (_around, done) = unpacked(&[("x", FILE, "1"), ("x/", DIR, "")]);
        assert!(done.unwrap_err().starts_with("cannot overwrite non-directory"));
        let (_around, done) = unpacked(&[("x/", DIR, ""), ("x", FILE, "1")]);
        assert!(done.unwrap_err().starts_with("cannot overwrite directory"));
    }
}
