//! What is done around a container's life: hooks, secrets and configs, programs that provide a service.

use std::os::unix::fs::PermissionsExt as _;

use support::deadline::eventually;
use support::programs::Running;

use crate::stand::{Stand, both};

/// What a file inside says, a word a line.
fn said(stand: &Stand, path: &str) -> String {
    stand.composectl(&["exec", "-T", "a", "cat", path]).well().stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn hooks_run_where_they_belong() {
    // Engine 20.10 loses the files of a container that it restarts without grace: nobody can exec in it then.
    let stack = "services:
  a:
    image: composed.local/box:1
    command: [sh, -c, 'trap exit TERM; sleep infinity & wait']
    environment: {SVC: s}
    volumes: ['log:/log']
    pre_start: [{command: [sh, -c, 'echo once-$$SVC-$$H >> /log/f'], environment: {H: h}}]
    post_start: [{command: [sh, -c, 'echo after-$$(pwd) >> /log/f'], working_dir: /tmp}]
    pre_stop: [{command: [sh, -c, 'echo before >> /log/f']}]
volumes: {log: {}}
";
    both(stack, |stand| {
        stand.composectl(&["up", "-d"]).well();
        assert_eq!(said(stand, "/log/f"), "once-s-h after-/tmp");
        stand.composectl(&["up", "-d"]).well();
        stand.composectl(&["restart"]).well();
        assert_eq!(said(stand, "/log/f"), "once-s-h after-/tmp before after-/tmp");
        stand.composectl(&["stop"]).well();
        stand.composectl(&["start"]).well();
        assert_eq!(said(stand, "/log/f"), "once-s-h after-/tmp before after-/tmp before once-s-h after-/tmp");
        stand.composectl(&["down", "-v"]).well();
    });
}

#[test]
fn a_hook_that_fails_says_what_it_said_and_nobody_goes_on() {
    let stack = |hook: &str| {
        format!(
            "services:
  a: {{image: \"composed.local/box:1\", {hook}}}
  b: {{image: \"composed.local/box:1\", depends_on: [a]}}
"
        )
    };
    let before = stack("pre_start: [{command: [sh, -c, 'echo no luck; exit 4']}]");
    both(&before, |stand| {
        let ended = stand.composectl(&["up", "-d"]);
        assert_eq!(ended.code, 1, "{ended}");
        assert!(ended.stderr.contains("service \"a\" pre_start[0] exited with code 4\n  no luck"), "{ended}");
        assert_eq!(["a", "b"].map(|service| stand.container(service).status().to_owned()), ["created", "created"]);
    });
    let after = stack("post_start: [{command: [sh, -c, 'exit 5']}]");
    both(&after, |stand| {
        let ended = stand.composectl(&["up", "-d"]);
        assert_eq!((ended.code, ended.stderr.contains("a hook exited with status 5")), (1, true), "{ended}");
        assert!(stand.container("a").is_running());
        assert_eq!(stand.container("b").status(), "created");
    });
}

#[test]
fn secrets_and_configs_that_are_texts_are_files_inside() {
    let stack = "services:
  a:
    image: composed.local/box:1
    secrets: [plain, {source: plain, target: mine, uid: \"1000\", gid: \"44\", mode: 0o400}]
    configs: [{source: text, target: /etc/text}]
secrets: {plain: {environment: MY_SECRET}}
configs: {text: {content: \"hello ${WHO:-you}\"}}
";
    both(stack, |stand| {
        let refused = stand.composectl(&["up", "-d"]);
        assert!(refused.code == 1 && refused.stderr.contains("MY_SECRET"), "{refused}");
        let mut command = stand.command(&["up", "-d"]);
        let status = command.env("MY_SECRET", "from-env").status().unwrap();
        assert!(status.success());
        let look = "cd /run/secrets; for f in *; do stat -c '%n %a %u %g' $f; cat $f; echo; done; cat /etc/text";
        let ended = stand.composectl(&["exec", "-T", "a", "sh", "-c", look]).well();
        let words: Vec<&str> = ended.stdout.split_whitespace().collect();
        assert_eq!(words.join(" "), "mine 400 1000 44 from-env plain 444 0 0 from-env hello you");
        let shown = format!("{} {}", stand.composectl(&["ps"]), stand.composectl(&["config"]));
        assert!(!shown.contains("from-env"));
    });
}

/// Says how it is called, and a variable.
const PROVIDER: &str = "#!/bin/sh
[ \"$2\" = metadata ] && exit 1
echo \"$@\" >> calls
echo '{\"type\":\"info\",\"message\":\"working\"}'
case \"$*\" in *' up '*) echo '{\"type\":\"setenv\",\"message\":\"URL=there\"}';; esac
";

#[test]
fn a_program_that_provides_a_service_is_asked_and_what_it_says_reaches_its_dependents() {
    let stack = "services:
  db: {provider: {type: ./provide.sh, options: {size: 10}}}
  a: {image: \"composed.local/box:1\", depends_on: [db]}
";
    both(stack, |stand| {
        stand.folder.write("provide.sh", PROVIDER);
        let path = stand.folder.path().join("provide.sh");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        stand.composectl(&["up", "-d"]).well();
        let a = stand.container("a");
        assert_eq!(a.variable("DB_URL").as_deref(), Some("there"));
        stand.composectl(&["up", "-d"]).well();
        assert_eq!(stand.container("a").life(), a.life());
        stand.composectl(&["down"]).well();
        let calls = std::fs::read_to_string(stand.folder.path().join("calls")).unwrap();
        let name = &stand.project;
        let up = format!("compose --project-name={name} up --size=10 db\n");
        assert_eq!(calls, format!("{up}{up}compose --project-name={name} down --size=10 db\n"));
    });
}

/// A plugin that has one model and fetches others.
const MODELS: &str = "#!/bin/sh
echo \"$@\" >> calls
case $1 in
  docker-cli-plugin-metadata) echo '{\"Version\": \"v1.0.6\"}';;
  ls) echo '[{\"id\": \"sha256:1\", \"tags\": [\"ai/here\"]}]';;
  status) echo '{\"endpoint\": \"http://there/v1\"}';;
esac
";

#[test]
fn language_models_are_fetched_and_their_address_reaches_who_uses_them() {
    let stack = "services:
  a:
    image: composed.local/box:1
    models: {here: , not-yet: {model_var: WHICH}}
models:
  here: {model: ai/here, context_size: 4096}
  not-yet: {model: ai/other, runtime_flags: [--seed, \"1\"]}
";
    both(stack, |stand| {
        let refused = stand.composectl(&["up", "-d"]);
        assert!(refused.code == 1 && refused.stderr.contains("requires Docker Model plugin"), "{refused}");
        stand.folder.write("home/.docker/cli-plugins/docker-model", MODELS);
        let path = stand.folder.path().join("home/.docker/cli-plugins/docker-model");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        stand.composectl(&["up", "-d"]).well();
        let a = stand.container("a");
        let told = ["HERE_MODEL", "HERE_URL", "WHICH", "NOT_YET_URL"].map(|name| a.variable(name).unwrap_or_default());
        assert_eq!(told, ["ai/here", "http://there/v1", "ai/other", "http://there/v1"]);
        let calls = std::fs::read_to_string(stand.folder.path().join("calls")).unwrap();
        let expected = "ls --json|docker-cli-plugin-metadata|configure --context-size 4096 ai/here|pull ai/other|\
                        configure ai/other -- --seed 1|status --json";
        assert_eq!(calls.trim().replace('\n', "|"), expected);
        stand.composectl(&["up", "-d"]).well();
        assert_eq!(stand.container("a").life(), a.life());
    });
}

#[test]
fn a_hook_that_never_ends_keeps_nobody_else_and_goes_with_its_container() {
    let stand = Stand::with_daemon(
        "services:
  a: {image: \"composed.local/box:1\", post_start: [{command: [sleep, infinity]}]}
  b: {image: \"composed.local/box:1\"}
",
    );
    let up = Running::start(&mut stand.command(&["up", "-d"]));
    eventually("both run", || {
        let all = ["a", "b"].map(|service| stand.find(service));
        all.iter().all(|found| found.as_ref().is_some_and(|found| found.is_running())).then_some(())
    });
    stand.composectl(&["stop", "b"]).well();
    assert!(!stand.container("b").is_running());
    stand.composectl(&["stop", "a"]).well();
    assert!(!stand.container("a").is_running());
    assert_eq!(up.end().code, 3, "somebody asked for something else");
}

#[test]
fn a_service_that_uses_the_engine_gets_its_socket_and_the_credentials() {
    let stack = "services:
  a: {image: \"composed.local/box:1\", use_api_socket: true}
  b: {image: \"composed.local/box:1\"}
";
    both(stack, |stand| {
        stand
            .folder
            .write("home/.docker/config.json", "{\"auths\": {\"r.example\": {\"auth\": \"dTpw\"}}, \"other\": 1}");
        stand.composectl(&["up", "-d"]).well();
        let look = ["exec", "-T", "a", "sh", "-c", "test -S /var/run/docker.sock && cat $DOCKER_CONFIG/config.json"];
        let told = stand.composectl(&look).well().stdout;
        assert_eq!(told, "{\n\t\"auths\": {\n\t\t\"r.example\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t}\n}");
        assert_eq!(stand.container("b").variable("DOCKER_CONFIG"), None);
        let a = stand.container("a");
        stand.composectl(&["up", "-d"]).well();
        assert_eq!(stand.container("a").life(), a.life());
        let shown = format!("{} {}", stand.composectl(&["config"]), stand.composectl(&["plan"]));
        assert!(!shown.contains("dTpw"), "{shown}");
    });
}
