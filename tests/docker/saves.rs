//! Hostile saves, one after the other: whatever is applied is one whole file. `SAVES=n` says how many; how long one takes
//! to be applied is printed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use support::deadline::eventually;

use crate::stand::Stand;

/// How many a plain run makes.
const SAVES: u32 = 24;
/// Services that want no container: each save is a new definition, and nothing has to be done for it.
const SERVICES: u32 = 12;

/// A definition whose services all say the same version: a part of one is seen by their not agreeing, or missing.
fn text(stand: &Stand, version: u32) -> String {
    let service = |number: u32| {
        format!(
            "  s{number}:\n    image: composed.local/box:1\n    scale: 0\n    environment: {{VERSION: \"{version}\"}}\n"
        )
    };
    stand.text(&format!("services:\n{}", (0..SERVICES).map(service).collect::<String>()))
}

/// Writes in pieces, with a pause between them that is longer than any quiet that could be waited for.
fn in_pieces(path: &Path, text: &str) {
    let mut file = File::create(path).unwrap();
    for piece in text.as_bytes().chunks(text.len() / 3 + 1) {
        file.write_all(piece).unwrap();
        file.flush().unwrap();
        let began = Instant::now();
        eventually("a pause", || (began.elapsed() > Duration::from_millis(150)).then_some(()));
    }
}

/// One of the ways in which files are saved.
fn save(stand: &Stand, round: u32, text: &str) {
    let path = stand.folder.join("compose.yaml");
    let aside = stand.folder.join(".compose.yaml.swp");
    match round % 6 {
        0 => fs::write(&path, text).unwrap(),
        1 => {
            fs::write(&aside, text).unwrap();
            fs::rename(&aside, &path).unwrap();
        }
        2 => in_pieces(&path, text),
        3 => {
            // As vim does it: the old one aside, a new one, the old one gone.
            fs::rename(&path, &aside).unwrap();
            in_pieces(&path, text);
            fs::remove_file(&aside).unwrap();
        }
        4 => {
            fs::write(stand.folder.join(format!("version-{round}.yaml")), text).unwrap();
            let _ = fs::remove_file(&aside);
            std::os::unix::fs::symlink(format!("version-{round}.yaml"), &aside).unwrap();
            fs::rename(&aside, &path).unwrap();
        }
        _ => {
            // Not through the link of before.
            fs::remove_file(&path).unwrap();
            in_pieces(&path, text);
        }
    }
}

/// The versions that the last definition taken in says, each once.
fn applied(ledger: &Connection, project: &str) -> Vec<String> {
    let read = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let Ok(text) = ledger.query_row("SELECT project FROM stack WHERE name = ?1", [project], read) else {
        return Vec::new();
    };
    let project: serde_json::Value = serde_json::from_str(&text).unwrap();
    let services = project["services"].as_object().unwrap();
    let version = |service: &serde_json::Value| service["environment"]["VERSION"].as_str().unwrap().to_owned();
    let mut versions: Vec<String> = services.values().map(version).collect();
    assert_eq!(versions.len(), SERVICES as usize, "a part of a file was applied: {:?}", services.keys());
    versions.dedup();
    versions
}

#[test]
fn whatever_is_applied_is_one_whole_file() {
    let saves = std::env::var("SAVES").ok().map_or(SAVES, |text| text.parse().expect("SAVES is a number"));
    let stand = Stand::new("services: {}");
    fs::write(stand.folder.join("compose.yaml"), text(&stand, 0)).unwrap();
    let mut stand = stand;
    stand.start_daemon();
    stand.up();
    let path = stand.folder.join("composed/state/ledger.db");
    let ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut times = Vec::new();
    for round in 1..=saves {
        save(&stand, round, &text(&stand, round));
        let saved = Instant::now();
        eventually("it is applied", || {
            let versions = applied(&ledger, &stand.project);
            assert!(versions.len() <= 1, "two files were mixed: {versions:?}");
            (versions == [round.to_string()]).then_some(())
        });
        times.push(saved.elapsed());
    }
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_millis();
    println!("{saves} saves: applied after {} ms at the median, {} ms at the slowest", at(0.5), at(1.0));
    assert!(stand.status()["findings"].as_array().is_some_and(Vec::is_empty));
}
