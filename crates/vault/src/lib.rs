//! The gateway's disk: what was received, sealed; what is to be delivered, encrypted; and the books on both.
//!
//! In scope: one directory with its lock, objects (segments of sealed batches, the outbox of delivery copies), the
//! control plane in SQLite or PostgreSQL, and the one transaction by which a received body becomes durable before it is
//! acknowledged. Out of scope: sealing and encrypting, which happen before, private keys, sockets, clocks and
//! randomness, which the caller brings. Everything here blocks.
//!
//! ```text
//! gateway/
//!   lock                 held by the one process that has the directory open, with its process id
//!   control.db           partners, interchanges, manifests, where batches lie, deliveries, what the ledger must get; or in PostgreSQL
//!   segments/4f0c…       sealed batches that came at the same time; named by the first one's id; or in an S3-compatible store
//!   outbox/91aa…-3       likewise documents that only their carriers can read; each gone 14 days after its acknowledgement
//!   runs/2026-11/…        in which batches a token is; derived from the segments, made again at a start where it is missing
//!   tickets/7c01…        which bodies a start of the worker took in; gone once the ledger says that it is over
//!   place                tells a copy of this directory from itself
//!   segments/store       the id that control.db has, too: they belong together; so in outbox/
//!   lost/segments/…      what control.db did not name at a start: kept, in case that it is the older copy; so lost/outbox/
//!                        (nothing there expires: delete it by hand once it is clear that nothing is missing)
//! ```
//!
//! Nothing readable ever reaches this crate: it is given sealed or encrypted octets, ids, counts, times, control
//! numbers, 16-octet keyed tokens and answers that echo no data. Of one body:
//!
//! ```text
//! let ticket = tickets.take(octets, channel, tls)?;   // before its first octet is read
//! let number = vault.next_number("northshop")?;       // the acknowledgement's control number
//! let staged = vault.stage(content)?;                 // objects fsynced; beside whatever else is received
//! let turn = vault.turn();                            // who destroys keys waits
//! turn.commit(intakes, staged)?;                      // SQL, with the body's signed entries
//! // only now: the answer
//! ```
//!
//! Bodies that come at the same time share objects, fsyncs and a transaction (`together`).
//!
//! What is dropped leaves nothing; objects without a row in SQL are set aside when the vault is opened next.

mod anchor;
mod check;
mod commit;
mod confirmation;
mod control;
mod delivery;
mod desk;
mod error;
mod find;
mod intake;
mod interchange;
mod judged;
mod manifest;
mod message;
mod numbers;
pub mod objects;
mod partner;
mod place;
mod runs;
mod segment;
mod stage;
mod store;
mod tickets;
mod together;
mod wait;

pub use anchor::Unanchored;
pub use check::Checked;
pub use control::Database;
pub use delivery::{Answer, Attempt, Delivery, KEPT_DAYS, KEPT_DAYS_MAX};
pub use desk::{Place, Standing, Wanted};
pub use error::Error;
pub use find::Hit;
pub use intake::{Content, DeliveryCopy, Form, INTAKE_OCTETS_MAX, Mic, Turn};
pub use interchange::{FINDINGS_OCTETS_MAX, Interchange, Key, Stored, is_accepted};
pub use ledger::{
    InterchangeId, ManifestId,
    word::{DeliveryState, ManifestPurpose as Purpose, ManifestState as State, Outcome},
};
pub use manifest::{History, Manifest, ManifestRow};
pub use message::Answered;
pub use objects::{Bucket, Directory, Name, Objects};
pub use segment::{Headers, StoredHeader};
pub use stage::Staged;
pub use tickets::{ALLOWANCE, Earlier, Noted, Tickets};

use commit::{Change, Written};
use control::{Control, Found};
use durable::Claim;
use runs::Runs;
use stage::Laid;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
};
use together::Together;

/// Where the objects lie: segments, and the outbox, which must be without versioning, object lock and backup.
pub type Stores = (Box<dyn Objects>, Box<dyn Objects>);

/// The gateway's directory, open. Shared between threads; every method blocks.
pub struct Vault {
    control: Control,
    segments: Arc<dyn Objects>,
    outbox: Arc<dyn Objects>,
    tickets: PathBuf,
    is_copy: bool,
    staging: Together<Laid, Result<Staged, Error>>,
    committing: Together<Change, (Change, Result<Written, Error>)>,
    turn: RwLock<()>,
    numbers: Mutex<numbers::Numbers>,
    runs: Runs,
    unnamed: u64,
    _claim: Claim,
}

impl Vault {
    /// Opens a directory, makes it if need be, and sets aside the objects that no row names: unfinished commits left them, or
    /// the control database is an older copy. None is ever deleted here.
    ///
    /// # Errors
    /// [`Error::InUse`] while another process has it open, [`Error::Newer`] if a newer program wrote it,
    /// [`Error::NoControl`] or [`Error::OtherStore`] if the objects are not this database's, [`Error::Full`],
    /// [`Error::Disk`], [`Error::Damaged`]. The first four leave everything as it is.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_in(dir, None, None)
    }

    /// As [`Vault::open`], with the control plane in that database, if there is one, and the objects in that bucket, if there is one,
    /// and not in the directory.
    ///
    /// # Errors
    /// As [`Vault::open`]; [`Error::Database`], [`Error::Away`], [`Error::Postgres`]; [`Error::Owned`] while another gateway has
    /// the database: whose process just died, has it for another ten seconds, which this waits for. [`Error::Bucket`],
    /// [`Error::ObjectsAway`], [`Error::ObjectsRefused`].
    pub fn open_in(dir: &Path, database: Option<&Database>, bucket: Option<&Bucket>) -> Result<Self, Error> {
        Self::open_with(dir, database, || {
            if let Some(bucket) = bucket {
                return bucket.stores();
            }
            let open = |name| Ok::<_, Error>(Box::new(Directory::open(&dir.join(name))?));
            Ok((open("segments")?, open("outbox")?))
        })
    }

    /// Opens a directory whose objects lie elsewhere, too. `stores` is asked once it is sure that the directory is this
    /// process's alone.
    pub fn open_with(
        dir: &Path,
        database: Option<&Database>,
        stores: impl FnOnce() -> Result<Stores, Error>,
    ) -> Result<Self, Error> {
        durable::make_dir(dir)?;
        let claim = Claim::take(dir, "lock")?;
        let found = Found::at(dir, database)?;
        let (segments, outbox) = stores()?;
        let (segments, outbox): (Arc<dyn Objects>, Arc<dyn Objects>) = (segments.into(), outbox.into());
        let control = store::open(found, [("segments", &*segments), ("outbox", &*outbox)])?;
        let (tickets, is_copy) = (dir.join("tickets"), place::is_copy(dir)?);
        durable::make_dir(&tickets)?;
        let unnamed = store::reconcile(&control, [("segments", &*segments), ("outbox", &*outbox)])?;
        let runs = Runs::open(&dir.join("runs"), runs::MOST, &find::source(&control, &*segments))?;
        Ok(Self {
            control,
            segments,
            outbox,
            tickets,
            is_copy,
            staging: Together::default(),
            committing: Together::default(),
            turn: RwLock::default(),
            numbers: Mutex::default(),
            runs,
            unnamed,
            _claim: claim,
        })
    }
}
