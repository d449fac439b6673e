//! `down`: containers and networks go, volumes only when asked.

use api::Accepted;

use super::interruptible;
use crate::args::{Down, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::follow::{Until, follow};
use crate::output::progress::Display;
use crate::source;

pub(super) async fn run(global: &Global, down: Down) -> Result<(), Exit> {
    let (stack, source) = source::name(global)?;
    let connection = connect(global).await?;
    let body = api::Down { source, volumes: down.volumes, remove_orphans: down.remove_orphans, grace: down.timeout };
    let mut display = Display::new(global);
    let stack = stack.as_str();
    let work = async {
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/down"), &body).await?;
        follow(&connection.client, stack, accepted.generation, Until::Settled, None, &mut display).await
    };
    interruptible(connection.alone(stack, work)).await?;
    connection.close().await;
    Ok(())
}
