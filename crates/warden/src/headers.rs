//! Batches' clear headers with their salts, beside the ledger: whoever encrypts or deletes the gateway's disk does not take
//! them. They make no figure larger, so the ledger waits for none of them: an entry whose header does not fit is entered all
//! the same, and its batch counts with all that its keys open.

use crate::api::{Anchoring, Refusal};
use crate::book::PAST;
use crate::past::{self, KeptHeaders, Key, Names, Place, Runs};
use crate::refusing::disk;
use durable::{Before, Records};
use ledger::canonical;
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Mutex, MutexGuard,
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
    /// The first half of each record's hash, of those that are not settled.
    known: HashSet<Key>,
    settled: Runs,
}

fn name(hash: [u8; 32]) -> Key {
    *hash.first_chunk().expect("a hash has 32 octets")
}

impl Headers {
    /// Opens or makes the file in the ledger's directory, and reads what is not settled of it.
    pub(crate) fn open(ledger: &Path, settled: KeptHeaders) -> Result<Self, durable::Error> {
        let path = ledger.join("headers");
        let read = |KeptHeaders { before, names }| {
            let mut known = HashSet::new();
            let show = |_: &[u8], hash| known.extend([name(hash)]);
            let records = Records::open_after(&path, tlog::leaf_hash, before, Vec::new(), 0, show)?;
            Ok(Self { kept: Mutex::new(Kept { records, known, settled: names }), unfit: AtomicU64::new(0) })
        };
        // Headers that are lost are missed by whoever wants a smaller figure: they are no reason not to start.
        read(settled).or_else(|_: durable::Error| {
            past::forget(&ledger.join(PAST))?;
            read(KeptHeaders::default())
        })
    }

    /// Lets go the names of what is kept so far; what is to be saved of them.
    pub(crate) fn settle(&self) -> KeptHeaders {
        let mut kept = self.lock();
        let nowhere = Place::default();
        let names = Names::new(std::mem::take(&mut kept.known).into_iter().map(|name| (name, nowhere)));
        kept.settled.push(names);
        let before = Before { records: kept.records.len(), octets: kept.records.end() };
        KeptHeaders { before, names: kept.settled.clone() }
    }

    /// The same names in fewer tables.
    pub(crate) fn rename(&self, names: Runs) {
        self.lock().settled = names;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic with the headers in hand")
    }

    /// Keeps what fits, durably.
    pub(crate) fn keep(&self, entries: &[Anchoring]) -> Result<(), Refusal> {
        let sent: usize = entries.iter().map(|entry| entry.headers.len()).sum();
        let records: Vec<_> = entries.iter().flat_map(Anchoring::fitting).map(canonical::bytes).collect();
        let records: Vec<_> = { records }.into_iter().filter(|it| it.len() <= durable::RECORD_OCTETS_MAX).collect();
        self.unfit.fetch_add((sent - records.len()) as u64, Relaxed);
        let mut kept = self.lock();
        let mut seen = HashSet::new();
        let new = |record: &Vec<u8>| {
            let name = name(tlog::leaf_hash(record));
            !kept.known.contains(&name) && kept.settled.find(&name).is_none() && seen.insert(name)
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
