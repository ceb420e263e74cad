//! Carriers' words that count: found once for each question, since each is a signature, and there are as many as deliveries.

use super::Batches;
use ledger::{BatchId, Confirmation, Pseudonym, cores, replay::State};

/// Words that one core checks at a time: enough of them to share what signatures can.
const BLOCK: usize = 256;

/// Those that count.
pub(super) struct Confirmed<'b> {
    /// In the order in which they were given.
    words: Vec<&'b Confirmation>,
    /// Who says to have which batch, sorted.
    carriers: Vec<(BatchId, &'b Pseudonym)>,
}

impl<'b> Confirmed<'b> {
    /// Those among these words, of which some may be known to count: each stands at the same place among the `known`.
    pub fn of(state: &State, all: &[&'b Confirmation], known: &[&Confirmation]) -> Self {
        let keys = state.carrier_keys();
        let check = |(block, known): (&[&'b Confirmation], &[&Confirmation])| -> Vec<&'b Confirmation> {
            let is_known: Vec<_> = (0..block.len()).map(|at| known.get(at) == Some(&block[at])).collect();
            let asked = block.iter().zip(&is_known).filter(|(word, known)| !**known && fits(state, word));
            let asked: Vec<_> = asked.map(|(word, _)| *word).collect();
            let mut signed = keys.signed(&asked).into_iter();
            let counts =
                |(word, known): &(&&Confirmation, bool)| *known || (fits(state, word) && signed.next() == Some(true));
            block.iter().zip(is_known).filter(counts).map(|(word, _)| *word).collect()
        };
        let known = known.chunks(BLOCK).chain(std::iter::repeat(&[][..]));
        let mut words = Vec::new();
        cores::in_order(all.chunks(BLOCK).zip(known), check, |block: Vec<_>| words.extend(block));
        let of = |word: &&'b Confirmation| {
            let carrier = &word.record.carrier;
            word.record.batches.iter().map(move |batch| (*batch, carrier))
        };
        let mut carriers: Vec<_> = words.iter().flat_map(of).collect();
        carriers.sort_unstable();
        carriers.dedup();
        Self { words, carriers }
    }

    /// Whether the carrier that the batch was for has it. Of which nobody knows whom it was for (`None`), nobody confirms.
    pub fn by(&self, batch: &BatchId, carrier: Option<&Pseudonym>) -> bool {
        carrier.is_some_and(|carrier| self.carriers.binary_search(&(*batch, carrier)).is_ok())
    }

    /// Those that say something of one of these batches.
    pub fn on(&self, batches: &Batches) -> Vec<&'b Confirmation> {
        let says = |word: &&&Confirmation| word.record.batches.iter().any(|batch| batches.contains(batch));
        self.words.iter().filter(says).copied().collect()
    }
}

/// Whether it is of batches that the ledger has, with as many rows as they have.
fn fits(state: &State, word: &Confirmation) -> bool {
    let record = &word.record;
    let rows = record.batches.iter().map(|id| state.batches.get(id).map(|batch| u64::from(batch.rows)));
    rows.sum::<Option<u64>>() == Some(record.rows)
}
