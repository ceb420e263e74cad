//! The control plane in SQLite: one file of the directory.
//!
//! Write-ahead log, `synchronous = FULL`: a transaction that was committed survives a power cut. The connection holds
//! the file exclusively, so that no shared-memory file is needed, which a full disk could tear away. Temporary
//! tables stay in memory.

use super::{INDEXES, SCHEMA, Sql, VERSION, dialect::STATEMENTS_KEPT};
use crate::Error;
use rusqlite::{Connection, TransactionBehavior, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

pub(crate) struct Sqlite {
    connection: Mutex<Connection>,
    uncertain: AtomicBool,
}

/// What is at a path, before anything is made there.
pub(crate) struct Found {
    path: PathBuf,
    connection: Option<Connection>,
    pub(super) version: u32,
}

impl Found {
    /// Looks; a database of another version is left as it is.
    pub(super) fn at(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Ok(Self { path: path.to_owned(), connection: None, version: 0 });
        }
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        super::is_known(version)?;
        Ok(Self { path: path.to_owned(), connection: Some(connection), version })
    }
}

impl Sqlite {
    /// Opens or makes the database.
    pub(super) fn open(found: Found) -> Result<Self, Error> {
        let mut connection = match found.connection {
            Some(connection) => connection,
            None => Connection::open(found.path)?,
        };
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // A plan goes by no bound value. Otherwise every statement whose plan might, with a LIMIT or beside a partial index, is
        // prepared anew each time that it is run with another one.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        if found.version == 0 {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        connection.execute_batch(INDEXES)?;
        Ok(Self { connection: Mutex::new(connection), uncertain: AtomicBool::new(false) })
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        work(&Sql::Sqlite(&*self.lock()?))
    }

    pub(super) fn write<T>(&self, work: impl FnOnce(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.lock()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&Sql::Sqlite(&transaction))?;
        match transaction.commit().map_err(Error::from) {
            Ok(()) => Ok(value),
            // The commit record itself did not fit, so no recovery will ever find it.
            Err(Error::Full) => Err(Error::Full),
            // After a failed fsync the record may be on the disk or not, and a second fsync would not tell.
            Err(_) => {
                self.uncertain.store(true, Ordering::SeqCst);
                Err(Error::Uncertain)
            }
        }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Connection>, Error> {
        // A panic within a transaction has rolled it back: the connection is fit for use.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if self.uncertain.load(Ordering::SeqCst) { Err(Error::Uncertain) } else { Ok(connection) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let database = Sqlite::open(Found::at(&dir.path().join("control.sqlite")).unwrap()).unwrap();
        let connection = database.lock().unwrap();
        let due = "SELECT id FROM delivery WHERE next_attempt <= ?1 AND carrier = ?2 ORDER BY next_attempt LIMIT ?3";
        let mut statement = connection.prepare(due).unwrap();
        for number in 1..5 {
            let rows =
                statement.query_map((number, format!("C-{number}"), number), |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(rows.count(), 0);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
