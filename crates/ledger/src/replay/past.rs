//! What a state that is kept up for years lets go: of most entries whoever writes a ledger needs only that they are there, and now
//! and then what they say. A reader of the whole ledger (`incident`) settles nothing.

use super::{At, Batch, Opening, State, received::Alike};
use crate::{entry::*, identifier::*};
use std::{borrow::Cow, fmt, sync::Arc};

/// Where entries are found again that a [`State`] has let go, by what they name.
///
/// What cannot be read is answered as if it were not there, and stops whoever writes: no entry is judged by a guess.
pub trait Past: fmt::Debug + Send + Sync {
    /// Whether one of them anchors this batch.
    fn has_batch(&self, batch: &BatchId) -> bool;

    /// The entry that anchors this batch.
    fn batch(&self, batch: &BatchId) -> Option<(u64, Logged)>;

    /// The intent of this opening.
    fn opening(&self, opening: &Hash) -> Option<(u64, Logged)>;

    /// Where the part of a body is written.
    fn part(&self, instance: &InstanceId, ticket: u64, part: u32) -> Option<u64>;
}

/// What a [`State`] has let go: names, each with its entry, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Batches, with the entries that anchor them.
    pub batches: Vec<(BatchId, u64)>,
    /// Openings that have their receipts, with their intents.
    pub openings: Vec<(Hash, u64)>,
    /// Parts of bodies (instance, ticket, part), with their intake entries.
    pub parts: Vec<((InstanceId, u64, u32), u64)>,
}

/// An anchored batch, and what its intake entry says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored<'s> {
    /// The entry that anchors it.
    pub entry: u64,
    /// The salted hash of its header.
    pub header: Hash,
    /// Parcels in it.
    pub rows: u32,
    /// The keys that it is sealed to.
    pub keys: Cow<'s, [SealedTo]>,
    /// When it was received, by the worker's clock.
    pub received: Time,
    /// Who sent it, where known.
    pub shipper: Option<Cow<'s, Pseudonym>>,
}

impl State {
    /// Lets go what can be looked up, and what only a reader of the whole ledger asks for: heartbeats, hand-overs of index keys,
    /// what ticks said of tickets.
    /// What is returned must be found in the past that is [given](State::remember) next. A ledger with void entries lets nothing go:
    /// they are listed for as long as it is kept.
    pub fn settle(&mut self) -> Option<Settled> {
        if !self.voids.list.is_empty() {
            return None;
        }
        self.intakes.clear();
        self.heartbeats.clear();
        self.index_keys.clear();
        self.alike = Alike::default();
        let batches = std::mem::take(&mut self.batches);
        let batches = batches.iter().map(|own| (own.id, own.entry)).collect();
        let ended = self.openings.extract_if(.., |_, own| own.receipt.is_some());
        let openings = ended.map(|(name, own)| (name, own.at.entry)).collect();
        let parts = self.instances.iter_mut().flat_map(|(instance, own)| {
            let parts = own.settle().into_iter();
            parts.map(|((ticket, part), entry)| ((*instance, ticket, part), entry))
        });
        Some(Settled { batches, openings, parts: parts.collect() })
    }

    /// Where all that this state has let go is found.
    pub fn remember(&mut self, past: Arc<dyn Past>) {
        self.past = Some(past);
    }

    /// Whether this batch is anchored.
    pub fn has_batch(&self, batch: &BatchId) -> bool {
        self.batches.contains(batch) || self.past.as_ref().is_some_and(|past| past.has_batch(batch))
    }

    /// A batch that is anchored.
    pub fn anchored(&self, batch: &BatchId) -> Option<Anchored<'_>> {
        let Some(own) = self.batches.get(batch) else { return self.anchored_once(batch) };
        let intake = self.intakes.get(usize::try_from(own.intake).ok()?)?;
        let shipper = intake.source.shipper.as_ref().map(Cow::Borrowed);
        let &Batch { entry, header, rows, .. } = own;
        Some(Anchored { entry, header, rows, keys: Cow::Borrowed(&own.keys), received: intake.received, shipper })
    }

    fn anchored_once(&self, batch: &BatchId) -> Option<Anchored<'_>> {
        let (entry, logged) = self.past.as_ref()?.batch(batch)?;
        let Entry::Intake(Intake { record, .. }) = logged.entry else { return None };
        let Anchor { header, rows, keys, .. } = record.batches.into_iter().find(|anchor| anchor.batch == *batch)?;
        let shipper = record.shipper.map(Cow::Owned);
        Some(Anchored { entry, header, rows, keys: Cow::Owned(keys), received: record.received, shipper })
    }

    /// An opening that was let go, without its receipt: it has one.
    pub(super) fn opened_once(&self, opening: &Hash) -> Option<Opening> {
        let (entry, Logged { time, entry: Entry::Intent(intent) }) = self.past.as_ref()?.opening(opening)? else {
            return None;
        };
        let at = At { entry, time };
        (intent.opening == *opening).then_some(Opening { at, request: intent.request, receipt: None })
    }

    /// Where a part of a body is written.
    pub fn part(&self, instance: &InstanceId, ticket: u64, part: u32) -> Option<u64> {
        let own = self.instances.get(instance)?;
        let once = || self.past.as_ref()?.part(instance, ticket, part);
        own.entry(ticket, part).or_else(|| own.is_settled(ticket).then(once).flatten())
    }
}

/// A map whose keys are no words, as a list of pairs.
pub(super) mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(in super::super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(in super::super) fn deserialize<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
