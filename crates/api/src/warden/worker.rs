//! Workers: their start, and what they anchor.

use super::{Octets, request};
use ledger::{
    Hash, Month, Time, WorkerId,
    entry::{Confirmation, Intake},
};
use seal::{IndexKey, PeriodSecretKey, period};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// Index of the `worker` entry.
    pub entry: u64,
    /// This month, the next, and every month of which something is still kept; sorted.
    pub index_keys: Vec<SealedIndexKey>,
}

/// A month's index key, sealed to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedIndexKey {
    /// The month whose tokens the key makes.
    pub month: Month,
    /// As the ledger names it.
    pub key: Hash,
    /// Index of the `index_key` entry: this hand-over.
    pub entry: u64,
    /// HPKE with info `bulla.index-key/1 MONTH` and the worker's id as associated data.
    pub sealed: Octets,
}

impl SealedIndexKey {
    /// The HPKE `info` of a hand-over: a key sealed for one month opens as no other month's.
    pub fn info(month: Month) -> String {
        format!("bulla.index-key/1 {month}")
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
    /// Who sends them; intake entries are its own.
    pub worker: WorkerId,
    /// What to write. What stands in the ledger already is not written again.
    pub entries: Vec<AnchorEntry>,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Anchors, "bulla.anchors/1");

/// An entry with its own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorEntry {
    /// By the worker, in its sequence.
    Intake(Intake),
    /// By a carrier, whoever sends it along.
    Confirmation(Confirmation),
}

/// The answer to [`Anchors`]: everything in it is durable and in a signed checkpoint; the cosignature follows within a
/// second. If an entry is refused, those before it are written and the [`super::Refusal`] has its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchored {
    /// For each entry of the request its index in the ledger.
    pub entries: Vec<u64>,
    /// Entries in the ledger after these.
    pub size: u64,
}
