//! Being called by `docker`, as the plugin `docker-NAME`: what it hands over before the plugin's own word, what it
//! asks every plugin, and the end of the wire by which it says that it goes. It refuses to decide what any of the
//! flags means for an engine.
//!
//! docker hands on its whole command line, its own flags first. Under the same name the program is also called by
//! people and scripts, who leave out both, as with `docker-compose`.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;
use std::time::Duration;

use crate::docker::Docker;
use crate::interrupt;

/// What docker asks a plugin before anything else.
const METADATA: &str = "docker-cli-plugin-metadata";
/// What docker puts before the plugin's word: it asks for candidates, with and without descriptions, or for help.
const BEFORE: [&str; 3] = ["__complete", "__completeNoDesc", "help"];
/// Docker's global flags that take a word, and those that take none.
const WITH_VALUE: [&str; 7] = ["config", "context", "host", "log-level", "tlscacert", "tlscert", "tlskey"];
const WITHOUT_VALUE: [&str; 3] = ["debug", "tls", "tlsverify"];
/// How long the signal of a Ctrl-C that closed docker's end may take to come here itself.
const SAME_CTRL_C: Duration = Duration::from_millis(50);

/// A command line, by whomever it was called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// The words for our own parser, the program's name first.
    pub(crate) words: Vec<OsString>,
    /// What docker's flags said.
    pub(crate) docker: Docker,
    /// Whether docker called.
    pub(crate) is_plugin: bool,
}

/// The answer to docker's first question, where this is it.
pub(crate) fn metadata(args: &[OsString]) -> Option<String> {
    let name = plugin_name(args)?;
    args.get(1).filter(|word| *word == METADATA)?;
    // Who looks docker compose up in the list of plugins compares the number with docker compose's.
    let version = if name == "compose" { composed::DIALECT } else { env!("CARGO_PKG_VERSION") };
    let answer = serde_json::json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "composed",
        "Version": format!("v{version}"),
        "ShortDescription": "Control Docker Compose stacks, through composed where it runs",
    });
    Some(answer.to_string())
}

/// Takes what is docker's off a command line.
pub(crate) fn called(args: Vec<OsString>) -> Called {
    let taken = plugin_name(&args).and_then(|name| {
        let (asked, rest) = match args.get(1) {
            Some(word) if BEFORE.iter().any(|known| word == known) => (Some(word), &args[2..]),
            _ => (None, args.get(1..)?),
        };
        let (docker, ours) = split(rest, &name)?;
        let program = OsString::from(format!("docker {name}"));
        let words = std::iter::once(&program).chain(asked).chain(ours).cloned().collect();
        Some(Called { words, docker, is_plugin: true })
    });
    taken.unwrap_or_else(|| Called { words: args, docker: Docker::default(), is_plugin: false })
}

/// `NAME` of a program called `docker-NAME`.
fn plugin_name(args: &[OsString]) -> Option<String> {
    let name = Path::new(args.first()?).file_name()?.to_str()?;
    name.strip_prefix("docker-").filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Docker's flags, and what follows the plugin's word; `None` where that word is not reached.
fn split<'a>(words: &'a [OsString], name: &str) -> Option<(Docker, &'a [OsString])> {
    let mut docker = Docker::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        if word == name {
            return Some((docker, &words[at..]));
        }
        let word = word.to_str()?;
        let next = || {
            at += 1;
            words.get(at - 1).map(OsString::as_os_str)
        };
        if let Some(long) = word.strip_prefix("--") {
            let (flag, value) = long.split_once('=').map_or((long, None), |(flag, value)| (flag, Some(value)));
            if WITH_VALUE.contains(&flag) {
                take(&mut docker, flag, value.map(OsStr::new).or_else(next)?);
            } else if WITHOUT_VALUE.contains(&flag) {
                let is_set = match value {
                    None => true,
                    Some(value) => truth(value)?,
                };
                match flag {
                    "tls" => docker.tls.wanted = Some(is_set),
                    "tlsverify" => docker.tls.verified = Some(is_set),
                    _ => {}
                }
            } else {
                return None;
            }
            continue;
        }
        let letters = word.strip_prefix('-')?;
        // `-Dc NAME`, `-cNAME`, `-c=NAME`: letters without a value may stand before one with it.
        let letters = letters.trim_start_matches('D');
        let mut rest = letters.chars();
        let flag = match rest.next() {
            None if word.len() > 1 => continue,
            Some('c') => "context",
            Some('H') => "host",
            Some('l') => "log-level",
            _ => return None,
        };
        let value = Some(rest.as_str()).filter(|value| !value.is_empty());
        let value = value.map(|value| OsStr::new(value.strip_prefix('=').unwrap_or(value)));
        take(&mut docker, flag, value.or_else(next)?);
    }
    None
}

