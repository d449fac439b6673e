//! Secrets stay where they were asked for: canaries in every place that may hold one, through a whole life of a stack,
//! and then nothing of them in what the daemon logs and answers, in labels, names and command lines.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use support::deadline::eventually;
use support::programs::Ended;

use crate::engine;
use crate::stand::Stand;

/// So many there are.
const CANARIES: usize = 36;

/// The nth of this process.
fn canary(number: usize) -> String {
    assert!(number < CANARIES);
    format!("kanari{number:02}q{}", std::process::id())
}

/// Everything that was said, by where it was.
#[derive(Default)]
struct Said(BTreeMap<String, String>);

impl Said {
    fn add(&mut self, place: impl Into<String>, text: impl AsRef<str>) {
        let said = self.0.entry(place.into()).or_default();
        *said += text.as_ref();
        said.push('\n');
    }

    /// Which canaries are where.
    fn found(&self) -> Vec<String> {
        let all = self.0.iter().flat_map(|(place, text)| {
            (0..CANARIES).filter(|number| text.contains(&canary(*number))).map(move |number| {
                let line = text.lines().find(|line| line.contains(&canary(number))).unwrap_or_default();
                format!("{number:02} in {place}: {line:.400}")
            })
        });
        all.collect()
    }
}

/// A stack with a canary wherever something secret may stand; `change` makes another one of it.
fn stack(change: usize) -> String {
    let c = canary;
    format!(
        "x-token: {}
x-more: {{deep: [\"{}\"]}}
services:
  web:
    image: composed.local/box:1
    environment:
      PASSWORD: {}{change}
      FROM_FILE: ${{FROM_FILE}}
      FROM_SHELL: ${{FROM_SHELL}}
      BY_DEFAULT: ${{NOT_SET:-{}}}
      BY_ALTERNATIVE: ${{FROM_FILE:+{}}}
    env_file: [web.env]
    secrets: [by_variable, by_file]
    configs: [by_content, by_variable, by_file]
    x-own: {}
    logging:
      driver: json-file
      options: {{env: PASSWORD, tag: \"{}\"}}
    healthcheck:
      test: [CMD-SHELL, \"test -n '{}'\"]
      interval: 1s
    post_start:
      - command: [\"true\"]
        environment: [\"HOOK={}\"]
  list:
    image: composed.local/box:1
    environment:
      - TOKEN={}
      - FROM_SHELL
    annotations: {{}}
  built:
    image: composed.local/{{project}}-built:1
    build:
      context: .
      dockerfile_inline: |
        FROM composed.local/box:1
        ARG KEY
      args:
        KEY: {}
        FROM_FILE: ${{FROM_FILE}}
secrets:
  by_variable: {{environment: SECRET}}
  by_file: {{file: ./secret.txt}}
configs:
  by_content: {{content: \"text {}\"}}
  by_variable: {{environment: CONFIG}}
  by_file: {{file: ./config.txt}}
",
        c(0),
        c(1),
        c(2),
        c(3),
        c(4),
        c(5),
        c(6),
        c(7),
        c(8),
        c(9),
        c(10),
        c(11)
    )
}

/// A stack of things that fail, each in a way in which an engine likes to say what it was given.
fn failing() -> String {
    format!(
        "services:
  nowhere:
    image: 127.0.0.1:1/nothing:1
    environment: {{A: {}}}
  mount:
    image: composed.local/box:1
    environment: {{B: {}}}
    volumes: [\"share:/share\"]
  command:
    image: composed.local/box:1
    command: [/nothing/there]
    environment: {{C: {}}}
  logging:
    image: composed.local/box:1
    logging: {{driver: json-file, options: {{splunk-token: {}}}}}
  ends:
    image: composed.local/box:1
    command: [sh, -c, \"exit 7\"]
    environment: {{D: {}}}
volumes:
  share:
    driver: local
    driver_opts: {{type: cifs, device: //127.0.0.1/share, o: \"username=somebody,password={}\"}}
",
        canary(12),
        canary(13),
        canary(14),
        canary(15),
        canary(16),
        canary(17)
    )
}

fn command(stand: &Stand, said: &mut Said, args: &[&str]) -> Ended {
    let mut command = stand.command(&[&["--progress", "plain"], args].concat());
    for (name, number) in [("FROM_SHELL", 18), ("SECRET", 19), ("CONFIG", 20)] {
        command.env(name, canary(number));
    }
    let ended = support::programs::run(&mut command);
    // The command of a health check is told with each of its events, as docker compose tells it.
    let told = if args[0] == "events" { ended.to_string().replace(&canary(7), "") } else { ended.to_string() };
    said.add(format!("composectl {}", args[0]), told);
    ended
}

/// Asks for everything that can be looked at.
fn look(stand: &Stand, said: &mut Said) {
    for args in [
        &["status"][..],
        &["status", "--format", "json"],
        &["why", "web"],
        &["ls", "-a"],
        &["ps", "-a"],
        &["ps", "-a", "--format", "json"],
        &["plan"],
        &["plan", "--format", "json"],
        &["images"],
        &["volumes"],
        &["port", "web", "80"],
        &["stats", "--no-stream"],
        &["events", "--json", "--since", "10m", "--until", "0s"],
        &["version"],
        &["doctor"],
    ] {
        let _ = command(stand, said, args);
    }
    let socket = stand.daemon().socket();
    for path in ["", "/containers", "/images", "/volumes", "/why/web", "/processes"] {
        let path = format!("/v1/stacks/{}{path}", stand.project);
        said.add(format!("GET {path}"), engine::ask_daemon(&socket, &path).unwrap_or_default().to_string());
    }
    // The words of a process stand where everybody can read them.
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok).map(|entry| entry.path());
    for process in processes.filter(|path| fs::read_link(path.join("exe")).is_ok_and(|exe| exe.ends_with("composed"))) {
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        said.add("command lines", String::from_utf8_lossy(&words));
    }
    let belongings = stand.belongings();
    for name in &belongings.containers {
        let Some(found) = engine::container(name) else { continue };
        said.add(format!("labels of {name}"), found.0["Config"]["Labels"].to_string());
    }
    said.add("names", format!("{:?} {:?} {:?}", belongings.containers, belongings.networks, belongings.volumes));
    for folder in ["composed", "composed/state"] {
        let names = fs::read_dir(stand.folder.join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        said.add("names", format!("{:?}", names.collect::<Vec<_>>()));
    }
}

fn findings(stand: &Stand) -> usize {
    stand.status()["findings"].as_array().map_or(0, Vec::len)
}

#[test]
fn nothing_secret_is_logged_answered_or_named() {
    let mut stand = Stand::new("services: {}");
    let text = |text: String| text.replace("{project}", &stand.project);
    let (first, second) = (text(stack(1)), text(stack(2)));
    stand.write(&first);
    stand.folder.write(".env", &format!("FROM_FILE={}\nUNUSED={}\n", canary(21), canary(22)));
    stand.folder.write("web.env", &format!("IN_FILE={}\nFILLED=${{FROM_FILE}}x\n", canary(23)));
    stand.folder.write("secret.txt", &canary(24));
    stand.folder.write("config.txt", &canary(25));
    let login: Value = json!({ "auths": {
        "127.0.0.1:1": { "username": canary(26), "password": canary(27) },
        "other.example": { "identitytoken": canary(28) },
    } });
    stand.folder.write("home/.docker/config.json", &login.to_string());
    stand.start_daemon();
    let mut said = Said::default();
    // Whatever the daemon says without being told more is in its log: it runs at `debug`.
    command(&stand, &mut said, &["up", "--build", "--wait"]).well();
    look(&stand, &mut said);
    let exec = format!("GIVEN={}", canary(29));
    command(&stand, &mut said, &["exec", "-T", "-e", &exec, "web", "true"]).well();
    let run = format!("GIVEN={}", canary(30));
    command(&stand, &mut said, &["run", "--rm", "-T", "-e", &run, "list", "true"]).well();
    let arg = format!("KEY={}", canary(31));
    command(&stand, &mut said, &["build", "-q", "--build-arg", &arg, "built"]).well();
    stand.write(&second);
    command(&stand, &mut said, &["up", "--wait"]).well();
    look(&stand, &mut said);
    // Saved broken: what the user's own terminal quotes, the log does not.
    for broken in [
        format!("services:\n  web:\n    image: [\"{}\"\n", canary(32)),
        format!(
            "services:\n  web:\n    image: box\n    ports: [\"{}\"]\n    environment: {}\n",
            canary(33),
            canary(34)
        ),
        format!("services:\n  web:\n    image: box\n    restart: {}\n    {}: 1\n", canary(35), canary(32)),
    ] {
        let before = stand.daemon().log().matches("files are broken").count();
        stand.write(&broken);
        eventually("the daemon has seen that it is broken", || {
            (stand.daemon().log().matches("files are broken").count() > before && findings(&stand) > 0).then_some(())
        });
    }
    stand.folder.write(".env", &format!("FROM_FILE='{}\n", canary(21)));
    stand.write(&second);
    eventually("the file of variables is broken", || (findings(&stand) > 0).then_some(()));
    stand.folder.write(".env", &format!("FROM_FILE={}\n", canary(21)));
    eventually("all is well again", || (findings(&stand) == 0).then_some(()));
    stand.write(&failing());
    assert_eq!(command(&stand, &mut said, &["up", "-d", "--remove-orphans"]).code, 1);
    eventually("everything that fails has failed", || {
        let failures = stand.status()["failures"].to_string();
        ["nothing:1", "share", "command", "splunk"].iter().all(|what| failures.contains(what)).then_some(())
    });
    look(&stand, &mut said);
    command(&stand, &mut said, &["down", "-v"]).well();
    said.add("the daemon's log", stand.daemon().log());
    assert!(said.0["the daemon's log"].contains("action applied"), "it does not log enough to be a proof");
    let found = said.found();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
