//! Files of the past: each is written once and known by its digest.

use ledger::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fs::File, io::Read, path::Path};

const CHUNK: usize = 1 << 18;

/// A file that is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) octets: u64,
    pub(super) sha256: Hash,
}

impl Listed {
    /// Fills the parts, one after the other, with what was written; `None`: that is not there.
    pub(super) fn read(&self, dir: &Path, parts: &mut [&mut [u8]]) -> Option<()> {
        let room: usize = parts.iter().map(|part| part.len()).sum();
        let mut file = File::open(dir.join(&self.name)).ok()?;
        if file.metadata().ok()?.len() != self.octets || room as u64 != self.octets {
            return None;
        }
        let mut digest = Sha256::new();
        // What was just read is still in the processor's caches.
        for part in parts.iter_mut().flat_map(|part| part.chunks_mut(CHUNK)) {
            file.read_exact(part).ok()?;
            digest.update(part);
        }
        (Hash(digest.finalize().into()) == self.sha256).then_some(())
    }
}

pub(super) fn hashed(octets: &[u8]) -> Hash {
    Hash(Sha256::digest(octets).into())
}
