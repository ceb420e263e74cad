//! The warden: the process with the private keys. It opens, logs and shreds.
//!
//! In scope: custody of the periods' and index keys, the ledger's files and its C2SP tiles, the witnesses' quorum, the
//! policy of openings, retention, and the HTTP interface to all of it (`api::warden` has its types). Out of scope: what opened fields mean,
//! who a pseudonym is, the sealed data itself (a gateway hands it over with each request).
//!
//! ```text
//! DIR/lock pid address version    one process, where it listens, the form of this directory
//! DIR/root.key signer             made by custody::create, before the first start
//! DIR/keys/ index/                wrapped private keys, a file each
//! DIR/ledger/log                  the durable truth: every entry
//! DIR/ledger/head                 the newest signed checkpoint
//! DIR/ledger/past/                what is derived of settled entries, so that no start reads them again (`past`)
//! DIR/ledger/headers              batches' clear headers, as gateways sent them with their entries
//! DIR/ledger/taken-from           the checkpoint that an earlier generation left (renewal)
//! DIR/ledger/checkpoint tile/     what is published: with its quorum of cosignatures (C2SP tlog-tiles)
//! ```
//!
//! What holds at every step, also after `kill -9`:
//!
//! - **log-before-open**: a private key is used only with a value that exists once the intent is durable and stands in a
//!   checkpoint that the quorum has cosigned; destroyed only with the same for its announcement.
//! - **signed-after-durable**: no checkpoint covers an entry that a crash could take back.
//! - **fails-closed**: without ledger, disk or quorum nothing opens; after a failed fsync, or when a witness has seen
//!   another or a longer history, nothing at all happens until the next start.

#[macro_use]
extern crate durable;

mod alarm;
mod anchoring;
mod beating;
mod book;
pub mod command;
pub mod config;
mod counting;
pub mod custody;
mod headers;
mod held;
mod http;
pub mod kept;
mod opening;
mod past;
pub mod periods;
mod person;
mod policy;
mod quorum;
mod refusing;
pub mod renewal;
mod resurfacing;
mod retaining;
mod settling;
mod shredding;
mod tally;
pub mod tiles;
mod warden;

pub use config::{Budget, Config};

use ::api::warden as api;
use ledger::Time;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};

/// What time it is: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// A burst of entries shares a cosignature.
const GATHER: Duration = Duration::from_millis(50);
/// With nothing to cosign, the newest checkpoint is cosigned again: what the witnesses have seen stays of today.
const RENEW: Duration = Duration::from_secs(60);
/// After a witness did not answer.
const RETRY: Duration = Duration::from_millis(500);

/// Why a warden does not start, or stops.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// The configuration breaks a rule.
    #[error("the configuration breaks a rule: {rule}")]
    Config { rule: &'static str },
    /// The directory is another process's, or of another version; the log is not whole; or a file operation failed.
    #[error(transparent)]
    Disk(#[from] durable::Error),
    /// The keys are not there, or not whole.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// A signed checkpoint is not of this log.
    #[error("{} is not a checkpoint of this log by this warden's key: the log was changed, or files of two wardens were mixed", path.display())]
    OtherHistory { path: PathBuf },
    /// A ledger that a new generation cannot go on from.
    #[error("{} is not a ledger to go on from: {problem}", ledger.display())]
    NotALedger { ledger: PathBuf, problem: &'static str },
    /// The directory of a new generation has a ledger, and it is not the one to go on from.
    #[error("{} has a ledger already; --ledger names another", dir.display())]
    HasALedger { dir: PathBuf },
    /// A witness has seen more than this directory has, or something else.
    #[error("witness {witness} says: {problem}")]
    Witness { witness: String, problem: String },
    /// What is saved of settled entries is not of this log, or cannot be read: a start reads the whole log instead.
    #[error("what is saved of settled entries does not fit the log")]
    Past,
    /// The first entries cannot be written.
    #[error(transparent)]
    Ledger(#[from] api::Refusal),
    /// A tile cannot be made.
    #[error(transparent)]
    Tiles(#[from] tiles::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
}

/// The system's clock, for everyone but tests.
pub fn system_clock() -> Clock {
    Arc::new(|| Time::from_milliseconds(jiff::Timestamp::now().as_millisecond()))
}

/// Runs a warden until the process ends or it cannot go on.
///
/// # Errors
/// [`Error`].
pub async fn run(config: Config) -> Result<(), Error> {
    run_by(config, system_clock()).await
}

/// As [`run`], by a clock of the caller's.
///
/// # Errors
/// [`Error`].
pub async fn run_by(config: Config, clock: Clock) -> Result<(), Error> {
    let (address, limits) = (config.listen, config.limits.unwrap_or_default());
    let refused = |source| Error::Listen { address, source };
    let opened = memory::spawn_blocking(move || warden::Warden::open(config, clock));
    let warden = Arc::new(opened.await.expect("opening does not panic")?);
    ask_witnesses(&warden).await?;
    resurfacing::set_aside(&warden)?;
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let mut background = JoinSet::new(); // ends with this future
    background.spawn(keep_cosigned(warden.clone()));
    background.spawn(resurfacing::bury(warden.clone()));
    background.spawn(retaining::keep(warden.clone()));
    background.spawn(settling::keep(warden.clone()));
    background.spawn(settling::look_through(warden.clone()));
    warden.claim.announce(address)?;
    // Ended with the process: whatever it has said is durable.
    http::server(warden, limits).serve(listener, std::future::pending()).await;
    Ok(())
}

/// Whether a witness has seen more than this directory has. One that is not there is asked again with each checkpoint.
async fn ask_witnesses(warden: &Arc<warden::Warden>) -> Result<(), Error> {
    for (witness, fault) in warden.quorum.ask_all(&warden.book).await? {
        let problem = fault.to_string();
        if fault.is_final() {
            return Err(Error::Witness { witness, problem });
        }
        eprintln!(
            "warden: witness {witness} does not cosign: {problem}; {} must before anything opens",
            warden.quorum.needed()
        );
    }
    Ok(())
}

/// Has every entry cosigned within a second, whoever wrote it, and heartbeats written.
async fn keep_cosigned(warden: Arc<warden::Warden>) {
    let mut complaint = None;
    loop {
        let cosigned = match idle(&warden).await {
            Some(size) => warden.quorum.reach(&warden.book, size).await,
            None => warden.quorum.renew(&warden.book).await,
        };
        match cosigned {
            Ok(_) => {
                complaint = None;
                beating::beat(&warden).await;
            }
            Err(refusal) => {
                let text = refusal.to_string();
                if complaint.as_ref() != Some(&text) {
                    eprintln!("warden: {text}");
                    complaint = Some(text);
                }
                if warden.book().stopped().is_some() {
                    return; // until the next start
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Waits until there is something to cosign, and returns the size to reach; none: nothing came in a minute.
async fn idle(warden: &warden::Warden) -> Option<u64> {
    let waiting = || {
        let book = warden.book();
        let covered = book.published().map_or(0, |published| published.size);
        (covered < book.size()).then(|| book.size())
    };
    if let Some(size) = waiting() {
        return Some(size);
    }
    if tokio::time::timeout(RENEW, warden.appended.notified()).await.is_ok() {
        tokio::time::sleep(GATHER).await;
    }
    waiting()
}
