//! `down`: containers and networks go, volumes and images only when asked.

use api::{Accepted, ContainerListing, ImagesToRemove};

use super::{interruptible, making, named};
use crate::args::{Down, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::follow::{Until, follow};
use crate::output::{self, progress::Display};
use crate::source;

pub(super) async fn run(global: &Global, down: Down) -> Result<(), Exit> {
    let images = match down.rmi.as_deref() {
        None => ImagesToRemove::None,
        Some("local") => ImagesToRemove::Local,
        Some("all") => ImagesToRemove::All,
        Some(other) => return Err(Exit::error(format!("invalid value for --rmi: {}", diagnostic::quoted(other)))),
    };
    let (stack, source) = source::name(global)?;
    let connection = connect(global).await?;
    let is_file_known = source.is_some();
    let body = api::Down {
        source,
        services: named(down.services),
        images,
        volumes: down.volumes,
        remove_orphans: making::removes_orphans(down.remove_orphans),
        grace: down.timeout,
    };
    let mut display = Display::new(global);
    let stack = stack.as_str();
    let work = async {
        if !is_file_known {
            let found: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
            if found.is_empty() {
                output::warning(&format!("Warning: No resource found to remove for project \"{stack}\"."));
            }
        }
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/down"), &body).await?;
        follow(&connection.client, stack, accepted.generation, Until::Settled, None, &mut display).await
    };
    let report = interruptible(connection.alone(stack, work)).await;
    display.finish();
    report?;
    connection.close().await;
    Ok(())
}
