//! What operators want, kept through every crash: stacks, their generations, their last good model, and who
//! asked for what. Nothing that the engine can be asked about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use api::Source;
use model::{Project, ProjectName};
use plan::{ContainerId, Down};
use reconcile::{Up, Wishes};
use rusqlite::{Connection, OptionalExtension, params};

/// The version of the tables below.
const SCHEMA: i64 = 4;

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
    /// Whether it is only looked at.
    pub is_paused: bool,
    /// The containers that had ended when it was last looked at.
    pub ended: BTreeSet<ContainerId>,
}

/// Why the ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite said no.
    #[error("the ledger cannot be used")]
    Sqlite(#[from] rusqlite::Error),
    /// Another version of composed wrote it.
    #[error("the ledger has schema {found}, this composed knows {SCHEMA}; use the composed that wrote it")]
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
    /// The task that wrote was lost.
    #[error("writing the ledger was interrupted")]
    Interrupted,
}

impl Ledger {
    /// Opens the ledger, or makes it.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was written by another version.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = Connection::open(path)?;
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

    fn prepare(connection: Connection) -> Result<Self, LedgerError> {
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if !(0..=SCHEMA).contains(&found) {
            return Err(LedgerError::Schema { found });
        }
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS stack (
                name TEXT PRIMARY KEY,
                generation INTEGER NOT NULL,
                source TEXT NOT NULL,
                scale TEXT NOT NULL,
                project TEXT NOT NULL,
                services TEXT NOT NULL,
                stopped TEXT NOT NULL,
                down TEXT NOT NULL,
                is_converged INTEGER NOT NULL,
                unstarted TEXT NOT NULL DEFAULT '[]',
                alone TEXT NOT NULL DEFAULT '[]',
                is_paused INTEGER NOT NULL DEFAULT 0,
                ended TEXT NOT NULL DEFAULT '[]',
                in_order TEXT NOT NULL DEFAULT '[]',
                up TEXT NOT NULL DEFAULT 'null'
            ) STRICT;
            CREATE TABLE IF NOT EXISTS machine (boot TEXT NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS audit (
                at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
                who TEXT NOT NULL,
                stack TEXT NOT NULL,
                generation INTEGER NOT NULL,
                what TEXT NOT NULL
            ) STRICT;",
        )?;
        if found == 1 {
            connection.execute_batch(
                "ALTER TABLE stack ADD COLUMN unstarted TEXT NOT NULL DEFAULT '[]';
                 ALTER TABLE stack ADD COLUMN alone TEXT NOT NULL DEFAULT '[]'",
            )?;
        }
        if found == 1 || found == 2 {
            connection.execute_batch(
                "ALTER TABLE stack ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;
                 ALTER TABLE stack ADD COLUMN ended TEXT NOT NULL DEFAULT '[]';
                 ALTER TABLE stack ADD COLUMN in_order TEXT NOT NULL DEFAULT '[]'",
            )?;
        }
        if (1..=3).contains(&found) {
            connection.execute_batch("ALTER TABLE stack ADD COLUMN up TEXT NOT NULL DEFAULT 'null'")?;
        }
        connection.pragma_update(None, "user_version", SCHEMA)?;
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

    /// Every registered stack, by name.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn stacks(&self) -> Result<Vec<Stack>, LedgerError> {
        self.with(|connection| {
            let mut query = connection.prepare(
                "SELECT name, generation, source, scale, project, services, stopped, down, is_converged, unstarted, alone,
                        is_paused, ended, in_order, up
                 FROM stack ORDER BY name",
            )?;
            let mut rows = query.query([])?;
            let mut stacks = Vec::new();
            while let Some(row) = rows.next()? {
                stacks.push(stack(row)?);
            }
            Ok(stacks)
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
                "INSERT OR REPLACE INTO stack VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                params![
                    stack.name.as_str(),
                    generation,
                    document(&stack.name, &stack.source)?,
                    document(&stack.name, &stack.scale)?,
                    document(&stack.name, &stack.project)?,
                    document(&stack.name, &stack.wishes.services)?,
                    document(&stack.name, &stack.wishes.stopped)?,
                    document(&stack.name, &stack.down)?,
                    stack.is_converged,
                    document(&stack.name, &stack.wishes.unstarted)?,
                    document(&stack.name, &stack.wishes.alone)?,
                    stack.is_paused,
                    document(&stack.name, &stack.ended)?,
                    document(&stack.name, &stack.wishes.in_order)?,
                    document(&stack.name, &stack.up)?,
                ],
            )?;
            audit(&transaction, &who, &stack.name, generation, &what)?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Notes that a generation was carried out. An older one than the newest is no longer of interest.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn converged(&self, name: ProjectName, generation: u64) -> Result<(), LedgerError> {
        self.with(move |connection| {
            connection.execute(
                "UPDATE stack SET is_converged = 1 WHERE name = ?1 AND generation = ?2",
                params![name.as_str(), i64::try_from(generation).unwrap_or(i64::MAX)],
            )?;
            Ok(())
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

    /// Whether another life of the machine (the kernel's boot id) was noted than this one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn is_new_boot(&self, boot: String) -> Result<bool, LedgerError> {
        self.with(move |connection| {
            let noted: Option<String> =
                connection.query_row("SELECT boot FROM machine", [], |row| row.get(0)).optional()?;
            Ok(noted.is_some_and(|noted| noted != boot))
        })
        .await
    }

    /// Notes which life of the machine this is.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn booted(&self, boot: String) -> Result<(), LedgerError> {
        self.with(move |connection| {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute("DELETE FROM machine", [])?;
            transaction.execute("INSERT INTO machine VALUES (?1)", params![boot])?;
            Ok(transaction.commit()?)
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
            audit(&transaction, &who, &name, i64::try_from(generation).unwrap_or(i64::MAX), &what)?;
            Ok(transaction.commit()?)
        })
        .await
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

fn audit(
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
    Ok(())
}

fn document<T: serde::Serialize>(name: &ProjectName, value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|source| LedgerError::Document { stack: name.to_string(), source })
}

fn stack(row: &rusqlite::Row<'_>) -> Result<Stack, LedgerError> {
    let name: String = row.get(0)?;
    fn read<T: serde::de::DeserializeOwned>(name: &str, text: String) -> Result<T, LedgerError> {
        serde_json::from_str(&text).map_err(|source| LedgerError::Document { stack: name.to_owned(), source })
    }
    Ok(Stack {
        generation: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
        source: read(&name, row.get(2)?)?,
        scale: read(&name, row.get(3)?)?,
        project: read(&name, row.get(4)?)?,
        wishes: Wishes {
            services: read(&name, row.get(5)?)?,
            stopped: read(&name, row.get(6)?)?,
            unstarted: read(&name, row.get(9)?)?,
            alone: read(&name, row.get(10)?)?,
            in_order: read(&name, row.get(13)?)?,
        },
        up: read(&name, row.get(14)?)?,
        down: read(&name, row.get(7)?)?,
        is_converged: row.get(8)?,
        is_paused: row.get(11)?,
        ended: read(&name, row.get(12)?)?,
        name: ProjectName::new(name.clone()).map_err(|error| LedgerError::Document {
            stack: name,
            source: serde::de::Error::custom(error.to_string()),
        })?,
    })
}

#[cfg(test)]
mod tests {
    use model::ServiceName;

    use super::*;

    fn entry(generation: u64) -> Stack {
        let name = ProjectName::new("shop").unwrap();
        Stack {
            name: name.clone(),
            generation,
            source: Source { working_dir: "/srv/shop".into(), ..Source::default() },
            scale: [("web".into(), 2)].into(),
            project: Project {
                services: [(
                    ServiceName::new("web").unwrap(),
                    Box::new(model::Service { image: "web:1".into(), cpus: 0.1, ..model::Service::default() }),
                )]
                .into(),
                ..Project::named(name)
            },
            wishes: Wishes {
                services: None,
                stopped: [ServiceName::new("web").unwrap()].into(),
                unstarted: [ServiceName::new("db").unwrap()].into(),
                alone: [ServiceName::new("web").unwrap()].into(),
                in_order: [ContainerId("c2".to_owned())].into(),
            },
            up: Some(Up { remove_orphans: true, ..Up::default() }),
            down: None,
            is_converged: false,
            is_paused: true,
            ended: [ContainerId("c1".to_owned())].into(),
        }
    }

    #[tokio::test]
    async fn what_was_recorded_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let ledger = Ledger::open(&path).unwrap();
        ledger.record(entry(1), "me".into(), "up".into()).await.unwrap();
        ledger.record(entry(2), "me".into(), "up".into()).await.unwrap();
        ledger.converged(entry(2).name, 1).await.unwrap();
        drop(ledger);
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.stacks().await.unwrap(), [entry(2)]);
        ledger.converged(entry(2).name, 2).await.unwrap();
        assert!(ledger.stacks().await.unwrap()[0].is_converged);
    }

    #[tokio::test]
    async fn a_forgotten_stack_never_gets_an_old_generation_again() {
        let ledger = Ledger::in_memory().unwrap();
        ledger.record(entry(7), "me".into(), "up".into()).await.unwrap();
        ledger.forget(entry(7).name, "me".into(), 8, "down".into()).await.unwrap();
        assert!(ledger.stacks().await.unwrap().is_empty());
        assert_eq!(ledger.last_generation(entry(7).name).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn a_ledger_of_an_earlier_version_is_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        Ledger::open(&path).unwrap().record(entry(1), "me".into(), "up".into()).await.unwrap();
        let old = Connection::open(&path).unwrap();
        old.execute_batch(
            "ALTER TABLE stack DROP COLUMN unstarted; ALTER TABLE stack DROP COLUMN alone;
             ALTER TABLE stack DROP COLUMN is_paused; ALTER TABLE stack DROP COLUMN ended;
             ALTER TABLE stack DROP COLUMN in_order; ALTER TABLE stack DROP COLUMN up;
             DROP TABLE machine;
             PRAGMA user_version = 1",
        )
        .unwrap();
        drop(old);
        for _ in 0..2 {
            let stacks = Ledger::open(&path).unwrap().stacks().await.unwrap();
            let wishes = Wishes { stopped: entry(1).wishes.stopped, ..Wishes::default() };
            assert_eq!(stacks, [Stack { wishes, up: None, is_paused: false, ended: BTreeSet::new(), ..entry(1) }]);
        }
    }

    #[tokio::test]
    async fn another_life_of_the_machine_is_noticed_until_it_is_noted() {
        let ledger = Ledger::in_memory().unwrap();
        let is_new = |boot: &str| ledger.is_new_boot(boot.to_owned());
        assert!(!is_new("a").await.unwrap(), "nothing is known of a former one");
        ledger.booted("a".to_owned()).await.unwrap();
        assert!(!is_new("a").await.unwrap());
        assert!(is_new("b").await.unwrap());
        ledger.booted("b".to_owned()).await.unwrap();
        assert!(!is_new("b").await.unwrap());
    }

    #[test]
    fn a_ledger_of_another_version_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Ledger::prepare(connection), Err(LedgerError::Schema { found: 99 })));
    }
}
