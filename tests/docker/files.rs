//! Saving: whatever way an editor writes, what changed is applied and nothing else; what is broken changes
//! nothing and is told with its place.

use std::fs;

use support::deadline::eventually;

use crate::stand::{STACK, Stand};

/// Changes the greeting of `web` by `save`, which is handed the new text; only `web` is recreated.
fn check(save: impl FnOnce(&Stand, &str)) {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let (db, web, side) = (stand.container("db"), stand.container("web"), stand.container("side"));
    save(&stand, &stand.text(&STACK.replace(":-hello", ":-good day")));
    let successor = stand.successor("web", &web);
    assert_eq!(successor.variable("GREETING").as_deref(), Some("good day"));
    let status = stand.until_converged();
    assert_eq!(status["generation"], 2);
    assert_eq!(stand.container("db").life(), db.life());
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn a_rename_over_the_file_is_applied() {
    check(|stand, text| {
        stand.folder.write(".compose.yaml.new", text);
        fs::rename(stand.folder.join(".compose.yaml.new"), stand.folder.join("compose.yaml")).unwrap();
    });
}

#[test]
fn a_write_in_place_is_applied() {
    check(|stand, text| stand.folder.write("compose.yaml", text));
}

#[test]
fn a_save_by_vim_is_applied() {
    check(|stand, text| {
        let (file, backup) = (stand.folder.join("compose.yaml"), stand.folder.join("compose.yaml~"));
        fs::write(stand.folder.join("4913"), "").unwrap();
        fs::remove_file(stand.folder.join("4913")).unwrap();
        fs::rename(&file, &backup).unwrap();
        fs::write(&file, text).unwrap();
        fs::remove_file(&backup).unwrap();
    });
}

#[test]
fn a_write_in_pieces_is_applied_once_it_is_whole() {
    use std::io::Write as _;
    check(|stand, text| {
        let mut file = fs::File::create(stand.folder.join("compose.yaml")).unwrap();
        // Every beginning of the file that ends with a line: some of them are whole projects.
        for line in text.split_inclusive('\n') {
            file.write_all(line.as_bytes()).unwrap();
            file.sync_all().unwrap();
        }
    });
}

/// A stack whose two services say one version each: a half of a file is seen by the two not being equal.
fn versions(version: u32) -> String {
    format!(
        "services:
  a: {{image: \"composed.local/box:1\", stop_grace_period: 0s, environment: {{VERSION: \"{version}\"}}}}
  b: {{image: \"composed.local/box:1\", stop_grace_period: 0s, environment: {{VERSION: \"{version}\"}}}}
"
    )
}

#[test]
fn what_is_still_being_written_is_not_applied_although_it_is_a_whole_project() {
    use std::io::Write as _;
    let stand = Stand::with_daemon(&versions(1));
    stand.up();
    let (a, b) = (stand.container("a"), stand.container("b"));
    let text = stand.text(&versions(2));
    let (half, rest) = text.split_at(text.rfind("  b:").unwrap());
    let mut file = fs::File::create(stand.folder.join("compose.yaml")).unwrap();
    file.write_all(half.as_bytes()).unwrap();
    // Meanwhile composed is asked things, and would have had time enough to apply it.
    let began = std::time::Instant::now();
    eventually("longer than any quiet", || (began.elapsed() > std::time::Duration::from_secs(1)).then_some(()));
    assert_eq!(stand.status()["generation"], 1);
    assert_eq!(stand.container("a").life(), a.life());
    file.write_all(rest.as_bytes()).unwrap();
    drop(file);
    assert_eq!(stand.successor("a", &a).variable("VERSION").as_deref(), Some("2"));
    assert_eq!(stand.successor("b", &b).variable("VERSION").as_deref(), Some("2"));
    assert_eq!(stand.until_converged()["generation"], 2, "it was applied once");
}

#[test]
fn a_folder_that_vanishes_and_returns_is_watched_again() {
    let stand = Stand::new(STACK);
    let mut stand = stand;
    stand.folder.write("inner/compose.yaml", &stand.text(&versions(1)));
    stand.start_daemon();
    let file = stand.folder.join("inner/compose.yaml").display().to_string();
    stand.composectl(&["-f", &file, "up", "-d"]).well();
    let a = stand.container("a");
    fs::rename(stand.folder.join("inner"), stand.folder.join("away")).unwrap();
    eventually("it is told", || stand.status()["findings"].as_array().filter(|all| !all.is_empty()).map(|_| ()));
    assert_eq!(stand.container("a").life(), a.life());
    fs::rename(stand.folder.join("away"), stand.folder.join("inner")).unwrap();
    stand.folder.write("inner/compose.yaml", &stand.text(&versions(2)));
    assert_eq!(stand.successor("a", &a).variable("VERSION").as_deref(), Some("2"));
    stand.composectl(&["-f", &file, "down"]).well();
}

#[test]
fn a_pipe_in_place_of_a_file_is_told_and_nobody_waits_for_it() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let before = stand.container("db").life();
    let pipe = std::process::Command::new("mkfifo").arg(stand.folder.join("pipe")).status().unwrap();
    assert!(pipe.success());
    fs::rename(stand.folder.join("pipe"), stand.folder.join("compose.yaml")).unwrap();
    let told = eventually("it is told", || {
        let findings = stand.status()["findings"].to_string();
        findings.contains("pipe").then_some(findings)
    });
    assert!(told.contains("not a file"), "{told}");
    assert_eq!(stand.container("db").life(), before);
}

#[test]
fn a_link_to_another_file_is_applied() {
    check(|stand, text| {
        stand.folder.write("versions/2.yaml", text);
        std::os::unix::fs::symlink("versions/2.yaml", stand.folder.join("link")).unwrap();
        fs::rename(stand.folder.join("link"), stand.folder.join("compose.yaml")).unwrap();
    });
}

#[test]
fn an_override_file_that_appears_is_applied() {
    check(|stand, _| {
        let text = "services:\n  web:\n    environment:\n      GREETING: good day\n";
        stand.folder.write("compose.override.yaml", text);
    });
}

#[test]
fn an_environment_file_that_appears_is_applied() {
    check(|stand, _| stand.folder.write(".env", "GREETING=good day\n"));
}

#[test]
fn an_edit_of_the_environment_file_is_applied() {
    let stand = Stand::new(STACK);
    stand.folder.write(".env", "GREETING=hi\n");
    let mut stand = stand;
    stand.start_daemon();
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    assert_eq!(web.variable("GREETING").as_deref(), Some("hi"));
    stand.folder.write(".env", "GREETING=bye\n");
    assert_eq!(stand.successor("web", &web).variable("GREETING").as_deref(), Some("bye"));
    stand.until_converged();
    assert_eq!(stand.container("side").life(), side.life());
}

#[test]
fn an_edit_of_a_services_env_file_is_applied() {
    let text = STACK.replace("  side:\n", "  side:\n    env_file: side.env\n");
    let stand = Stand::new(&text);
    stand.folder.write("side.env", "KEY=one\n");
    let mut stand = stand;
    stand.start_daemon();
    stand.up();
    let (web, side) = (stand.container("web"), stand.container("side"));
    assert_eq!(side.variable("KEY").as_deref(), Some("one"));
    stand.folder.write("side.env", "KEY=two\n");
    assert_eq!(stand.successor("side", &side).variable("KEY").as_deref(), Some("two"));
    stand.until_converged();
    assert_eq!(stand.container("web").life(), web.life());
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_with_its_place() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let services = ["db", "web", "side"];
    let before = services.map(|service| stand.container(service).life());
    stand.write(&STACK.replace("    command: [httpd, -f, -p, \"80\"]", "    comand: [httpd, -f, -p, \"80\"]"));
    let findings = eventually("the mistake is told", || {
        Some(stand.status()["findings"].clone())
            .filter(|findings| findings.as_array().is_some_and(|all| !all.is_empty()))
    });
    let file = stand.folder.join("compose.yaml").display().to_string();
    let line = stand.folder.read("compose.yaml").lines().position(|line| line.contains("comand")).unwrap() + 1;
    assert_eq!(findings[0]["line"], line);
    assert_eq!(findings[0]["column"], 5);
    assert!(file.ends_with(findings[0]["file"].as_str().unwrap()), "{findings}");
    let text = stand.status_text();
    assert!(text.contains("its files are broken; the last good state is kept"), "{text}");
    assert!(text.contains(&format!("compose.yaml:{line}:5")) && text.contains("did you mean `command`"), "{text}");
    // The last good state is kept, not only left alone.
    let web = stand.container("web");
    crate::engine::remove(web.id());
    stand.successor("web", &web);
    stand.until_converged();
    assert_eq!(stand.container("db").life(), before[0]);
    assert_eq!(stand.container("side").life(), before[2]);

    stand.write(&STACK.replace(":-hello", ":-mended"));
    eventually("the mended file is applied", || {
        stand.find("web").filter(|web| web.variable("GREETING").as_deref() == Some("mended"))
    });
    assert_eq!(stand.until_converged()["findings"], serde_json::json!([]));
    assert!(stand.container("web").is_running());
}

#[test]
fn a_file_that_is_gone_is_told_and_takes_nothing_with_it() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let services = ["db", "web", "side"];
    let before = services.map(|service| stand.container(service).life());
    fs::remove_file(stand.folder.join("compose.yaml")).unwrap();
    eventually("it is told", || stand.status()["findings"].as_array().filter(|all| !all.is_empty()).map(|_| ()));
    stand.write(STACK);
    eventually("it is forgotten", || stand.status()["findings"].as_array().filter(|all| all.is_empty()).map(|_| ()));
    assert_eq!(services.map(|service| stand.container(service).life()), before);
    assert_eq!(stand.status()["generation"], 1);
}

#[test]
fn a_service_that_appears_in_the_file_comes_up_and_one_that_goes_is_told() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let side = stand.container("side");
    stand.write(&STACK.replace("  side:\n", "  other:\n"));
    eventually("it comes up", || stand.find("other").filter(|found| found.is_running()));
    stand.until_converged();
    assert_eq!(stand.container("side").life(), side.life(), "nobody said that it may go");
    assert!(stand.status_text().contains("no such service in the file; `up --remove-orphans` removes it"));
}

#[test]
fn a_comment_changes_nothing() {
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let before = ["db", "web", "side"].map(|service| stand.container(service).life());
    stand.write(&format!("# a remark\n{STACK}"));
    stand.write(&format!("{STACK}# another\n"));
    // What is seen of a save that changes nothing is the next one that does.
    stand.write(&STACK.replace(":-hello", ":-good day"));
    eventually("the change is applied", || {
        stand.find("web").filter(|web| web.variable("GREETING").as_deref() == Some("good day"))
    });
    let status = stand.until_converged();
    assert_eq!(status["generation"], 2);
    assert_eq!(stand.container("db").life(), before[0]);
    assert_eq!(stand.container("side").life(), before[2]);
}

#[test]
fn what_everybody_may_write_is_not_applied_by_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let stand = Stand::with_daemon(STACK);
    stand.up();
    let web = stand.container("web");
    let file = stand.folder.join("compose.yaml");
    let set = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    set(0o666);
    stand.write(&STACK.replace(":-hello", ":-good day"));
    let told = eventually("it is told", || {
        let findings = stand.status()["findings"].to_string();
        findings.contains("may be written by everybody").then_some(findings)
    });
    assert!(told.contains("chmod o-w"), "{told}");
    assert_eq!(stand.container("web").life(), web.life());
    set(0o644);
    // Whether it may be applied is seen at the next save.
    stand.write(&STACK.replace(":-hello", ":-good evening"));
    assert_eq!(stand.successor("web", &web).variable("GREETING").as_deref(), Some("good evening"));
}
