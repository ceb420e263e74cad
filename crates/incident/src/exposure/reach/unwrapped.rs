//! What a taken warden could not open by itself: a co-holder of another organisation had not taken its layer off (R16).

use super::{Reach, Sealed};
use crate::{Level, suspects::Placing};
use ledger::{
    BatchId, CoHolderId, PeriodId, Unwraps,
    entry::CoHolder,
    replay::{Batch, Key},
};
use std::collections::{BTreeMap, BTreeSet};

/// What each co-holder that is believed has unwrapped, by all of its lists that count; one without such a list is not in it.
pub(super) type Unwrapped<'a> = BTreeMap<&'a CoHolderId, Listed<'a>>;

/// One co-holder's.
#[derive(Default)]
pub(super) struct Listed<'a> {
    lists: Vec<&'a Unwraps>,
    batches: BTreeSet<BatchId>,
}

impl<'a> Reach<'a> {
    /// What the lists say that count for this hypothesis. A co-holder that signs two of them for the same time is believed in both.
    pub(super) fn unwrapped_until_over(&self, number: usize, lists: &'a [Unwraps]) -> Unwrapped<'a> {
        let mut unwrapped = Unwrapped::new();
        if !self.suspects.takes_warden(&self.hypotheses[number].kind) {
            return unwrapped;
        }
        for list in lists.iter().filter(|list| self.counts(number, list)) {
            let own = unwrapped.entry(&list.record.co_holder).or_default();
            own.batches.extend(list.record.unwraps.iter().map(|unwrap| unwrap.batch));
            own.lists.push(list);
        }
        // What any intent names counts, whatever a list says: the ledger may show what a co-holder forgot, and an intent from before the
        // list may be used after it.
        let asked = self.state.openings.values().chain(&self.state.voids.openings);
        let asked: BTreeSet<BatchId> = asked.map(|opening| opening.request.scope.batch).collect();
        unwrapped.values_mut().for_each(|own| own.batches.extend(&asked));
        unwrapped
    }

    /// Whether a list is the whole of what its co-holder, who is not taken, had unwrapped when this hypothesis was over: signed after
    /// `to`, by somebody who had seen every entry by which the taken warden could ask.
    fn counts(&self, number: usize, list: &Unwraps) -> bool {
        let record = &list.record;
        let own = self.state.genesis.as_ref().is_some_and(|genesis| genesis.origin == record.origin);
        let believed = self.state.co_holders.get(&record.co_holder).is_some_and(|own| self.suspects.believes(own));
        let (tree, signers) = self.history.tree_and_signers();
        let seen = || self.dating.has_seen(&record.seen, tree, signers);
        let after =
            |(size, earliest)| size >= self.over(number) && self.hypotheses[number].to.is_none_or(|to| earliest > to);
        own && believed && record.is_whole() && self.state.co_holder_signed(list) && seen().is_some_and(after)
    }

    /// The entries among which the taken warden could write an intent: up to the policy that officers signed after `to` and that
    /// gives the ledger to another one, or all.
    fn over(&self, number: usize) -> u64 {
        let policies = self.ends[number].generations.values().map(|(policy, _)| policy + 1);
        policies.min().unwrap_or(self.state.size)
    }

    /// Who did not take its layer from this batch, as far as the ledger and the lists tell.
    pub(super) fn kept_closed(&self, number: usize, key: &Key<'a>, batch: BatchId) -> Option<&'a CoHolder> {
        let own = key.co_holder?;
        let listed = self.unwrapped[number].get(&own.co_holder)?;
        (!listed.batches.contains(&batch)).then_some(own)
    }

    /// Every list that counts for some hypothesis.
    pub fn lists(&self) -> impl Iterator<Item = &'a Unwraps> {
        self.unwrapped.iter().flat_map(|own| own.values()).flat_map(|listed| listed.lists.iter().copied())
    }

    /// Each co-holder of another organisation that a key within reach of a taken warden names.
    pub fn co_holders(&self) -> BTreeMap<&'a CoHolderId, &'a CoHolder> {
        if !self.takes_keys() || self.state.co_holders.is_empty() {
            return BTreeMap::new();
        }
        let named = self.keys_in_reach().filter_map(|key| key.co_holder);
        named.filter(|own| self.suspects.is_another(own)).map(|own| (&own.co_holder, own)).collect()
    }

    /// Whether all that a taken warden had keys for needed another organisation, too: by the keys, which are the warden's word, and of
    /// each batch by its header.
    pub fn needs_both(&self, sealed: Sealed<'_>, is_wrapped: impl Fn(&PeriodId, &CoHolder) -> bool) -> bool {
        let both = |key: &Key| {
            let own = key.co_holder.filter(|own| self.suspects.is_another(own));
            own.is_some_and(|own| is_wrapped(&key.to.period, own))
        };
        self.keys(sealed).iter().filter(|key| self.is_there(key, sealed.batch)).all(both)
    }

    /// The lowest of the levels of the keys that a taken warden had: 2 where `both` organisations were needed for all that is reached,
    /// and as much is shown as 1 takes. Where no such key is reached, nothing shows more than 1.
    pub fn level(&self, shown: Level, both: bool) -> Level {
        let reached = self.keys_in_reach().next().is_some();
        if both && self.takes_keys() && reached && self.placing == Placing::AsWritten {
            Level::CO_HOLDER
        } else {
            shown
        }
    }

    /// The keys of all batches, but those that a taken warden did not have.
    fn keys_in_reach(&self) -> impl Iterator<Item = &'a Key<'a>> {
        let keys = self.batches.iter().flat_map(|own| self.keys(*own).iter().map(|key| (own.batch, key)));
        keys.filter(|(batch, key)| self.is_there(key, batch)).map(|(_, key)| key)
    }

    fn is_there(&self, key: &Key, batch: &Batch) -> bool {
        self.out_of_reach(&key.to.period, key.life(batch.entry)).is_none()
    }
}
