//! A warden at work: what all requests share.

use crate::{
    Clock, Error,
    api::{self, Refusal, Request, Signed},
    book::{Book, lock},
    config::Config,
    custody::{self, Custody},
    headers::Headers,
    past::Saved,
    quorum::Quorum,
    refusing::disk,
    tally::Tally,
};
use durable::Claim;
use ledger::{Entry, Hash, Time, entry::Genesis};
use memory::spawn_blocking;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicU64},
};
use tokio::sync::{Notify, Semaphore};

/// The form of the warden's directory.
const VERSION: &str = "9";
/// So many answers with entries are put together at once: each may be 64 MiB.
const ENTRIES_AT_ONCE: usize = 2;

/// A warden: its directory is its own, its ledger is replayed.
pub(crate) struct Warden {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) claim: Arc<Claim>,
    pub(crate) custody: Custody,
    pub(crate) book: Arc<Mutex<Book>>,
    pub(crate) headers: Headers,
    /// What is saved of the settled entries.
    pub(crate) saved: Mutex<Saved>,
    pub(crate) quorum: Quorum,
    /// Told after each append: the rest of the ledger is cosigned within a second.
    pub(crate) appended: Notify,
    /// One retention run at a time.
    pub(crate) retention: tokio::sync::Mutex<()>,
    /// Who reads entries waits here, not at the book.
    pub(crate) entries: Arc<Semaphore>,
    pub(crate) counts: Counts,
    /// The count of people under way.
    counting: Mutex<Option<Tally>>,
    /// Held by whoever hands batches over to it.
    pub(crate) taking: Arc<tokio::sync::Mutex<()>>,
    /// Nonces of requests that are not too old yet, with their times.
    nonces: Mutex<BTreeMap<Hash, Time>>,
}

/// For `/metrics`, since this process started.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) opened: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) anchored: AtomicU64,
    pub(crate) shredded: AtomicU64,
    pub(crate) alarms: AtomicU64,
}

impl Warden {
    /// Takes the directory, replays the ledger, and writes what the configuration adds to it.
    pub(crate) fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        config.check()?;
        let claim = Arc::new(claim(&config.dir)?);
        let (custody, signer) = Custody::open(&config.dir)?;
        if signer.name() != config.origin {
            return Err(Error::Config { rule: "origin is the name of the key in DIR/signer" });
        }
        let verifier = signer.verifier().to_string();
        let (mut book, saved, headers) = Book::open(&config.dir, &config.origin, signer)?;
        enter_genesis(&mut book, &config, verifier, clock())?;
        let quorum = Quorum::new(claim.clone(), config.quorum, &config.witnesses, config.verifiers()?);
        Ok(Self {
            config,
            clock,
            claim,
            custody,
            headers: Headers::open(book.dir(), headers)?,
            saved: Mutex::new(saved),
            book: Arc::new(Mutex::new(book)),
            quorum,
            appended: Notify::new(),
            retention: tokio::sync::Mutex::new(()),
            entries: Arc::new(Semaphore::new(ENTRIES_AT_ONCE)),
            counts: Counts::default(),
            counting: Mutex::default(),
            taking: Arc::default(),
            nonces: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    /// The count under way. Whoever holds it may take the book, and not the other way round.
    pub(crate) fn counting(&self) -> MutexGuard<'_, Option<Tally>> {
        self.counting.lock().expect("no panic with a count in hand")
    }

    /// Runs what touches the disk where it holds up nobody else.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> T {
        let this = self.clone();
        spawn_blocking(move || work(&this)).await.expect("requests do not panic")
    }

    /// Whether a request is by an enrolled worker, of now, and new.
    pub(crate) fn check<T: Request>(&self, signed: &Signed<T>) -> Result<(), Refusal> {
        let worker = signed.request.worker();
        let key = {
            let book = self.book();
            book.working()?;
            book.state().worker_key(worker)
        };
        let key = key.ok_or_else(|| Refusal::UnknownWorker { worker: worker.clone() })?;
        signed.verify(&key).map_err(|_| Refusal::Signature)?;
        let (now, requested) = (self.now(), signed.request.requested());
        check_age(requested, now)?;
        let mut nonces = self.nonces.lock().expect("no panic with the nonces in hand");
        nonces.retain(|_, time| check_age(*time, now).is_ok());
        match nonces.insert(*signed.request.nonce(), requested) {
            None => Ok(()),
            Some(_) => Err(Refusal::Replayed),
        }
    }
}

/// Five minutes either way.
pub(crate) fn check_age(requested: Time, now: Time) -> Result<(), Refusal> {
    let age = now.milliseconds() - requested.milliseconds();
    let fresh = age.abs() <= api::REQUEST_AGE_MILLISECONDS_MAX;
    if fresh { Ok(()) } else { Err(Refusal::Stale { requested, now }) }
}

impl From<custody::Error> for Refusal {
    fn from(error: custody::Error) -> Self {
        match error {
            custody::Error::Disk(error) => disk(error),
            other => Self::Disk { reason: other.to_string() },
        }
    }
}

/// Nothing of another process's directory is changed, and nothing of another version's but the lock.
pub(crate) fn claim(dir: &Path) -> Result<Claim, durable::Error> {
    durable::make_dir(dir)?;
    let claim = Claim::take(dir, "lock")?;
    claim.version(VERSION)?;
    durable::sweep(dir)?;
    claim.write_pid()?;
    Ok(claim)
}

/// The first entry, or a check that the configuration is what the ledger has become.
fn enter_genesis(book: &mut Book, config: &Config, warden: String, now: Time) -> Result<(), Error> {
    let (own, witnesses) = (config.generation(warden), config.witness_keys());
    let Some(cast) = book.state().cast() else {
        let genesis = Genesis {
            origin: config.origin.clone(),
            authority: config.authority.clone(),
            warden: own.warden,
            copies_days: own.copies_days,
            witnesses: witnesses.keys,
            quorum: witnesses.quorum,
            workers: config.workers.clone(),
        };
        return Ok(book.append(now, vec![Entry::Genesis(genesis)]).map(drop)?);
    };
    if cast.warden != own {
        return Err(Error::Config {
            rule: "key, organisation, host and copies_days are those that the ledger names; another host or key is entered by `bulla warden renew`",
        });
    }
    if cast.witnesses != witnesses {
        return Err(Error::Config {
            rule: "witnesses and quorum are those that the ledger names; others are entered by `bulla warden renew`",
        });
    }
    let first = book.state().genesis.as_ref();
    let known = |of: &dyn Fn(&Genesis) -> bool| first.is_some_and(of);
    if !known(&|first| first.origin == config.origin)
        || !(known(&|first| first.authority == config.authority) || cast.authority == config.authority)
        || !(known(&|first| first.workers == config.workers) || cast.workers == config.workers)
    {
        return Err(Error::Config {
            rule: "origin, authority and workers are those of the ledger's first entry, or what policies have made of them",
        });
    }
    Ok(())
}
