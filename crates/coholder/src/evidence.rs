//! Why it is believed that an intent was logged: the leaf stands in a tree that known witnesses have cosigned.

use crate::{HOURS_MAX, Refusal};
use ledger::{Entry, Hash, Logged, Time, entry::Intent};
use tlog::{Checkpoint, Verifier, note};

/// Which ledger, and whose cosignatures count: the co-holder's own, told out of band.
#[derive(Debug, Clone)]
pub struct Pins {
    /// The ledger's name, as its checkpoints have it.
    pub origin: String,
    /// The note keys of witnesses that the co-holder knows; the warden's word alone is none.
    pub witnesses: Vec<Verifier>,
    /// How many of them must have cosigned; 0 counts as 1.
    pub quorum: usize,
}

/// A leaf, and the proofs that it is where somebody says.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The leaf's octets.
    pub leaf: &'a [u8],
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// RFC 6962 inclusion proof, from the leaf up.
    pub inclusion: &'a [Hash],
    /// The cosigned checkpoint.
    pub note: &'a str,
    /// RFC 6962 consistency proof from the last checkpoint that the co-holder saw; empty where it saw none.
    pub consistency: &'a [Hash],
}

impl Pins {
    /// The checkpoint, and when the last of the witnesses cosigned it.
    pub(crate) fn read(&self, note: &str) -> Result<(Checkpoint, Time), Refusal> {
        let opened = note::open(note.as_bytes(), &self.witnesses).map_err(Refusal::Note)?;
        let checkpoint = opened.checkpoint().map_err(Refusal::Note)?;
        if checkpoint.origin() != self.origin {
            return Err(Refusal::Origin);
        }
        let (found, wanted) = (opened.signatures.len(), self.quorum.max(1));
        let latest = opened.signatures.iter().filter_map(|cosigned| cosigned.time).max();
        let latest = latest.filter(|_| found >= wanted).ok_or(Refusal::Quorum { found, wanted })?;
        let milliseconds = i64::try_from(latest).unwrap_or(i64::MAX).saturating_mul(1000);
        Ok((checkpoint, Time::from_milliseconds(milliseconds)))
    }

    /// The same of a checkpoint of today that extends the one before.
    pub(crate) fn follows(
        &self,
        last: Option<&Checkpoint>,
        note: &str,
        consistency: &[Hash],
        now: Time,
    ) -> Result<Checkpoint, Refusal> {
        let (checkpoint, cosigned) = self.read(note)?;
        if cosigned.plus_hours(HOURS_MAX) < now {
            return Err(Refusal::Stale { cosigned, now });
        }
        let Some(last) = last else { return Ok(checkpoint) };
        let (size, seen) = (checkpoint.size(), last.size());
        if size < seen {
            return Err(Refusal::Older { size, seen });
        }
        let proof = hashes(consistency);
        tlog::verify_consistency(seen, &last.root(), size, &checkpoint.root(), &proof)
            .map_err(|_| Refusal::OtherTree { size, seen })?;
        Ok(checkpoint)
    }
}

impl Evidence<'_> {
    /// The intent that stands in this checkpoint's tree.
    pub(crate) fn intent(&self, checkpoint: &Checkpoint) -> Result<Intent, Refusal> {
        let (leaf, index) = (tlog::leaf_hash(self.leaf), self.index);
        let root = checkpoint.root();
        tlog::verify_inclusion(&leaf, index, checkpoint.size(), &hashes(self.inclusion), &root)
            .map_err(|_| Refusal::NotIncluded { index })?;
        match Logged::read(self.leaf).map(|logged| logged.entry) {
            Ok(Entry::Intent(intent)) if intent.opening == intent.request.id() => Ok(intent),
            _ => Err(Refusal::NoIntent { index }),
        }
    }
}

fn hashes(proof: &[Hash]) -> Vec<tlog::Hash> {
    proof.iter().map(|hash| hash.0).collect()
}
