//! Counts of people, and which sets may be counted.

use super::{At, Rule, State, check::ensure};
use crate::{CountRequest, CountScope, entry::*, identifier::*, opening::Purpose, word::FieldClass};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A count: its intent, and its end when it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    /// Where the intent is written.
    pub at: At,
    /// Who asked for what.
    pub request: CountRequest,
    /// The fewest people of which a number is given, as the policy had it then.
    pub least: u32,
    /// By period, the rows that were sealed to its key by then: these are the set.
    pub rows: BTreeMap<PeriodId, u64>,
    /// How it ended; none: no other was begun since.
    pub end: Option<CountEnded>,
}

/// The end of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountEnded {
    /// Where that is written: its own end, or the intent of the next count.
    pub at: At,
    /// How; failed, too, where the next one was begun before.
    pub outcome: CountOutcome,
    /// The number, where one was given.
    pub people: Option<u64>,
}

impl Counting {
    /// Rows of the whole set.
    pub fn rows(&self) -> u64 {
        self.rows.values().fold(0, |sum, rows| sum.saturating_add(*rows))
    }

    /// Whether something was said of its people, if only that they are few. One count is under way at a time: when the next one is
    /// begun, one that has said nothing never will.
    fn has_told(&self) -> bool {
        self.end.is_some_and(|end| end.outcome != CountOutcome::Failed)
    }
}

impl State {
    pub(super) fn check_count(&self, entry: &CountIntent) -> Result<(), Rule> {
        let scope = &entry.request.scope;
        ensure(self.lockdown.1.is_none(), || Rule::LockedDown)?;
        ensure(entry.count == entry.request.id(), || Rule::CountName)?;
        ensure(!self.counts.contains_key(&entry.count), || Rule::CountTwice)?;
        let principal = || scope.principal.clone();
        let asker = self.principals.get(&scope.principal);
        let asker = asker.ok_or_else(|| Rule::UnknownPrincipal { principal: principal() })?;
        entry.request.verify(&asker.key).map_err(|_| Rule::RequestSignature { principal: principal() })?;
        ensure(!self.revoked.contains_key(&asker.key), || Rule::Revoked)?;
        let right = asker.counts.filter(|_| asker.purposes.contains(&Purpose::Assessment));
        let least = right.ok_or_else(|| Rule::CountNotAllowed { principal: principal() })?.into();
        ensure(!scope.periods.is_empty() && CountScope::fits(&scope.periods), || Rule::CountSet)?;
        let opens =
            |period: &PeriodId| self.periods.get(period).is_some_and(|own| own.classes.contains(FieldClass::Address));
        ensure(scope.periods.iter().all(opens), || Rule::CountSet)?;
        let rows = smallest_piece(&self.told(), &self.rows_of(&scope.periods));
        ensure(rows >= least, || Rule::CountPiece { rows, least })
    }

    /// Rows that are sealed to the keys of these periods so far.
    pub(super) fn rows_of(&self, periods: &BTreeSet<PeriodId>) -> BTreeMap<PeriodId, u64> {
        let rows = |period: &PeriodId| self.rows.get(&self.periods.get(period)?.key).copied();
        periods.iter().map(|period| (period.clone(), rows(period).unwrap_or_default())).collect()
    }

    /// The sets of which something was said, the earliest first.
    fn told(&self) -> Vec<&BTreeMap<PeriodId, u64>> {
        let mut told: Vec<_> = self.counts.values().filter(|own| own.has_told()).collect();
        told.sort_by_key(|own| own.at.entry);
        told.into_iter().map(|own| &own.rows).collect()
    }

    pub(super) fn check_counted(&self, entry: &Counted) -> Result<(), Rule> {
        let own = self.counts.get(&entry.count).ok_or(Rule::CountedWithoutCount)?;
        ensure(own.end.is_none(), || Rule::CountedTwice)?;
        let told = entry.people.is_some() == (entry.outcome == CountOutcome::Given);
        let fits = entry.people.is_none_or(|people| (u64::from(own.least)..=own.rows()).contains(&people));
        ensure(told && fits, || Rule::CountedPeople)?;
        let shredded = |period: &PeriodId| self.periods[period].shredded.is_some_and(|at| at.entry < own.at.entry);
        let gone = entry.outcome != CountOutcome::Failed && own.rows.keys().any(shredded);
        ensure(!gone, || Rule::CountedAfterShred)
    }

    pub(super) fn count(&mut self, at: At, entry: CountIntent) {
        for own in self.counts.values_mut().filter(|own| own.end.is_none()) {
            own.end = Some(CountEnded { at, outcome: CountOutcome::Failed, people: None });
        }
        let rows = self.rows_of(&entry.request.scope.periods);
        let asker = self.principals.get(&entry.request.scope.principal);
        let least = asker.and_then(|asker| asker.counts).expect("checked: it has the right");
        self.counts.insert(entry.count, Counting { at, request: entry.request, least, rows, end: None });
    }

