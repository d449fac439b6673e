//! Which lives of the machine and of the engine the ledger was written in: what ran in a former one ended with it.

use rusqlite::{OptionalExtension, params};

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
        let differs =
            |now: &Option<String>, former: &Option<String>| now.is_some() && former.is_some() && now != former;
        differs(&self.boot, &former.boot) || differs(&self.engine, &former.engine)
    }
}

impl Ledger {
    /// Those noted last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lives(&self) -> Result<Lives, LedgerError> {
        self.with(|connection| {
            let noted = connection.query_row("SELECT boot, engine FROM lives", [], |row| {
                Ok(Lives { boot: row.get(0)?, engine: row.get(1)? })
            });
            Ok(noted.optional()?.unwrap_or_default())
        })
        .await
    }

    /// Notes them.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn live_in(&self, lives: Lives) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute("DELETE FROM lives", [])?;
            transaction
                .execute("INSERT INTO lives (boot, engine) VALUES (?1, ?2)", params![lives.boot, lives.engine])?;
            Ok(transaction.commit()?)
        })
        .await
    }
}
