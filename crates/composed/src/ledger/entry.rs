//! A stack as a row: how it is written and read.

use model::ProjectName;
use rusqlite::{Connection, Row, params};

use super::{Keeping, Ledger, LedgerError, Stack, audit, interrupted};

impl Ledger {
    /// Every registered stack, by name.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn stacks(&self) -> Result<Vec<Stack>, LedgerError> {
        self.with(|connection| {
            let mut query = connection.prepare("SELECT * FROM stack ORDER BY name")?;
            let mut rows = query.query([])?;
            let mut stacks = Vec::new();
            while let Some(row) = rows.next()? {
                match read(connection, row) {
                    Ok(stack) => stacks.push(stack),
                    // The others go on; whoever brings this one up writes it anew.
                    Err(error @ LedgerError::Document { .. }) => {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::error!(error = %error, cause, "a stack is not kept");
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(stacks)
        })
        .await
    }

    /// A registered stack; `None` where nobody wants one of that name.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn stack(&self, name: ProjectName) -> Result<Option<Stack>, LedgerError> {
        self.with(move |connection| {
            let mut query = connection.prepare("SELECT * FROM stack WHERE name = ?1")?;
            let mut rows = query.query([name.as_str()])?;
            rows.next()?.map(|row| read(connection, row)).transpose()
        })
        .await
    }

    /// Writes a stack down, durably, with who asked for it.
    ///
    /// # Errors
    /// When the ledger cannot be written: then nothing was promised.
    pub async fn record(&self, stack: Stack, who: String, what: String) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            let generation = i64::try_from(stack.generation).unwrap_or(i64::MAX);
            transaction.execute(
                "INSERT OR REPLACE INTO stack
                 (name, generation, source, reader, scale, project, wishes, up, down, is_converged, keeping, ended, engine)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                params![
                    stack.name.as_str(),
                    generation,
                    document(&stack.name, &stack.source)?,
                    document(&stack.name, &stack.reader)?,
                    document(&stack.name, &stack.scale)?,
                    document(&stack.name, &stack.project)?,
                    document(&stack.name, &stack.wishes)?,
                    document(&stack.name, &stack.up)?,
                    document(&stack.name, &stack.down)?,
                    stack.is_converged,
                    stack.keeping as i64,
                    document(&stack.name, &stack.ended)?,
                    stack.engine,
                ],
            )?;
            interrupted::forget(&transaction, &stack.name)?;
            audit(&transaction, &who, &stack.name, generation, &what)?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Notes what the engine calls itself that a stack is on.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn is_on(&self, name: ProjectName, engine: String) -> Result<(), LedgerError> {
        self.with(move |connection| {
            connection.execute("UPDATE stack SET engine = ?2 WHERE name = ?1", params![name.as_str(), engine])?;
            Ok(())
        })
        .await
    }
}

/// A value as it is written.
pub(super) fn document<T: serde::Serialize>(name: &ProjectName, value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|source| LedgerError::Document { stack: name.to_string(), source })
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<Stack, LedgerError> {
    let name: String = row.get("name")?;
    fn value<T: serde::de::DeserializeOwned>(row: &Row<'_>, name: &str, column: &str) -> Result<T, LedgerError> {
        let text: String = row.get(column)?;
        serde_json::from_str(&text).map_err(|source| LedgerError::Document { stack: name.to_owned(), source })
    }
    let interrupted = interrupted::of(connection, &name)?;
    Ok(Stack {
        generation: u64::try_from(row.get::<_, i64>("generation")?).unwrap_or(0),
        source: value(row, &name, "source")?,
        reader: value(row, &name, "reader")?,
        scale: value(row, &name, "scale")?,
        project: value(row, &name, "project")?,
        wishes: value(row, &name, "wishes")?,
        up: value(row, &name, "up")?,
        down: value(row, &name, "down")?,
        is_converged: row.get("is_converged")?,
        keeping: keeping(row.get("keeping")?),
        ended: value(row, &name, "ended")?,
        engine: row.get("engine")?,
        interrupted,
        name: ProjectName::new(name.clone()).map_err(|error| LedgerError::Document {
            stack: name,
            source: serde::de::Error::custom(error.to_string()),
        })?,
    })
}

fn keeping(written: i64) -> Keeping {
    match written {
        0 => Keeping::True,
        2 => Keeping::Recovered,
        _ => Keeping::Paused,
    }
}
