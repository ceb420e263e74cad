//! The control plane in PostgreSQL. One connection, as one file: a transaction is done by who holds it. While PostgreSQL is away all is
//! refused at once, and goes on when it is back.
//!
//! A connection on which an answer does not come in time is lost. One that is lost within a transaction has done nothing, which is then done
//! again. One that is lost while it commits
//! may have done it. Who waits for that transaction waits until PostgreSQL is back and says so, however long; all others are
//! refused meanwhile. So it is never told otherwise than it is.

use super::{
    Database, INDEXES, SCHEMA, Sql, VERSION,
    database::Way,
    dialect, owner,
    session::{self, Session},
    value::params,
};
use crate::Error;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Runtime};

/// After an attempt that failed nobody tries again for so long.
const PAUSE: Duration = Duration::from_millis(250);
/// A transaction is tried so often.
const ATTEMPTS: u32 = 10;

pub(crate) struct Postgres {
    shared: Arc<Shared>,
    /// Keeps the lease, until this is dropped.
    beating: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    server: Server,
    fence: i64,
    link: Mutex<Link>,
    superseded: AtomicBool,
}

struct Link {
    /// None while PostgreSQL is away, and of whoever holds the lock while a transaction is under way: a panic within one leaves none.
    session: Option<Session>,
    again: Instant,
    /// Somebody waits to know whether a transaction was committed.
    in_doubt: bool,
}

/// Where it is, and the thread that speaks with it.
struct Server {
    way: Way,
    runtime: Option<Runtime>,
}

