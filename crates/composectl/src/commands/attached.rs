//! An `up` that stays: the output of its containers until the last of them has ended, until one is told to end
//! the others, or until Ctrl-C, which stops them.

use std::collections::BTreeSet;

use api::{ContainerListing, LogChunk, UpOptions};
use futures_util::StreamExt as _;

use super::logs::{Printer, label};
use super::{escaped, logs, service, up};
use crate::args::{Attached, Global, Up};
use crate::connect::Connection;
use crate::exit::Exit;
use crate::follow::Until;
use crate::interrupt::interrupted;
use crate::output::progress::Beside;
use crate::output::{stderr, stdout};
use crate::source::Definition;

/// Why it is over.
enum Over {
    /// Every container that was shown has ended.
    AllEnded,
    /// One ended and is to end the others.
    Abort { service: String, code: i64 },
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

pub(super) async fn run(
    global: &Global,
    connection: Connection,
    mut definition: Definition,
    options: UpOptions,
    up: &Up,
) -> Result<(), Exit> {
    let flags = &up.attached;
    let stack = definition.project.name.to_string();
    let source = definition.source.clone();
    let services = shown(&definition, &options, flags)?;
    let scope = options.services.clone();
    stdout().line(&format!("Attaching to {}", names(&definition, &options, &services).join(", ")));
    // What was said before is not of this `up`.
    let since = jiff::Timestamp::now();
    let mut display = up::display(global, &up.making);
    let over = {
        let beside = display.beside();
        // Before it is taken in, what is there is over already.
        let (accepted, taken) = tokio::sync::oneshot::channel();
        let accepted = || {
            let _ = accepted.send(());
        };
        let bringing = up::ask(global, &connection, &mut definition, options, Until::Settled, accepted, &mut display);
        let showing = async {
            let Ok(()) = taken.await else { return std::future::pending().await };
            show(&connection, &stack, &services, since, flags, &beside).await
        };
        tokio::pin!(bringing, showing);
        let mut is_up = false;
        loop {
            tokio::select! {
                brought = &mut bringing, if !is_up => {
                    brought?;
                    is_up = true;
                }
                over = &mut showing => break over?,
                interrupted = interrupted() => {
                    interrupted?;
                    break Over::Interrupted;
                }
            }
        }
    };
    display.finish();
    let code = match over {
        Over::AllEnded => {
            connection.close().await;
            return Ok(());
        }
        Over::Abort { service, code } => {
            stderr().line(" Compose Stopping Aborting on container exit...");
            Some((service, code))
        }
        Over::Interrupted => {
            stderr().line(" Compose Stopping Gracefully Stopping... press Ctrl+C again to force");
            None
        }
    };
    let stop = api::Stop { source: Some(source), services: scope, grace: up.timeout };
    tokio::select! {
        stopped = service::stopping(global, &connection, &stack, &stop) => {
            stopped?;
        }
        interrupted = interrupted() => {
            interrupted?;
            kill(&connection, &stack).await?;
        }
    }
    let Some((service, code)) = code else {
        connection.close().await;
        return Err(Exit::interrupted());
    };
    let code = match flags.exit_code_from.as_ref().filter(|from| **from != service) {
        Some(from) => exit_code(&connection, &stack, from).await?.unwrap_or(code),
        None => code,
    };
    connection.close().await;
    match u8::try_from(code).unwrap_or(1) {
        0 => Ok(()),
        code => Err(Exit::silent(code)),
    }
}

/// The services whose output is shown.
fn shown(definition: &Definition, options: &UpOptions, flags: &Attached) -> Result<BTreeSet<String>, Exit> {
    let project = &definition.project;
    let known: BTreeSet<String> = project.services.keys().map(ToString::to_string).collect();
    for name in flags.attach.iter().chain(&flags.no_attach).chain(&flags.exit_code_from) {
        if !known.contains(name) {
            return Err(Exit::error(format!("no such service: {name}: not found")));
        }
    }
    let mut services = match (&options.services, flags.attach.is_empty()) {
        (_, false) => flags.attach.iter().cloned().collect(),
        (Some(named), _) if flags.attach_dependencies => {
            let named = named.iter().filter_map(|name| model::ServiceName::new(name.as_str()).ok()).collect();
            spec::with_dependencies(project, &named).iter().map(ToString::to_string).collect()
        }
        (Some(named), _) => named.clone(),
        (None, _) => known,
    };
    // What the file keeps out of it comes back by being named.
    let is_out = |name: &String| project.services[name.as_str()].attach == Some(false);
    services.retain(|name| !flags.no_attach.contains(name) && (flags.attach.contains(name) || !is_out(name)));
    Ok(services)
}

/// The names before the lines, as far as they are known before anything is there.
fn names(definition: &Definition, options: &UpOptions, services: &BTreeSet<String>) -> Vec<String> {
    let replicas = |name: &String| {
        let scaled = options.scale.get(name).copied();
        scaled.unwrap_or_else(|| definition.project.services[name.as_str()].replicas())
    };
    let of = |name: &String| (1..=replicas(name)).map(|number| label(name, Some(number))).collect::<Vec<_>>();
    services.iter().flat_map(of).collect()
}

/// Shows the output until nothing more will come, or one of the containers is to end the others.
async fn show(
    connection: &Connection,
    stack: &str,
    services: &BTreeSet<String>,
    since: jiff::Timestamp,
    flags: &Attached,
    beside: &Beside,
) -> Result<Over, Exit> {
    if services.is_empty() {
        return std::future::pending().await;
    }
    let list = services.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let since = escaped(&since.to_string());
    let path = format!("/stacks/{stack}/logs?follow=true&exits=true&since={since}&services={}", escaped(&list));
    let mut lines = connection.client.stream::<LogChunk>(&path).await?;
    let look = logs::Look {
        timestamps: flags.timestamps,
        no_color: flags.no_color,
        no_log_prefix: flags.no_log_prefix,
        splits: true,
    };
    let mut printer = Printer::new(look, services.iter().map(|name| name.chars().count() + 2).max().unwrap_or(0));
    while let Some(chunk) = lines.next().await {
        let chunk = chunk?;
        let Some(code) = chunk.exit else {
            beside.print(|| printer.print(&chunk));
            continue;
        };
        beside.print(|| printer.ended(&chunk, code));
        let aborts = flags.abort_on_container_exit || flags.exit_code_from.is_some();
        if !chunk.is_restarting && (aborts || flags.abort_on_container_failure && code != 0) {
            return Ok(Over::Abort { service: chunk.service, code });
        }
    }
    Ok(Over::AllEnded)
}

/// Ends at once whatever has not ended yet.
async fn kill(connection: &Connection, stack: &str) -> Result<(), Exit> {
    let found: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
    let running = found.iter().filter(|found| api::is_alive(&found.state) && found.number.is_some());
    let containers = running.map(|found| found.id.clone()).collect();
    let body = api::Touch { containers, signal: "SIGKILL".to_owned(), ..api::Touch::default() };
    let _: Vec<api::Touched> = connection.client.post(&format!("/stacks/{stack}/kill"), &body).await?;
    Ok(())
}

/// The exit code of a service's first container.
async fn exit_code(connection: &Connection, stack: &str, service: &str) -> Result<Option<i64>, Exit> {
    let mut found: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
    found.sort_by_key(|found| found.number);
    Ok(found.iter().find(|found| found.service == service && found.number.is_some()).map(|found| found.exit_code))
}
