//! Which lives of the machine and of the engine the ledger was written in: what ran in a former one ended with it.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Ledger, LedgerError};

/// Names of lives, each where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lives {
    /// The kernel's boot id.
    pub boot: Option<String>,
    /// The engine's ([`engine::Identity::life`]).
    pub engine: Option<String>,
}

impl Lives {
    /// Whether one of the two is known to be another than before.
    #[must_use]
    pub fn is_another_than(&self, former: &Self) -> bool {
        is_another(self.boot.as_ref(), former.boot.as_ref()) || is_another(self.engine.as_ref(), former.engine.as_ref())
    }
}

/// Whether two, each by its name, are known to be two.
pub(crate) fn is_another(one: Option<&String>, other: Option<&String>) -> bool {
    one.is_some() && other.is_some() && one != other
}

fn noted(connection: &Connection) -> Result<Lives, LedgerError> {
    let noted = connection
        .query_row("SELECT boot, engine FROM lives", [], |row| Ok(Lives { boot: row.get(0)?, engine: row.get(1)? }));
    Ok(noted.optional()?.unwrap_or_default())
}

impl Ledger {
    /// Those noted last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lives(&self) -> Result<Lives, LedgerError> {
        self.with(noted).await
    }

    /// Notes them. What stands there already is not written again: it is found out anew whenever events begin.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn live_in(&self, lives: Lives) -> Result<(), LedgerError> {
        self.with(move |connection| {
            if noted(connection)? == lives {
                return Ok(());
            }
            let transaction = connection.unchecked_transaction()?;
            transaction.execute("DELETE FROM lives", [])?;
            transaction
                .execute("INSERT INTO lives (boot, engine) VALUES (?1, ?2)", params![lives.boot, lives.engine])?;
            Ok(transaction.commit()?)
        })
        .await
    }
}
