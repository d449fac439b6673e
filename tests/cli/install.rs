//! `make install` into a folder of its own: what lies where, that it works from there, and that all of it goes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::folder::Folder;
use support::programs::{Ended, program, run};

/// A script of `make`, on the binaries that are tested.
fn script(folder: &Folder, name: &str, plugin: &str) -> Ended {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let _both_are_built = (program("composed"), program("composectl"));
    let mut command = Command::new(root.join("scripts").join(name));
    command.arg(folder.join("root")).args(["/opt", plugin]).stdin(Stdio::null());
    command.env("BIN", program("composectl").parent().unwrap());
    run(&mut command).well()
}

/// Every file and link below the root.
fn installed(folder: &Folder) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let (root, mut found) = (folder.join("root"), Vec::new());
    walk(&root, &mut found);
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect();
    names.retain(|name| !name.contains("/composectl-"));
    names.sort();
    names
}

#[test]
fn everything_has_its_place_and_leaves_it_again() {
    let folder = Folder::new();
    script(&folder, "install.sh", "1");
    insta::assert_snapshot!(installed(&folder).join("\n"), @"
    etc/composed/composed.yaml
    etc/systemd/system/composed.service
    opt/bin/composectl
    opt/bin/composed
    opt/lib/docker/cli-plugins/docker-composed
    opt/share/bash-completion/completions/composectl
    opt/share/fish/vendor_completions.d/composectl.fish
    opt/share/man/man1/composectl.1
    opt/share/man/man8/composed.8
    opt/share/zsh/site-functions/_composectl
    usr/lib/sysusers.d/composed.conf
    usr/lib/tmpfiles.d/composed.conf
    ");
    let unit = folder.read("root/etc/systemd/system/composed.service");
    assert!(unit.contains("ExecStart=/opt/bin/composed\n"), "{unit}");
    let plugin = folder.join("root/opt/lib/docker/cli-plugins/docker-composed");
    let ended = run(Command::new(plugin).args(["composed", "version", "--short"]).stdin(Stdio::null())).well();
    assert_eq!(ended.stdout, "5.5.0\n");

    script(&folder, "uninstall.sh", "");
    assert_eq!(installed(&folder), ["etc/composed/composed.yaml"]);
}

#[test]
fn settings_are_the_users_and_a_plugin_is_for_who_wants_one() {
    let folder = Folder::new();
    folder.write("root/etc/composed/composed.yaml", "socket: /s\n");
    script(&folder, "install.sh", "");
    assert_eq!(folder.read("root/etc/composed/composed.yaml"), "socket: /s\n");
    assert!(!installed(&folder).iter().any(|name| name.contains("cli-plugins")));
    // Somebody else's plugin of that name.
    folder.write("root/opt/lib/docker/cli-plugins/docker-composed", "theirs");
    script(&folder, "uninstall.sh", "");
    assert_eq!(folder.read("root/opt/lib/docker/cli-plugins/docker-composed"), "theirs");
}

/// As `systemd-analyze` rates it: 0 is shut, 10 is open.
#[test]
fn the_unit_is_hardened() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["security", "--offline=true", "--no-pager"]).arg(root.join("config/composed.service"));
    let Ok(output) = analyze.env("SYSTEMD_COLORS", "0").stdin(Stdio::null()).output() else {
        eprintln!("SKIPPED: no systemd-analyze here to rate the unit");
        return;
    };
    let (said, refused) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if refused.contains("unrecognized option") {
        eprintln!("SKIPPED: this systemd-analyze rates no files: {refused}");
        return;
    }
    let level = said.lines().find_map(|line| line.split_once("Overall exposure level for composed.service: "));
    let level = level.and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<f64>().ok());
    assert!(level.is_some_and(|level| level <= 1.6), "{said}{refused}");
}
