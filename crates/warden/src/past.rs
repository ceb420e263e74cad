//! What the warden has settled: entries of which it holds no more than their names and hashes in memory, and that no start reads
//! again (`DIR/ledger/past`). All of it is derived from the log and may be deleted while the warden does not run: the next start
//! reads the whole log then.
//!
//! ```text
//! current        a signed note over the SHA-256 of what follows it: how far, the root there, the state, and the other files
//! page-A-B       of entries A to B: hashes, and where each ends in the log
//! names-N        batches, openings and parts of bodies, with where they are
//! headers-N      digests of the headers that are kept
//! ```
//!
//! `current` is replaced last, after all that it lists: a crash leaves the one before it, or this one. Only one that this warden
//! has signed is believed, and only with the tree that the newest signed checkpoint has: else it is as if it were not there.

mod files;
mod names;
mod pages;
mod runs;
mod saved;

pub(crate) use names::{Key, Name, Names, Place};
pub(crate) use runs::Runs;
pub(crate) use saved::{KeptHeaders, Loaded, Saved, Step, forget, load};

use durable::Reading;
use ledger::{BatchId, Hash, InstanceId, Logged, replay};
use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

/// The past of a log.
#[derive(Clone)]
pub(crate) struct Past {
    pub(crate) names: Runs,
    log: Arc<Reading>,
    /// An entry that is named could not be read: nothing that was judged since is worth anything.
    unreadable: Arc<AtomicBool>,
}

impl Past {
    /// Of a log that is there.
    pub(crate) fn of(log: &Path, names: Runs) -> Result<Self, durable::Error> {
        let log = Arc::new(Reading::open(log, tlog::leaf_hash)?);
        Ok(Self { names, log, unreadable: Arc::default() })
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.unreadable.load(SeqCst)
    }

    fn logged(&self, name: &Name<'_>) -> Option<(u64, Logged)> {
        let Place { entry, start } = self.names.find(&name.key())?;
        let leaf = self.log.record(start).ok().flatten();
        let logged = leaf.and_then(|leaf| Logged::read(&leaf).ok());
        self.unreadable.fetch_or(logged.is_none(), SeqCst);
        logged.map(|logged| (entry, logged))
    }
}

impl replay::Past for Past {
    fn has_batch(&self, batch: &BatchId) -> bool {
        self.names.find(&Name::Batch(batch).key()).is_some()
    }

    fn batch(&self, batch: &BatchId) -> Option<(u64, Logged)> {
        self.logged(&Name::Batch(batch))
    }

    fn opening(&self, opening: &Hash) -> Option<(u64, Logged)> {
        self.logged(&Name::Opening(opening))
    }

    fn part(&self, instance: &InstanceId, ticket: u64, part: u32) -> Option<u64> {
        self.names.find(&Name::Part(instance, ticket, part).key()).map(|place| place.entry)
    }
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Past")
    }
}
