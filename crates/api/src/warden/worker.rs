//! Workers: their start, and what they anchor.

use super::{Octets, Pins, Place, Unproven, request};
use ledger::{
    Disclosed, Entry, Hash, Month, Time, WorkerId,
    entry::{self, IndexKey as HandedIndexKey, Intake, Tick},
};
use seal::{IndexKey, PeriodSecretKey, period};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tlog::Checkpoint;

/// A worker starts: it says which of its earlier starts are over, and gets the index keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starting {
    /// The worker that starts and signs.
    pub worker: WorkerId,
    /// What the ledger is to hold. Asked for again with the same one, it is not written again.
    pub start: entry::Start,
    /// An X-Wing public key made for this start: the index keys are sealed to it.
    pub key: Octets,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Starting, "bulla.worker-start/2");

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

/// The answer to [`Starting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Where the `start` entry stands in the checkpoint of `handed`.
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
    /// A note by the ledger's key: the months that have a key. Those of others are destroyed, and worth nothing.
    pub months: String,
}

impl HandedIndexKeys {
    /// What the warden signs as an answer to the request with this nonce.
    pub fn statement(worker: &WorkerId, nonce: &Hash, months: &BTreeSet<Month>) -> String {
        let months: String = months.iter().map(|month| format!("{month}\n")).collect();
        format!("bulla.index-months/1\n{worker}\n{nonce}\n{months}")
    }

    /// The months that have a key, by the warden's word on this request.
    ///
    /// # Errors
    /// [`Unproven::Months`].
    pub fn months(&self, worker: &WorkerId, nonce: &Hash, pins: &Pins) -> Result<BTreeSet<Month>, Unproven> {
        let signed = tlog::note::open(self.months.as_bytes(), std::slice::from_ref(&pins.warden));
        let text = signed.map_err(|_| Unproven::Months)?.text;
        let list = text.lines().skip(3).map(str::parse).collect::<Result<BTreeSet<Month>, _>>();
        let list = list.map_err(|_| Unproven::Months)?;
        if text == Self::statement(worker, nonce, &list) { Ok(list) } else { Err(Unproven::Months) }
    }
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
    pub fn verify(&self, starting: &Starting, checkpoint: &Checkpoint) -> Result<u64, Unproven> {
        self.place.verify(Entry::Start(starting.start.clone()), checkpoint)
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

    /// Opens it with the private half of [`Starting::key`] or [`IndexKeys::key`].
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
    /// Written behind them: up to where the ledger then has everything.
    pub tick: Option<Tick>,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Anchors, "bulla.anchors/2");

/// An intake entry, signed by the worker.
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
    /// Where its tick stands.
    pub tick: Option<Place>,
}

impl Anchored {
    /// Checks that each entry that was sent stands in the ledger, and behind them the tick, against its checkpoint, which was checked
    /// before; returns the entries' indices.
    ///
    /// # Errors
    /// [`Unproven`]: none of them may be taken as anchored then. Also where the tick stands before an entry that it speaks
    /// of: it has no effect there.
    pub fn verify(&self, sent: Vec<Intake>, tick: Option<Tick>, checkpoint: &Checkpoint) -> Result<Vec<u64>, Unproven> {
        if self.entries.len() != sent.len() {
            return Err(Unproven::Count { found: self.entries.len(), sent: sent.len() });
        }
        let entries = self.entries.iter().zip(sent);
        let entries: Result<Vec<_>, _> =
            entries.map(|(place, entry)| place.verify(Entry::Intake(entry), checkpoint)).collect();
        let entries = entries?;
        match (&self.tick, tick) {
            (None, None) => {}
            (Some(place), Some(tick)) => {
                let at = place.verify(Entry::Tick(tick), checkpoint)?;
                if entries.iter().any(|entry| *entry > at) {
                    return Err(Unproven::TickBefore);
                }
            }
            (found, sent) => return Err(Unproven::Count { found: found.iter().count(), sent: sent.iter().count() }),
        }
        Ok(entries)
    }
}
