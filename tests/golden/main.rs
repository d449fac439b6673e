//! A folder a case: Compose files and what they come to, or what is wrong with them; a `request.json` in it says
//! what is asked for beyond the folder. The example stacks of `compose/` are cases too. `GOLDEN=write` writes what
//! is expected anew; read the difference before it is committed.

use std::path::{Path, PathBuf};

use diagnostic::render::{self, Style};
use spec::{MemoryFiles, Request};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below a folder, as if the folder stood at `/srv/NAME`: no case depends on where it is kept.
fn files(folder: &Path, at: &Path) -> MemoryFiles {
    let mut files = MemoryFiles::default();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let place = at.join(path.strip_prefix(folder).unwrap());
                files = files.with(place, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// What is asked for in a folder: the `Request` of its `request.json`, where there is one.
fn request(folder: &Path, at: &Path) -> Request {
    let asked = std::fs::read(folder.join("request.json")).unwrap_or_else(|_| b"{}".to_vec());
    let asked: Request = serde_json::from_slice(&asked).unwrap();
    Request { working_dir: at.to_owned(), ..asked }
}

/// What `config` prints, and the hashes; before it every problem as people read it, and what would be refused.
fn outcome(folder: &Path) -> String {
    let at = Path::new("/srv").join(folder.file_name().unwrap());
    let loaded = spec::load(&request(folder, &at), &files(folder, &at));
    let style = Style { color: false, width: 100 };
    let mut text = String::new();
    for found in loaded.diagnostics.iter().chain(&loaded.unbuilt) {
        text += &format!("# {}\n", render::text(&loaded.sources, found, &style).trim_end().replace('\n', "\n# "));
    }
    if let Some(project) = &loaded.project {
        text += &spec::render::yaml(project);
        for (name, service) in &project.services {
            text += &format!("# hash {name} {}\n", model::hash::service(service));
        }
    }
    text
}

/// Compares with the file, or writes it; tells the difference.
fn check(folder: &Path, expected: &Path) -> Option<String> {
    let found = outcome(folder);
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(expected, &found).unwrap();
        return None;
    }
    let wanted = std::fs::read_to_string(expected).unwrap_or_default();
    (found != wanted).then(|| format!("== {}\n-- expected\n{wanted}\n-- found\n{found}", folder.display()))
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn every_case_comes_to_what_is_expected() {
    let cases = folders(&root().join("tests/golden/cases"));
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case, &case.join("expected"))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_loads_without_a_word() {
    for example in folders(&root().join("compose")) {
        let name = example.file_name().unwrap().to_str().unwrap().to_owned();
        let expected = root().join("tests/golden/examples").join(format!("{name}.yaml"));
        assert!(!outcome(&example).contains("warning"), "{}", outcome(&example));
        let wrong = check(&example, &expected);
        assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
    }
}

/// What docker compose prints and cannot read as the same itself: keys of SSH as one text, a `$` in a key doubled
/// although keys are not filled in, one line of hosts twice.
const ONE_WAY: [&str; 3] = ["build-rare-keys", "interpolation-unset-warns", "merge-extra-hosts"];

/// What `config` prints is a Compose file that comes to itself.
#[test]
fn what_is_printed_is_read_as_the_same() {
    let cases = folders(&root().join("tests/golden/cases"));
    let examples = folders(&root().join("compose"));
    let mut wrong = Vec::new();
    for folder in cases.iter().chain(&examples).filter(|folder| !ONE_WAY.iter().any(|name| folder.ends_with(name))) {
        let at = Path::new("/srv").join(folder.file_name().unwrap());
        let request = Request { working_dir: at.clone(), ..Request::default() };
        let inputs = files(folder, &at);
        let Some(project) = spec::load(&request, &inputs).project else { continue };
        let printed = spec::render::yaml(&project);
        // Files of labels are named still, and read again.
        let mut alone = inputs.clone();
        alone.0.retain(|path, _| path.extension().is_none_or(|end| end != "yaml") && !path.ends_with(".env"));
        let request = Request { profiles: vec!["*".to_owned()], ..request };
        let loaded = spec::load(&request, &alone.with(at.join("compose.yaml"), printed.clone()));
        let again = loaded.project.as_ref().map(spec::render::yaml).unwrap_or_default();
        if again != printed {
            wrong.push(format!("== {}\n-- printed\n{printed}\n-- read again\n{again}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
