//! The control plane: one SQLite database, and the one place where its transactions begin and end.
//!
//! Write-ahead log, `synchronous = FULL`: a transaction that was committed survives a power cut. The connection holds
//! the file exclusively, so that no shared-memory file is needed, which a full disk could tear away. Temporary
//! tables stay in memory.

use crate::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The version of `schema.sql`.
pub(crate) const VERSION: u32 = 9;

/// More than there are: one that is forgotten is compiled again, which takes longer than to run it.
const STATEMENTS_KEPT: usize = 256;

const SCHEMA: &str = include_str!("control/schema.sql");
const INDEXES: &str = include_str!("control/indexes.sql");

pub(crate) struct Control {
    connection: Mutex<Connection>,
    uncertain: AtomicBool,
}

/// What is at a path, before anything is made there.
pub(crate) struct Found {
    path: PathBuf,
    connection: Option<Connection>,
    version: u32,
}

impl Found {
    /// Looks; a database of another version is left as it is.
    pub(crate) fn at(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Ok(Self { path: path.to_owned(), connection: None, version: 0 });
        }
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > VERSION {
            return Err(Error::Newer { found: version, known: VERSION });
        }
        if (1..VERSION).contains(&version) {
            return Err(Error::Older { found: version, known: VERSION });
        }
        Ok(Self { path: path.to_owned(), connection: Some(connection), version })
    }

    /// There is no database, or nothing was ever made in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.version == 0
    }
}

impl Control {
    /// Opens or makes the database.
    pub(crate) fn open(found: Found) -> Result<Self, Error> {
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
        if found.version == 0 {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        connection.execute_batch(INDEXES)?;
        Ok(Self { connection: Mutex::new(connection), uncertain: AtomicBool::new(false) })
    }

    /// Reads. Nothing of `work` may write.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        work(&*self.lock()?)
    }

    /// Does `work` in one durable transaction: all of it or nothing.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.lock()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
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

/// Does a part of a transaction so that what it did is undone where it fails, and nothing else.
///
/// # Errors
/// The part's own, where it failed and the transaction with it.
pub(crate) fn apart<T>(
    transaction: &Transaction<'_>,
    part: impl FnOnce() -> Result<T, Error>,
) -> Result<Result<T, Error>, Error> {
    let run = |sql| transaction.prepare_cached(sql)?.execute([]);
    run("SAVEPOINT apart")?;
    let done = part();
    if done.is_err() {
        // On a full disk SQLite may have undone everything: what was written next would be in no transaction.
        if transaction.is_autocommit() {
            return done.map(Ok);
        }
        run("ROLLBACK TO apart")?;
    }
    run("RELEASE apart")?;
    Ok(done)
}

/// Between columns and types.
pub(crate) mod column {
    use ledger::Time;
    use rusqlite::{Error, Result, Row, types::Type};
    use serde::{Serialize, de::DeserializeOwned};
    use std::str::FromStr;

    /// A number for a column. SQLite's integers are signed; counts beyond 2^63 do not occur.
    pub(crate) fn number(value: u64) -> i64 {
        i64::try_from(value).unwrap_or(i64::MAX)
    }

    /// The word of a closed list.
    pub(crate) fn word(value: &impl Serialize) -> String {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => word,
            _ => unreachable!("closed lists without data are written as words"),
        }
    }

    /// A count: SQLite has signed numbers only, so a negative one is damage.
    pub(crate) fn count(row: &Row<'_>, index: usize) -> Result<u64> {
        let value: i64 = row.get(index)?;
        u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(index, value))
    }

    /// A moment, stored as milliseconds since 1970.
    pub(crate) fn time(row: &Row<'_>, index: usize) -> Result<Time> {
        row.get(index).map(Time::from_milliseconds)
    }

    /// A moment or null.
    pub(crate) fn optional_time(row: &Row<'_>, index: usize) -> Result<Option<Time>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(Time::from_milliseconds))
    }

    /// What has a written form.
    pub(crate) fn parsed<T: FromStr>(row: &Row<'_>, index: usize) -> Result<T> {
        row.get::<_, String>(index)?.parse().map_err(|_| wrong(index))
    }

    /// What has a written form, or null.
    pub(crate) fn optional_parsed<T: FromStr>(row: &Row<'_>, index: usize) -> Result<Option<T>> {
        row.get::<_, Option<String>>(index)?.map(|text| text.parse().map_err(|_| wrong(index))).transpose()
    }

    /// The inverse of [`word`].
    pub(crate) fn from_word<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T> {
        serde_json::from_value(serde_json::Value::String(row.get(index)?)).map_err(|_| wrong(index))
    }

    fn wrong(index: usize) -> Error {
        // The parser's own words are left out: they could quote.
        Error::FromSqlConversionFailure(index, Type::Text, "not of the column's kind".into())
    }
}
