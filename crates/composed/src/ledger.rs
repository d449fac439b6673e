//! What operators want, kept through every crash: stacks, their generations, their last good model, and who
//! asked for what. Nothing that the engine can be asked about.

mod audit;
mod entry;
mod interrupted;
mod lives;
mod schema;

pub use lives::Lives;
pub(crate) use lives::is_another;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use api::Source;
use model::{Project, ProjectName};
use plan::{ContainerId, Down};
use reconcile::{Up, Wishes};
use rusqlite::{Connection, params};

use self::audit::audit;
use self::entry::document;
use crate::reader::Reader;

/// The ledger: one SQLite file, owned by one daemon.
#[derive(Clone)]
pub struct Ledger(Arc<Mutex<Connection>>);

/// A registered stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The project's name.
    pub name: ProjectName,
    /// Counts what was asked for.
    pub generation: u64,
    /// Where its definition comes from.
    pub source: Source,
    /// Who its files are read for; `None` is somebody who may read everything.
    pub reader: Option<Reader>,
    /// Replicas by service, over what the files say.
    pub scale: BTreeMap<String, u32>,
    /// The last model that could be loaded: what is kept true while the files are broken.
    pub project: Project,
    /// What was said of single services.
    pub wishes: Wishes,
    /// The options of the newest request where it was an `up`: they count until it is carried out.
    pub up: Option<Up>,
    /// Set when the stack is to be gone, and how far.
    pub down: Option<Down>,
    /// Whether this generation was carried out to its end.
    pub is_converged: bool,
    /// Whether it is kept so, or only looked at.
    pub keeping: Keeping,
    /// What the engine calls itself that it was asked for on; `None` until that is known, or where it has no name.
    pub engine: Option<String>,
    /// The containers that had ended when it was last looked at.
    pub ended: BTreeSet<ContainerId>,
    /// Containers that were stopped since, on the way to something, or ended with an engine, and are to run again; each
    /// with the beginning of that life.
    pub interrupted: plan::Lives,
}

/// Whether a stack is kept true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is.
    True = 0,
    /// An operator has it only looked at.
    Paused = 1,
    /// It was taken from the labels of its containers when the ledger was lost: what its files say without the variables
    /// of whoever brought it up, nobody knows, so it is only looked at.
    Recovered = 2,
}

/// Why the ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite said no.
    #[error("the ledger cannot be used")]
    Sqlite(#[from] rusqlite::Error),
    /// Another version of composed wrote it.
    #[error("the ledger has schema {found}, this composed knows {}; use the composed that wrote it", schema::VERSION)]
    Schema {
        /// What it says of itself.
        found: i64,
    },
    /// A document in it cannot be read.
    #[error("the ledger's entry of {stack} cannot be read")]
    Document {
        /// Whose entry.
        stack: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// It is damaged.
    #[error("the ledger is damaged: {found}")]
    Damaged {
        /// What SQLite found.
        found: String,
    },
    /// It is damaged, and cannot be put aside.
    #[error("the damaged ledger {} cannot be put aside", .path.display())]
    Aside {
        /// Where it lies.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The task that wrote was lost.
    #[error("writing the ledger was interrupted")]
    Interrupted,
}

impl LedgerError {
    /// Whether what is in the file cannot be read, now or ever.
    fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Damaged { .. } => true,
            Self::Sqlite(error) => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)),
            _ => false,
        }
    }
}

/// Renames a ledger and what SQLite keeps beside it; gives the new name.
fn put_aside(path: &Path) -> std::io::Result<PathBuf> {
    let named = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    let free = (1..).map(|number| format!(".damaged-{number}")).find(|ending| !named(ending).exists());
    let ending = free.expect("some number is free");
    std::fs::rename(path, named(&ending))?;
    for beside in ["-wal", "-shm"] {
        match std::fs::rename(named(beside), named(&format!("{ending}{beside}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(named(&ending))
}

impl Ledger {
    /// Opens the ledger, or makes it. One that is damaged is put aside, and told by where it lies now.
    ///
    /// # Errors
    /// When the file cannot be opened or put aside, or was written by another version.
    pub fn open_or_begin(path: &Path) -> Result<(Self, Option<PathBuf>), LedgerError> {
        match Self::open(path) {
            Err(error) if error.is_damage() => {
                let aside = put_aside(path).map_err(|source| LedgerError::Aside { path: path.to_owned(), source })?;
                Ok((Self::open(path)?, Some(aside)))
            }
            opened => Ok((opened?, None)),
        }
    }

    /// Opens the ledger, or makes it.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was written by another version.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = Connection::open(path)?;
        // It holds the values of secrets.
        let _ = std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
        // A generation that was acknowledged survives a power cut.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        Self::prepare(connection)
    }

    /// A ledger that is forgotten with the process.
    ///
    /// # Errors
    /// When SQLite cannot be started.
    pub fn in_memory() -> Result<Self, LedgerError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, LedgerError> {
        schema::prepare(&mut connection)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let connection = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection)
        })
        .await
        .map_err(|_| LedgerError::Interrupted)?
    }

    /// Notes that a generation was carried out. An older one than the newest is no longer of interest.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn converged(&self, name: ProjectName, generation: u64) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            let noted = transaction.execute(
                "UPDATE stack SET is_converged = 1 WHERE name = ?1 AND generation = ?2",
                params![name.as_str(), i64::try_from(generation).unwrap_or(i64::MAX)],
            )?;
            if noted > 0 {
                interrupted::forget(&transaction, &name)?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Notes which containers of a stack have ended.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn ended(&self, name: ProjectName, ended: BTreeSet<ContainerId>) -> Result<(), LedgerError> {
        self.with(move |connection| {
            connection.execute(
                "UPDATE stack SET ended = ?2 WHERE name = ?1",
                params![name.as_str(), document(&name, &ended)?],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets a stack: nobody wants it any more.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn forget(
        &self,
        name: ProjectName,
        who: String,
        generation: u64,
        what: String,
    ) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute("DELETE FROM stack WHERE name = ?1", params![name.as_str()])?;
            interrupted::forget(&transaction, &name)?;
            audit(&transaction, &who, &name, i64::try_from(generation).unwrap_or(i64::MAX), &what)?;
            Ok(transaction.commit()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests;
