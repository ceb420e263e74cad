//! Why a word of the warden is believed: the entry stands in a tree that the pinned keys signed and cosigned.

use ledger::{Entry, Hash, Logged, Time};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use tlog::{Checkpoint, Verifier, note};

/// An entry and the proof that it is in a checkpoint's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Included {
    /// The entry, whose canonical bytes are the leaf.
    pub logged: Logged,
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// RFC 6962 inclusion proof, from the leaf up.
    pub proof: Vec<Hash>,
}

/// Where an entry stands that the reader has itself, and the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The leaf's time, without which its hash cannot be made.
    pub time: Time,
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// RFC 6962 inclusion proof, from the leaf up.
    pub proof: Vec<Hash>,
}

/// Who signs and cosigns a ledger: as a party was told out of band, and then as officers have decided.
#[derive(Debug, Clone)]
pub struct Pins {
    /// The warden's note key; its name is the ledger's origin.
    pub warden: Verifier,
    /// The note keys of the witnesses that may cosign.
    pub witnesses: Vec<Verifier>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}

/// Why something that the warden said is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Unproven {
    /// A pinned key cannot be read.
    #[error("a pinned key cannot be read")]
    Pin(#[source] tlog::Error),
    /// The checkpoint is not one that the pinned keys signed.
    #[error("the checkpoint is not one that the pinned keys signed")]
    Checkpoint(#[source] tlog::Error),
    /// The warden's own signature, or the origin, is missing or another.
    #[error("the checkpoint is not signed by the pinned warden for its origin")]
    Warden,
    /// Too few of the pinned witnesses cosigned.
    #[error("{cosigned} of the pinned witnesses cosigned the checkpoint, {quorum} must")]
    Quorum { cosigned: usize, quorum: usize },
    /// An entry's proof does not lead to the checkpoint's root.
    #[error("entry {index} is not proven to be in the checkpoint's tree")]
    Inclusion { index: u64 },
    /// The entry is of another kind, or names another thing.
    #[error("entry {index} is not the one it should be")]
    Entry { index: u64 },
    /// Fewer or more entries than were sent.
    #[error("{found} entries are proven, {sent} were sent")]
    Count { found: usize, sent: usize },
    /// A tick without effect, because it does not follow what it speaks of.
    #[error("the tick stands before entries that it speaks of")]
    TickBefore,
    /// A checkpoint from before one that was seen.
    #[error("the checkpoint is of {size} entries, {seen} were seen before: the answer is an old one")]
    Older { size: u64, seen: u64 },
    /// A checkpoint that was cosigned too long ago to be taken for today's.
    #[error("the checkpoint was cosigned at {cosigned}, and it is {now}: the answer is an old one")]
    Lease { cosigned: Time, now: Time },
    /// A policy that does not follow from those before, or that too few officers signed.
    #[error("entry {index} is not the next policy of this ledger with enough officers' signatures")]
    Policy { index: u64 },
    /// A key that a generation made before the one of now.
    #[error("period {period} is of an earlier generation of the warden: nothing is sealed to it any more")]
    OldGeneration { period: ledger::PeriodId },
    /// The list of months is not signed by the ledger's key for this request.
    #[error("the list of months is not signed by the pinned warden for this request")]
    Months,
    /// The signature over an answer is not the ledger's.
    #[error("the answer is not signed by the pinned warden for this opening")]
    Answer,
    /// The public key is not the one that the entry names.
    #[error("the public key given for period {period} is not the one in the ledger")]
    Key { period: ledger::PeriodId },
}

impl Pins {
    /// Pins from keys in verifier form.
    ///
    /// # Errors
    /// [`Unproven::Pin`].
    pub fn new(warden: &str, witnesses: &[String], quorum: u32) -> Result<Self, Unproven> {
        Ok(Self {
            warden: warden.parse().map_err(Unproven::Pin)?,
            witnesses: witnesses.iter().map(|key| key.parse()).collect::<Result<_, _>>().map_err(Unproven::Pin)?,
            quorum: quorum as usize,
        })
    }

    /// Checks a checkpoint's signature, origin and quorum.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn checkpoint(&self, checkpoint: &str) -> Result<Checkpoint, Unproven> {
        Ok(self.dated(checkpoint)?.0)
    }

    /// The same, with the earliest and the latest time at which one of the pinned witnesses cosigned it; none where none must.
    ///
    /// # Errors
    /// As [`Self::checkpoint`].
    pub fn dated(&self, checkpoint: &str) -> Result<(Checkpoint, Option<RangeInclusive<Time>>), Unproven> {
        let mut known = self.witnesses.clone();
        known.push(self.warden.clone());
        let opened = note::open(checkpoint.as_bytes(), &known).map_err(Unproven::Checkpoint)?;
        let read = opened.checkpoint().map_err(Unproven::Checkpoint)?;
        if opened.by(&self.warden).is_none() || read.origin() != self.warden.name() {
            return Err(Unproven::Warden);
        }
        let cosignatures: Vec<_> = self.witnesses.iter().filter_map(|witness| opened.by(witness)).collect();
        if cosignatures.len() < self.quorum {
            return Err(Unproven::Quorum { cosigned: cosignatures.len(), quorum: self.quorum });
        }
        let milliseconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        let times = cosignatures.iter().filter_map(|cosigned| cosigned.time);
        let mut times: Vec<_> = times.map(|seconds| Time::from_milliseconds(milliseconds(seconds))).collect();
        times.sort();
        Ok((read, times.first().zip(times.last()).map(|(first, last)| *first..=*last)))
    }
}

impl Included {
    /// Checks the proof against a checkpoint that was checked before.
    ///
    /// # Errors
    /// [`Unproven::Inclusion`].
    pub fn verify(&self, checkpoint: &Checkpoint) -> Result<(), Unproven> {
        included(&self.logged, self.index, &self.proof, checkpoint)
    }
}

impl Place {
    /// Checks that this very entry stands there, against a checkpoint that was checked before.
    ///
    /// # Errors
    /// [`Unproven::Inclusion`].
    pub fn verify(&self, entry: Entry, checkpoint: &Checkpoint) -> Result<u64, Unproven> {
        included(&Logged { time: self.time, entry }, self.index, &self.proof, checkpoint)?;
        Ok(self.index)
    }
}

fn included(logged: &Logged, index: u64, proof: &[Hash], checkpoint: &Checkpoint) -> Result<(), Unproven> {
    let leaf = tlog::leaf_hash(&logged.to_bytes());
    let proof: Vec<tlog::Hash> = proof.iter().map(|hash| hash.0).collect();
    tlog::verify_inclusion(&leaf, index, checkpoint.size(), &proof, &checkpoint.root())
        .map_err(|_| Unproven::Inclusion { index })
}
