//! What gateways may have stored that the ledger does not have (R12).
//!
//! Nobody states a gap: each instance's last tick says how much it may have, until a start that knows all its tickets
//! closes it. What is in one is known to nobody, so it counts with all that the keys open which could be sealed to.

use super::reach::{Reach, Until};
use crate::hypothesis::Kind;
use ledger::{
    Classes, PeriodId,
    entry::SealedTo,
    replay::{At, Gap},
};

/// What could be read of a gap's rows.
#[derive(Default)]
pub(super) struct Reached {
    pub classes: Classes,
    until: Option<Until>,
}

impl Reached {
    fn add(&mut self, classes: Classes, until: Until) {
        self.classes |= classes;
        self.until = self.until.max(Some(until));
    }

    pub fn until(&self) -> Until {
        self.until.unwrap_or(Until::Always)
    }
}

/// What is reached of a gap by all hypotheses together. When its rows were received nobody knows, so that no end of an
/// incident leaves them out.
pub(super) fn reached(reach: &Reach, gap: &Gap) -> Reached {
    let mut reached = Reached::default();
    for (number, hypothesis) in reach.hypotheses.iter().enumerate() {
        match &hypothesis.kind {
            Kind::Storage => reached.add(Classes::OPERATIONAL, Until::Always),
            // Whom it was for, and under which of a carrier's certificates, nobody knows either.
            Kind::CarrierKey { .. } | Kind::Collusion => reached.add(Classes::ALL, Until::Always),
            kind => {
                // Its own disk.
                if reach.takes_host_of(number, &gap.worker) {
                    reached.add(Classes::OPERATIONAL, Until::Always);
                }
                if reach.suspects.takes_warden(kind) {
                    take_periods(reach, number, gap, &mut reached);
                }
            }
        }
    }
    reached
}

/// The keys that could be sealed to beyond the tick, as far as they are taken; one without effect is proven to the worker
/// like any other.
fn take_periods(reach: &Reach, number: usize, gap: &Gap, reached: &mut Reached) {
    let to = |period: &PeriodId, key| SealedTo { period: period.clone(), key };
    // What comes may be sealed to a key that was shredded before the tick: whether a copy of that is still there counts.
    let before = |shredded: Option<At>| shredded.is_some_and(|at| at.entry <= gap.at.entry);
    let known = reach.state.periods.iter();
    let known = known.map(|(period, own)| (to(period, own.key), if before(own.shredded) { 0 } else { gap.at.entry }));
    let void = reach.state.voids.period_keys.values().flatten();
    let void = void.map(|made| (to(&made.period, made.key), gap.at.entry));
    for (to, sealed) in known.chain(void) {
        let key = reach.state.key(&to);
        if let Some(until) = reach.taken_key(number, &to.period, key.life(sealed)) {
            reached.add(key.classes | Classes::OPERATIONAL, until);
        }
    }
}