    pub(super) fn counted(&mut self, at: At, entry: &Counted) {
        self.counts.get_mut(&entry.count).expect("checked: it is there").end =
            Some(CountEnded { at, outcome: entry.outcome, people: entry.people });
    }
}

/// All sets of which something was said cut the ledger's rows into *pieces*: rows that are in just the same of them. The smallest
/// of the pieces that this set has, or cuts something off. Whatever is computed of all numbers is a sum over pieces.
///
/// A period only grows, and each set has its first so many rows: a row that is in one is in all later ones that have its period.
/// So the sets that a row is in are a way back from the latest of its period, and each set's periods are looked at once.
fn smallest_piece<P: Ord>(told: &[&BTreeMap<P, u64>], set: &BTreeMap<P, u64>) -> u64 {
    let mut periods: BTreeMap<&P, Vec<(usize, u64)>> = set.keys().map(|period| (period, Vec::new())).collect();
    for (number, own) in told.iter().enumerate() {
        own.iter().for_each(|(period, rows)| periods.entry(period).or_default().push((number, *rows)));
    }
    // By the way that leads there, which begins in no set: rows in this set, and those that are not.
    let mut pieces = vec![[0_u64; 2]];
    let mut ways: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (period, ends) in periods {
        let (own, mut way) = (set.get(period), 0);
        let side = usize::from(own.is_none());
        let mut to = own.or(ends.last().map(|(_, rows)| rows)).copied().unwrap_or_default();
        for (number, rows) in ends.into_iter().rev() {
            pieces[way][side] = pieces[way][side].saturating_add(to.saturating_sub(rows));
            to = rows;
            way = *ways.entry((way, number)).or_insert(pieces.len());
            if way == pieces.len() {
                pieces.push([0; 2]);
            }
        }
        pieces[way][side] = pieces[way][side].saturating_add(to);
    }
    let cut = pieces.into_iter().filter(|[inside, _]| *inside > 0);
    cut.flatten().filter(|rows| *rows > 0).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, cmp::Ordering};

    thread_local!(static COMPARED: Cell<usize> = const { Cell::new(0) });

    /// A period that counts how often it is compared.
    #[derive(PartialEq, Eq)]
    struct Counted(usize);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARED.set(COMPARED.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// As many sets, each of as many periods, of which each has grown since the set before.
    fn grown(sets: usize, periods: usize) -> Vec<BTreeMap<Counted, u64>> {
        let set = |number: usize| (0..periods).map(|period| (Counted(period), 10 * (number as u64 + 1))).collect();
        (0..sets).map(set).collect()
    }

    #[test]
    fn each_set_is_looked_at_once() {
        let (sets, periods) = (200, 50);
        let all = grown(sets + 1, periods);
        let told: Vec<_> = all[..sets].iter().collect();
        COMPARED.set(0);
        assert_eq!(smallest_piece(&told, &all[sets]), 10 * periods as u64);
        // Fifty periods are found among as many in a tree of nodes of eleven: at most 22 comparisons each.
        assert!(COMPARED.get() <= 22 * periods * (sets + 2), "{} comparisons", COMPARED.get());
    }

    /// The definition, row by row.
    fn by_rows(told: &[&BTreeMap<u8, u64>], set: &BTreeMap<u8, u64>) -> u64 {
        let has = |own: &BTreeMap<u8, u64>, period, row| own.get(&period).is_some_and(|rows| row < *rows);
        let mut pieces: BTreeMap<Vec<bool>, [u64; 2]> = BTreeMap::new();
        for (period, row) in (0..4).flat_map(|period| (0..40).map(move |row| (period, row))) {
            let of: Vec<_> = told.iter().map(|own| has(own, period, row)).collect();
            let inside = has(set, period, row);
            if inside || of.contains(&true) {
                pieces.entry(of).or_default()[usize::from(!inside)] += 1;
            }
        }
        let cut = pieces.into_values().filter(|[inside, _]| *inside > 0);
        cut.flatten().filter(|rows| *rows > 0).min().unwrap_or_default()
    }

    #[test]
    fn it_is_the_smallest_of_all_pieces() {
        // Each number is one case: which of four periods each of four sets has, and how each period grows before it.
        for case in 0..20_000_u64 {
            let mut random = case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut next = |below: u64| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random % below
            };
            let (mut rows, mut sets) = ([0; 4], Vec::new());
            for _ in 0..4 {
                rows.iter_mut().for_each(|rows| *rows += next(2) * next(6));
                let has: BTreeMap<u8, u64> = (0..4).zip(rows).filter(|_| next(3) > 0).collect();
                sets.push(has);
            }
            let told: Vec<_> = sets[..3].iter().collect();
            assert_eq!(smallest_piece(&told, &sets[3]), by_rows(&told, &sets[3]), "case {case}");
        }
    }
}
