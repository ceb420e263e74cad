//! Carriers' words as lines of a file: there are as many as deliveries, so that of each no more is in memory than where it is.

use super::{
    Refusal, lines,
    octets::{Octets, Piece},
};
use crate::exposure::{Beside, Seen, Word};
use ledger::Confirmation;
use std::io::{self, Write};

/// No word has fewer octets: a delivery, a digest, a time and a signature are in it, each with its name.
const SHORTEST: usize = 256;

/// Where they are.
pub(super) struct Words<'b, B: ?Sized> {
    file: Piece<'b, B>,
    /// Where each line begins, and where a next one would.
    edges: Vec<u64>,
}

impl<'b, B: Octets + ?Sized> Words<'b, B> {
    fn new(file: Piece<'b, B>) -> Self {
        Self { file, edges: vec![0] }
    }

    /// None yet.
    pub fn none(file: &'b B) -> Self {
        Self::new(Piece::new(file, 0..0))
    }

    /// A line each, in any order; one that is none in canonical form does not count.
    pub fn of(file: &'b B) -> Result<Self, Refusal> {
        let file = Piece::new(file, 0..file.octets()?);
        let mut words = Self::new(file.clone());
        lines::each_block(&file, octets, |octets| octets.into_iter().for_each(|own| words.add(own)))?;
        Ok(words)
    }

    /// A bundle's, which are sorted, so that none can be there twice. Whether each is a word is left open: whoever finds all of them
    /// counted has read them all, and whoever refuses has [`all_in_form`] refuse first.
    pub fn read(section: Piece<'b, B>) -> Result<Self, Refusal> {
        let (mut words, mut last, mut sorted) = (Self::new(section.clone()), None, lines::are_ended(&section)?);
        let mut whole = true;
        lines::each_block(&section, Block::of, |block| {
            sorted &= block.sorted && last.as_ref() < Some(&block.first);
            last = Some(block.last);
            for octets in block.octets {
                // Behind one that cannot be a word there may be as many as there are octets, and this one is refused.
                if whole {
                    words.add(octets);
                    whole = octets >= SHORTEST;
                }
            }
        })?;
        if sorted { Ok(words) } else { Err(Refusal::ConfirmationOrder) }
    }

    /// The next line has so many octets.
    fn add(&mut self, octets: usize) {
        let start = self.edges.last().copied().unwrap_or_default();
        self.edges.push(start + octets as u64 + 1);
    }

    /// How many there are.
    pub fn many(&self) -> usize {
        self.edges.len() - 1
    }

    /// The line with this number, if there is one.
    pub fn line(&self, number: usize) -> Option<io::Result<Vec<u8>>> {
        let (start, end) = (self.edges.get(number)?, self.edges.get(number + 1)?);
        // It was in memory when its end was found.
        Some(self.file.part(*start, (end - start - 1) as usize))
    }
}

/// A few lines: what is to be known of them without them.
struct Block {
    octets: Vec<usize>,
    first: Vec<u8>,
    last: Vec<u8>,
    sorted: bool,
}

impl Block {
    fn of(block: &[u8]) -> Self {
        let of = |line: Option<&[u8]>| line.unwrap_or_default().to_vec();
        Self {
            octets: octets(block),
            first: of(lines::of(block).next()),
            last: of(lines::of(block).last()),
            sorted: lines::of(block).is_sorted_by(|line, next| line < next),
        }
    }
}

fn octets(block: &[u8]) -> Vec<usize> {
    lines::of(block).map(<[u8]>::len).collect()
}

/// Refuses words that are not sorted, each once; of those that are, the first that is none in its one form.
pub(super) fn all_in_form<B: Octets + ?Sized>(section: &Piece<'_, B>) -> Result<(), Refusal> {
    Words::read(section.clone())?;
    let (mut number, mut found) = (0, Ok(()));
    let faults = |block: &[u8]| -> Vec<_> { lines::of(block).map(Confirmation::read).map(Result::err).collect() };
    lines::each_block(section, faults, |faults| {
        for fault in faults {
            if let (Some(source), Ok(())) = (fault, &found) {
                found = Err(Refusal::Confirmation { number, source });
            }
            number += 1;
        }
    })?;
    found
}

/// Writes these, which count, as a bundle has them. Returns what was seen of each, as they were written.
pub(super) fn write(to: &mut impl Write, mut words: Vec<Word>, beside: &impl Beside) -> Result<Vec<Seen>, Refusal> {
    let line = |word: &Word| beside.confirmation(word.number as usize);
    // By their octets: of those the batches are the first that differ.
    words.sort_unstable_by_key(|word| word.first);
    for same in words.chunk_by_mut(|word, next| word.first == next.first).filter(|same| same.len() > 1) {
        same.sort_by_cached_key(line);
    }
    words.dedup_by_key(|word| word.seen);
    lines::write(to, &words, line)?;
    Ok(words.into_iter().map(|word| word.seen).collect())
}
