//! A warden at work: what all requests share.

use crate::{
    Clock, Error,
    api::{self, Refusal, Request, Signed},
    book::Book,
    config::Config,
    custody::{self, Custody},
    quorum::{Quorum, lock},
    refusing::disk,
};
use durable::Claim;
use ledger::{
    Entry, Hash, Time,
    entry::{Genesis, PlacedKey},
};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicU64},
};
use tokio::{sync::Notify, task::spawn_blocking};

/// The form of the warden's directory.
const VERSION: &str = "3";

/// A warden: its directory is its own, its ledger is replayed.
pub(crate) struct Warden {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) claim: Claim,
    pub(crate) custody: Custody,
    pub(crate) book: Arc<Mutex<Book>>,
    pub(crate) quorum: Quorum,
    /// Told after each append: the rest of the ledger is cosigned within a second.
    pub(crate) appended: Notify,
    /// One retention run at a time.
    pub(crate) retention: tokio::sync::Mutex<()>,
    pub(crate) counts: Counts,
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
}

impl Warden {
    /// Takes the directory, replays the ledger, and writes what the configuration adds to it.
    pub(crate) fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        config.check()?;
        let claim = claim(&config.dir)?;
        let (custody, signer) = Custody::open(&config.dir)?;
        if signer.name() != config.origin {
            return Err(Error::Config { rule: "origin is the name of the key in DIR/signer" });
        }
        let verifier = signer.verifier().to_string();
        let mut book = Book::open(&config.dir, &config.origin, signer)?;
        enter_genesis(&mut book, &config, verifier, clock())?;
        let quorum = Quorum::new(config.quorum, &config.witnesses, config.verifiers()?);
        Ok(Self {
            config,
            clock,
            claim,
            custody,
            book: Arc::new(Mutex::new(book)),
            quorum,
            appended: Notify::new(),
            retention: tokio::sync::Mutex::new(()),
            counts: Counts::default(),
            nonces: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
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
fn claim(dir: &Path) -> Result<Claim, durable::Error> {
    durable::make_dir(dir)?;
    let claim = Claim::take(dir, "lock")?;
    claim.version(VERSION)?;
    durable::sweep(dir)?;
    claim.write_pid()?;
    Ok(claim)
}

/// The first entry, or a check that the configuration is still the one that it tells of.
fn enter_genesis(book: &mut Book, config: &Config, warden: String, now: Time) -> Result<(), Error> {
    let genesis = Genesis {
        origin: config.origin.clone(),
        authority: config.authority.clone(),
        warden: PlacedKey { key: warden, organisation: config.organisation.clone(), host: config.host.clone() },
        copies_days: config.copies_days,
        witnesses: config.witnesses.iter().map(placed).collect(),
        quorum: config.quorum,
        workers: config.workers.clone(),
    };
    match &book.state().genesis {
        None => Ok(book.append(now, vec![Entry::Genesis(genesis)]).map(drop)?),
        Some(first) if *first == genesis => Ok(()),
        Some(_) => Err(Error::Config {
            rule: "origin, authority, key, witnesses, quorum, workers, copies_days, and every organisation and host are those of the ledger's first entry",
        }),
    }
}

fn placed(witness: &crate::config::Witness) -> PlacedKey {
    let crate::config::Witness { vkey, organisation, host, .. } = witness;
    PlacedKey { key: vkey.clone(), organisation: organisation.clone(), host: host.clone() }
}