impl Server {
    fn connect(&self) -> Result<Session, Error> {
        let runtime = self.runtime.as_ref().expect("it is there until it is dropped");
        Session::connect(&self.way, runtime.handle())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropped by itself it would wait for its thread, which a thread that serves requests must not.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// A database that was reached, before anything is made there.
pub(crate) struct Found {
    server: Server,
    session: Session,
    pub(super) version: u32,
}

impl Found {
    pub(super) fn at(database: &Database) -> Result<Self, Error> {
        let way = database.way()?;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = runtime.map_err(|source| Error::disk("start the thread that speaks with PostgreSQL", source))?;
        let server = Server { way, runtime: Some(runtime) };
        let session = server.connect()?;
        let version = version(&session)?;
        super::is_known(version)?;
        Ok(Self { server, session, version })
    }
}

fn version(session: &Session) -> Result<u32, Error> {
    let sql = Sql::Postgres(session);
    if !sql.exists("SELECT 1 WHERE to_regclass('version') IS NOT NULL", params![])? {
        return Ok(0);
    }
    sql.one("SELECT number FROM version", params![], |row| row.get(0))
}

impl Postgres {
    /// Takes the database, and makes what is not there.
    pub(super) fn open(Found { server, session, .. }: Found) -> Result<Self, Error> {
        let fence = owner::take(&session)?;
        let link = Link { session: None, again: Instant::now(), in_doubt: false };
        let shared = Shared { server, fence, link: Mutex::new(link), superseded: AtomicBool::new(false) };
        // From here on it is left again whatever fails.
        let mut postgres = Self { shared: Arc::new(shared), beating: None };
        session.wait_for(session::MAKING);
        make(&session, fence)?;
        session.wait_for(session::STATEMENT);
        postgres.shared.lock().session = Some(session);
        postgres.beating = Some(postgres.shared.beat()?);
        Ok(postgres)
    }

    pub(super) fn read<T>(&self, work: impl Fn(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut link = self.shared.link()?;
        match link.with(&work) {
            // It may be back already.
            Err(Error::Away) => self.shared.linked(link)?.with(&work),
            done => done,
        }
    }

    pub(super) fn write<T>(&self, work: impl Fn(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut last = Error::Overtaken;
        for _ in 0..ATTEMPTS {
            let mut link = self.shared.link()?;
            let Some(session) = link.session.take() else { return Err(Error::Away) };
            match transact(&session, self.shared.fence, &work) {
                Ended::Done(value) => {
                    link.session = Some(session);
                    return Ok(value);
                }
                Ended::Nothing(Error::Away) => last = Error::Away,
                Ended::Nothing(error) => {
                    link.session = Some(session);
                    self.shared.note(&error);
                    match error {
                        Error::Overtaken => last = error,
                        error => return Err(error),
                    }
                }
                Ended::InDoubt(turn, value) => {
                    link.in_doubt = true;
                    drop(link);
                    drop(session);
                    if self.shared.settle(turn)? {
                        return Ok(value);
                    }
                }
            }
        }
        Err(last)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.beating.take() {
            drop(stop);
            let _ = thread.join();
        }
        if let Ok(link) = self.shared.link() {
            // Whoever comes next waits for the end of the lease otherwise.
            let _ = link.session.as_ref().map(|session| owner::leave(session, self.shared.fence));
        }
    }
}

/// What is not there yet.
fn make(session: &Session, fence: i64) -> Result<(), Error> {
    let made = transact(session, fence, &|_| {
        if version(session)? == 0 {
            session.command(&dialect::schema(SCHEMA))?;
            session.command("CREATE TABLE version (number BIGINT NOT NULL)")?;
            session.execute("INSERT INTO version (number) VALUES (?1)", params![VERSION])?;
        }
        session.command(INDEXES)
    });
    match made {
        Ended::Done(()) => Ok(()),
        Ended::Nothing(error) => Err(error),
        Ended::InDoubt(..) => Err(Error::Away),
    }
}

enum Ended<T> {
    Done(T),
    Nothing(Error),
    /// This one, of this number, was told to commit, and no answer came.
    InDoubt(i64, T),
}

fn transact<T>(session: &Session, fence: i64, work: &impl Fn(&Sql<'_>) -> Result<T, Error>) -> Ended<T> {
    let done = session.command("BEGIN").and_then(|()| {
        let turn = owner::begin(session, fence)?;
        let value = work(&Sql::Postgres(session))?;
        if session.has_failed() {
            return Err(Error::Inconsistent { rule: "what has failed within a transaction is undone" });
        }
        Ok((turn, value))
    });
    match done {
        Ok((turn, value)) => match session.command("COMMIT") {
            Ok(()) => Ended::Done(value),
            // It says that it did not.
            Err(error @ (Error::Overtaken | Error::Postgres { .. })) if session.command("ROLLBACK").is_ok() => {
                Ended::Nothing(error)
            }
            Err(_) => Ended::InDoubt(turn, value),
        },
        Err(error) if session.command("ROLLBACK").is_ok() => Ended::Nothing(error),
        Err(_) => Ended::Nothing(Error::Away),
    }
}

impl Link {
    fn with<T>(&mut self, work: &impl Fn(&Sql<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let session = self.session.take().ok_or(Error::Away)?;
        let done = work(&Sql::Postgres(&session));
        if !matches!(done, Err(Error::Away)) {
            self.session = Some(session);
        }
        done
    }
}

impl Shared {
    /// The link, with a session.
    fn link(&self) -> Result<MutexGuard<'_, Link>, Error> {
        self.linked(self.lock())
    }

    fn linked<'a>(&self, mut link: MutexGuard<'a, Link>) -> Result<MutexGuard<'a, Link>, Error> {
        if self.superseded.load(Ordering::SeqCst) {
            return Err(Error::Superseded);
        }
        if link.in_doubt || (link.session.is_none() && Instant::now() < link.again) {
            return Err(Error::Away);
        }
        if link.session.is_none() {
            match self.server.connect() {
                Ok(session) => link.session = Some(session),
                Err(error) => {
                    link.again = Instant::now() + PAUSE;
                    return Err(error);
                }
            }
        }
        Ok(link)
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a transaction was committed.
    fn settle(&self, turn: i64) -> Result<bool, Error> {
        loop {
            let asked = self.server.connect().and_then(|session| Ok((owner::last(&session, self.fence)?, session)));
            let Ok((last, session)) = asked else {
                thread::sleep(PAUSE);
                continue;
            };
            let mut link = self.lock();
            (link.in_doubt, link.session) = (false, Some(session));
            return match last {
                Some(last) if last == turn => Ok(true),
                Some(last) if last + 1 == turn => Ok(false),
                // It is another database than it was: an older copy, for example.
                _ => {
                    self.superseded.store(true, Ordering::SeqCst);
                    Err(Error::Uncertain)
                }
            };
        }
    }

    fn note(&self, error: &Error) {
        if matches!(error, Error::Superseded) {
            self.superseded.store(true, Ordering::SeqCst);
        }
    }

    /// Keeps the lease from a thread of its own, and with it the connection.
    fn beat(self: &Arc<Self>) -> Result<(Sender<()>, JoinHandle<()>), Error> {
        let (stop, stopped) = mpsc::channel();
        let shared = self.clone();
        let beat = move || {
            while stopped.recv_timeout(owner::BEAT) == Err(RecvTimeoutError::Timeout) {
                let Ok(mut link) = shared.link() else { continue };
                let kept = link.session.as_ref().map(|session| owner::keep(session, shared.fence));
                if let Some(Err(error)) = kept {
                    shared.note(&error);
                    if matches!(error, Error::Away) {
                        link.session = None;
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("lease".to_owned()).spawn(beat);
        Ok((stop, thread.map_err(|source| Error::disk("start the thread that keeps the lease", source))?))
    }
}
