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

/// A sorted table of names.
#[derive(Default)]
pub(crate) struct Names(Vec<[u8; RECORD]>);

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
        Self(records)
    }

    /// Room for so many, to be read from a file.
    pub(super) fn room(records: usize) -> Self {
        Self(vec![[0; RECORD]; records])
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.0.as_flattened()
    }

    pub(super) fn octets_mut(&mut self) -> &mut [u8] {
        self.0.as_flattened_mut()
    }

    pub(crate) fn find(&self, key: &Key) -> Option<Place> {
        let place = self.0.partition_point(|record| record[..KEY] < key[..]);
        let record = self.0.get(place).filter(|record| record[..KEY] == key[..])?;
        let number = |from: usize| u64::from_be_bytes(*record[from..].first_chunk().expect("a record has 32 octets"));
        Some(Place { entry: number(KEY), start: number(24) })
    }

    /// Both in one.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let (mut own, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
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
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_named_is_found_in_one_table_or_two(names in prop::collection::btree_map(any::<[u8; 16]>(), any::<(u64, u64)>(), 0..80), cut in 0..80_usize) {
            let all: Vec<_> = names.into_iter().map(|(key, (entry, start))| (key, Place { entry, start })).collect();
            let (one, two) = all.split_at(cut.min(all.len()));
            let (one, two) = (Names::new(one.iter().rev().copied()), Names::new(two.iter().copied()));
            let merged = two.merged(&one);
            let whole = Names::new(all.iter().copied());
            prop_assert_eq!(merged.octets(), whole.octets());
            let mut read = Names::room(all.len());
            read.octets_mut().copy_from_slice(merged.octets());
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
