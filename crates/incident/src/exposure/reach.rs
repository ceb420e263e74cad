//! What of each batch and body a hypothesis reaches, before any header is looked at.

use super::Error;
use crate::{Hypotheses, Hypothesis, Level, assessment::Why, hypothesis::Kind};
use ledger::{
    BatchId, FieldClass, PeriodId, Pseudonym, Time, WorkerId,
    replay::{At, Batch, HandedIndexKey, Opening, Period, Received, State},
};
use std::collections::{BTreeMap, BTreeSet};

/// The last `from` at which something would still be reached; `None`: any.
///
/// Where a hypothesis leaves its beginning open, this is what the curve is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    Time(Time),
    Always,
}

/// Something of a batch.
pub(super) struct Part<'a> {
    pub what: What<'a>,
    pub until: Until,
}

pub(super) enum What<'a> {
    /// `operational` of every row.
    Operational,
    /// Every class of every row.
    All,
    /// Every class of every row, if the batch was for one of these carriers.
    AllFor(&'a BTreeSet<Pseudonym>),
    /// This period's classes of every row.
    Period(&'a PeriodId),
    /// These classes of these rows.
    Rows(&'a BTreeSet<u32>, &'a BTreeSet<FieldClass>),
}

/// The hypotheses, resolved against a ledger.
pub(super) struct Reach<'a> {
    pub state: &'a State,
    pub hypotheses: &'a [Hypothesis],
    pub level: Level,
    /// Index in [`State::intakes`] of what taken hosts received.
    pub window: BTreeMap<usize, Until>,
    openings: BTreeMap<BatchId, Vec<(&'a Opening, Until)>>,
    /// For each hypothesis: the carriers that ever had its certificate.
    carriers: Vec<BTreeSet<Pseudonym>>,
}

impl<'a> Reach<'a> {
    pub fn new(state: &'a State, hypotheses: &'a Hypotheses, level: Level) -> Result<Self, Error> {
        let genesis = state.genesis.as_ref().ok_or(Error::EmptyLedger)?;
        let hypotheses = hypotheses.list();
        let carriers = Vec::with_capacity(hypotheses.len());
        let mut reach = Self { state, hypotheses, level, window: BTreeMap::new(), openings: BTreeMap::new(), carriers };
        for hypothesis in hypotheses {
            let mut carriers = BTreeSet::new();
            match &hypothesis.kind {
                Kind::Host { workers } => {
                    if let Some(worker) = workers.iter().find(|worker| state.worker_key(worker).is_none()) {
                        return Err(Error::UnknownWorker { worker: worker.clone() });
                    }
                    let all = genesis.workers.iter().map(|enrolled| &enrolled.worker);
                    all.filter(|worker| named(workers, worker)).for_each(|worker| reach.take_host(hypothesis, worker));
                }
                Kind::Principal { principal } => {
                    if !state.principals.contains_key(principal) {
                        return Err(Error::UnknownPrincipal { principal: principal.clone() });
                    }
                    reach.take_principal(hypothesis);
                }
                Kind::CarrierKey { certificate } => {
                    let had = state.carriers.iter().filter(|(_, v)| v.iter().any(|c| c.certificate == *certificate));
                    carriers.extend(had.map(|(carrier, _)| carrier.clone()));
                    if carriers.is_empty() {
                        return Err(Error::UnknownCertificate { certificate: *certificate });
                    }
                }
                Kind::Collusion => reach.window.extend((0..state.intakes.len()).map(|index| (index, Until::Always))),
                Kind::Storage | Kind::Warden => {}
            }
            reach.carriers.push(carriers);
        }
        Ok(reach)
    }

    /// What passed through this worker, from its last start before the hypothesis's beginning.
    fn take_host(&mut self, hypothesis: &Hypothesis, worker: &WorkerId) {
        let starts: Vec<At> = self.state.starts.iter().filter(|s| s.worker == *worker).map(|s| s.at).collect();
        let begins = hypothesis.from.and_then(|from| starts.iter().rfind(|start| start.time <= from));
        let begins = begins.map_or(0, |start| start.entry);
        for (index, intake) in self.state.intakes.iter().enumerate() {
            if intake.worker != *worker || intake.at.entry < begins || !within(hypothesis, intake) {
                continue;
            }
            let restart = starts.iter().find(|start| start.entry > intake.at.entry);
            let until = match (hypothesis.from, restart) {
                // Memory ends with the process: a later beginning no longer reaches this body.
                (None, Some(restart)) => Until::Time(Time::from_milliseconds(restart.time.milliseconds() - 1)),
                _ => Until::Always,
            };
            let known = self.window.entry(index).or_insert(until);
            *known = until.max(*known);
        }
    }

    fn take_principal(&mut self, hypothesis: &Hypothesis) {
        let state = self.state;
        for opening in state.openings.values().filter(|opening| taken_opening(hypothesis, opening)) {
            let until = if hypothesis.from.is_none() { Until::Time(opening.at.time) } else { Until::Always };
            self.openings.entry(opening.request.scope.batch).or_default().push((opening, until));
        }
    }

    /// What of this batch is reached; nothing: its header is not needed.
    pub fn parts(&self, batch: &'a Batch) -> Vec<Part<'_>> {
        let received = self.state.intakes[batch.intake].received;
        let mut parts = Vec::new();
        for (hypothesis, carriers) in self.hypotheses.iter().zip(&self.carriers) {
            // Under these two kinds the gateway is honest, so its time of receipt is believed.
            let in_time = hypothesis.to.is_none_or(|to| received <= to);
            match &hypothesis.kind {
                Kind::Storage if in_time => parts.push(Part { what: What::Operational, until: Until::Always }),
                Kind::CarrierKey { .. } if in_time && self.may_be_for(carriers, batch) => {
                    parts.push(Part { what: What::AllFor(carriers), until: Until::Always });
                }
                Kind::Warden => self.take_periods(hypothesis, batch, &mut parts),
                Kind::Host { .. } if self.level == Level::ONE_HOST => self.take_periods(hypothesis, batch, &mut parts),
                Kind::Collusion => parts.push(Part { what: What::All, until: Until::Always }),
                _ => {}
            }
        }
        if let Some(until) = self.window.get(&batch.intake) {
            parts.push(Part { what: What::All, until: *until });
        }
        for (opening, until) in self.openings.get(&batch.anchor.batch).into_iter().flatten() {
            let scope = &opening.request.scope;
            parts.push(Part { what: What::Rows(&scope.rows, &scope.classes), until: *until });
        }
        parts
    }

    fn take_periods<'b>(&self, hypothesis: &Hypothesis, batch: &'b Batch, parts: &mut Vec<Part<'b>>) {
        for to in &batch.anchor.keys {
            let period = &self.state.periods[&to.period];
            if absent(hypothesis, period).is_none() {
                let until = match (hypothesis.from, period.shredded) {
                    (None, Some(shredded)) => Until::Time(shredded.time),
                    _ => Until::Always,
                };
                parts.push(Part { what: What::Period(&to.period), until });
            }
        }
    }

    /// Whether the agreement ever named one of these carriers. A batch without keys does not tell its agreement.
    fn may_be_for(&self, carriers: &BTreeSet<Pseudonym>, batch: &Batch) -> bool {
        let Some(to) = batch.anchor.keys.first() else { return true };
        let versions = &self.state.agreements[&to.period.agreement];
        versions.iter().any(|terms| carriers.contains(&terms.carrier))
    }

    pub fn has_host(&self) -> bool {
        self.hypotheses.iter().any(|h| matches!(h.kind, Kind::Host { .. }))
    }

    /// Whether bodies are counted by the host's own entries.
    pub fn has_window(&self) -> bool {
        self.has_host() || self.has_collusion()
    }

    pub fn has_collusion(&self) -> bool {
        self.hypotheses.iter().any(|h| h.kind == Kind::Collusion)
    }

    fn keyed(&self) -> impl Iterator<Item = &Hypothesis> {
        let host_too = self.level == Level::ONE_HOST;
        self.hypotheses.iter().filter(move |h| match h.kind {
            Kind::Warden => true,
            Kind::Host { .. } => host_too,
            _ => false,
        })
    }

    /// Whether private keys of periods are taken, and not all of them.
    pub fn takes_keys(&self) -> bool {
        !self.has_collusion() && self.keyed().next().is_some()
    }

    /// Why no hypothesis reaches this period's key.
    pub fn out_of_reach(&self, period: &Period) -> Option<(Why, At)> {
        let mut reasons = self.keyed().map(|hypothesis| absent(hypothesis, period));
        let first = reasons.next()??;
        if reasons.all(|reason| reason.is_some()) { Some(first) } else { None }
    }

    pub fn takes_index_key(&self, handed: &HandedIndexKey) -> bool {
        self.hypotheses.iter().any(|hypothesis| match &hypothesis.kind {
            Kind::Collusion => true,
            Kind::Warden => hypothesis.to.is_none_or(|to| handed.at.time <= to),
            Kind::Host { workers } => {
                let own = self.level == Level::ONE_HOST || named(workers, &handed.key.worker);
                own && hypothesis.to.is_none_or(|to| handed.at.time <= to)
            }
            _ => false,
        })
    }

    pub fn takes_opening(&self, opening: &Opening) -> bool {
        self.hypotheses.iter().any(|hypothesis| taken_opening(hypothesis, opening))
    }
}

fn named(workers: &BTreeSet<WorkerId>, worker: &WorkerId) -> bool {
    workers.is_empty() || workers.contains(worker)
}

fn within(hypothesis: &Hypothesis, intake: &Received) -> bool {
    // A taken host may hold entries back: what it says it received in time counts even when it was anchored late.
    hypothesis.to.is_none_or(|to| intake.at.time <= to || intake.received <= to)
}

fn taken_opening(hypothesis: &Hypothesis, opening: &Opening) -> bool {
    let Kind::Principal { principal } = &hypothesis.kind else { return false };
    let time = opening.at.time;
    *principal == opening.request.scope.principal
        && hypothesis.from.is_none_or(|from| time >= from)
        && hypothesis.to.is_none_or(|to| time <= to)
}

/// Why this hypothesis does not reach the period's key. A shred after the beginning undoes nothing.
fn absent(hypothesis: &Hypothesis, period: &Period) -> Option<(Why, At)> {
    match (hypothesis.from, hypothesis.to, period.shredded) {
        (Some(from), _, Some(shredded)) if shredded.time < from => Some((Why::ShreddedBefore, shredded)),
        (_, Some(to), _) if period.born.time > to => Some((Why::MadeAfter, period.born)),
        _ => None,
    }
}
