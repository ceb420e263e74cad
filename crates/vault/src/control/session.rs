//! One connection to PostgreSQL, and what its errors mean. Nothing of a statement, of its values or of the server's own words
//! is in an error: only its SQLSTATE.

use super::{
    database::{ANSWER, Way},
    dialect::{self, STATEMENTS_KEPT},
    tls,
    value::{Param, Value, WRONG},
};
use crate::{Error, wait::wait};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    error::Error as _,
    sync::mpsc,
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::{
    Client, Config, NoTls, Row, Socket, Statement,
    tls::MakeTlsConnect,
    types::{FromSql, IsNull, ToSql, Type, WrongType, private::BytesMut, to_sql_checked},
};

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// Of each connection: transactions are as if one came after the other, what was committed is durable, and whoever is away
/// holds nothing for long.
const BEGINNING: &str = "SET default_transaction_isolation = 'serializable'; SET idle_in_transaction_session_timeout = '60s'; \
    SET lock_timeout = '10s'; SET statement_timeout = '600s'; SET client_min_messages = 'warning'; \
    SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// How long a statement may take. Longer than one waits for a lock; one that is stopped never ends, and says nothing.
pub(super) const STATEMENT: Duration = Duration::from_secs(15);
/// How long those may that make the tables and indexes.
pub(super) const MAKING: Duration = Duration::from_secs(600);

pub(crate) struct Session {
    client: Client,
    /// Whose clock it is that a statement is late by.
    runtime: Handle,
    patience: Cell<Duration>,
    /// An answer did not come in time: what comes now may be its.
    late: Cell<bool>,
    statements: RefCell<HashMap<String, Statement>>,
    /// A statement of the transaction has failed, and that was not undone: PostgreSQL would commit nothing, and call it done.
    failed: Cell<bool>,
}

impl Session {
    pub(super) fn connect(way: &Way, runtime: &Handle) -> Result<Self, Error> {
        let (tell, told) = mpsc::channel();
        let config = way.config.clone();
        match way.tls.clone() {
            Some(tls) => drop(runtime.spawn(speak(config, tls, tell))),
            None => drop(runtime.spawn(speak(config, NoTls, tell))),
        }
        let client = told.recv().map_err(|_| Error::Away)??;
        let session = Self {
            client,
            runtime: runtime.clone(),
            patience: Cell::new(STATEMENT),
            late: Cell::new(false),
            statements: RefCell::default(),
            failed: Cell::new(false),
        };
        session.command(BEGINNING)?;
        Ok(session)
    }

    /// Waits so long for each answer from here on.
    pub(super) fn wait_for(&self, patience: Duration) {
        self.patience.set(patience);
    }

    /// Runs statements without values and without an answer.
    pub(super) fn command(&self, sql: &str) -> Result<(), Error> {
        let done = self.answer(self.client.batch_execute(sql));
        if done.is_ok() && (sql == "BEGIN" || sql.starts_with("ROLLBACK")) {
            self.failed.set(false);
        }
        done
    }

    pub(super) fn execute(&self, sql: &str, params: &[&dyn Param]) -> Result<u64, Error> {
        let statement = self.prepared(sql)?;
        self.answer(self.client.execute_raw(&statement, params.iter().map(|param| param.value())))
    }

    pub(super) fn query(&self, sql: &str, params: &[&dyn Param]) -> Result<Vec<Row>, Error> {
        let statement = self.prepared(sql)?;
        let values: Vec<_> = params.iter().map(|param| param.value()).collect();
        let values: Vec<_> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        self.answer(self.client.query(&statement, &values))
    }

    /// Whether nothing can be committed but what went before a failure.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.get()
    }

    fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.answer(self.client.prepare(&dialect::statement(sql)))?;
        let mut kept = self.statements.borrow_mut();
        if kept.len() >= STATEMENTS_KEPT {
            kept.clear();
        }
        kept.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// What the server says; [`Error::Away`] once it has said nothing for too long, and ever after.
    fn answer<T>(&self, asked: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Error> {
        if self.late.get() {
            return Err(Error::Away);
        }
        let _clock = self.runtime.enter();
        let said = wait(timeout(self.patience.get(), asked));
        self.late.set(said.is_err());
        let done = said.map_err(|_| Error::Away).and_then(|done| done.map_err(|error| meaning(&error)));
        if done.is_err() {
            self.failed.set(true);
        }
        done
    }
}

/// Connects, tells of it, and carries what is said until the connection ends.
async fn speak<T>(config: Config, tls: T, tell: mpsc::Sender<Result<Client, Error>>)
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send,
{
    // The configuration's own time ends once it is reached: one that is stopped is reached, and says nothing.
    let Ok(connected) = timeout(ANSWER, config.connect(tls)).await else {
        return drop(tell.send(Err(Error::Away)));
    };
    match connected {
        Ok((client, connection)) => {
            let _ = tell.send(Ok(client));
            // Whoever waits for an answer is told that it ended.
            let _ = connection.await;
        }
        Err(error) => drop(tell.send(Err(meaning(&error)))),
    }
}

/// PostgreSQL's error codes by what is to be done (its manual, appendix A).
fn meaning(error: &tokio_postgres::Error) -> Error {
    let Some(state) = error.code() else {
        let is = |kind: fn(&(dyn std::error::Error + 'static)) -> bool| error.source().is_some_and(kind);
        return match () {
            () if is(|source| source.is::<WrongType>()) => WRONG,
            () if is(tls::is_distrust) => {
                Error::Database { rule: "its server shows a certificate that is trusted, for this name" }
            }
            () => Error::Away,
        };
    };
    match state.code() {
        "53100" => Error::Full,
        "XX001" | "XX002" => Error::Damaged { what: "the control database" },
        // 08: the connection. 53: too many of them. 57P: it is stopped, starts or recovers. 25P: this side took too long.
        code if ["08", "53", "57P", "25P03"].iter().any(|class| code.starts_with(class)) => Error::Away,
        code if code.starts_with("40") || code == "55P03" => Error::Overtaken,
        code => Error::Postgres { state: code.to_owned() },
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) if *kind == Type::INT8 => number.to_sql(kind, out),
            Self::Text(text) if *kind == Type::TEXT => text.to_sql(kind, out),
            Self::Octets(octets) if *kind == Type::BYTEA => octets.to_sql(kind, out),
            _ => Err(Box::new(WrongType::new::<&str>(kind.clone()))),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(match *kind {
            Type::INT8 => Self::Number(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Number(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Number(bool::from_sql(kind, raw)?.into()),
            Type::TEXT => Self::Text(<&str>::from_sql(kind, raw)?),
            _ => Self::Octets(<&[u8]>::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::BOOL | Type::TEXT | Type::BYTEA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, time::Instant};
    use tokio::runtime::Builder;

    #[test]
    fn who_is_reached_and_says_nothing_is_away() {
        // The system takes the connection; a server that is stopped answers nothing.
        let stopped = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://a@{}/b", stopped.local_addr().unwrap());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let begun = Instant::now();
        let connected = Session::connect(&super::super::Database::of(url).way().unwrap(), runtime.handle());
        assert!(matches!(connected, Err(Error::Away)) && begun.elapsed() < 2 * ANSWER);
    }
}
