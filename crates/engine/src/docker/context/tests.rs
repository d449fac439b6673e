//! What of a folder goes into a build.

use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;

use super::*;

/// Name, kind and mode of every entry, and the content of files.
fn sent(context: &Context) -> Vec<(String, EntryType, u32, String)> {
    let mut bytes = Vec::new();
    write(context, &mut bytes).unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let told = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let (header, mut text) = (entry.header().clone(), String::new());
        entry.read_to_string(&mut text).unwrap();
        let name = entry.path().unwrap().display().to_string();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        (name, header.entry_type(), header.mode().unwrap() & 0o777, text)
    });
    told.collect()
}

fn names(context: &Context) -> Vec<String> {
    sent(context).into_iter().map(|entry| entry.0).collect()
}

fn folder(files: &[(&str, &str)]) -> (TempDir, Context) {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let context = Context { folder: folder.path().to_owned(), dockerfile: "Dockerfile".into(), added: None };
    (folder, context)
}

#[test]
fn modes_links_and_long_names_are_kept() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    let (folder, context) = folder(&[("run", "x"), (&long, "y")]);
    fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o750)).unwrap();
    symlink("nowhere", folder.path().join("link")).unwrap();
    let sent = sent(&context);
    assert_eq!(sent[1].0, long);
    assert_eq!((sent[2].0.as_str(), sent[2].1), ("link", EntryType::Symlink));
    assert_eq!(sent[3], ("run".into(), EntryType::Regular, 0o750, "x".into()));
}

#[test]
fn what_the_builder_reads_is_sent_although_it_is_ignored() {
    let ignore = "*\n!kept\n";
    let (_folder, context) = folder(&[(".dockerignore", ignore), ("Dockerfile", ""), ("a", ""), ("kept/b", "")]);
    assert_eq!(names(&context), [".dockerignore", "Dockerfile", "kept/", "kept/b"]);
}

#[test]
fn an_added_dockerfile_is_hidden_from_copies() {
    let (_folder, mut context) = folder(&[(".dockerignore", "b\n"), ("a", ""), ("b", "")]);
    context.dockerfile = ADDED.into();
    context.added = Some(b"FROM x".to_vec());
    let sent = sent(&context);
    let told: Vec<_> = sent.iter().map(|entry| (entry.0.as_str(), entry.3.as_str())).collect();
    assert_eq!(told, [(ADDED, "FROM x"), (".dockerignore", "b\n\n.dockerfile.added\n"), ("a", "")]);
}

#[test]
fn a_file_cut_short_is_an_error_and_a_longer_one_is_cut() {
    let (folder, _) = folder(&[("a", "abc")]);
    let read = |left| {
        let mut text = String::new();
        let result = Exact { file: File::open(folder.path().join("a")).unwrap(), left }.read_to_string(&mut text);
        result.map(|_| text)
    };
    assert_eq!(read(2).unwrap(), "ab");
    assert_eq!(read(4).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}
