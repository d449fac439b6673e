//! `composectl` as a plugin of `docker`: called as docker calls one, and by docker itself where there is one.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::folder::Folder;
use support::programs::{Running, program, run};

use crate::fake_engine::FakeEngine;

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box:1\n";

/// The plugin in a folder of docker's settings.
fn installed(folder: &Folder, name: &str) -> PathBuf {
    let plugins = folder.join("settings/cli-plugins");
    std::fs::create_dir_all(&plugins).unwrap();
    let link = plugins.join(name);
    std::os::unix::fs::symlink(program("composectl"), &link).unwrap();
    link
}

/// A program that knows nothing of this machine but where docker's settings are.
fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Folder, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder.path()).env_clear().stdin(Stdio::null());
    command.env("HOME", folder.join("home")).env("DOCKER_CONFIG", folder.join("settings"));
    command.env("COMPOSED_STATE_DIR", folder.join("home/state"));
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// A context in docker's store. Its id is the SHA-256 of its name: that of `prod`, and no other.
fn put_prod(folder: &Folder, host: &str) {
    let id = "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77";
    let meta = format!(r#"{{"Name":"prod","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
    folder.write(&format!("settings/contexts/meta/{id}/meta.json"), &meta);
}

#[test]
fn it_says_what_it_is() {
    let folder = Folder::new();
    let plugin = installed(&folder, "docker-composed");
    insta::assert_snapshot!(run(&mut command(plugin, &folder, &["docker-cli-plugin-metadata"])).to_string(), @r#"
    exit 0
    --- stdout
    {"SchemaVersion":"0.1.0","Vendor":"composed","Version":"v0.1.0","ShortDescription":"Control Docker Compose stacks, through composed where it runs"}
    "#);
}

#[test]
fn its_help_has_dockers_name_for_it() {
    let folder = Folder::new();
    let plugin = installed(&folder, "docker-composed");
    let ended = run(&mut command(plugin, &folder, &["-D", "composed", "up", "--help"])).well();
    assert!(ended.stdout.contains("Usage: docker composed up"), "{ended}");
}

#[test]
fn called_by_people_under_its_name_it_is_what_it_always_is() {
    let folder = Folder::new();
    folder.write("compose.yaml", STACK);
    let plugin = installed(&folder, "docker-compose");
    assert_eq!(run(&mut command(plugin, &folder, &["config", "--services"])).well().stdout, "web\n");
}

#[test]
fn contexts_and_hosts_name_the_engine() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    engine.put("shop-web-1", serde_json::json!({ "com.docker.compose.project": "shop" }));
    put_prod(&folder, &engine.address);
    let plugin = installed(&folder, "docker-composed");
    let ls = |program: &PathBuf, args: &[&str], variable: (&str, &str)| {
        run(command(program, &folder, args).env("COMPOSED_SOCKET", "/nowhere.sock").env(variable.0, variable.1))
            .well()
            .stdout
    };
    // A flag leads past a daemon, which is not there: it has an engine of its own.
    let none = ("NONE", "");
    let line = "shop\n";
    assert_eq!(ls(&plugin, &["--context", "prod", "composed", "ls", "-q"], none), line);
    assert_eq!(ls(&plugin, &["-H", &engine.address, "composed", "ls", "-q"], none), line);
    let plain = program("composectl");
    assert_eq!(ls(&plain, &["--no-daemon", "ls", "-q"], ("DOCKER_CONTEXT", "prod")), line);
    folder.write("settings/config.json", r#"{"currentContext":"prod"}"#);
    assert_eq!(ls(&plain, &["--no-daemon", "ls", "-q"], none), line);
}

#[test]
fn a_context_that_is_not_spoken_to_is_named() {
    let folder = Folder::new();
    put_prod(&folder, "npipe://away");
    let plugin = installed(&folder, "docker-composed");
    insta::assert_snapshot!(run(&mut command(&plugin, &folder, &["-c", "prod", "composed", "ls"])).to_string(), @r#"
    exit 1
    --- stderr
    context "prod": connect to npipe://away: only `unix://`, `tcp://` and `ssh://` are supported
    help: `docker context ls` lists the contexts; DOCKER_CONTEXT=default, or DOCKER_HOST, passes them by
    "#);
    let ended = run(&mut command(&plugin, &folder, &["-c", "gone", "composed", "ls"]));
    assert!(ended.code == 1 && ended.stderr.starts_with("context \"gone\": context not found"), "{ended}");
    let with_socket = ["-c", "prod", "composed", "--socket", "/s", "ls"];
    let ended = run(&mut command(&plugin, &folder, &with_socket));
    assert!(ended.code == 1 && ended.stderr.contains("--socket names a daemon"), "{ended}");
}

#[test]
fn the_end_of_docker_is_a_ctrl_c() {
    let folder = Folder::new();
    let engine = FakeEngine::start(&folder, &[]);
    let plugin = installed(&folder, "docker-composed");
    let name = format!("composed-test-{}", folder.path().file_name().unwrap().display());
    let wire = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let mut events = command(plugin, &folder, &["-H", &engine.address, "composed", "-p", "shop", "events"]);
    let running = Running::start(events.env("DOCKER_CLI_PLUGIN_SOCKET", format!("@{name}")));
    drop(wire.accept().unwrap());
    assert_eq!(running.end().code, 130);
}

#[test]
fn docker_itself_finds_and_calls_it() {
    if Command::new("docker").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: no `docker` here to be a plugin of");
        return;
    }
    let folder = Folder::new();
    installed(&folder, "docker-composed");
    folder.write("x.yaml", STACK);
    folder.write("broken.yaml", "services:\n  web:\n    imgae: box\n");
    put_prod(&folder, "unix:///nowhere/prod.sock");
    let docker = |args: &[&str]| run(&mut command("docker", &folder, args));
    assert_eq!(docker(&["composed", "version", "--short"]).well().stdout, "5.5.0\n");
    assert_eq!(docker(&["composed", "-f", "x.yaml", "config", "--services"]).well().stdout, "web\n");
    assert_eq!(docker(&["composed", "-f", "broken.yaml", "config", "-q"]).code, 1);
    let ended = docker(&["--context", "prod", "composed", "ls"]);
    assert!(ended.code == 1 && ended.stderr.contains("unix:///nowhere/prod.sock"), "{ended}");
    assert!(docker(&["help", "composed"]).well().stdout.contains("Usage: docker composed"));
    assert!(docker(&["__complete", "composed", "-f", "x.yaml", "exec", ""]).well().stdout.starts_with("web\n"));
    assert!(docker(&["--help"]).well().stdout.contains("composed*"), "it is listed");
}
