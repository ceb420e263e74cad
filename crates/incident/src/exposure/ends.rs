//! A hypothesis's dates as positions in the ledger; what came after its end by tickets is in `late`.
//!
//! Where a taken key ends: at the policy that gave its holder another one, if officers certainly signed that after the
//! incident was over. A date of anybody's ends nothing (`docs/protocol.md`, R2, R8 and R9).

use super::late::Late;
use crate::{History, Hypothesis, dating::Dating, hypothesis::Kind, suspects::Suspects};
use ledger::{PublicKey, Time, WorkerId, replay::State};
use std::collections::BTreeMap;

/// What its dates leave on which side.
#[derive(Debug, Clone)]
pub(super) struct Edges {
    /// Entries below certainly existed before `from`; 0 where `from` is open.
    pub before: u64,
    /// Entries below existed so long before `from` that no copy of the warden's files from then is kept.
    pub copies_gone: u64,
    /// What came after `to`.
    pub late: Late,
}

impl Edges {
    pub fn of(hypothesis: &Hypothesis, history: &History, suspects: &Suspects, dating: &Dating) -> Self {
        let copies_days = i64::from(suspects.copies_days());
        let before =
            |moment: Option<Time>| moment.and_then(|moment| dating.before(moment)).map_or(0, |dated| dated.size);
        let copies = |from: Time| from.milliseconds().saturating_sub(copies_days * DAY_MILLISECONDS);
        Self {
            before: before(hypothesis.from),
            copies_gone: before(hypothesis.from.map(|from| Time::from_milliseconds(copies(from)))),
            late: Late::of(hypothesis.to, history, suspects, dating),
        }
    }
}

const DAY_MILLISECONDS: i64 = 86_400_000;

/// From which entry on somebody has which key, and whether that key certainly was nobody's while the incident went on.
type Keys = Vec<(u64, bool)>;

/// What one hypothesis no longer reaches.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// Generations whose keys were made after: where their policy stands, and when officers can have signed it at the earliest.
    pub generations: BTreeMap<u32, (u64, Time)>,
    /// By worker.
    workers: BTreeMap<WorkerId, Keys>,
    /// The principal's.
    principal: Keys,
}

impl Ends {
    /// Without `to` nothing ends: an incident that may go on takes the new keys, too.
    pub fn of(kind: &Kind, to: Option<Time>, state: &State, suspects: &Suspects, dating: &Dating) -> Self {
        let mut ends = Self::default();
        let Some(to) = to else { return ends };
        let after = |entry: u64| dating.signed_after(entry, to);
        let first = first_given(state);
        // What was given before, to whomever, may be the thief's still: also when officers give it once more.
        let clean = |key: &PublicKey| first.get(key).is_some_and(|entry| after(*entry).is_some());
        match kind {
            Kind::Principal { principal } => {
                let keys = state.principal_keys.get(principal).into_iter().flatten();
                ends.principal = keys.map(|(entry, key)| (*entry, clean(key))).collect();
            }
            Kind::Host { .. } | Kind::Warden | Kind::Storage => {
                for pair in state.casts.windows(2) {
                    let [before, cast] = pair else { continue };
                    if cast.generation != before.generation
                        && suspects.takes_warden(kind)
                        && let Some(signed) = after(cast.since)
                    {
                        ends.generations.insert(cast.generation, (cast.since, signed));
                    }
                    for worker in cast.workers.iter().filter(|own| before.worker_key(&own.worker) != Some(own.key)) {
                        let keys = ends.workers.entry(worker.worker.clone()).or_default();
                        keys.push((cast.since, clean(&worker.key)));
                    }
                }
            }
            _ => {}
        }
        ends
    }

    /// Whether what this worker signed there is by a key that was taken.
    pub fn reaches_worker(&self, worker: &WorkerId, entry: u64) -> bool {
        self.workers.get(worker).is_none_or(|keys| !ended(keys, entry))
    }

    /// From which entry on this worker has a key that was not taken, to the end.
    pub fn clean_since(&self, worker: &WorkerId) -> Option<u64> {
        let keys = self.workers.get(worker)?;
        let taken = keys.iter().rposition(|(_, clean)| !clean).map_or(0, |last| last + 1);
        keys.get(taken).map(|(since, _)| *since)
    }

    /// Whether what the principal signed there is by a key that was taken.
    pub fn reaches_principal(&self, entry: u64) -> bool {
        !ended(&self.principal, entry)
    }
}

/// Whether the key that somebody has at this entry was not taken.
fn ended(keys: &Keys, entry: u64) -> bool {
    keys.iter().rfind(|(since, _)| *since <= entry).is_some_and(|(_, clean)| *clean)
}

/// The entry that first gave each key to anybody who asks or works.
fn first_given(state: &State) -> BTreeMap<PublicKey, u64> {
    let works = state.casts.iter().flat_map(|cast| cast.workers.iter().map(|own| (own.key, cast.since)));
    let asks = state.principal_keys.values().flatten().map(|(entry, key)| (*key, *entry));
    let mut first = BTreeMap::new();
    for (key, entry) in works.chain(asks) {
        let known = first.entry(key).or_insert(entry);
        *known = entry.min(*known);
    }
    first
}
