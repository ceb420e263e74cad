//! What is in memory of a month: entries as they came, in a few sorted parts. A batch's tokens come sorted; two parts of like size
//! become one, so that a look-up halves its way through a dozen of them, and to take an entry in costs less than a tree's node.

use super::{Entry, Mark};

#[derive(Debug, Default, Clone)]
pub(super) struct Fresh {
    /// Each larger than the next.
    parts: Vec<Vec<Entry>>,
}

impl Fresh {
    /// Takes in a batch's tokens, each once.
    pub(super) fn add(&mut self, tokens: &[Mark], number: u64) {
        let mut part: Vec<Entry> = tokens.iter().map(|token| Entry::new(token, number)).collect();
        part.sort_unstable();
        part.dedup();
        self.push(part);
    }

    /// Takes back what another one had.
    pub(super) fn take_back(&mut self, other: Vec<Entry>) {
        self.push(other);
        self.parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    }

    fn push(&mut self, mut part: Vec<Entry>) {
        while let Some(before) = self.parts.pop_if(|before| before.len() <= part.len()) {
            part = merged(&before, &part);
        }
        self.parts.push(part);
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    pub(super) fn has(&self, entry: &Entry) -> bool {
        self.parts.iter().any(|part| part.binary_search(entry).is_ok())
    }

    /// Numbers of the batches that may have a token, newest first.
    pub(super) fn find(&self, token: &Mark) -> Vec<u64> {
        let mut numbers: Vec<u64> = self.parts.iter().flat_map(|part| within(part, token)).collect();
        numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
        numbers
    }

    /// All entries, in order.
    pub(super) fn into_sorted(self) -> Vec<Entry> {
        self.parts.into_iter().rev().reduce(|all, part| merged(&all, &part)).unwrap_or_default()
    }
}

/// The numbers that stand with a token in sorted entries, rising.
pub(super) fn within(sorted: &[Entry], token: &Mark) -> impl DoubleEndedIterator<Item = u64> {
    let (oldest, newest) = Entry::all(token).into_inner();
    let from = sorted.partition_point(|entry| *entry < oldest);
    let until = sorted.partition_point(|entry| *entry <= newest);
    sorted[from..until].iter().map(|entry| entry.number())
}

/// Two sorted lists as one. They have no entry in common: their numbers are others.
fn merged(one: &[Entry], other: &[Entry]) -> Vec<Entry> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one, other);
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if first < second {
            all.push(*first);
            one = rest;
        } else {
            all.push(*second);
            other = others;
        }
    }
    all.extend_from_slice(one);
    all.extend_from_slice(other);
    all
}
