//! The tables, and how those of earlier versions become them.

use rusqlite::Connection;

use super::LedgerError;

/// The version of the tables.
pub(super) const VERSION: i64 = 4;

const TABLES: &str = "
    CREATE TABLE stack (
        name TEXT PRIMARY KEY,
        generation INTEGER NOT NULL,
        source TEXT NOT NULL,
        reader TEXT NOT NULL,
        scale TEXT NOT NULL,
        project TEXT NOT NULL,
        wishes TEXT NOT NULL,
        up TEXT NOT NULL,
        down TEXT NOT NULL,
        is_converged INTEGER NOT NULL,
        keeping INTEGER NOT NULL,
        ended TEXT NOT NULL,
        engine TEXT
    ) STRICT;
    CREATE TABLE lives (boot TEXT, engine TEXT) STRICT;
    CREATE TABLE interrupted (
        stack TEXT NOT NULL,
        container TEXT NOT NULL,
        started INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (stack, container)
    ) STRICT;
    CREATE TABLE audit (
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        who TEXT NOT NULL,
        stack TEXT NOT NULL,
        generation INTEGER NOT NULL,
        what TEXT NOT NULL
    ) STRICT;";

/// What each version lacks of the next.
const STEPS: [(i64, &str); 3] = [
    (
        1,
        "ALTER TABLE stack ADD COLUMN unstarted TEXT NOT NULL DEFAULT '[]';
         ALTER TABLE stack ADD COLUMN alone TEXT NOT NULL DEFAULT '[]'",
    ),
    (
        2,
        "ALTER TABLE stack ADD COLUMN keeping INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE stack ADD COLUMN ended TEXT NOT NULL DEFAULT '[]';
         ALTER TABLE stack ADD COLUMN in_order TEXT NOT NULL DEFAULT '[]';
         ALTER TABLE stack ADD COLUMN images TEXT NOT NULL DEFAULT '{}';
         ALTER TABLE stack ADD COLUMN up TEXT NOT NULL DEFAULT 'null';
         CREATE TABLE machine (boot TEXT NOT NULL) STRICT;
         CREATE TABLE interrupted (
             stack TEXT NOT NULL,
             container TEXT NOT NULL,
             PRIMARY KEY (stack, container)
         ) STRICT",
    ),
    (
        3,
        // Wishes become one document. One that cannot be read stays so, and takes no other stack with it.
        "ALTER TABLE stack RENAME TO former;
         CREATE TABLE stack (
             name TEXT PRIMARY KEY,
             generation INTEGER NOT NULL,
             source TEXT NOT NULL,
             reader TEXT NOT NULL,
             scale TEXT NOT NULL,
             project TEXT NOT NULL,
             wishes TEXT NOT NULL,
             up TEXT NOT NULL,
             down TEXT NOT NULL,
             is_converged INTEGER NOT NULL,
             keeping INTEGER NOT NULL,
             ended TEXT NOT NULL,
             engine TEXT
         ) STRICT;
         INSERT INTO stack SELECT name, generation, source, 'null', scale, project,
             iif(
                 json_valid(services) AND json_valid(stopped) AND json_valid(unstarted) AND json_valid(alone)
                     AND json_valid(in_order) AND json_valid(images),
                 '{\"services\":' || services || ',\"stopped\":' || stopped || ',\"unstarted\":' || unstarted
                     || ',\"alone\":' || alone || ',\"in_order\":' || in_order || ',\"images\":' || images || '}',
                 'damaged'
             ),
             up, down, is_converged, keeping, ended, NULL FROM former;
         DROP TABLE former;
         CREATE TABLE lives (boot TEXT, engine TEXT) STRICT;
         INSERT INTO lives SELECT boot, NULL FROM machine;
         DROP TABLE machine;
         ALTER TABLE interrupted ADD COLUMN started INTEGER NOT NULL DEFAULT 0",
    ),
];

/// Checks that the file is whole, and brings its tables to this version: all of it or nothing. What an earlier version
/// wrote is kept beside it first.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), LedgerError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(LedgerError::Damaged { found });
    }
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if !(0..=VERSION).contains(&version) {
        return Err(LedgerError::Schema { found: version });
    }
    if (1..VERSION).contains(&version) {
        keep(connection, version)?;
    }
    let transaction = connection.transaction()?;
    if version == 0 {
        transaction.execute_batch(TABLES)?;
    }
    for (_, step) in STEPS.iter().filter(|(from, _)| version > 0 && *from >= version) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// Copies the ledger as it is, for a composed that knows no newer one.
fn keep(connection: &Connection, version: i64) -> Result<(), LedgerError> {
    let Some(path) = connection.path().filter(|path| !path.is_empty()) else { return Ok(()) };
    let copy = format!("{path}.version-{version}");
    if !std::path::Path::new(&copy).exists() {
        connection.execute("VACUUM INTO ?1", [copy])?;
    }
    Ok(())
}
