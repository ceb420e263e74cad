//! Carriers' keys, and the words that they signed: beside the ledger there are as many as there are deliveries.

use super::State;
use crate::{Confirmation, Pseudonym, signature::Ready};
use std::collections::BTreeMap;
use tlog::ed25519::Asked;

/// Each carrier's keys that are not revoked, made ready for many signatures: also those that it has changed meanwhile.
#[derive(Debug)]
pub struct CarrierKeys<'s>(BTreeMap<&'s Pseudonym, Vec<Ready>>);

impl State {
    /// Those that the ledger names.
    pub fn carrier_keys(&self) -> CarrierKeys<'_> {
        let mut all = BTreeMap::<_, Vec<Ready>>::new();
        for carrier in self.carriers.values().flatten() {
            let keys = all.entry(&carrier.carrier).or_default();
            if let Some(key) = carrier.key
                && !self.revoked.contains_key(&key)
                && keys.iter().all(|own| own.key != key)
            {
                keys.push(Ready::new(key));
            }
        }
        CarrierKeys(all)
    }
}

/// A carrier's word, and its canonical form, from which it was read.
pub type Written<'w> = (&'w Confirmation, &'w [u8]);

impl CarrierKeys<'_> {
    /// Of each of these words, whether one of its carrier's keys signed it. Many together cost less than one by one.
    pub fn signed(&self, words: &[Written<'_>]) -> Vec<bool> {
        let mut signed = vec![false; words.len()];
        let most = self.0.values().map(Vec::len).max().unwrap_or_default();
        for version in 0..most {
            let left = (0..words.len()).filter(|at| !signed[*at]).collect::<Vec<_>>();
            let asked: Vec<_> = left.iter().map(|at| self.asks(words[*at], version)).collect();
            left.iter().zip(Asked::all_fit(&asked)).for_each(|(at, fits)| signed[*at] = fits);
        }
        signed
    }

    /// Whether the key with this number of its carrier's signed it.
    fn asks(&self, (word, written): Written<'_>, version: usize) -> Asked {
        let key = self.0.get(&word.record.carrier).and_then(|keys| keys.get(version));
        key.map_or(Asked::known(false), |key| {
            key.asks(Confirmation::CONTEXT, Confirmation::record_of(written), &word.signature)
        })
    }
}
