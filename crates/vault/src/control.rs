//! The control plane: one database, in SQLite or PostgreSQL, and the one place where its transactions begin and end.

pub(crate) mod column;
mod database;
mod dialect;
mod owner;
mod postgres;
mod session;
mod sql;
mod sqlite;
mod tls;
mod value;

pub use database::Database;
pub(crate) use sql::{Row, Sql};
pub(crate) use value::{Param, params};

use crate::Error;
use postgres::Postgres;
use sqlite::Sqlite;
use std::path::Path;

/// The version of `schema.sql`.
pub(crate) const VERSION: u32 = 12;

const SCHEMA: &str = include_str!("control/schema.sql");
const INDEXES: &str = include_str!("control/indexes.sql");

/// The gateway's database, which is this process's alone.
pub(crate) enum Control {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A database before anything is made in it.
pub(crate) enum Found {
    Sqlite(sqlite::Found),
    Postgres(Box<postgres::Found>),
}

impl Found {
    /// Looks: in PostgreSQL if that is given, else in the directory. One of another version is left as it is.
    pub(crate) fn at(dir: &Path, database: Option<&Database>) -> Result<Self, Error> {
        match database {
            None => sqlite::Found::at(&dir.join("control.db")).map(Self::Sqlite),
            Some(database) => postgres::Found::at(database).map(Box::new).map(Self::Postgres),
        }
    }

    /// There is no database, or nothing was ever made in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Sqlite(found) => found.version == 0,
            Self::Postgres(found) => found.version == 0,
        }
    }
}

impl Control {
    /// Opens or makes the database.
    pub(crate) fn open(found: Found) -> Result<Self, Error> {
        match found {
            Found::Sqlite(found) => Sqlite::open(found).map(Self::Sqlite),
            Found::Postgres(found) => Postgres::open(*found).map(Self::Postgres),
        }
    }

    /// Reads. Nothing of `work` may write. Where a connection was lost it is done again.
    pub(crate) fn read<T>(&self, work: impl Fn(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.read(work),
            Self::Postgres(postgres) => postgres.read(work),
        }
    }

    /// Does `work` in one durable transaction: all of it or nothing. What came to nothing for no fault of its own is done
    /// again from the beginning: outside of SQL it must not do what it may not do twice.
    pub(crate) fn write<T>(&self, work: impl Fn(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.write(work),
            Self::Postgres(postgres) => postgres.write(work),
        }
    }

    /// Whether the database says that it is as it was written. PostgreSQL's own tools (`pg_amcheck`) say it of that.
    pub(crate) fn is_whole(&self) -> Result<bool, Error> {
        match self {
            Self::Sqlite(_) => self
                .read(|sql| sql.one("PRAGMA integrity_check(1)", params![], |row| Ok(row.get::<String>(0)? == "ok"))),
            Self::Postgres(_) => Ok(true),
        }
    }
}

/// Whether this program knows a version; 0 is an empty database.
fn is_known(version: u32) -> Result<(), Error> {
    match version {
        0 | VERSION => Ok(()),
        newer if newer > VERSION => Err(Error::Newer { found: newer, known: VERSION }),
        older => Err(Error::Older { found: older, known: VERSION }),
    }
}
