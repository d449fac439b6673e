//! Containers that are stopped only on the way to something: without a note of it nobody who comes after a crash
//! could tell them from those that somebody stopped by hand.

use model::ProjectName;
use plan::{ContainerId, Lives, Stamp};
use rusqlite::{Connection, params};

use super::{Ledger, LedgerError};

/// The beginning of a life that is not known, as the table has it.
const UNKNOWN: Stamp = Stamp(0);

impl Ledger {
    /// Notes, durably, that containers are about to be stopped, or have ended, in the life that began then, and are to
    /// run again.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn interrupts(&self, name: ProjectName, containers: Lives) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            for (container, started) in containers {
                transaction.execute(
                    "INSERT OR REPLACE INTO interrupted (stack, container, started) VALUES (?1, ?2, ?3)",
                    params![name.as_str(), container.0, started.unwrap_or(UNKNOWN).0],
                )?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }
}

/// Those of a stack, each with the beginning of that life.
pub(super) fn of(connection: &Connection, name: &str) -> Result<Lives, LedgerError> {
    let mut query = connection.prepare_cached("SELECT container, started FROM interrupted WHERE stack = ?1")?;
    let known = |started| (started != UNKNOWN).then_some(started);
    let containers = query.query_map([name], |row| Ok((ContainerId(row.get(0)?), known(Stamp(row.get(1)?)))))?;
    Ok(containers.collect::<Result<_, _>>()?)
}

/// Forgets them: they run again, or a newer request decides about all there is.
pub(super) fn forget(connection: &Connection, name: &ProjectName) -> Result<(), LedgerError> {
    connection.execute("DELETE FROM interrupted WHERE stack = ?1", params![name.as_str()])?;
    Ok(())
}
