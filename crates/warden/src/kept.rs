//! The ledger's directory as somebody reads it who has no warden to ask: a copy of it, or the one of a warden that does not
//! run any more. It holds no key, and all that an assessment needs.

use crate::Error;
use durable::Records;
use std::path::Path;

/// What is in it. Nothing of this is believed before it fits the checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The newest published checkpoint, as the warden wrote it.
    pub note: Vec<u8>,
    /// The entries, at least as many as the checkpoint covers.
    pub leaves: Vec<Vec<u8>>,
    /// Why there are no headers, or not all: they make figures smaller, and no assessment waits for them.
    pub without: Option<String>,
    /// Batches' headers with their salts (`ledger::Disclosed`), canonical JSON, in the order in which they came.
    pub headers: Vec<Vec<u8>>,
}

/// Reads the directory; nothing in it is changed.
///
/// # Errors
/// [`Error::Disk`], also where there is no checkpoint yet.
pub fn read(ledger: &Path) -> Result<Kept, Error> {
    // The checkpoint first: a warden that runs writes entries before it publishes what covers them.
    let note = durable::read(&ledger.join("checkpoint"), crate::book::NOTE_OCTETS_MAX)?;
    let mut kept = Kept { note, ..Kept::default() };
    Records::look(&ledger.join("log"), tlog::leaf_hash, |leaf| kept.leaves.push(leaf))?;
    let headers = Records::look(&ledger.join("headers"), tlog::leaf_hash, |header| kept.headers.push(header));
    kept.without = headers.err().map(|error| error.to_string());
    Ok(kept)
}
