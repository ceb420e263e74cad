//! Of how many different people what is reached is, at most: by a count that the warden made, where its word counts.
//!
//! A count's number is of all rows of its set. Whatever is reached is of no more people than that, if all of it is in the set.

use super::{
    reach::{Reach, Sealed},
    sums::add,
};
use crate::assessment;
use ledger::{
    CountScope, FieldClass, PeriodId,
    entry::SealedTo,
    replay::{Batch, Counting, State},
};
use std::collections::BTreeSet;

/// What is known of the people.
#[derive(Default)]
pub(super) enum People {
    /// A count has all that is reached.
    Counted(assessment::People),
    /// None has, and one could.
    Countable,
    /// It cannot be counted, or nobody's word on it would count.
    #[default]
    Unknown,
}

/// The counts that have all that was reached so far.
pub(super) struct Covering<'a> {
    state: &'a State,
    counts: Vec<&'a Counting>,
    /// Periods that a count of all of it would be of; none: something is of no period that can be counted.
    periods: Option<BTreeSet<&'a PeriodId>>,
    /// Rows are reached that are of no anchored batch, or nobody is there whose word on people counts.
    beyond: bool,
}

impl<'a> Covering<'a> {
    /// Nothing was reached yet. A taken warden's word bounds nothing, and nor does a taken gateway's on what it received.
    pub fn of(reach: &Reach<'a>) -> Self {
        let state = reach.state;
        let counts = state.counts.values().filter(|own| own.end.is_some_and(|end| end.people.is_some())).collect();
        let beyond = reach.trusts_suspects() || reach.takes_keys();
        Self { state, counts, periods: Some(BTreeSet::new()), beyond }
    }

    /// Something of a sealed class of this batch is reached.
    pub fn take(&mut self, sealed: Sealed<'a>, void: bool) {
        if self.beyond || void {
            return self.beyond();
        }
        self.counts.retain(|own| has(self.state, own, sealed.batch));
        let mut live = sealed.batch.keys.iter().filter(|to| {
            let own = self.state.made(to).filter(|own| own.classes.contains(FieldClass::Address));
            own.is_some_and(|own| own.shredded.or(own.shred_intent).is_none())
        });
        let first = live.next();
        self.periods = self.periods.take().zip(first).map(|(mut periods, to)| {
            periods.insert(&to.period);
            periods
        });
    }

    /// Something else than a batch is reached: what it is, nobody knows.
    pub fn beyond(&mut self) {
        self.beyond = true;
    }

    /// The count of the fewest people, if it tells more than the rows do; of two the first.
    pub fn people(self, reached: u64) -> People {
        if self.beyond || reached == 0 {
            return People::Unknown;
        }
        let told = self.counts.iter().filter_map(|own| {
            let end = own.end?;
            Some((end.people.filter(|people| *people <= reached)?, end.at.entry, *own))
        });
        if let Some((people, counted, own)) = told.min_by_key(|(people, counted, _)| (*people, *counted)) {
            let rows = add(own.rows(), 0);
            return People::Counted(assessment::People { people, rows, intent: own.at.entry, counted });
        }
        let least = u64::from(CountScope::LEAST);
        let countable = self.periods.filter(|periods| CountScope::fits(periods.iter().copied()));
        if reached >= least && countable.is_some() { People::Countable } else { People::Unknown }
    }
}

/// Whether every row of the batch is one of the set: sealed to a key of it, before the intent.
pub(crate) fn has(state: &State, count: &Counting, batch: &Batch) -> bool {
    let in_set = |to: &SealedTo| count.rows.contains_key(&to.period) && state.made(to).is_some();
    batch.entry < count.at.entry && batch.keys.iter().any(in_set)
}
