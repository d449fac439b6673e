//! Who asked for what: an entry for each request, the newest [`KEPT`] of them. What comes of a request is in the log.

use model::ProjectName;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Ledger, LedgerError};

/// Entries that are kept; of each stack its newest generation beside them, which is never given again.
const KEPT: i64 = 100_000;
/// Entries between two looks at how many there are.
const PACE: i64 = 1000;

impl Ledger {
    /// Writes down who asked for something that changes nothing that is wanted.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn note(&self, name: ProjectName, who: String, generation: u64, what: String) -> Result<(), LedgerError> {
        let generation = i64::try_from(generation).unwrap_or(i64::MAX);
        self.with(move |connection| audit(connection, &who, &name, generation, &what)).await
    }

    /// The newest generation that was ever given to a name, also of a stack that is forgotten.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn last_generation(&self, name: ProjectName) -> Result<u64, LedgerError> {
        self.with(move |connection| {
            let newest: Option<i64> = connection
                .query_row("SELECT max(generation) FROM audit WHERE stack = ?1", params![name.as_str()], |row| {
                    row.get(0)
                })
                .optional()?
                .flatten();
            Ok(newest.and_then(|newest| u64::try_from(newest).ok()).unwrap_or(0))
        })
        .await
    }
}

/// Writes down who asked for what of a stack.
pub(super) fn audit(
    connection: &Connection,
    who: &str,
    stack: &ProjectName,
    generation: i64,
    what: &str,
) -> Result<(), LedgerError> {
    connection.execute(
        "INSERT INTO audit (who, stack, generation, what) VALUES (?1, ?2, ?3, ?4)",
        params![who, stack.as_str(), generation, what],
    )?;
    let newest = connection.last_insert_rowid();
    if newest % PACE == 0 {
        cut_off(connection, newest - KEPT)?;
    }
    Ok(())
}

/// Removes entries up to this one, but for the newest generation of each stack.
fn cut_off(connection: &Connection, last: i64) -> Result<(), LedgerError> {
    connection.execute(
        // Beside `max`, SQLite takes other columns from the row that has it.
        "DELETE FROM audit WHERE rowid <= ?1 AND rowid NOT IN
            (SELECT entry FROM (SELECT rowid AS entry, max(generation) FROM audit GROUP BY stack))",
        params![last],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_entries_go_and_no_generation_is_given_again() {
        let ledger = Ledger::in_memory().unwrap();
        let name = |name| ProjectName::new(name).unwrap();
        ledger.note(name("gone"), "me".into(), 7, "down".into()).await.unwrap();
        let filled = |connection: &Connection| {
            Ok(connection.execute(
                "INSERT INTO audit (who, stack, generation, what)
                 WITH RECURSIVE entry(number) AS (VALUES (2) UNION ALL SELECT number + 1 FROM entry WHERE number < ?1)
                 SELECT 'me', 'shop', number, 'up' FROM entry",
                params![KEPT + PACE - 1],
            )?)
        };
        ledger.with(filled).await.unwrap();
        let count = |connection: &Connection| {
            Ok(connection.query_row("SELECT count(*), min(rowid) FROM audit", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?)
        };
        assert_eq!(ledger.with(count).await.unwrap(), (KEPT + PACE - 1, 1));
        let newest = u64::try_from(KEPT + PACE).unwrap();
        ledger.note(name("shop"), "me".into(), newest, "up".into()).await.unwrap();
        // The one of the stack that is gone is kept beside them.
        assert_eq!(ledger.with(count).await.unwrap(), (KEPT + 1, 1));
        assert_eq!(ledger.last_generation(name("gone")).await.unwrap(), 7);
        assert_eq!(ledger.last_generation(name("shop")).await.unwrap(), newest);
    }
}
