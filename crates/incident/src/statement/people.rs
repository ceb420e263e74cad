//! Of how many different people a shipper's month is, where just these were counted.

use crate::{
    assessment::People,
    exposure::{add, has},
};
use ledger::{
    PeriodId,
    replay::{Batch, Counting, State},
};
use std::collections::BTreeMap;

/// The count of the fewest people whose set is these batches' rows and no others; of two the first.
pub(super) fn counted(state: &State, own: &[&Batch]) -> Option<People> {
    let told = state.counts.values().filter(|count| is_of(state, count, own)).filter_map(|count| {
        let end = count.end?;
        Some(People { people: end.people?, rows: add(count.rows(), 0), intent: count.at.entry, counted: end.at.entry })
    });
    told.min_by_key(|own| (own.people, own.counted))
}

/// Whether the set has all rows of all of them, and nothing else.
fn is_of(state: &State, count: &Counting, own: &[&Batch]) -> bool {
    let mut rows: BTreeMap<&PeriodId, u64> = BTreeMap::new();
    for batch in own {
        if !has(state, count, batch) {
            return false;
        }
        for to in batch.keys.iter().filter(|to| state.made(to).is_some()) {
            let sum = rows.entry(&to.period).or_default();
            *sum = add(*sum, batch.rows.into());
        }
    }
    count.rows.iter().all(|(period, all)| rows.get(period).copied().unwrap_or_default() == *all)
}
