//! The house rules that a compiler does not know, as a test: walls between crates, what each file opens
//! with, names that say nothing, and a map that names every crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may know whom: the walls of ARCHITECTURE.md. A crate that is not named here may know nobody.
const WALLS: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("model", &[]),
    ("spec", &["diagnostic", "model"]),
    ("plan", &["model"]),
    ("reconcile", &["model", "plan"]),
    ("engine", &["model", "plan"]),
    ("api", &[]),
    ("composed", &["api", "diagnostic", "engine", "model", "plan", "reconcile", "spec"]),
    ("composectl", &["api", "composed", "diagnostic", "model", "spec"]),
    ("tests", &["api", "composed", "diagnostic", "engine", "model", "plan", "reconcile", "spec"]),
];

/// Crates of the outside world that one crate alone may know.
const KEEPERS: &[(&str, &[&str])] = &[
    ("bollard", &["engine"]),
    ("bollard-stubs", &["engine"]),
    ("libyaml-safer", &["spec"]),
    ("serde_yaml", &["composed"]),
    ("dotenvy", &["composed"]),
    ("rusqlite", &["composed"]),
    ("notify", &["composed"]),
    ("petgraph", &["plan"]),
    ("clap", &["composed", "composectl"]),
    ("clap_mangen", &["composectl"]),
    ("anyhow", &["composed", "composectl"]),
    ("tokio", &["api", "composed", "composectl", "engine", "tests"]),
    ("tokio-rustls", &["engine", "tests"]),
    ("tracing", &["composed", "composectl", "engine"]),
];

/// Words that name nothing.
const NAMELESS: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "info"];

/// Crates that are handed time, files and variables: their `clippy.toml` forbids fetching them.
const PURE: &[&str] = &["diagnostic", "model", "spec", "plan", "reconcile"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The dependencies of every crate of the workspace, those of its tests aside.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let names = dependencies.filter(|dependency| dependency["kind"].is_null());
            let names = names.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

fn files(extension: &str) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "git lists the files: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    let paths = listed.lines().map(PathBuf::from);
    paths.filter(|path| path.extension().is_some_and(|e| e == extension) && root().join(path).is_file()).collect()
}

