//! What principals have asked for in the last thirty days, so that a budget is looked up and not added up.

use ledger::{Hash, PrincipalId, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet, VecDeque};

const HOUR_MILLISECONDS: i64 = 3_600_000;
/// Requests count against a principal's budget for so long: thirty days.
const BUDGET_MILLISECONDS: i64 = 30 * 24 * HOUR_MILLISECONDS;

/// Requests, by the ledger's time, which goes back only where [`Asked::not_after`] says so.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Asked {
    rows: BTreeMap<PrincipalId, Rows>,
    /// Of the last hour: older requests are too old by themselves.
    nonces: VecDeque<(i64, Hash)>,
    known: HashSet<Hash>,
}

/// Rows of one principal.
#[derive(Default, Serialize, Deserialize)]
struct Rows {
    /// When, and how many so far, this request's too.
    sums: VecDeque<(i64, u64)>,
    /// How many before the first of these.
    gone: u64,
}

impl Asked {
    pub(super) fn add(&mut self, time: Time, principal: PrincipalId, nonce: Hash, rows: u64) {
        let now = time.milliseconds();
        let own = self.rows.entry(principal).or_default();
        own.forget(now - BUDGET_MILLISECONDS);
        own.sums.push_back((now, own.so_far().saturating_add(rows)));
        while let Some((_, nonce)) = self.nonces.pop_front_if(|(time, _)| *time <= now - HOUR_MILLISECONDS) {
            self.known.remove(&nonce);
        }
        // A nonce that is there already, of an entry of this hour, is forgotten with the first of the two.
        if self.known.insert(nonce) {
            self.nonces.push_back((now, nonce));
        }
    }

    /// What was asked for later than this was asked for now: the ledger's time begins anew.
    pub(super) fn not_after(&mut self, time: Time) {
        let now = time.milliseconds();
        let sums = self.rows.values_mut().flat_map(|own| &mut own.sums);
        sums.for_each(|(time, _)| *time = now.min(*time));
        self.nonces.iter_mut().for_each(|(time, _)| *time = now.min(*time));
    }

    /// Rows that a principal has asked for within so many hours, at most 720.
    pub(super) fn rows(&self, principal: &PrincipalId, hours: u32, now: Time) -> u64 {
        let since = now.milliseconds() - i64::from(hours) * HOUR_MILLISECONDS;
        self.rows.get(principal).map_or(0, |own| own.so_far() - own.until(since))
    }

    /// Whether a request with this nonce was entered within an hour.
    pub(super) fn has(&self, nonce: &Hash) -> bool {
        self.known.contains(nonce)
    }
}

impl Rows {
    fn so_far(&self) -> u64 {
        self.sums.back().map_or(self.gone, |(_, sum)| *sum)
    }

    /// Asked for at this moment or before.
    fn until(&self, moment: i64) -> u64 {
        let place = self.sums.partition_point(|(time, _)| *time <= moment);
        place.checked_sub(1).map_or(self.gone, |last| self.sums[last].1)
    }

    fn forget(&mut self, moment: i64) {
        while let Some((_, sum)) = self.sums.pop_front_if(|(time, _)| *time <= moment) {
            self.gone = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(count: i64) -> Time {
        Time::from_milliseconds(count * HOUR_MILLISECONDS)
    }

    proptest! {
        /// As adding up all requests would find it.
        #[test]
        fn sums_are_what_adding_up_finds(steps in prop::collection::vec((0..30_i64, 0..2_u8, 1..50_u64), 1..60)) {
            let (mut asked, mut all, mut now) = (Asked::default(), Vec::new(), 0);
            for (place, (wait, who, rows)) in steps.into_iter().enumerate() {
                now += wait;
                let principal: PrincipalId = format!("p-{who}").parse().unwrap();
                let nonce = Hash([u8::try_from(place).unwrap(); 32]);
                asked.add(hours(now), principal.clone(), nonce, rows);
                all.push((now, principal, rows));
                prop_assert!(asked.has(&nonce));
                for who in ["p-0", "p-1"] {
                    let who: PrincipalId = who.parse().unwrap();
                    for window in [1, 24, 720] {
                        let own = all.iter().filter(|(time, principal, _)| *principal == who && now - time < window);
                        let sum: u64 = own.map(|(.., rows)| rows).sum();
                        prop_assert_eq!(asked.rows(&who, u32::try_from(window).unwrap(), hours(now)), sum);
                    }
                }
            }
        }
    }

    #[test]
    fn a_nonce_is_known_for_an_hour() {
        let (mut asked, principal) = (Asked::default(), "p-1".parse::<PrincipalId>().unwrap());
        asked.add(hours(1), principal.clone(), Hash([1; 32]), 1);
        asked.add(Time::from_milliseconds(2 * HOUR_MILLISECONDS - 1), principal.clone(), Hash([2; 32]), 1);
        assert!(asked.has(&Hash([1; 32])) && asked.has(&Hash([2; 32])) && !asked.has(&Hash([3; 32])));
        asked.add(hours(2), principal, Hash([3; 32]), 1);
        assert!(!asked.has(&Hash([1; 32])) && asked.has(&Hash([2; 32])));
    }
}
