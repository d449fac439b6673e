//! `down`: containers and networks go, volumes and images only when asked.

use api::{Accepted, ContainerListing, ImagesToRemove};
use model::ServiceName;

use super::{interruptible, making};
use crate::args::{Down, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::follow::{Of, Until, follow};
use crate::output::{self, progress::Display};
use crate::provider::{self, Ask};
use crate::source;

pub(super) async fn run(global: &Global, down: Down) -> Result<(), Exit> {
    let images = match down.rmi.as_deref() {
        None => ImagesToRemove::None,
        Some("local") => ImagesToRemove::Local,
        Some("all") => ImagesToRemove::All,
        Some(other) => return Err(Exit::error(format!("invalid value for --rmi: {}", diagnostic::quoted(other)))),
    };
    let known = source::name(global)?;
    let source = known.source();
    let connection = connect(global).await?;
    let is_file_known = source.is_some();
    let body = api::Down {
        source,
        services: super::named(down.services),
        images,
        volumes: down.volumes,
        remove_orphans: making::removes_orphans(down.remove_orphans),
        grace: down.timeout,
    };
    let mut display = Display::new(global);
    let stack = known.stack.as_str();
    let named = body.services.clone();
    let work = async {
        if !is_file_known {
            let found: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
            if found.is_empty() {
                output::warning(&format!("Warning: No resource found to remove for project \"{stack}\"."));
            }
        }
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/down"), &body).await?;
        follow(&connection.client, stack, accepted.generation, Until::Settled, Of::default(), &mut display).await
    };
    let report = interruptible(connection.alone(stack, work)).await;
    if report.is_ok()
        && let Some(definition) = &known.definition
    {
        let is_meant = |name: &ServiceName| named.as_ref().is_none_or(|names| names.contains(name.as_str()));
        provider::ask(&definition.project, is_meant, Ask::Down, &mut display).await?;
    }
    display.finish();
    report?;
    connection.close().await;
    Ok(())
}
