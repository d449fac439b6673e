//! The corpus of files that docker compose was run on, where there is one: `COMPOSED_CORPUS` names its folder. Every
//! case is given to the built CLI; what it prints has to be what docker compose printed, byte for byte. Without the
//! folder nothing is compared, and that is said aloud.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use support::programs::program;

/// What a run printed.
struct Printed {
    is_ok: bool,
    stdout: Vec<u8>,
    warnings: BTreeSet<String>,
    error: String,
}

/// A folder of inputs and of what was printed for them.
struct Case {
    folder: PathBuf,
    about: Value,
}

impl Case {
    fn texts(&self, key: &str) -> Vec<String> {
        let items = self.about[key].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    fn expected(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(format!("expected.{name}"))).ok()
    }

    fn is_stable(&self, column: &str) -> bool {
        !self.texts("unstable").iter().any(|one| one == column)
    }

    /// Puts the inputs where docker compose had them: absolute paths are part of what is printed.
    fn place(&self) -> PathBuf {
        let at = PathBuf::from(self.about["workdir"].as_str().unwrap());
        let _ = std::fs::remove_dir_all(&at);
        copy(&self.folder, &self.folder, &at);
        let there = at.join(self.about["cwd"].as_str().unwrap_or("."));
        std::fs::create_dir_all(&there).unwrap();
        there.canonicalize().unwrap()
    }

    fn run(&self, at: &Path, more: &[&str]) -> Printed {
        let mut command = Command::new(program("composectl"));
        command.current_dir(at).env_clear().stdin(Stdio::null()).args(self.texts("args"));
        for profile in self.texts("profiles") {
            command.args(["--profile", &profile]);
        }
        command.arg("config").args(self.texts("config_args")).args(more);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", "/home/dev").env("USER", "dev").env("PWD", at);
        for (name, value) in self.about["env"].as_object().into_iter().flatten() {
            command.env(name, value.as_str().unwrap());
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let is_warning = |line: &&str| line.starts_with("time=\"");
        Printed {
            is_ok: output.status.success(),
            stdout: output.stdout,
            warnings: told.lines().filter(is_warning).filter_map(warning).collect(),
            error: told.lines().find(|line| !is_warning(line)).unwrap_or_default().trim().to_owned(),
        }
    }

    /// The columns in which what is printed differs.
    fn differences(&self) -> Vec<&'static str> {
        let at = self.place();
        let plain = self.run(&at, &[]);
        let mut wrong = Vec::new();
        let mut column = |name: &'static str, is_right: bool| {
            if !is_right {
                wrong.push(name);
            }
        };
        if let Some(error) = self.expected("error") {
            column("verdict", !plain.is_ok);
            let error = String::from_utf8_lossy(&error).into_owned();
            let first = |text: &str| text.trim_matches('\n').lines().next().unwrap_or_default().trim().to_owned();
            let seen = std::iter::once(error).chain(self.texts("errors")).map(|text| first(&text));
            // Where docker compose picks one of several at random, one that it was not seen to pick says nothing.
            column("error", seen.into_iter().any(|text| text == plain.error) || !self.is_stable("error"));
            return wrong;
        }
        column("verdict", plain.is_ok);
        if self.is_stable("warnings") {
            let expected = String::from_utf8(self.expected("warnings").unwrap_or_default()).unwrap();
            column("warnings", expected.lines().map(str::to_owned).collect::<BTreeSet<_>>() == plain.warnings);
        }
        if let Some(text) = self.expected("txt") {
            column("text", sorted(&text) == sorted(&plain.stdout));
            return wrong;
        }
        if self.is_stable("yaml") {
            column("yaml", self.expected("yaml").unwrap() == plain.stdout);
        }
        if let Some(json) = self.expected("json").filter(|_| self.is_stable("json")) {
            let printed = self.run(&at, &["--format", "json"]).stdout;
            column("json", json.trim_ascii_end() == printed.trim_ascii_end());
        }
        if let Some(hash) = self.expected("hash").filter(|_| self.is_stable("hash")) {
            column("hash", sorted(&hash) == sorted(&self.run(&at, &["--hash", "*"]).stdout));
        }
        wrong
    }
}

fn copy(root: &Path, from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            copy(root, &path, &to.join(name));
        } else if from != root || !(name == "case.json" || name.starts_with("expected.")) {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// `level: message` of a line `time="…" level=warning msg="…"`.
fn warning(line: &str) -> Option<String> {
    let (level, message) = line.split_once(" level=")?.1.split_once(" msg=")?;
    let message = serde_json::from_str::<String>(message).unwrap_or_else(|_| message.to_owned());
    Some(format!("{level}: {}", message.replace('\n', "\\n")))
}

fn sorted(lines: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(lines);
    let mut lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Past the harness, which shows what a test prints only when it fails.
fn aloud(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
fn what_docker_compose_prints_is_printed() {
    let Some(root) = std::env::var_os("COMPOSED_CORPUS").map(PathBuf::from) else {
        aloud("corpus: COMPOSED_CORPUS names no folder: nothing was compared with docker compose");
        return;
    };
    let mut cases: Vec<Case> = Vec::new();
    for entry in std::fs::read_dir(&root).expect("COMPOSED_CORPUS names a folder") {
        let folder = entry.unwrap().path();
        if let Ok(text) = std::fs::read(folder.join("case.json")) {
            cases.push(Case { folder, about: serde_json::from_slice(&text).unwrap() });
        }
    }
    assert!(!cases.is_empty(), "{} holds no case", root.display());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = case.differences();
                    if !differences.is_empty() {
                        let name = case.folder.file_name().unwrap().to_string_lossy().into_owned();
                        wrong.lock().unwrap().push(format!("{name}: {}", differences.join(", ")));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    aloud(&format!("corpus: {} of {} cases are as docker compose prints them", cases.len() - wrong.len(), cases.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