#[test]
fn every_crate_knows_only_whom_it_may() {
    let edges = edges();
    let ours: BTreeSet<&String> = edges.keys().collect();
    let mut broken = Vec::new();
    for (name, known) in &edges {
        let wall = WALLS.iter().find(|(crate_, _)| crate_ == name);
        let Some((_, allowed)) = wall else {
            broken.push(format!("{name} has no row in the table of walls"));
            continue;
        };
        for other in known.iter().filter(|other| ours.contains(other) && !allowed.contains(&other.as_str())) {
            broken.push(format!("{name} knows {other}, which its wall forbids"));
        }
        for (kept, keepers) in KEEPERS {
            if known.contains(*kept) && !keepers.contains(&name.as_str()) {
                broken.push(format!("{name} knows {kept}, which only {keepers:?} may"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = files("rs")
        .iter()
        .filter(|path| !std::fs::read_to_string(root().join(path)).unwrap().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "these do not open with `//!`:\n{}", silent.join("\n"));
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let long: Vec<String> = files("rs")
        .iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| (std::fs::read_to_string(root().join(path)).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > 600)
        .map(|(lines, path)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "which second idea lives in them?\n{}", long.join("\n"));
}

#[test]
fn nothing_is_called_by_a_word_that_names_nothing() {
    let named: Vec<String> = files("rs")
        .iter()
        .filter(|path| path.iter().any(|part| NAMELESS.contains(&part.to_str().unwrap_or("").trim_end_matches(".rs"))))
        .map(|path| path.display().to_string())
        .collect();
    assert!(named.is_empty(), "find the field's own word for these:\n{}", named.join("\n"));
}

#[test]
fn nothing_is_left_behind() {
    let marks = ["to", "do!("].concat();
    let marks = [marks, ["unimple", "mented!("].concat(), ["FIX", "ME"].concat(), ["#[ig", "nore"].concat()];
    let mut left = Vec::new();
    for path in files("rs") {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        for (at, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                left.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
    }
    assert!(left.is_empty(), "left behind:\n{}", left.join("\n"));
}

#[test]
fn pure_crates_are_kept_from_clock_files_and_variables() {
    for name in PURE {
        let path = root().join("crates").join(name).join("clippy.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for method in ["std::env::var", "std::fs::read", "std::time::SystemTime::now", "std::time::Instant::now"] {
            assert!(text.contains(&format!("\"{method}\"")), "{} does not forbid {method}", path.display());
        }
    }
}

#[test]
fn the_map_names_every_crate() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let missing: Vec<String> = edges().into_keys().filter(|name| !map.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not name {missing:?}");
}

#[test]
fn every_remark_of_check_has_its_paragraph() {
    let page = std::fs::read_to_string(root().join("docs/lints.md")).unwrap();
    let mut told: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    told.sort_unstable();
    assert_eq!(told, spec::LINTS, "docs/lints.md and spec::LINTS differ");
    for (at, _) in page.match_indices("\n### ") {
        let paragraph = page[at..].lines().nth(2).unwrap_or_default();
        assert!(paragraph.len() > 40, "a heading without its paragraph: {}", &page[at..at + 30]);
    }
}

/// The tables of docs/reliability.md call a test by its name; one that was renamed would be a promise without proof.
#[test]
fn every_test_that_a_promise_rests_on_is_there() {
    let page = std::fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let sources =
        files("rs").iter().map(|path| std::fs::read_to_string(root().join(path)).unwrap()).collect::<String>();
    let rows = page.lines().filter(|line| line.starts_with("| F") || line.starts_with("| C"));
    let named = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(|name| name.contains('_'));
    let gone: Vec<&str> = named.filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(gone.is_empty(), "docs/reliability.md names tests that are not there: {gone:?}");
    for number in 1..=58 {
        assert!(page.contains(&format!("\n| F{number:02} |")), "docs/reliability.md has no row for F{number:02}");
    }
}

/// What `make mutants` breaks is still there to be broken.
#[test]
fn every_mutant_applies() {
    let patches = files("patch");
    assert!(!patches.is_empty());
    for path in patches {
        let patch = std::fs::read_to_string(root().join(&path)).unwrap();
        for part in patch.split("--- a/").skip(1) {
            let file = part.lines().next().expect("a patch names its file");
            let source = std::fs::read_to_string(root().join(file)).unwrap();
            for hunk in part.split("\n@@ ").skip(1) {
                let lines: Vec<&str> = hunk.lines().skip(1).filter(|line| !line.starts_with('+')).collect();
                // As `patch` does, which lets two lines at either end be others.
                let (first, last) = (lines.iter().take(2), lines.iter().rev().take(2));
                let is_context = |line: &&&str| !line.starts_with('-');
                let (skip, drop) = (first.take_while(is_context).count(), last.take_while(is_context).count());
                let lines = lines[skip..lines.len() - drop].iter();
                let former: String = lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect();
                assert!(source.contains(&former), "{} does not apply to {file} any more:\n{former}", path.display());
            }
        }
    }
}

/// Paths of the Engine API, as `crates/engine` writes them down: what is not on its list would be refused at run time.
#[test]
fn every_call_that_is_written_down_is_on_the_list() {
    let list = std::fs::read_to_string(root().join("crates/engine/src/docker/calls.rs")).unwrap();
    let list = &list[..list.find("/// Whether a call").unwrap()];
    let listed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    let is_listed = |shape: &str| listed.contains(shape) || listed.contains(shape.replace('*', "**").as_str());
    let mut written = BTreeSet::new();
    for path in files("rs").iter().filter(|path| path.starts_with("crates/engine/src/docker")) {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for start in ["Path::new(\"/", "listing(\"/"] {
            let fixed = text.split(start).skip(1).filter_map(|rest| rest.split('"').next());
            written.extend(fixed.map(str::to_owned));
        }
        for of in text.split("Path::of(").skip(1) {
            // `"kind", name, "verb")`, or a verb that is only known later.
            let words: Vec<&str> = of.split(')').next().unwrap_or_default().split(", ").map(str::trim).collect();
            let [kind, _, verb] = words[..] else { continue };
            let kind = kind.trim_matches('"');
            match verb.strip_prefix('"').map(|verb| verb.trim_matches('"')) {
                Some("") => written.insert(format!("{kind}/*")),
                Some(verb) => written.insert(format!("{kind}/*/{verb}")),
                None => false,
            };
        }
    }
    assert!(written.len() > 25, "they are no longer written down as they were: {written:?}");
    let missing: Vec<&String> = written.iter().filter(|shape| !is_listed(shape)).collect();
    assert!(missing.is_empty(), "not in crates/engine/src/docker/calls.rs: {missing:?}");
}
