//! Names and where what they name stands: a sorted table in memory, and the same octets as a file.

use ledger::{BatchId, Hash, InstanceId};
use sha2::{Digest, Sha256};

/// A record: 16 octets of the name's digest, the entry (8, big-endian), where in the log that begins (8, big-endian).
pub(super) const RECORD: usize = 32;
const KEY: usize = 16;

/// Half a SHA-256: names that are one here would be found by nobody who looks for them.
pub(crate) type Key = [u8; KEY];

/// What can be looked up.
pub(crate) enum Name<'n> {
    Batch(&'n BatchId),
    Opening(&'n Hash),
    Part(&'n InstanceId, u64, u32),
}

impl Name<'_> {
    pub(crate) fn key(&self) -> Key {
        let digest = match self {
            Self::Batch(BatchId(batch)) => Sha256::new().chain_update(b"batch ").chain_update(batch),
            Self::Opening(Hash(opening)) => Sha256::new().chain_update(b"opening ").chain_update(opening),
            Self::Part(InstanceId(instance), ticket, part) => {
                let of = Sha256::new().chain_update(b"part ").chain_update(instance);
                of.chain_update(ticket.to_be_bytes()).chain_update(part.to_be_bytes())
            }
        };
        *digest.finalize().first_chunk().expect("a hash has 32 octets")
    }
}

/// Where what a name names is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) entry: u64,
    /// Where in the log.
    pub(crate) start: u64,
}

/// A sorted table of names. Their keys are spread evenly: the first bits of one lead to some dozens of records.
pub(crate) struct Names {
    records: Vec<[u8; RECORD]>,
    /// Where those begin that have these first bits, and one place more: their end.
    starts: Vec<u32>,
}

/// Records that have the same first bits, about.
const TOGETHER: usize = 64;

impl Names {
    pub(crate) fn new(names: impl Iterator<Item = (Key, Place)>) -> Self {
        let record = |(key, place): (Key, Place)| {
            let mut record = [0; RECORD];
            record[..KEY].copy_from_slice(&key);
            record[KEY..24].copy_from_slice(&place.entry.to_be_bytes());
            record[24..].copy_from_slice(&place.start.to_be_bytes());
            record
        };
        let mut records: Vec<_> = names.map(record).collect();
        records.sort_unstable();
        Self::sorted(records)
    }

    /// Of records that are sorted: by [`Self::new`], in a file or not.
    pub(super) fn sorted(records: Vec<[u8; RECORD]>) -> Self {
        let bits = (records.len() / TOGETHER).checked_ilog2().unwrap_or(0);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for (place, record) in (0..).zip(&records) {
            let first = first(record, bits);
            while starts.len() <= first {
                starts.push(place);
            }
        }
        let end = u32::try_from(records.len()).expect("fewer than 2^32 entries are in memory");
        starts.resize((1 << bits) + 1, end);
        Self { records, starts }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.records.as_flattened()
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Place> {
        let bits = (self.starts.len() - 1).ilog2();
        let near = first(key, bits);
        let near = &self.records[self.starts[near] as usize..self.starts[near + 1] as usize];
        let place = near.partition_point(|record| record[..KEY] < key[..]);
        let record = near.get(place).filter(|record| record[..KEY] == key[..])?;
        let number = |from: usize| u64::from_be_bytes(*record[from..].first_chunk().expect("a record has 32 octets"));
        Some(Place { entry: number(KEY), start: number(24) })
    }

    /// Both in one.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let (mut own, mut others) = (self.records.iter().peekable(), other.records.iter().peekable());
        let mut all = Vec::with_capacity(self.len() + other.len());
        while let (Some(one), Some(two)) = (own.peek(), others.peek()) {
            all.push(**one.min(two));
            if one <= two {
                own.next()
            } else {
                others.next()
            };
        }
        all.extend(own);
        all.extend(others);
        Self::sorted(all)
    }
}

/// The first so many bits, at most 32.
fn first(octets: &[u8], bits: u32) -> usize {
    let first = u32::from_be_bytes(*octets.first_chunk().expect("a key has 16 octets"));
    first.checked_shr(32 - bits).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_named_is_found_in_one_table_or_two(names in prop::collection::btree_map(any::<[u8; 16]>(), any::<(u64, u64)>(), 0..700), cut in 0..700_usize) {
            let all: Vec<_> = names.into_iter().map(|(key, (entry, start))| (key, Place { entry, start })).collect();
            let (one, two) = all.split_at(cut.min(all.len()));
            let (one, two) = (Names::new(one.iter().rev().copied()), Names::new(two.iter().copied()));
            let merged = two.merged(&one);
            let whole = Names::new(all.iter().copied());
            prop_assert_eq!(merged.octets(), whole.octets());
            let read = Names::sorted(merged.octets().as_chunks().0.to_vec());
            for (key, place) in &all {
                prop_assert_eq!(read.find(key), Some(*place));
            }
            let absent = [7; 16];
            prop_assert_eq!(read.find(&absent).is_some(), all.iter().any(|(key, _)| *key == absent));
        }
    }

    #[test]
    fn names_of_different_kinds_differ() {
        let parts = [(1, 2), (2, 1)].map(|(ticket, part)| Name::Part(&InstanceId([1; 16]), ticket, part).key());
        let all = [Name::Batch(&BatchId([1; 16])).key(), Name::Opening(&Hash([1; 32])).key(), parts[0], parts[1]];
        assert!(all.iter().enumerate().all(|(place, key)| !all[..place].contains(key)));
    }
}
