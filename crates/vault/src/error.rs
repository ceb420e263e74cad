//! What can go wrong on the gateway's disk. No variant holds a value of a document.

use std::io;

/// Why the vault did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// No space is left. Nothing of what was asked is kept; it works again once there is space.
    #[error("the disk is full")]
    Full,
    /// Another process has the directory open.
    #[error("the data directory is in use by {}", .pid.map_or("another process".to_owned(), |pid| format!("process {pid}")))]
    InUse {
        /// Its process id, if its lock file told.
        pid: Option<u32>,
    },
    /// A newer program wrote the directory.
    #[error("the data directory has version {found}, this program knows up to version {known}")]
    Newer {
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },
    /// An older program wrote the directory, in a form that this one does not read.
    #[error(
        "the data directory has version {found}, this program knows version {known}: the program that made it reads it"
    )]
    Older {
        found: u32,
        /// The one that this program reads.
        known: u32,
    },
    /// Objects are there, and no control database that names them. Nothing was made or moved.
    #[error(
        "the control database is missing or empty, and {store}/ holds objects that it named\n\nhint: restore control.db or the database in PostgreSQL, whichever `control` in gateway.toml says, from a backup; to begin anew, move segments/ and outbox/ away"
    )]
    NoControl {
        /// The directory of objects that it is about.
        store: &'static str,
    },
    /// Control database and objects do not belong together. Nothing was moved.
    #[error(
        "{store}/ holds the objects of another store than the control database is of\n\nhint: restore both from backups of the same gateway"
    )]
    OtherStore {
        /// The directory of objects that it is about.
        store: &'static str,
    },
    /// Whether the last write became durable is not known, for example after a failed fsync. Everything is refused
    /// until the vault is opened again: only what is read back from the disk then is true.
    #[error("whether the last write is durable is not known; the vault must be opened again")]
    Uncertain,
    /// The control database in PostgreSQL does not answer. Nothing was done; it is asked again, and goes on by itself.
    #[error(
        "PostgreSQL, which has the control database, does not answer\n\nhint: see that it runs, and that `control` in gateway.toml says where"
    )]
    Away,
    /// Others were at the control database again and again at the same time. Nothing was done.
    #[error("others are at the control database at the same time")]
    Overtaken,
    /// Another gateway has the control database. Nothing was done.
    #[error("another gateway has the control database\n\nhint: stop it first, or give this one a database of its own")]
    Owned,
    /// Another gateway has taken the control database, which this one cannot write to any more.
    #[error("another gateway has taken the control database; this one must be stopped")]
    Superseded,
    /// The URL of the control database is not one that is used. It may have a password in it, and is not shown.
    #[error("the URL of the control database cannot be used: {rule}")]
    Database {
        /// What it must be.
        rule: &'static str,
    },
    /// The object store does not answer as one that can. What was put may be there all the same; it is asked again, and goes on by
    /// itself.
    #[error(
        "the object store does not answer\n\nhint: see that it runs, and that `objects` in gateway.toml says where"
    )]
    ObjectsAway,
    /// The object store refused. Its own words could quote.
    #[error(
        "the object store refused (HTTP {status})\n\nhint: see that its bucket is there, and that the keys may read, write, delete and list in it"
    )]
    ObjectsRefused {
        /// HTTP's.
        status: u16,
    },
    /// Where objects are to lie cannot be used. Nothing of it is shown.
    #[error("the object store cannot be used: {rule}")]
    Bucket {
        /// What it must be.
        rule: &'static str,
    },
    /// PostgreSQL refused. Its own words could quote.
    #[error("PostgreSQL refused (SQLSTATE {state})")]
    Postgres {
        /// Five characters: PostgreSQL's manual, appendix A, says what they mean.
        state: String,
    },
    /// The operating system refused.
    #[error("cannot {operation}")]
    Disk {
        operation: &'static str,
        #[source]
        source: io::Error,
    },
    /// A file or directory was not written as it had to be.
    #[error(transparent)]
    File(durable::Error),
    /// SQLite refused; a full disk and damage are told apart from this.
    #[error("the control database refused")]
    Sql(#[source] rusqlite::Error),
    /// What is stored is not what was stored.
    #[error("{what} is damaged")]
    Damaged {
        /// Which kind of thing.
        what: &'static str,
    },
    /// Not a name for an object.
    #[error("an object's name is 1 to 100 of a-z, 0-9, - and not first -")]
    Name,
    /// There is no such thing.
    #[error("there is no such {what}")]
    Missing {
        /// Which kind of thing.
        what: &'static str,
    },
    /// It is there already, under the name that must be unique.
    #[error("this {what} is there already")]
    Exists {
        /// Which kind of thing.
        what: &'static str,
    },
    /// Another step came first: this one no longer fits.
    #[error("{what} is no longer in a state that allows this")]
    State {
        /// Which kind of thing.
        what: &'static str,
    },
    /// The caller's parts contradict each other.
    #[error("what is to be stored contradicts itself: {rule}")]
    Inconsistent { rule: &'static str },
}

impl Error {
    /// The same as an [`io::Error`] from `operation`, with a full disk told apart.
    pub fn disk(operation: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Disk { operation, source },
        }
    }
}

impl From<durable::Error> for Error {
    fn from(error: durable::Error) -> Self {
        match error {
            durable::Error::InUse { pid, .. } => Self::InUse { pid },
            error => match error.kind() {
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Self::Full,
                _ => Self::File(error),
            },
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error as Sql, ErrorCode};
        match error {
            Sql::SqliteFailure(failure, _) if failure.code == ErrorCode::DiskFull => Self::Full,
            Sql::SqliteFailure(failure, _)
                if matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
            {
                Self::Damaged { what: "the control database" }
            }
            Sql::FromSqlConversionFailure(..) | Sql::InvalidColumnType(..) | Sql::IntegralValueOutOfRange(..) => {
                Self::Damaged { what: "a row of the control database" }
            }
            other => Self::Sql(other),
        }
    }
}
