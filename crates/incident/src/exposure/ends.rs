//! A hypothesis's dates as positions in the ledger.
//!
//! Where a taken key ends: at the policy that gave its holder another one, if officers certainly signed that after the
//! incident was over. A date of anybody's ends nothing (`docs/protocol.md`, R2, R8 and R9).

use crate::{Hypothesis, dating::Dating, hypothesis::Kind, suspects::Suspects};
use ledger::{Time, WorkerId, replay::State};
use std::collections::BTreeMap;

/// What its dates leave on which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edges {
    /// Entries below certainly existed before `from`; 0 where `from` is open.
    pub before: u64,
    /// Entries below existed so long before `from` that no copy of the warden's files from then is kept.
    pub copies_gone: u64,
    /// Entries below may have been in the ledger at `to`.
    pub entered: u64,
}

impl Edges {
    pub fn of(hypothesis: &Hypothesis, dating: &Dating, copies_days: u32) -> Self {
        let before =
            |moment: Option<Time>| moment.and_then(|moment| dating.before(moment)).map_or(0, |dated| dated.size);
        let copies = |from: Time| from.milliseconds().saturating_sub(i64::from(copies_days) * DAY_MILLISECONDS);
        Self {
            before: before(hypothesis.from),
            copies_gone: before(hypothesis.from.map(|from| Time::from_milliseconds(copies(from)))),
            entered: hypothesis.to.map_or(u64::MAX, |to| dating.entered_by(to)),
        }
    }
}

const DAY_MILLISECONDS: i64 = 86_400_000;

/// What one hypothesis no longer reaches.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// Generations whose keys were made after: where their policy stands, and when officers can have signed it at the earliest.
    pub generations: BTreeMap<u32, (u64, Time)>,
    /// By worker: entries from there on are by a key that was not taken.
    pub workers: BTreeMap<WorkerId, u64>,
    /// The principal's, likewise.
    pub principal: Option<u64>,
}

impl Ends {
    /// Without `to` nothing ends: an incident that may go on takes the new keys, too.
    pub fn of(kind: &Kind, to: Option<Time>, state: &State, suspects: &Suspects, dating: &Dating) -> Self {
        let mut ends = Self::default();
        let Some(to) = to else { return ends };
        let after = |entry: u64| dating.signed_after(entry, to);
        match kind {
            Kind::Principal { principal } => {
                let keys = state.principal_keys.get(principal).map_or(&[][..], Vec::as_slice);
                ends.principal = keys.iter().skip(1).map(|(entry, _)| *entry).find(|entry| after(*entry).is_some());
            }
            Kind::Host { .. } | Kind::Warden => {
                for pair in state.casts.windows(2) {
                    let [before, cast] = pair else { continue };
                    let Some(signed) = after(cast.since) else { continue };
                    if cast.generation != before.generation && suspects.takes_warden(kind) {
                        ends.generations.insert(cast.generation, (cast.since, signed));
                    }
                    for worker in cast.workers.iter().filter(|own| before.worker_key(&own.worker) != Some(own.key)) {
                        ends.workers.entry(worker.worker.clone()).or_insert(cast.since);
                    }
                }
            }
            _ => {}
        }
        ends
    }

    /// Whether what this worker signed there is by a key that was taken.
    pub fn reaches_worker(&self, worker: &WorkerId, entry: u64) -> bool {
        self.workers.get(worker).is_none_or(|end| entry < *end)
    }

    /// Whether what the principal signed there is by a key that was taken.
    pub fn reaches_principal(&self, entry: u64) -> bool {
        self.principal.is_none_or(|end| entry < end)
    }
}
