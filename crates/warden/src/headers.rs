//! Batches' clear headers with their salts, beside the ledger: whoever encrypts or deletes the gateway's disk does not take
//! them. They make no figure larger, so the ledger waits for none of them: an entry whose header does not fit is entered all
//! the same, and its batch counts with all that its keys open.

use crate::api::{Anchoring, Refusal};
use crate::refusing::disk;
use durable::Records;
use ledger::canonical;
use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// `ledger/headers`: records of canonical JSON. One that was sent again stands there twice.
pub(crate) struct Headers {
    records: Mutex<Records>,
    /// Headers that fitted no anchor, since this process started.
    pub(crate) unfit: AtomicU64,
}

impl Headers {
    /// Opens or makes the file in the ledger's directory.
    pub(crate) fn open(ledger: &Path) -> Result<Self, durable::Error> {
        let records = Records::open(&ledger.join("headers"), tlog::leaf_hash, 0, |_, _| {})?;
        Ok(Self { records: Mutex::new(records), unfit: AtomicU64::new(0) })
    }

    /// Keeps what fits, durably.
    pub(crate) fn keep(&self, entries: &[Anchoring]) -> Result<(), Refusal> {
        let sent: usize = entries.iter().map(|entry| entry.headers.len()).sum();
        let records: Vec<_> = entries.iter().flat_map(Anchoring::fitting).map(canonical::bytes).collect();
        let records: Vec<_> = { records }.into_iter().filter(|it| it.len() <= durable::RECORD_OCTETS_MAX).collect();
        self.unfit.fetch_add((sent - records.len()) as u64, Relaxed);
        if records.is_empty() {
            return Ok(());
        }
        self.records.lock().expect("no panic with the headers in hand").append(&records).map_err(disk)
    }
}
