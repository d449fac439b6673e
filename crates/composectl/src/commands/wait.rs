//! `wait`: until the containers of services have ended; its exit code is that of the last one.

use api::{Accepted, ContainerExit};
use futures_util::StreamExt as _;

use super::{escaped, interruptible};
use crate::args::{Global, Wait};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::follow::{Of, Until, follow};
use crate::output::progress::Display;
use crate::output::stdout;
use crate::source::{self, Place};

/// As docker compose: the code of a wait that itself failed.
const FAILED: u8 = 42;

pub(super) async fn run(global: &Global, wait: Wait) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let stack = place.stack.as_str();
    let code = interruptible(waited(&connection, stack, &wait.services)).await?;
    if wait.down_project {
        interruptible(down(global, &connection, stack)).await?;
    }
    connection.close().await;
    if code == 0 { Ok(()) } else { Err(Exit::silent(code)) }
}

async fn waited(connection: &Connection, stack: &str, services: &[String]) -> Result<u8, Exit> {
    let path = format!("/stacks/{stack}/exits?services={}", escaped(&services.join(",")));
    let mut exits = connection.client.stream::<ContainerExit>(&path).await?;
    let mut last = None;
    while let Some(exit) = exits.next().await {
        let exit = exit?;
        if !exit.error.is_empty() {
            return Err(Exit { code: FAILED, ..Exit::error(exit.error) });
        }
        stdout().line(&format!("container {} exited with status code {}", diagnostic::quoted(&exit.id), exit.code));
        last = Some(exit.code);
    }
    // A process ends with a code of eight bits.
    let last = last.ok_or_else(|| Exit::error(format!("no containers for project {}", diagnostic::quoted(stack))))?;
    Ok(u8::try_from(last & 0xff).unwrap_or(1))
}

async fn down(global: &Global, connection: &Connection, stack: &str) -> Result<(), Exit> {
    let source = source::name(global)?.source();
    let body = api::Down { source, remove_orphans: true, ..api::Down::default() };
    let mut display = Display::new(global);
    let work = async {
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/down"), &body).await?;
        follow(&connection.client, stack, accepted.generation, Until::Settled, Of::default(), &mut display).await
    };
    let ended = connection.alone(stack, work).await;
    display.finish();
    ended.map(|_| ())
}
