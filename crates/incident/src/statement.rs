//! What is still held of a shipper's month, of how many people, and who opened what of it: said by the ledger, to whoever asks.
//!
//! Nobody signs it: it follows from the ledger that the warden signed and witnesses cosigned, and whoever has a bundle of that ledger
//! computes it again ([`bundle::open`](crate::bundle::open)). Every key counts as held that is not shown to be destroyed.

mod people;
mod silence;
mod text;

pub use silence::Silence;

use crate::{
    History,
    assessment::{People, Seen, Totals},
    exposure::add,
};
use ledger::{
    Classes, Hash, Month, PeriodId, PrincipalId, Pseudonym, Ticket, Time,
    entry::{Outcome, SealedTo},
    opening::Purpose,
    replay::{At, Batch, Opening, Period, Received, State},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name of this form; another form is another name.
pub const SCHEMA: &str = "bulla.statement/2";

/// A shipper's month, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The form's name, [`SCHEMA`].
    pub schema: String,
    /// Whose month.
    pub shipper: Pseudonym,
    /// Which month of receipt, UTC.
    pub month: Month,
    /// Which ledger, up to where.
    pub checkpoint: Seen,
    /// What was sealed of what the shipper sent in it.
    pub received: Totals,
    /// What of it some key still opens, at most.
    pub held: Totals,
    /// What no key opens any more, less copies of the warden's files that are younger than its generation says.
    pub shredded: Totals,
    /// Of how many different people what was sealed of it is, at most; null: nobody has counted just these.
    pub people: Option<People>,
    /// Each period of the month, with the rows that are sealed to it.
    pub periods: Vec<Kept>,
    /// Each opening of something of it, in order of the ledger; one by an entry without effect has no outcome.
    pub openings: Vec<Opened>,
    /// Batches that entries without effect name, and that may be of it; they are in no figure above.
    pub void_batches: u64,
    /// What gateways may have stored beyond the ledger, of whomever, whenever; it is in no figure above.
    pub beyond: Totals,
}

/// A period, and what became of its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The period.
    pub period: PeriodId,
    /// What its key opens.
    pub classes: Classes,
    /// Rows of the batches sealed to it.
    pub rows: u64,
    /// What became of its key.
    #[serde(flatten)]
    pub state: Fate,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Fate {
    /// It exists.
    Held {
        /// Until its retention ends.
        until: Time,
        /// Until then officers keep it beyond that.
        hold: Option<Time>,
    },
    /// It was destroyed.
    Shredded {
        /// The ledger's entry that says so.
        entry: u64,
        /// That entry's time, the warden's.
        time: Time,
    },
    /// It was destroyed, and a copy of it was found since.
    Resurfaced {
        /// The ledger's entry that says so.
        entry: u64,
    },
    /// The ledger has no word on a key that something is sealed to.
    Unknown,
}

/// An opening of something of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its name.
    pub opening: Hash,
    /// The entry that was written before it happened.
    pub intent: u64,
    /// That entry's time, the warden's.
    pub time: Time,
    /// Who asked.
    pub principal: PrincipalId,
    /// For what.
    pub purpose: Purpose,
    /// With which ticket.
    pub ticket: Ticket,
    /// How many rows.
    pub rows: u64,
    /// Which classes of them.
    pub classes: Classes,
    /// How it ended; null: no entry says so.
    pub outcome: Option<Outcome>,
}

impl Statement {
    /// What the ledger says of this shipper's month.
    pub fn of(history: &History, shipper: &Pseudonym, month: Month) -> Self {
        let state = &history.state;
        let own: Vec<&Batch> = state.batches.iter().filter(|batch| is_of(state, batch, shipper, month)).collect();
        let sums = |batches: &mut dyn Iterator<Item = &&Batch>| {
            batches.fold(Totals::default(), |sum, batch| Totals {
                rows: add(sum.rows, batch.rows.into()),
                parties: add(sum.parties, batch.parties),
            })
        };
        let held = |batch: &&&Batch| batch.keys.iter().any(|to| is_held(state, batch, to));
        let void = state.voids.batches.iter().filter(|batch| {
            let own = sent(&state.voids.intakes, batch).is_none_or(|sent| sent == shipper)
                || is_agreed(state, batch, shipper);
            own && (months(batch, month) || batch.keys.is_empty())
        });
        let beyond = state.gaps().into_iter().fold(Totals::default(), |sum, gap| Totals {
            rows: add(sum.rows, gap.credit.rows),
            parties: add(sum.parties, gap.credit.parties),
        });
        Self {
            schema: SCHEMA.to_owned(),
            shipper: shipper.clone(),
            month,
            checkpoint: history.seen.clone(),
            received: sums(&mut own.iter()),
            held: sums(&mut own.iter().filter(held)),
            shredded: sums(&mut own.iter().filter(|batch| !held(batch))),
            people: people::counted(state, &own),
            periods: periods(state, &own),
            openings: openings(state, &own),
            void_batches: void.count() as u64,
            beyond,
        }
    }

