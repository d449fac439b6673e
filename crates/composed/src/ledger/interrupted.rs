//! Containers that are stopped only on the way to something: without a note of it nobody who comes after a crash
//! could tell them from those that somebody stopped by hand.

use std::collections::BTreeSet;

use model::ProjectName;
use plan::ContainerId;
use rusqlite::{Connection, params};

use super::{Ledger, LedgerError};

impl Ledger {
    /// Notes, durably, that a container is about to be stopped and is to run again.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn interrupts(&self, name: ProjectName, container: ContainerId) -> Result<(), LedgerError> {
        self.with(move |connection| {
            connection
                .execute("INSERT OR IGNORE INTO interrupted VALUES (?1, ?2)", params![name.as_str(), container.0])?;
            Ok(())
        })
        .await
    }
}

/// Those of a stack.
pub(super) fn of(connection: &Connection, name: &str) -> Result<BTreeSet<ContainerId>, LedgerError> {
    let mut query = connection.prepare_cached("SELECT container FROM interrupted WHERE stack = ?1")?;
    let containers = query.query_map([name], |row| Ok(ContainerId(row.get(0)?)))?;
    Ok(containers.collect::<Result<_, _>>()?)
}

/// Forgets them: they run again, or a newer request decides about all there is.
pub(super) fn forget(connection: &Connection, name: &ProjectName) -> Result<(), LedgerError> {
    connection.execute("DELETE FROM interrupted WHERE stack = ?1", params![name.as_str()])?;
    Ok(())
}
