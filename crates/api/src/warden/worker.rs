//! Workers: their start, and what they anchor.

use super::{Octets, Pins, Place, Unproven, request};
use ledger::{
    Disclosed, Entry, Hash, Month, Time, WorkerId,
    entry::{IndexKey as HandedIndexKey, Intake, WorkerStart},
};
use seal::{IndexKey, PeriodSecretKey, period};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tlog::Checkpoint;

/// A worker starts: it says where its chain is, and gets the index keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The worker that starts and signs.
    pub worker: WorkerId,
    /// The first sequence number that it will give; what it has given before must be anchored.
    pub next: u64,
    /// The chain's hash so far; 32 zero octets before the first entry.
    pub previous: Hash,
    /// An X-Wing public key made for this start: the index keys are sealed to it.
    pub key: Octets,
    /// Now. Later than the worker's last start.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Start, "bulla.worker-start/1");

/// A running worker asks for the index keys of further months: no start, its memory is what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexKeys {
    /// The worker that asks and signs.
    pub worker: WorkerId,
    /// The months whose key it has; it is given the others.
    pub held: BTreeSet<Month>,
    /// An X-Wing public key made for this request: the index keys are sealed to it.
    pub key: Octets,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(IndexKeys, "bulla.index-keys/1");

/// The answer to a [`Start`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Where the `worker` entry stands in the checkpoint of `handed`.
    pub place: Place,
    /// This month, the next, and every month of which something is still kept; sorted.
    pub handed: HandedIndexKeys,
}

/// Index keys, each logged and cosigned before it was handed out. The answer to [`IndexKeys`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedIndexKeys {
    /// A checkpoint with its quorum that covers all of them.
    pub checkpoint: String,
    /// One for each month that the worker lacks, sorted.
    pub keys: Vec<SealedIndexKey>,
}

/// A month's index key, sealed to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedIndexKey {
    /// The month whose tokens the key makes.
    pub month: Month,
    /// As the ledger names it.
    pub key: Hash,
    /// Where the `index_key` entry stands: this hand-over.
    pub place: Place,
    /// HPKE with info `bulla.index-key/1 MONTH` and the worker's id as associated data.
    pub sealed: Octets,
}

impl Started {
    /// Checks that this start is in the ledger.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(&self, start: &Start, checkpoint: &Checkpoint) -> Result<u64, Unproven> {
        let Start { worker, next, previous, .. } = start;
        let entry = WorkerStart { worker: worker.clone(), next: *next, previous: *previous };
        self.place.verify(Entry::Worker(entry), checkpoint)
    }
}

impl SealedIndexKey {
    /// The HPKE `info` of a hand-over: a key sealed for one month opens as no other month's.
    pub fn info(month: Month) -> String {
        format!("bulla.index-key/1 {month}")
    }

    /// Checks that this key was handed to this worker by an entry of the ledger.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(&self, worker: &WorkerId, checkpoint: &Checkpoint) -> Result<u64, Unproven> {
        let entry = HandedIndexKey { month: self.month, key: self.key, worker: worker.clone() };
        self.place.verify(Entry::IndexKey(entry), checkpoint)
    }

    /// Opens it with the private half of [`Start::key`] or [`IndexKeys::key`].
    ///
    /// # Errors
    /// [`seal::Error::Unsealable`], also if it is not the key that the ledger names.
    pub fn open(&self, secret: &PeriodSecretKey, worker: &WorkerId) -> Result<IndexKey, seal::Error> {
        let info = Self::info(self.month);
        let opened = period::open_from(secret, info.as_bytes(), worker.as_str().as_bytes(), &self.sealed.0)?;
        let key = IndexKey::from_bytes(opened.as_slice().try_into().map_err(|_| seal::Error::Unsealable)?);
        if key.name() == self.key { Ok(key) } else { Err(seal::Error::Unsealable) }
    }
}

/// Entries to be written to the ledger, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchors {
    /// Who sends them; they are its own.
    pub worker: WorkerId,
    /// What to write. What stands in the ledger already is not written again.
    pub entries: Vec<Anchoring>,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Anchors, "bulla.anchors/1");

/// An intake entry, signed by the worker in its sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchoring {
    /// What the ledger is to hold.
    pub intake: Intake,
    /// The clear headers of its batches, which the warden keeps beside the ledger: whoever encrypts or deletes the gateway's
    /// disk does not take them. Those that fit no anchor of the entry are left out; the entry is written all the same.
    pub headers: Vec<Disclosed>,
}

impl Anchoring {
    /// The headers that an anchor of the entry names.
    pub fn fitting(&self) -> impl Iterator<Item = &Disclosed> {
        let anchors = &self.intake.record.batches;
        self.headers.iter().filter(move |own| {
            let mut own_anchors = anchors.iter().filter(|anchor| anchor.batch == own.header.batch);
            own_anchors.any(|anchor| anchor.header == own.header.salted(&own.salt))
        })
    }
}

/// The answer to [`Anchors`]: everything in it stands in a cosigned checkpoint. If an entry is refused, those before it are
/// written and the [`super::Refusal`] has its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchored {
    /// A checkpoint with its quorum that covers all of them.
    pub checkpoint: String,
    /// For each entry of the request where it stands.
    pub entries: Vec<Place>,
}

impl Anchored {
    /// Checks that each entry that was sent stands in the ledger; returns their indices.
    ///
    /// # Errors
    /// [`Unproven`]: none of them may be taken as anchored then.
    pub fn verify(&self, sent: Vec<Intake>, pins: &Pins) -> Result<Vec<u64>, Unproven> {
        let checkpoint = pins.checkpoint(&self.checkpoint)?;
        if self.entries.len() != sent.len() {
            return Err(Unproven::Count { found: self.entries.len(), sent: sent.len() });
        }
        self.entries.iter().zip(sent).map(|(place, entry)| place.verify(Entry::Intake(entry), &checkpoint)).collect()
    }
}
