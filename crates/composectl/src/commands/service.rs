//! `start`, `stop`: what is there, and nothing else.

use std::time::Duration;

use api::{Accepted, ContainerListing, StackReport};
use model::ServiceName;

use super::{interruptible, named};
use crate::args::{Global, Start, Stop};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::follow::{Of, Until, follow};
use crate::output::progress::Display;
use crate::provider::{self, Ask};
use crate::source;

pub(super) async fn start(global: &Global, start: Start) -> Result<(), Exit> {
    let known = source::name(global)?;
    let (source, stack) = (known.source(), known.stack);
    let connection = connect(global).await?;
    let services = named(start.services.clone());
    let body = api::Start { source, services: services.clone() };
    let until = if start.wait { Until::Healthy } else { Until::Settled };
    let limit = start.wait_timeout.map_or(Duration::MAX, Duration::from_secs);
    interruptible(async {
        is_there(&connection, stack.as_str(), &start.services).await?;
        let asked = ask(global, &connection, stack.as_str(), "start", &body, until, services.as_ref());
        tokio::time::timeout(limit, asked)
            .await
            .unwrap_or_else(|_| Err(Exit::error(format!("{stack} is not started after {} s", limit.as_secs()))))
    })
    .await?;
    connection.close().await;
    Ok(())
}

/// Says which of the services that are to be started has nothing to start.
async fn is_there(connection: &Connection, stack: &str, services: &[String]) -> Result<(), Exit> {
    let containers: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
    let has = |service: &str| containers.iter().any(|found| found.service == service && found.number.is_some());
    match services.iter().find(|service| !has(service)) {
        Some(service) => {
            let service = diagnostic::quoted(service);
            Err(Exit::error(format!("service {service} has no container to start"))
                .with_help("`composectl up` makes what is missing"))
        }
        None if containers.iter().any(|found| found.number.is_some()) => Ok(()),
        None => Err(Exit::error(format!("no container found for project {}: not found", diagnostic::quoted(stack)))
            .with_help("`composectl up` makes what is missing")),
    }
}

pub(super) async fn stop(global: &Global, stop: Stop) -> Result<(), Exit> {
    let known = source::name(global)?;
    let connection = connect(global).await?;
    let body = api::Stop { source: known.source(), services: named(stop.services), grace: stop.timeout };
    interruptible(stopping(global, &connection, known.stack.as_str(), &body)).await?;
    if let Some(definition) = &known.definition {
        let is_meant = |name: &ServiceName| body.services.as_ref().is_none_or(|names| names.contains(name.as_str()));
        provider::ask(&definition.project, is_meant, Ask::Stop, &mut Display::new(global)).await?;
    }
    connection.close().await;
    Ok(())
}

/// Stops services and waits until they are.
pub(super) async fn stopping(
    global: &Global,
    connection: &Connection,
    stack: &str,
    body: &api::Stop,
) -> Result<StackReport, Exit> {
    ask(global, connection, stack, "stop", body, Until::Settled, body.services.as_ref()).await
}

/// Asks for something and follows it to its end.
pub(super) async fn ask<B: serde::Serialize>(
    global: &Global,
    connection: &Connection,
    stack: &str,
    verb: &str,
    body: &B,
    until: Until,
    services: Option<&std::collections::BTreeSet<String>>,
) -> Result<StackReport, Exit> {
    let mut display = Display::new(global);
    let work = async {
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/{verb}"), body).await?;
        follow(&connection.client, stack, accepted.generation, until, Of { services, reached: services }, &mut display)
            .await
    };
    let report = connection.alone(stack, work).await;
    display.finish();
    report
}
