//! Command lines: help, mistakes, versions, and colour.

use support::folder::Folder;
use support::programs::{Ended, command, run};
use support::terminal;

use crate::{composectl, on_files};

const VERBS: [&str; 25] = [
    "up",
    "down",
    "plan",
    "status",
    "ps",
    "ls",
    "images",
    "volumes",
    "port",
    "top",
    "stats",
    "events",
    "wait",
    "kill",
    "pause",
    "unpause",
    "rm",
    "logs",
    "start",
    "stop",
    "restart",
    "config",
    "check",
    "version",
    "completion",
];

fn check(args: &[&str]) -> Ended {
    let folder = Folder::new();
    run(&mut composectl(&folder, args)).in_folder(&folder)
}

#[test]
fn every_verb_explains_itself_on_standard_output() {
    for verb in VERBS {
        let ended = check(&[verb, "--help"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{verb}");
        assert!(ended.stdout.contains(&format!("Usage: composectl {verb}")), "{verb}: {}", ended.stdout);
    }
}

#[test]
fn the_help_names_every_verb() {
    let ended = check(&["--help"]).well();
    assert_eq!(ended.stderr, "");
    for verb in VERBS {
        assert!(ended.stdout.lines().any(|line| line.trim_start().starts_with(verb)), "{verb}: {}", ended.stdout);
    }
}

#[test]
fn an_unknown_flag_ends_with_1() {
    insta::assert_snapshot!(check(&["up", "--dettach"]).to_string(), @"
    exit 1
    --- stderr
    error: unexpected argument '--dettach' found

      tip: a similar argument exists: '--detach'

    Usage: composectl up --detach [SERVICE]...

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_verb_ends_with_1() {
    insta::assert_snapshot!(check(&["upp"]).to_string(), @"
    exit 1
    --- stderr
    error: unrecognized subcommand 'upp'

      tip: a similar subcommand exists: 'up'

    Usage: composectl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_value_that_is_none_ends_with_1() {
    insta::assert_snapshot!(check(&["config", "--format", "xml"]).to_string(), @"
    exit 1
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: yaml, json]

      tip: a similar value exists: 'yaml'

    For more information, try '--help'.
    ");
}

#[test]
fn flags_that_contradict_each_other_end_with_1() {
    insta::assert_snapshot!(check(&["up", "--force-recreate", "--no-recreate"]).to_string(), @"
    exit 1
    --- stderr
    --force-recreate and --no-recreate are incompatible
    ");
}

#[test]
fn a_scale_that_is_none_is_told() {
    let files = [("compose.yaml", "services:\n  web:\n    image: box\n")];
    insta::assert_snapshot!(on_files(&files, &["up", "-d", "--scale", "web"]).to_string(), @r#"
    exit 1
    --- stderr
    invalid --scale option "web". Should be SERVICE=NUM
    "#);
    insta::assert_snapshot!(on_files(&files, &["up", "-d", "--scale", "wbe=2"]).to_string(), @"
    exit 1
    --- stderr
    no such service: wbe: not found
    help: `composectl config --services` lists the services of the project
    ");
}

#[test]
fn the_version_needs_nobody() {
    insta::assert_snapshot!(check(&["version"]).to_string(), @"
    exit 0
    --- stdout
    Docker Compose version v5.5.0
    as composectl v0.1.0 speaks it
    ");
    insta::assert_snapshot!(check(&["version", "--short"]).to_string(), @"
    exit 0
    --- stdout
    5.5.0
    ");
    insta::assert_snapshot!(check(&["version", "-f", "json"]).to_string(), @r#"
    exit 0
    --- stdout
    {"version":"v5.5.0","composectl":"v0.1.0","daemon":{"composed":"0.1.0","dialect":"5.5.0","engine":"","engine_api":""}}
    "#);
}

#[test]
fn a_socket_in_the_environment_does_not_keep_one_from_doing_without() {
    let folder = Folder::new();
    let ended = run(composectl(&folder, &["version", "--short"]).env("COMPOSED_SOCKET", "/nowhere.sock"));
    insta::assert_snapshot!(ended.to_string(), @"
    exit 0
    --- stdout
    5.5.0
    ");
}

#[test]
fn a_socket_and_doing_without_contradict_each_other() {
    let ended = check(&["--socket", "/nowhere.sock", "version"]);
    insta::assert_snapshot!(ended.to_string(), @"
    exit 1
    --- stderr
    error: the argument '--no-daemon' cannot be used with '--socket <PATH>'

    Usage: composectl --no-daemon <COMMAND>

    For more information, try '--help'.
    ");
}

const BROKEN: [(&str, &str); 1] = [("compose.yaml", "services:\n  web:\n    imgae: box\n")];

#[test]
fn a_pipe_gets_no_colour() {
    let ended = on_files(&BROKEN, &["config"]);
    assert!(ended.code == 1 && !ended.stderr.contains('\u{1b}'), "{ended}");
}

#[test]
fn colour_is_given_where_it_is_asked_for() {
    let ended = on_files(&BROKEN, &["--ansi", "always", "config"]);
    assert!(ended.code == 1 && ended.stderr.contains("\u{1b}["), "{ended}");
}

/// What a terminal gets from `composectl config` on a broken file.
fn on_a_terminal(variables: &[(&str, &str)], args: &[&str]) -> String {
    let folder = Folder::new();
    folder.write(BROKEN[0].0, BROKEN[0].1);
    let mut command = command("composectl", &folder);
    terminal::run(command.envs(variables.iter().copied()).args(args).arg("config")).1
}

#[test]
fn a_terminal_gets_colour_unless_it_wants_none() {
    let coloured = on_a_terminal(&[], &[]);
    assert!(coloured.contains("unknown-key") && coloured.contains("\u{1b}["), "{coloured}");
    for (variables, args) in
        [(&[("NO_COLOR", "1")][..], &[][..]), (&[], &["--ansi", "never"]), (&[("COMPOSE_ANSI", "never")], &[])]
    {
        let plain = on_a_terminal(variables, args);
        assert!(plain.contains("unknown-key") && !plain.contains('\u{1b}'), "{plain}");
    }
}

#[test]
fn the_daemon_explains_itself() {
    let folder = Folder::new();
    let ended = run(command("composed", &folder).arg("--help")).well();
    assert!(ended.stderr.is_empty() && ended.stdout.contains("--state-dir"), "{ended}");
}
