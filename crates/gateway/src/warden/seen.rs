//! How far the ledger had come when this gateway last believed it. It outlives the process: who shows an older ledger after
//! a start is not believed either.

use crate::Error;
use api::warden::Unproven;
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const NAME: &str = "ledger.seen";
/// A number of 64 bits, and the line's end.
const OCTETS_MAX: u64 = 21;

/// Entries of the largest ledger that was proven to this gateway.
pub(crate) struct Seen {
    path: PathBuf,
    size: Mutex<u64>,
}

impl Seen {
    /// As the last process left it; 0 before the first.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(NAME);
        let size = match durable::read_if_there(&path, OCTETS_MAX).map_err(vault::Error::from)? {
            Some(octets) => read(&octets).ok_or(Error::NotASize { name: NAME })?,
            None => 0,
        };
        Ok(Self { path, size: Mutex::new(size) })
    }

    /// Takes a proven size, durably; refuses one from before what was seen. Blocks.
    pub(crate) fn take(&self, size: u64) -> Result<(), Error> {
        // Whoever panicked here has not changed the number.
        let mut seen = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if size < *seen {
            return Err(Unproven::Older { size, seen: *seen }.into());
        }
        if size > *seen {
            durable::replace(&self.path, format!("{size}\n").as_bytes()).map_err(vault::Error::from)?;
            *seen = size;
        }
        Ok(())
    }
}

fn read(octets: &[u8]) -> Option<u64> {
    std::str::from_utf8(octets).ok()?.strip_suffix('\n')?.parse().ok()
}
