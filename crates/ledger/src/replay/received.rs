//! What was received, as a replay keeps it: a ledger has millions of bodies and batches, so that each is few octets, and what many of
//! them have alike is there once.

use super::{At, LARGEST, State};
use crate::{
    entry::{Anchor, IntakeRecord, SealedTo},
    identifier::*,
    word::{Channel, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Index,
    sync::Arc,
};

/// An intake entry; its batches are in [`State::batches`], each with its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Where it is written.
    pub at: At,
    /// Whence it came, and to which process.
    pub source: Arc<Source>,
    /// The body's number in that instance.
    pub ticket: u64,
    /// When, by the worker's clock.
    pub received: Time,
    /// Parcels in it, at most; never fewer than its batches hold.
    pub rows: u64,
    /// Parties in it, at most, as recorded.
    pub parties: u64,
    /// What became of it.
    pub verdict: Verdict,
}

/// Whence a body came, and to which process: few differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// In which start of the worker's process it was received.
    pub instance: InstanceId,
    /// Who sent it, where known.
    pub shipper: Option<Pseudonym>,
    /// The worker that received it.
    pub worker: WorkerId,
    /// The protocol that brought it.
    pub channel: Channel,
    /// Whether TLS ended at the worker.
    pub tls: bool,
    /// The certificate of ours to which it was encrypted, where it was and that is known.
    pub decryption: Option<Hash>,
}

/// An anchored batch: what its intake entry says of it, and where that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its random name.
    pub id: BatchId,
    /// The salted hash of its header.
    pub header: Hash,
    /// The periods and the hashes of their public keys, as anchored.
    pub keys: Arc<[SealedTo]>,
    /// Parcels in it.
    pub rows: u32,
    /// The entry that anchored it, as an index into [`State::intakes`]: both are settled at once.
    pub intake: u32,
    /// Persons or companies in it at most.
    pub parties: u64,
    /// The `policy` entry that gave the carrier the certificate of its delivery copy.
    pub carrier: u64,
    /// Its intake entry's index in the ledger.
    pub entry: u64,
}

impl Received {
    pub(super) fn of(at: At, record: &IntakeRecord, source: Arc<Source>) -> Self {
        let &IntakeRecord { ticket, received, rows, parties, verdict, .. } = record;
        Self { at, source, ticket, received, rows, parties, verdict }
    }
}

impl Source {
    pub(super) fn of(record: &IntakeRecord) -> Self {
        Self {
            instance: record.instance,
            shipper: record.shipper.clone(),
            worker: record.worker.clone(),
            channel: record.channel,
            tls: record.tls,
            decryption: record.decryption,
        }
    }
}

impl Batch {
    /// A batch of the intake entry `entry`, which is the one of this number.
    pub(super) fn of(anchor: &Anchor, keys: Arc<[SealedTo]>, entry: u64, intake: usize) -> Self {
        let &Anchor { batch: id, header, rows, parties, carrier, .. } = anchor;
        let intake = u32::try_from(intake).expect("so many entries are in no memory");
        Self { id, header, keys, rows, intake, parties, carrier, entry }
    }
}

/// Batches, in order of the ledger, and found by their ids.
#[derive(Debug, Clone, Default)]
pub struct Batches {
    list: Vec<Batch>,
    places: BTreeMap<BatchId, u32>,
}

impl Batches {
    /// The batch of this id.
    pub fn get(&self, batch: &BatchId) -> Option<&Batch> {
        self.places.get(batch).map(|place| self.at(*place))
    }

    /// Whether there is one of this id.
    pub fn contains(&self, batch: &BatchId) -> bool {
        self.places.contains_key(batch)
    }

    /// All of them, by their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Batch> {
        self.places.values().map(|place| self.at(*place))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn at(&self, place: u32) -> &Batch {
        &self.list[usize::try_from(place).expect("a batch is in memory")]
    }

    /// One more, of an id that is not there.
    fn push(&mut self, batch: Batch) {
        let place = u32::try_from(self.list.len()).expect("so many batches are in no memory");
        self.places.insert(batch.id, place);
        self.list.push(batch);
    }
}

impl Index<&BatchId> for Batches {
    type Output = Batch;

    fn index(&self, batch: &BatchId) -> &Batch {
        self.get(batch).expect("the caller knows that it is there")
    }
}

/// What many bodies and batches with effect have alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Alike {
    sources: BTreeSet<Arc<Source>>,
    keys: BTreeSet<Arc<[SealedTo]>>,
}

impl Alike {
    /// Whether a batch with effect is sealed to just these keys. Whatever was right about them then is so for good.
    pub fn has_keys(&self, keys: &[SealedTo]) -> bool {
        self.keys.contains(keys)
    }

    fn source(&mut self, source: Source) -> Arc<Source> {
        let known = self.sources.get(&source).cloned();
        known.unwrap_or_else(|| {
            let new = Arc::new(source);
            self.sources.insert(new.clone());
            new
        })
    }

    fn keys(&mut self, keys: Vec<SealedTo>) -> Arc<[SealedTo]> {
        let known = self.keys.get(keys.as_slice()).cloned();
        known.unwrap_or_else(|| {
            let new = Arc::from(keys);
            self.keys.insert(Arc::clone(&new));
            new
        })
    }
}

impl State {
    pub(super) fn receive(&mut self, at: At, record: IntakeRecord) {
        let own = self.instances.get_mut(&record.instance).expect("checked: it has started");
        own.receive(at, &record);
        let intake = self.intakes.len();
        self.intakes.push(Received::of(at, &record, self.alike.source(Source::of(&record))));
        for mut anchor in record.batches {
            for to in &anchor.keys {
                let rows = self.rows.entry(to.key).or_default();
                *rows = rows.saturating_add(anchor.rows.into());
            }
            let keys = self.alike.keys(std::mem::take(&mut anchor.keys));
            self.batches.push(Batch::of(&anchor, keys, at.entry, intake));
        }
    }

    /// Of an intake entry without effect: it may say anything, and counts for at least what its batches hold.
    pub(super) fn raise_intake(&mut self, at: At, record: IntakeRecord) {
        let capped = |sum: u64, more: u64| sum.saturating_add(more).min(LARGEST);
        let rows = record.batches.iter().map(|anchor| anchor.rows.into()).fold(0, capped);
        let parties = record.batches.iter().map(|anchor| anchor.parties).fold(0, capped);
        let intake = self.voids.intakes.len();
        let mut received = Received::of(at, &record, Arc::new(Source::of(&record)));
        received.rows = record.rows.min(LARGEST).max(rows);
        received.parties = record.parties.min(LARGEST).max(parties);
        self.voids.intakes.push(received);
        self.voids.batches.extend(record.batches.into_iter().map(|mut anchor| {
            anchor.parties = anchor.parties.min(LARGEST);
            let keys = std::mem::take(&mut anchor.keys).into();
            Batch::of(&anchor, keys, at.entry, intake)
        }));
    }
}