fn take(docker: &mut Docker, flag: &str, value: &OsStr) {
    let text = || Some(value.to_string_lossy().into_owned()).filter(|text| !text.is_empty());
    match flag {
        "config" => docker.config = Some(value.into()),
        "context" => docker.context = text(),
        "host" => docker.host = text(),
        "tlscacert" => docker.tls.files[0] = Some(value.into()),
        "tlscert" => docker.tls.files[1] = Some(value.into()),
        "tlskey" => docker.tls.files[2] = Some(value.into()),
        // How much docker logs.
        _ => {}
    }
}

/// A flag's value as Go reads it; docker itself has refused every other before.
fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Ends this command as Ctrl-C does once docker's end of the wire closes: a signal that reaches docker alone
/// arrives only so. `address` is `DOCKER_CLI_PLUGIN_SOCKET`; where nobody listens there is nothing to follow.
pub(crate) fn follow(address: &OsStr) {
    let Some(mut wire) = connected(address) else { return };
    // A thread, not a task: what this process does before it waits for anything is interrupted as well.
    std::thread::spawn(move || {
        while let Ok(1..) = wire.read(&mut [0; 64]) {}
        // On a terminal the same Ctrl-C may come both ways, and a second one would be meant to force.
        std::thread::sleep(SAME_CTRL_C);
        if !interrupt::was_seen() {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT);
        }
    });
}

fn connected(address: &OsStr) -> Option<UnixStream> {
    match address.to_str()?.strip_prefix('@') {
        Some(name) => UnixStream::connect_addr(&SocketAddr::from_abstract_name(name).ok()?).ok(),
        None => UnixStream::connect(address).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::TlsFlags;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// What is left for our parser, and what was docker's.
    fn check(line: &str, left: &[&str], docker: Docker) {
        let called = called(words(line));
        assert_eq!(called.words, left, "{line}");
        assert_eq!(called.docker, docker, "{line}");
    }

    fn context(name: &str) -> Docker {
        Docker { context: Some(name.to_owned()), ..Docker::default() }
    }

    #[test]
    fn dockers_flags_end_at_the_plugins_word() {
        let left = ["docker composed", "-f", "x", "up"];
        check("/p/docker-composed composed -f x up", &left, Docker::default());
        for flags in ["--context a", "--context=a", "-c a", "-ca", "-c=a", "-D -c a", "-Dc a", "-l debug --debug -c a"]
        {
            check(&format!("docker-composed {flags} composed -f x up"), &left, context("a"));
        }
        let config = Docker { config: Some("composed".into()), ..Docker::default() };
        check("docker-composed --config composed composed -f x up", &left, config);
    }

    #[test]
    fn what_they_say_of_tls_is_kept() {
        let left = ["docker composed", "up"];
        let host = Docker { host: Some("tcp://a:1".to_owned()), ..Docker::default() };
        let tls = |wanted, verified, files: [Option<&str>; 3]| Docker {
            tls: TlsFlags { wanted, verified, files: files.map(|file| file.map(Into::into)) },
            ..host.clone()
        };
        for flags in ["-H tcp://a:1 --tls", "-Htcp://a:1 --tls=true", "-H=tcp://a:1 --tls=1"] {
            check(&format!("docker-composed {flags} composed up"), &left, tls(Some(true), None, [None; 3]));
        }
        let line = "docker-composed --host=tcp://a:1 --tls=false --tlsverify=f --tlscert composed composed up";
        check(line, &left, tls(Some(false), Some(false), [None, Some("composed"), None]));
        let line = "docker-composed -H tcp://a:1 --tlsverify --tlscacert=ca --tlscert=c --tlskey k composed up";
        check(line, &left, tls(None, Some(true), [Some("ca"), Some("c"), Some("k")]));
    }

    #[test]
    fn what_follows_the_word_is_ours() {
        check("docker-x x x -c a", &["docker x", "x", "-c", "a"], Docker::default());
    }

    #[test]
    fn without_the_word_nothing_is_dockers() {
        for line in
            ["docker-compose -f x up", "docker-compose up compose", "composectl -c a composectl", "docker-compose -c"]
        {
            let called = called(words(line));
            assert!(!called.is_plugin && called.words == words(line), "{called:?}");
        }
    }

    #[test]
    fn a_question_keeps_its_word() {
        check("docker-x help x up", &["docker x", "help", "up"], Docker::default());
        check(
            "docker-compose __complete compose exec we",
            &["docker compose", "__complete", "exec", "we"],
            Docker::default(),
        );
    }

    #[test]
    fn only_a_plugin_says_what_it_is() {
        let version = |line: &str| {
            let answer: serde_json::Value = serde_json::from_str(&metadata(&words(line))?).unwrap();
            assert_eq!(answer["SchemaVersion"], "0.1.0");
            Some(answer["Version"].as_str()?.to_owned())
        };
        assert_eq!(version("docker-composed docker-cli-plugin-metadata").unwrap(), "v0.1.0");
        assert_eq!(version("docker-compose docker-cli-plugin-metadata").unwrap(), format!("v{}", composed::DIALECT));
        assert_eq!(version("composectl docker-cli-plugin-metadata"), None);
        assert_eq!(version("docker-composed composed docker-cli-plugin-metadata"), None);
    }
}
