//! Carriers' words that count: found once for each question, since each is a signature, and there are as many as deliveries. None of
//! them is kept as it is.

use super::{Batches, Beside};
use ledger::{BatchId, Confirmation, Pseudonym, cores, replay::State};
use sha2::{Digest, Sha256};

/// Words that one core checks at a time: enough of them to share what signatures can.
const BLOCK: usize = 256;

/// By what a word is known again: half of the SHA-256 of its canonical form.
pub type Seen = [u8; 16];

/// A carrier's word that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Which it is of those beside the ledger.
    pub number: u32,
    /// The first batch that it names.
    pub first: BatchId,
    /// What it was when it was found to count.
    pub seen: Seen,
}

/// Those that count and say something of one of these batches.
pub(super) fn on(batches: &Batches, state: &State, beside: &impl Beside) -> Vec<Word> {
    let says = |word: &Confirmation| word.record.batches.iter().any(|batch| batches.contains(batch));
    let word = |read: &Read| {
        let first = read.word.record.batches.first();
        first.map(|first| Word { number: read.number, first: *first, seen: read.seen() })
    };
    let mut words = Vec::new();
    each((state, beside), &[], says, word, |word| words.push(word));
    words
}

/// Who says to have which batch.
pub(super) struct Confirmed<'s> {
    /// All that the ledger names, sorted.
    carriers: Vec<&'s Pseudonym>,
    /// Each batch of each word that counts: which carrier says to have it, in which word. Sorted.
    said: Vec<(BatchId, u32, u32)>,
}

impl<'s> Confirmed<'s> {
    /// By the words that stand beside the ledger, of which some may be known to count: each stands at the same place among the `known`.
    pub fn of(state: &'s State, beside: &impl Beside, known: &[Seen]) -> Self {
        let mut own = Self { carriers: state.carriers.keys().collect(), said: Vec::new() };
        let carriers = &own.carriers;
        let says = |read: &Read| {
            let (number, record) = (read.number, &read.word.record);
            let carrier = place(carriers, &record.carrier);
            let said =
                carrier.into_iter().flat_map(|own| record.batches.iter().map(move |batch| (*batch, own, number)));
            said.collect::<Vec<_>>()
        };
        let mut said = Vec::new();
        each((state, beside), known, |_| true, says, |own| said.push(own));
        said.sort_unstable();
        own.said = said;
        own
    }

    /// Whether the carrier that the batch was for has it. Of which nobody knows whom it was for (`None`), nobody confirms.
    pub fn by(&self, batch: &BatchId, carrier: Option<&Pseudonym>) -> bool {
        carrier.and_then(|carrier| place(&self.carriers, carrier)).is_some_and(|carrier| {
            let first = self.said.partition_point(|(own, by, _)| (own, *by) < (batch, carrier));
            self.said.get(first).is_some_and(|(own, by, _)| (own, *by) == (batch, carrier))
        })
    }

    /// The numbers of those words that say something of one of these batches, ascending.
    pub fn on(&self, batches: &Batches) -> Vec<u32> {
        let on = self.said.iter().filter(|(batch, ..)| batches.contains(batch));
        let mut numbers: Vec<_> = on.map(|(.., number)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// A carrier's among all.
fn place(carriers: &[&Pseudonym], carrier: &Pseudonym) -> Option<u32> {
    carriers.binary_search(&carrier).ok().and_then(|place| u32::try_from(place).ok())
}

/// A word as it was read.
struct Read {
    number: u32,
    line: Vec<u8>,
    word: Confirmation,
}

impl Read {
    fn of(beside: &impl Beside, number: usize) -> Option<Self> {
        let line = beside.confirmation(number)?;
        let word = Confirmation::read(&line).ok()?;
        Some(Self { number: u32::try_from(number).ok()?, line, word })
    }

    fn seen(&self) -> Seen {
        let digest = Sha256::digest(&self.line);
        std::array::from_fn(|at| digest[at])
    }

    fn is(&self, known: &[Seen]) -> bool {
        known.get(self.number as usize).is_some_and(|known| *known == self.seen())
    }
}

/// Takes what is made of each word that is wanted and counts; they are read and checked on all cores, each once.
fn each<T: Send, M: IntoIterator<Item = T>>(
    (state, beside): (&State, &impl Beside),
    known: &[Seen],
    wanted: impl Fn(&Confirmation) -> bool + Sync,
    make: impl Fn(&Read) -> M + Sync,
    mut take: impl FnMut(T),
) {
    let keys = state.carrier_keys();
    let check = |(first, end)| -> Vec<T> {
        let read = (first..end).filter_map(|number| Read::of(beside, number)).filter(|read| wanted(&read.word));
        let (known, mut asked): (Vec<_>, Vec<_>) = read.partition(|read| read.is(known));
        asked.retain(|read| fits(state, &read.word));
        let signed = keys.signed(&asked.iter().map(|read| (&read.word, &*read.line)).collect::<Vec<_>>());
        let asked = asked.iter().zip(signed).filter(|(_, signed)| *signed).map(|(read, _)| read);
        known.iter().chain(asked).flat_map(&make).collect()
    };
    let many = beside.confirmations();
    let blocks = (0..many).step_by(BLOCK).map(|first| (first, many.min(first + BLOCK)));
    cores::in_order(blocks, check, |made: Vec<T>| made.into_iter().for_each(&mut take));
}

/// Whether it is of batches that the ledger has, with as many rows as they have.
fn fits(state: &State, word: &Confirmation) -> bool {
    let record = &word.record;
    let rows = record.batches.iter().map(|id| state.batches.get(id).map(|batch| u64::from(batch.rows)));
    rows.sum::<Option<u64>>() == Some(record.rows)
}
