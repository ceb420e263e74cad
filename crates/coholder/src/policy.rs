//! Whom and what a co-holder unwraps for: its own decision, whatever the ledger allows.

use crate::{HOURS_MAX, Refusal};
use ledger::{OpeningRequest, PrincipalId, PublicKey, Time, Unwrap, entry::Budget, opening::Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// By how much a request's clock may be ahead.
const AHEAD_MILLISECONDS: i64 = 300_000;

/// What a co-holder allows.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Who may ask: a warden that was taken signs for nobody else.
    pub principals: BTreeMap<PrincipalId, Asker>,
    /// How many rows, at most, counted back from now. A batch counts with all of its rows.
    pub rows: Budget,
}

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The Ed25519 key that signs its requests.
    pub key: PublicKey,
    /// The purposes that it may give.
    pub purposes: BTreeSet<Purpose>,
}

impl Policy {
    /// Whether this person may ask for this now.
    pub(crate) fn allows(&self, request: &OpeningRequest, now: Time) -> Result<(), Refusal> {
        let scope = &request.scope;
        let principal = || scope.principal.clone();
        let asker =
            self.principals.get(&scope.principal).ok_or_else(|| Refusal::Principal { principal: principal() })?;
        request.verify(&asker.key).map_err(|_| Refusal::Signature { principal: principal() })?;
        if !asker.purposes.contains(&scope.purpose) {
            return Err(Refusal::Purpose { principal: principal(), purpose: scope.purpose });
        }
        let requested = scope.requested;
        let today = requested.milliseconds() <= now.milliseconds() + AHEAD_MILLISECONDS
            && now <= requested.plus_hours(HOURS_MAX);
        if today { Ok(()) } else { Err(Refusal::Requested { requested, now }) }
    }

    /// Whether as many rows more are within each budget. The list's times never go back, or a budget would begin anew.
    pub(crate) fn within_budget(&self, list: &[Unwrap], asked: u32, now: Time) -> Result<(), Refusal> {
        if let Some(last) = list.last().map(|unwrap| unwrap.time).filter(|last| *last > now) {
            return Err(Refusal::ClockBack { last, now });
        }
        let Budget { hour, day, month } = self.rows;
        for (hours, rows) in [(1, hour), (24, day), (24 * 30, month)] {
            let within = list.iter().rev().take_while(|unwrap| unwrap.time.plus_hours(hours) > now);
            let used: u64 = within.map(|unwrap| u64::from(unwrap.rows)).sum();
            if used + u64::from(asked) > u64::from(rows) {
                return Err(Refusal::Budget { rows, hours, used, asked });
            }
        }
        Ok(())
    }
}
