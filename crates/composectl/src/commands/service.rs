//! `start`, `stop`, `restart`: what is there, and nothing else.

use api::{Accepted, StackReport};

use super::{interruptible, named};
use crate::args::{Global, Start, Stop};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::follow::{Until, follow};
use crate::output::progress::Display;
use crate::source;

pub(super) async fn start(global: &Global, start: Start) -> Result<(), Exit> {
    let (stack, source) = source::name(global)?;
    let connection = connect(global).await?;
    let body = api::Start { source, services: named(start.services) };
    interruptible(ask(global, &connection, stack.as_str(), "start", &body)).await?;
    connection.close().await;
    Ok(())
}

pub(super) async fn stop(global: &Global, stop: Stop) -> Result<(), Exit> {
    let (stack, source) = source::name(global)?;
    let connection = connect(global).await?;
    let body = api::Stop { source, services: named(stop.services), grace: stop.timeout };
    interruptible(stopping(global, &connection, stack.as_str(), &body)).await?;
    connection.close().await;
    Ok(())
}

pub(super) async fn restart(global: &Global, restart: Stop) -> Result<(), Exit> {
    let (stack, source) = source::name(global)?;
    let connection = connect(global).await?;
    let body = api::Restart { source, services: named(restart.services), grace: restart.timeout };
    interruptible(ask(global, &connection, stack.as_str(), "restart", &body)).await?;
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
    ask(global, connection, stack, "stop", body).await
}

async fn ask<B: serde::Serialize>(
    global: &Global,
    connection: &Connection,
    stack: &str,
    verb: &str,
    body: &B,
) -> Result<StackReport, Exit> {
    let mut display = Display::new(global);
    let work = async {
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/{verb}"), body).await?;
        follow(&connection.client, stack, accepted.generation, Until::Settled, None, &mut display).await
    };
    let report = connection.alone(stack, work).await;
    display.finish();
    report
}
