//! The handle by which statements are run: each is written once, in what SQLite and PostgreSQL have in common, with `?1`,
//! `?2` … for its values. It is prepared once and kept by its text.

use super::{
    session::Session,
    value::{Column, Param, Value, WRONG, params},
};
use crate::Error;
use rusqlite::{
    ToSql,
    types::{ToSqlOutput, ValueRef},
};

/// A database, within [`super::Control::read`] or [`super::Control::write`].
pub(crate) enum Sql<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

/// A row of an answer.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Sql<'_> {
    /// Runs it; how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: &[&dyn Param]) -> Result<u64, Error> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(bound(params))? as u64),
            Self::Postgres(session) => session.execute(sql, params),
        }
    }

    /// Every row of the answer.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: &[&dyn Param],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(bound(params))?;
                let mut all = Vec::new();
                while let Some(row) = rows.next()? {
                    all.push(read(&Row::Sqlite(row))?);
                }
                Ok(all)
            }
            Self::Postgres(session) => {
                session.query(sql, params)?.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// The first row of the answer, if it has any.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        params: &[&dyn Param],
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(bound(params))?;
                let first = rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()?;
                // What it has to say, and what it changes, is done with: a statement that is reset earlier may not be.
                while first.is_some() && rows.next()?.is_some() {}
                Ok(first)
            }
            Self::Postgres(session) => {
                session.query(sql, params)?.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// The row of an answer that always has one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: &[&dyn Param],
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.first(sql, params, read)?.ok_or(WRONG)
    }

    /// Whether the answer has a row.
    pub(crate) fn exists(&self, sql: &str, params: &[&dyn Param]) -> Result<bool, Error> {
        Ok(self.first(sql, params, |_| Ok(()))?.is_some())
    }

    /// Does a part of a transaction so that what it did is undone where it fails, and nothing else.
    ///
    /// # Errors
    /// The part's own, where it failed and the transaction with it.
    pub(crate) fn apart<T>(&self, part: impl FnOnce() -> Result<T, Error>) -> Result<Result<T, Error>, Error> {
        self.command("SAVEPOINT apart")?;
        let done = part();
        if let Err(error) = done {
            if !self.goes_on_after(&error) {
                return Err(error);
            }
            self.command("ROLLBACK TO apart")?;
            self.command("RELEASE apart")?;
            return Ok(Err(error));
        }
        self.command("RELEASE apart")?;
        Ok(done)
    }

    fn command(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => self.execute(sql, params![]).map(drop),
            Self::Postgres(session) => session.command(sql),
        }
    }

    /// Whether the transaction is there still.
    fn goes_on_after(&self, error: &Error) -> bool {
        match self {
            // On a full disk SQLite may have undone everything: what was written next would be in no transaction.
            Self::Sqlite(connection) => !connection.is_autocommit(),
            // What ended the connection, or is to be tried anew from the beginning.
            Self::Postgres(_) => !matches!(error, Error::Away | Error::Overtaken),
        }
    }
}

impl Row<'_> {
    /// What stands in a column, from 0.
    pub(crate) fn get<T: Column>(&self, index: usize) -> Result<T, Error> {
        match self {
            Self::Sqlite(row) => match row.get_ref(index)? {
                ValueRef::Null => T::of(Value::Null),
                ValueRef::Integer(number) => T::of(Value::Number(number)),
                ValueRef::Text(text) => T::of(Value::Text(std::str::from_utf8(text).map_err(|_| WRONG)?)),
                ValueRef::Blob(octets) => T::of(Value::Octets(octets)),
                ValueRef::Real(_) => None,
            },
            Self::Postgres(row) => T::of(row.try_get(index).map_err(|_| WRONG)?),
        }
        .ok_or(WRONG)
    }
}

fn bound<'a>(params: &'a [&'a dyn Param]) -> impl rusqlite::Params + 'a {
    rusqlite::params_from_iter(params.iter().map(|param| param.value()))
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Octets(octets) => ValueRef::Blob(octets),
        }))
    }
}