    /// The one written form.
    pub fn to_bytes(&self) -> Vec<u8> {
        ledger::canonical::bytes(self)
    }
}

/// Sent by that shipper, as the worker said or by whose agreement it was sealed under; in that month.
fn is_of(state: &State, batch: &Batch, shipper: &Pseudonym, month: Month) -> bool {
    let own = sent(&state.intakes, batch) == Some(shipper) || is_agreed(state, batch, shipper);
    own && months(batch, month)
}

/// Who sent it, as the worker said: the batch is of one of these intake entries.
fn sent<'a>(intakes: &'a [Received], batch: &Batch) -> Option<&'a Pseudonym> {
    intakes.get(batch.intake as usize).and_then(|intake| intake.source.shipper.as_ref())
}

/// Sealed under an agreement that was ever this shipper's, by an entry with effect or without.
fn is_agreed(state: &State, batch: &Batch, shipper: &Pseudonym) -> bool {
    batch.keys.iter().any(|to| {
        let versions = state.agreements.get(&to.period.agreement).into_iter().flatten();
        let void = state.voids.agreements.iter().filter(|terms| terms.agreement == to.period.agreement);
        versions.chain(void).any(|terms| terms.shipper == *shipper)
    })
}

/// Named by some policy, or said by some worker to have sent something; with effect or without.
fn is_named(state: &State, shipper: &Pseudonym) -> bool {
    let mut terms = state.agreements.values().flatten().chain(&state.voids.agreements);
    let mut sources = state.intakes.iter().chain(&state.voids.intakes).map(|intake| &intake.source);
    terms.any(|terms| terms.shipper == *shipper)
        || state.shippers.contains_key(shipper)
        || sources.any(|source| source.shipper.as_ref() == Some(shipper))
}

fn months(batch: &Batch, month: Month) -> bool {
    batch.keys.iter().any(|to| to.period.month == month)
}

/// A key of which no entry with effect shows that it is gone.
fn is_held(state: &State, batch: &Batch, to: &SealedTo) -> bool {
    state.life(batch.entry, to).shredded.is_none()
}

fn periods(state: &State, own: &[&Batch]) -> Vec<Kept> {
    let mut periods: BTreeMap<&PeriodId, Kept> = BTreeMap::new();
    for batch in own {
        for to in &*batch.keys {
            let kept = periods.entry(&to.period).or_insert_with(|| Kept {
                period: to.period.clone(),
                classes: state.classes(to),
                rows: 0,
                state: fate(state, batch, to),
            });
            kept.rows = add(kept.rows, batch.rows.into());
            // One batch whose key is not shown to be gone is enough.
            if is_held(state, batch, to) && matches!(kept.state, Fate::Shredded { .. }) {
                kept.state = fate(state, batch, to);
            }
        }
    }
    periods.into_values().collect()
}

fn fate(state: &State, batch: &Batch, to: &SealedTo) -> Fate {
    let Some(period) = state.made(to) else { return Fate::Unknown };
    if let Some(At { entry, time }) = state.life(batch.entry, to).shredded {
        return Fate::Shredded { entry, time };
    }
    let Period { ends, resurfaced, .. } = period;
    match resurfaced {
        Some(At { entry, .. }) => Fate::Resurfaced { entry: *entry },
        None => Fate::Held { until: *ends, hold: state.held(&to.period) },
    }
}

fn openings(state: &State, own: &[&Batch]) -> Vec<Opened> {
    let batches: BTreeSet<_> = own.iter().map(|batch| batch.id).collect();
    let void = state.voids.openings.iter().map(|opening| (opening, None));
    let all = state.openings.values().map(|opening| (opening, opening.receipt.map(|(_, outcome)| outcome))).chain(void);
    let all = all.filter(|(opening, _)| batches.contains(&opening.request.scope.batch));
    let opened = |(Opening { at, request, .. }, outcome): (&Opening, Option<Outcome>)| {
        let scope = &request.scope;
        Opened {
            opening: request.id(),
            intent: at.entry,
            time: at.time,
            principal: scope.principal.clone(),
            purpose: scope.purpose,
            ticket: scope.ticket.clone(),
            rows: scope.rows.len() as u64,
            classes: scope.classes,
            outcome,
        }
    };
    let mut list: Vec<_> = all.map(opened).collect();
    list.sort_by_key(|opened| opened.intent);
    list
}
