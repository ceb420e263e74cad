//! The gateway's disk: what was received, sealed; what is to be delivered, encrypted; and the books on both.
//!
//! In scope: one directory with its lock, objects (segments of sealed batches, the outbox of delivery copies), the
//! control plane in SQLite, and the one transaction by which a received body becomes durable before it is
//! acknowledged. Out of scope: sealing and encrypting, which happen before, private keys, sockets, clocks and
//! randomness, which the caller brings. Everything here blocks.
//!
//! ```text
//! gateway/
//!   lock                 held by the one process that has the directory open, with its process id
//!   control.db           partners, interchanges, manifests, where batches lie, deliveries, what the ledger must get
//!   segments/4f0c…       sealed batches of one body; named by the first one's id
//!   outbox/91aa…         a document that only its carrier can read; gone 14 days after its acknowledgement
//! ```
//!
//! Nothing readable ever reaches this crate: it is given sealed or encrypted octets, ids, counts, times, control
//! numbers, 16-octet keyed tokens and answers that echo no data. Of one body:
//!
//! ```text
//! let number = vault.next_number("northshop")?;       // the acknowledgement's control number
//! let staged = vault.stage(content)?;                 // objects fsynced; beside whatever else is received
//! let turn = vault.turn(&worker)?;                    // others wait
//! let intakes = sign(turn.head());                    // the worker's next entries: number and previous hash
//! turn.commit(&intakes, staged)?;                     // one SQL transaction
//! // only now: the answer
//! ```
//!
//! What is dropped leaves nothing; objects without a row in SQL are swept when the vault is opened next.

mod anchor;
mod control;
mod delivery;
mod error;
mod intake;
mod interchange;
mod manifest;
pub mod objects;
mod partner;
mod segment;

pub use anchor::Unanchored;
pub use delivery::{Answer, Attempt, Delivery, KEPT_DAYS};
pub use error::Error;
pub use intake::{ChainHead, Content, DeliveryCopy, INTAKE_OCTETS_MAX, Staged, Turn};
pub use interchange::{Interchange, Key, Stored, is_accepted};
pub use ledger::{
    InterchangeId, ManifestId,
    word::{DeliveryState, ManifestPurpose as Purpose, ManifestState as State, Outcome},
};
pub use manifest::{History, Manifest, ManifestRow};
pub use objects::{Directory, Name, Objects};
pub use segment::{Headers, Hit, StoredHeader};

use control::Control;
use durable::Claim;
use std::{collections::HashSet, path::Path, sync::Mutex};

/// Where the objects lie: segments, and the outbox, which must be without versioning, object lock and backup.
pub type Stores = (Box<dyn Objects>, Box<dyn Objects>);

/// The gateway's directory, open. Shared between threads; every method blocks.
pub struct Vault {
    control: Control,
    segments: Box<dyn Objects>,
    outbox: Box<dyn Objects>,
    turn: Mutex<()>,
    numbers: Mutex<intake::Numbers>,
    _claim: Claim,
}

impl Vault {
    /// Opens a directory, makes it if need be, and sweeps what unfinished commits left.
    ///
    /// # Errors
    /// [`Error::InUse`] while another process has it open, [`Error::Newer`] if a newer program wrote it,
    /// [`Error::Full`], [`Error::Disk`], [`Error::Damaged`]. The first two leave everything as it is.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_with(dir, || {
            let open = |name| Ok::<_, Error>(Box::new(Directory::open(&dir.join(name))?));
            Ok((open("segments")?, open("outbox")?))
        })
    }

    /// Opens a directory whose objects lie elsewhere. `stores` is asked once it is sure that the directory is this
    /// process's alone.
    pub fn open_with(dir: &Path, stores: impl FnOnce() -> Result<Stores, Error>) -> Result<Self, Error> {
        durable::make_dir(dir)?;
        let claim = Claim::take(dir, "lock")?;
        let control = Control::open(&dir.join("control.db"))?;
        let (segments, outbox) = stores()?;
        let vault =
            Self { control, segments, outbox, turn: Mutex::default(), numbers: Mutex::default(), _claim: claim };
        vault.sweep("SELECT DISTINCT segment FROM batch", &*vault.segments)?;
        vault.sweep("SELECT object FROM delivery WHERE object IS NOT NULL", &*vault.outbox)?;
        Ok(vault)
    }

    /// Removes the objects that no row names: they were put, and their transaction never came.
    fn sweep(&self, named: &str, objects: &dyn Objects) -> Result<(), Error> {
        let named: HashSet<String> = self.control.read(|c| {
            let mut statement = c.prepare(named)?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })?;
        let orphans = objects.list()?.into_iter().filter(|name| !named.contains(name.as_str()));
        orphans.into_iter().try_for_each(|name| objects.delete(&name))
    }
}
