//! F32: files that somebody replaces while they are read, all of them at once, as a mounted config map is: a folder is
//! put in the place of another, through a link. Whatever is applied is one version of all of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use rustix::process::Signal;
use serde_json::Value;
use support::daemon::Daemon;
use support::deadline::eventually;
use support::folder::Folder;
use support::programs::{command, run};

/// How long they are replaced.
const SPAN: Duration = Duration::from_secs(4);
/// The pace of it.
const PAUSE: Duration = Duration::from_millis(1);

/// A whole version of the files in place of the one before: one, one that it includes, one that it extends, and one of
/// variables, each with the version in it.
fn put(folder: &Path, version: u32) {
    let own = folder.join(format!("version-{version}"));
    fs::create_dir(&own).unwrap();
    let service = |name: &str, more: &str| {
        format!("services:\n  {name}:\n    image: box\n    environment: {{{name}: \"{version}\"}}\n{more}")
    };
    let extends = "    extends: {file: base.yaml, service: base}\n    env_file: [web.env]\n";
    let main = format!("name: shop\ninclude: [more.yaml]\n{}", service("web", extends));
    fs::write(own.join("compose.yaml"), main).unwrap();
    fs::write(own.join("more.yaml"), service("more", "")).unwrap();
    fs::write(own.join("base.yaml"), service("base", "")).unwrap();
    fs::write(own.join("web.env"), format!("file={version}\n")).unwrap();
    symlink(&own, folder.join("..next")).unwrap();
    fs::rename(folder.join("..next"), folder.join("..data")).unwrap();
    if let Some(former) = version.checked_sub(2) {
        fs::remove_dir_all(folder.join(format!("version-{former}"))).unwrap();
    }
}

/// Every version that is in the last definition taken in.
fn applied(ledger: &Connection) -> Vec<String> {
    let read = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let text = ledger.query_row("SELECT project FROM stack WHERE name = 'shop'", [], read).unwrap();
    let project: Value = serde_json::from_str(&text).unwrap();
    let variables = |service: &str| project["services"][service]["environment"].as_object().cloned().unwrap();
    let mut said: Vec<String> =
        [variables("web"), variables("more")].iter().flat_map(|all| all.values()).map(Value::to_string).collect();
    assert_eq!(said.len(), 4, "{project}");
    said.sort();
    said.dedup();
    said
}

#[test]
fn files_that_are_replaced_while_they_are_read_are_applied_together() {
    let folder = Folder::new();
    fs::create_dir(folder.join("files")).unwrap();
    let files = folder.join("files");
    put(&files, 0);
    for name in ["compose.yaml", "more.yaml", "base.yaml", "web.env"] {
        symlink(format!("..data/{name}"), files.join(name)).unwrap();
    }
    let daemon = Daemon::start(&folder, "unix:///nowhere");
    let ask = |args: &[&str]| run(command("composectl", &folder).arg("--socket").arg(daemon.socket()).args(args));
    let up = ask(&["-f", "files/compose.yaml", "up", "-d"]);
    assert_eq!(up.code, 1, "there is no engine: {up}");
    let path = folder.join("composed/state/ledger.db");
    let ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let is_over = AtomicBool::new(false);
    let (last, seen) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut version = 0;
            while !is_over.load(Ordering::Relaxed) {
                version += 1;
                put(&files, version);
                std::thread::sleep(PAUSE);
            }
            version
        });
        let (began, mut seen) = (Instant::now(), Vec::new());
        while began.elapsed() < SPAN {
            // It reads them again at each, whatever its watch sees.
            daemon.signal(Signal::HUP);
            let versions = applied(&ledger);
            if !seen.contains(&versions) {
                seen.push(versions);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        (writer.join().unwrap(), seen)
    });
    let mixed: Vec<_> = seen.iter().filter(|versions| versions.len() != 1).collect();
    assert!(mixed.is_empty(), "of {} that were applied while {last} were written: {mixed:?}", seen.len());
    assert!(seen.len() > 2, "of {last} that were written {seen:?} were applied");
    eventually("the last is applied", || (applied(&ledger) == [format!("\"{last}\"")]).then_some(()));
    let status = ask(&["status"]).well();
    assert!(!status.stdout.contains("while they are read"), "{status}");
    println!("{last} versions in {} s, {} of them applied, none of them mixed", SPAN.as_secs(), seen.len());
}
