//! Which periods there are, and when each ends: pure, of what officers decided and what time it is.

use crate::api::LEASE_DAYS;
use ledger::{
    Month, PeriodId, Time,
    entry::{Agreement, RetentionGroup},
    replay::{Period, State},
};

/// Months beyond this one for which keys are made ahead.
const MONTHS_AHEAD: usize = 3;

/// The periods of these agreements that a key is made for in this month: its own and the three after.
pub fn wanted(agreements: &[Agreement], this: Month, generation: u32) -> Vec<(RetentionGroup, PeriodId)> {
    let months: Vec<_> = std::iter::successors(Some(this), |month| Some(month.next())).take(1 + MONTHS_AHEAD).collect();
    let mut wanted = Vec::new();
    for terms in agreements {
        for group in &terms.groups {
            let period = |month: &Month| PeriodId {
                agreement: terms.agreement.clone(),
                month: *month,
                group: group.group.clone(),
                generation,
            };
            wanted.extend(months.iter().map(|month| (group.clone(), period(month))));
        }
    }
    wanted
}

/// When a period's retention ends. Some gateway may seal to it for a lease behind its month, by the list that it read last: no key
/// goes before.
pub fn ends(group: &RetentionGroup, period: &PeriodId) -> Time {
    period.month.next().start().plus_days(group.days.max(LEASE_DAYS))
}

/// Periods whose keys are to be destroyed at that time: they have ended, or a run that announced it did not come to its own end, and
/// no officers hold them.
pub fn over(state: &State, time: Time) -> impl Iterator<Item = (&PeriodId, &Period)> {
    let kept = move |id: &PeriodId| state.held(id).is_some_and(|until| until > time);
    let over = move |period: &Period| period.ends <= time || period.shred_intent.is_some();
    let living = state.periods.iter().filter(|(_, period)| period.shredded.is_none());
    living.filter(move |(id, period)| over(period) && !kept(id))
}
