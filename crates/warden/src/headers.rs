//! Batches' clear headers with their salts, beside the ledger: whoever encrypts or deletes the gateway's disk does not take
//! them. They make no figure larger, so the ledger waits for none of them: an entry whose header does not fit is entered all
//! the same, and its batch counts with all that its keys open.

use crate::api::{Anchoring, Refusal};
use crate::refusing::disk;
use durable::Records;
use ledger::canonical;
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// `ledger/headers`: records of canonical JSON, each once: a gateway sends its entries again until they are cosigned, and one
/// that was taken as often as it likes.
pub(crate) struct Headers {
    kept: Mutex<Kept>,
    /// Headers that fitted no anchor, since this process started.
    pub(crate) unfit: AtomicU64,
}

struct Kept {
    records: Records,
    /// The first half of each record's hash.
    known: HashSet<[u8; 16]>,
}

fn name(hash: [u8; 32]) -> [u8; 16] {
    *hash.first_chunk().expect("a hash has 32 octets")
}

impl Headers {
    /// Opens or makes the file in the ledger's directory.
    pub(crate) fn open(ledger: &Path) -> Result<Self, durable::Error> {
        let mut known = HashSet::new();
        let show = |_: &[u8], hash| known.extend([name(hash)]);
        let records = Records::open(&ledger.join("headers"), tlog::leaf_hash, 0, show)?;
        Ok(Self { kept: Mutex::new(Kept { records, known }), unfit: AtomicU64::new(0) })
    }

    /// Keeps what fits, durably.
    pub(crate) fn keep(&self, entries: &[Anchoring]) -> Result<(), Refusal> {
        let sent: usize = entries.iter().map(|entry| entry.headers.len()).sum();
        let records: Vec<_> = entries.iter().flat_map(Anchoring::fitting).map(canonical::bytes).collect();
        let records: Vec<_> = { records }.into_iter().filter(|it| it.len() <= durable::RECORD_OCTETS_MAX).collect();
        self.unfit.fetch_add((sent - records.len()) as u64, Relaxed);
        let mut kept = self.kept.lock().expect("no panic with the headers in hand");
        let mut seen = HashSet::new();
        let new = |record: &Vec<u8>| {
            let name = name(tlog::leaf_hash(record));
            !kept.known.contains(&name) && seen.insert(name)
        };
        let records: Vec<_> = { records }.into_iter().filter(new).collect();
        if records.is_empty() {
            return Ok(());
        }
        kept.records.append(&records).map_err(disk)?;
        kept.known.extend(seen);
        Ok(())
    }
}
