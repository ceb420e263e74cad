//! Whose a database in PostgreSQL is: one gateway's. It takes the database with a fence, a number that only grows, and keeps it by
//! a lease. The lease only says when another may take it. What holds is the fence: each transaction begins by changing the row of
//! its own, which fails once another one has come, and waits while one is about to.
//!
//! That row counts the transactions, too: after a connection that was lost while it committed, it says whether it did.

use super::{
    session::Session,
    value::{Value, params},
};
use crate::Error;
use std::{thread, time::Duration};

/// How long a gateway that says nothing keeps its database.
pub(super) const LEASE_MILLISECONDS: i64 = 10_000;
/// How often it says something.
pub(super) const BEAT: Duration = Duration::from_secs(3);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS owner (
  fence BIGINT NOT NULL PRIMARY KEY,
  until BIGINT NOT NULL,                       -- end of the lease, by the server's clock
  ended BIGINT NOT NULL DEFAULT 0,             -- 1 once another one has come
  turn  BIGINT NOT NULL DEFAULT 0              -- transactions that were committed under this fence
)";
const NOW: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
/// Fences whose transactions may still be asked for.
const KEPT: i64 = 100;

/// Takes the database: at once where nobody has it, after its lease where somebody had, and not while somebody lives.
pub(super) fn take(session: &Session) -> Result<i64, Error> {
    // Two that do this at once: one fails, and finds the table when it is started again.
    session.command(TABLE)?;
    let mut seen = None;
    loop {
        match try_to_take(session) {
            Ok(Taken::Mine(fence)) => return Ok(fence),
            Ok(Taken::Of(until)) if seen.is_some_and(|seen| seen != until) => return Err(Error::Owned),
            Ok(Taken::Of(until)) => seen = Some(until),
            Err(Error::Overtaken) => {}
            Err(error) => return Err(error),
        }
        thread::sleep(Duration::from_millis(200));
    }
}

enum Taken {
    Mine(i64),
    /// Somebody else's until then.
    Of((i64, i64)),
}

fn try_to_take(session: &Session) -> Result<Taken, Error> {
    session.command("BEGIN")?;
    let taken = within(session);
    let end = if matches!(taken, Ok(Taken::Mine(_))) { "COMMIT" } else { "ROLLBACK" };
    session.command(end).and(taken)
}

fn within(session: &Session) -> Result<Taken, Error> {
    // Of two that come at once the second waits here, and is then told to begin anew.
    let last = format!("SELECT fence, until, until > {NOW} FROM owner ORDER BY fence DESC LIMIT 1 FOR UPDATE");
    let mut fence = 1;
    if let Some(row) = session.query(&last, params![])?.first() {
        let number = |index| match row.try_get(index) {
            Ok(Value::Number(number)) => Ok(number),
            _ => Err(super::value::WRONG),
        };
        if number(2)? == 1 {
            return Ok(Taken::Of((number(0)?, number(1)?)));
        }
        fence = number(0)? + 1;
    }
    session.execute("UPDATE owner SET ended = 1 WHERE ended = 0", params![])?;
    session.execute("DELETE FROM owner WHERE fence < ?1", params![fence - KEPT])?;
    let sql = format!("INSERT INTO owner (fence, until) VALUES (?1, {NOW} + ?2)");
    match session.execute(&sql, params![fence, LEASE_MILLISECONDS]) {
        Ok(_) => Ok(Taken::Mine(fence)),
        // Of two that are the first, one.
        Err(Error::Postgres { state }) if state == "23505" => Err(Error::Overtaken),
        Err(error) => Err(error),
    }
}

/// Begins what a transaction does: its number under this fence.
pub(super) fn begin(session: &Session, fence: i64) -> Result<i64, Error> {
    let sql =
        format!("UPDATE owner SET turn = turn + 1, until = {NOW} + ?2 WHERE fence = ?1 AND ended = 0 RETURNING turn");
    number(session, &sql, params![fence, LEASE_MILLISECONDS])?.ok_or(Error::Superseded)
}

/// The number of the last transaction that was committed under this fence. Waits for one that is under way.
pub(super) fn last(session: &Session, fence: i64) -> Result<Option<i64>, Error> {
    number(session, "SELECT turn FROM owner WHERE fence = ?1 FOR UPDATE", params![fence])
}

/// Keeps the database for another while.
pub(super) fn keep(session: &Session, fence: i64) -> Result<(), Error> {
    set_end(session, fence, LEASE_MILLISECONDS)
}

/// Whoever wants it may take it.
pub(super) fn leave(session: &Session, fence: i64) -> Result<(), Error> {
    set_end(session, fence, 0)
}

fn set_end(session: &Session, fence: i64, from_now: i64) -> Result<(), Error> {
    let sql = format!("UPDATE owner SET until = {NOW} + ?2 WHERE fence = ?1 AND ended = 0");
    match session.execute(&sql, params![fence, from_now])? {
        0 => Err(Error::Superseded),
        _ => Ok(()),
    }
}

fn number(session: &Session, sql: &str, params: &[&dyn super::Param]) -> Result<Option<i64>, Error> {
    match session.query(sql, params)?.first().map(|row| row.try_get(0)) {
        None => Ok(None),
        Some(Ok(Value::Number(number))) => Ok(Some(number)),
        Some(_) => Err(super::value::WRONG),
    }
}
