//! The ledger's directory as somebody reads it who has no warden to ask: a copy of it, or the one of a warden that does not
//! run any more. It holds no key, and all that an assessment needs.

use crate::Error;
use durable::Records;
use std::path::Path;

/// The newest published checkpoint, as the warden wrote it. It is read before what it covers: a warden that runs writes entries
/// before it publishes.
///
/// # Errors
/// [`Error::Disk`], also where there is none yet.
pub fn checkpoint(ledger: &Path) -> Result<Vec<u8>, Error> {
    Ok(durable::read(&ledger.join("checkpoint"), crate::book::NOTE_OCTETS_MAX)?)
}

/// Shows the entries in their order, at least as many as a checkpoint that was read before covers. Nothing of them is believed
/// before it fits that.
///
/// # Errors
/// [`Error::Disk`].
pub fn entries(ledger: &Path, show: impl FnMut(Vec<u8>)) -> Result<(), Error> {
    Ok(Records::look(&ledger.join("log"), tlog::leaf_hash, show)?)
}

/// Shows batches' headers with their salts (`ledger::Disclosed`), canonical JSON, in the order in which they came. They make
/// figures smaller, and no assessment waits for them.
///
/// # Errors
/// [`Error::Disk`]: there are none, or no more than were shown.
pub fn headers(ledger: &Path, show: impl FnMut(Vec<u8>)) -> Result<(), Error> {
    Ok(Records::look(&ledger.join("headers"), tlog::leaf_hash, show)?)
}
