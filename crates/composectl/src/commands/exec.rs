//! `exec`: a command beside what runs in a service's container; its exit code is the command's.

use std::collections::BTreeMap;

use super::{interruptible, target};
use crate::args::{Exec, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::session::{Ended, Signals, Streams, detach_keys, work};
use crate::source::{self, Place};
use crate::terminal;

pub(super) async fn run(global: &Global, exec: Exec) -> Result<(), Exit> {
    let (service, command) = service_and_command(&exec.words)?;
    let place = Place::at_hand(global)?;
    let variables = spec::environment(&source::request(global)?, &composed::OsFiles);
    let connection = connect(global).await?;
    let container = target::ask(&connection, &place, service, exec.index).await?;
    let tty = !exec.no_tty.unwrap_or_else(|| !terminal::is_stdout());
    if !exec.detach && tty && exec.interactive && !terminal::is_stdin() {
        return Err(Exit::error("the input device is not a TTY"));
    }
    let (keys, detach_keys) = detach_keys(None, &global.docker);
    let body = api::Exec {
        container: container.id,
        command: command.to_vec(),
        environment: resolved(&exec.environment, &variables),
        user: exec.user.unwrap_or_default(),
        workdir: exec.workdir.unwrap_or_default(),
        privileged: exec.privileged,
        tty,
        stdin: exec.interactive,
        detach: exec.detach,
        detach_keys,
        size: terminal::size().filter(|_| tty),
    };
    let path = format!("/stacks/{}/exec", place.stack);
    if exec.detach {
        let _: api::Made = interruptible(async { Ok(connection.client.post(&path, &body).await?) }).await?;
        return Ok(());
    }
    let stream = interruptible(async { Ok(connection.client.upgrade(&path, &body).await?) }).await?;
    let streams = Streams { tty, stdin: exec.interactive, signals: false, detach_keys: keys };
    let ended = work(stream, &streams, Signals::listen()?).await?;
    connection.close().await;
    match ended {
        Ended::Detached => Err(Exit::error("read escape sequence")),
        ended if ended.code() == 0 => Ok(()),
        ended => Err(Exit::silent(ended.code())),
    }
}

/// The first word is the service, the others are the command; what stands before it and begins with a dash is a
/// flag that nobody knows.
fn service_and_command(words: &[String]) -> Result<(&str, &[String]), Exit> {
    super::unknown_flag(words)?;
    match words {
        [service, command @ ..] if !command.is_empty() => Ok((service, command)),
        few => Err(Exit::error(format!("requires at least 2 arg(s), only received {}", few.len()))),
    }
}

/// `K=V` as it is; of `K` alone the value here, or `K` alone again, which takes the variable away inside. Of several
/// the last counts; sorted.
fn resolved(given: &[String], variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut all: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for entry in given {
        match entry.split_once('=') {
            Some((name, value)) => all.insert(name, Some(value)),
            None => all.insert(entry, variables.get(entry.as_str()).map(String::as_str)),
        };
    }
    let line = |(name, value): (&str, Option<&str>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.to_owned(),
    };
    all.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_command_is_needed() {
        assert_eq!(service_and_command(&words("web sh -c x")).unwrap(), ("web", &words("sh -c x")[..]));
        let message = |text| service_and_command(&words(text)).unwrap_err().message.unwrap();
        assert_eq!(message("web"), "requires at least 2 arg(s), only received 1");
        assert_eq!(message(""), "requires at least 2 arg(s), only received 0");
        assert_eq!(message("--zzz web sh"), "unknown flag: --zzz");
        assert_eq!(message("-zx web sh"), "unknown shorthand flag: 'z' in -zx");
    }

    #[test]
    fn a_variable_without_a_value_is_the_clients() {
        let here = BTreeMap::from([("HERE".to_owned(), "1".to_owned())]);
        assert_eq!(resolved(&words("B=2 HERE GONE B=3 E="), &here), ["B=3", "E=", "GONE", "HERE=1"]);
    }
}
