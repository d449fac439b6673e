//! The manual: a page for everything that is shown, and pages that a formatter can read.

use std::process::{Command, Stdio};

use support::folder::Folder;
use support::programs::run;

use crate::composectl;

#[test]
fn every_verb_that_is_shown_has_a_page() {
    let folder = Folder::new();
    run(&mut composectl(&folder, &["man", "pages"])).well();
    let help = run(&mut composectl(&folder, &["--help"])).well().stdout;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut pages: Vec<String> =
        verbs.map(|line| format!("composectl-{}.1", line.split_whitespace().next().unwrap())).collect();
    pages.retain(|page| page != "composectl-help.1");
    pages.extend(["composectl.1".to_owned(), "composed.8".to_owned()]);
    pages.sort();
    let written = std::fs::read_dir(folder.join("pages")).unwrap();
    let mut written: Vec<String> = written.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    written.sort();
    assert_eq!(written, pages);
    assert!(folder.read("pages/composectl.1").contains("EXIT STATUS"));
    assert!(folder.read("pages/composed.8").contains(r"\-\-state\-dir"));
}

#[test]
fn a_formatter_has_nothing_against_them() {
    let folder = Folder::new();
    run(&mut composectl(&folder, &["man", "pages"])).well();
    let mut groff = Command::new("groff");
    groff.args(["-man", "-Tutf8", "-ww", "-z"]).current_dir(folder.path()).stdin(Stdio::null());
    for file in std::fs::read_dir(folder.join("pages")).unwrap() {
        groff.arg(file.unwrap().path());
    }
    match groff.output() {
        Ok(output) => {
            assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""))
        }
        Err(_) => eprintln!("SKIPPED: no groff here to format the manual"),
    }
}
