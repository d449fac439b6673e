//! `commit`: an image of a service's container as it is now.

use super::interruptible;
use super::target::{self, Told};
use crate::args::{Commit, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::source::Place;

pub(super) async fn run(global: &Global, commit: Commit) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let container = target::ask(&connection, &place, &commit.service, commit.index).await?;
    let mut told = Told::new(global);
    told.working(&container.name, "Committing", "");
    let body = api::Commit {
        container: container.id,
        reference: commit.reference.unwrap_or_default(),
        author: commit.author.unwrap_or_default(),
        message: commit.message.unwrap_or_default(),
        changes: commit.changes,
        pause: commit.pause,
    };
    let path = format!("/stacks/{}/commit", place.stack);
    let made: api::Made = interruptible(async { Ok(connection.client.post_patiently(&path, &body).await?) }).await?;
    told.done(&container.name, &format!("Committed as {}", made.id), "");
    connection.close().await;
    Ok(())
}
