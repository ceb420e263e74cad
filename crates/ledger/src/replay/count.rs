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
            |period: &PeriodId| self.periods.get(period).is_some_and(|own| own.classes.contains(&FieldClass::Address));
        ensure(scope.periods.iter().all(opens), || Rule::CountSet)?;
        let rows = self.smallest_piece(&self.rows_of(&scope.periods));
        ensure(rows >= least, || Rule::CountPiece { rows, least })
    }

    /// Rows that are sealed to the keys of these periods so far.
    pub(super) fn rows_of(&self, periods: &BTreeSet<PeriodId>) -> BTreeMap<PeriodId, u64> {
        let rows = |period: &PeriodId| self.rows.get(&self.periods.get(period)?.key).copied();
        periods.iter().map(|period| (period.clone(), rows(period).unwrap_or_default())).collect()
    }

    /// All sets of which something was said cut the ledger's rows into *pieces*: rows that are in just the same of them. The smallest
    /// of the pieces that this set has, or cuts something off. Whatever is computed of all numbers is a sum over pieces.
    fn smallest_piece(&self, set: &BTreeMap<PeriodId, u64>) -> u64 {
        let told: Vec<_> = self.counts.iter().filter(|(_, own)| own.has_told()).collect();
        let periods: BTreeSet<_> = told.iter().flat_map(|(_, own)| own.rows.keys()).chain(set.keys()).collect();
        // By the earlier sets that a piece is in: its rows in this set, and those that are not.
        let mut pieces: BTreeMap<Vec<&Hash>, [u64; 2]> = BTreeMap::new();
        for period in periods {
            // A period only grows, and the set of each count has its first so many rows.
            let in_set = set.get(period).copied().unwrap_or_default();
            let of = || told.iter().filter_map(|(name, own)| Some((*name, *own.rows.get(period)?)));
            let ends: BTreeSet<u64> = of().map(|(_, rows)| rows).chain([in_set]).collect();
            let mut from = 0;
            for to in ends {
                let names = of().filter(|(_, rows)| *rows >= to).map(|(name, _)| name).collect();
                let part = &mut pieces.entry(names).or_default()[usize::from(to > in_set)];
                *part = part.saturating_add(to - from);
                from = to;
            }
        }
        let cut = pieces.into_values().filter(|[inside, _]| *inside > 0);
        cut.flatten().filter(|rows| *rows > 0).min().unwrap_or_default()
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
