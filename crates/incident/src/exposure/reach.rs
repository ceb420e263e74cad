//! What of each batch and body a hypothesis reaches, before any header is looked at.

use super::Error;
use crate::{Hypotheses, Hypothesis, Level, assessment::Why, hypothesis::Kind};
use ledger::{
    AgreementId, BatchId, FieldClass, PeriodId, Pseudonym, Time, WorkerId,
    entry::{Agreement, IndexKey},
    replay::{At, Batch, HandedIndexKey, Life, Opening, Received, State},
};
use std::collections::{BTreeMap, BTreeSet};

/// A received body: an intake entry, void or not, with the batches that it anchors.
pub(super) struct Body<'a> {
    pub received: &'a Received,
    pub batches: Vec<&'a Batch>,
    pub void: bool,
}

/// A batch, and the body that it is from: an index into [`Reach::bodies`].
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub batch: &'a Batch,
    pub body: usize,
}

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
    /// Every intake entry in order of the ledger.
    pub bodies: Vec<Body<'a>>,
    /// By id, then by entry: what is anchored twice counts twice.
    pub batches: Vec<Sealed<'a>>,
    /// Index in `bodies` of what taken hosts received.
    pub window: BTreeMap<usize, Until>,
    openings: BTreeMap<BatchId, Vec<(&'a Opening, Until)>>,
    /// Opened rows that no anchored batch has, and which classes of them.
    pub stray: BTreeMap<(BatchId, u32), (Time, BTreeSet<FieldClass>)>,
    /// For each hypothesis: the carriers that ever had its certificate.
    carriers: Vec<BTreeSet<Pseudonym>>,
}

impl<'a> Reach<'a> {
    pub fn new(state: &'a State, hypotheses: &'a Hypotheses, level: Level) -> Result<Self, Error> {
        if state.size == 0 {
            return Err(Error::EmptyLedger);
        }
        let hypotheses = hypotheses.list();
        let (bodies, batches) = bodies(state);
        let mut reach = Self {
            state,
            hypotheses,
            level,
            bodies,
            batches,
            window: BTreeMap::new(),
            openings: BTreeMap::new(),
            stray: BTreeMap::new(),
            carriers: Vec::with_capacity(hypotheses.len()),
        };
        let mut known: BTreeSet<&WorkerId> = reach.bodies.iter().map(|body| &body.received.worker).collect();
        known.extend(state.genesis.iter().flat_map(|genesis| &genesis.workers).map(|enrolled| &enrolled.worker));
        for hypothesis in hypotheses {
            let mut carriers = BTreeSet::new();
            match &hypothesis.kind {
                Kind::Host { workers } => {
                    if let Some(worker) = workers.iter().find(|worker| !known.contains(worker)) {
                        return Err(Error::UnknownWorker { worker: worker.clone() });
                    }
                    let taken = known.iter().filter(|worker| named(workers, worker));
                    taken.for_each(|worker| reach.take_host(hypothesis, worker));
                }
                Kind::Principal { principal } => {
                    let asked = |opening: &Opening| opening.request.scope.principal == *principal;
                    if !state.principals.contains_key(principal) && !state.voids.openings.iter().any(asked) {
                        return Err(Error::UnknownPrincipal { principal: principal.clone() });
                    }
                    reach.take_principal(hypothesis);
                }
                Kind::CarrierKey { certificate } => {
                    let had = state.carriers.iter().filter(|(_, v)| v.iter().any(|c| c.certificate == *certificate));
                    carriers.extend(had.map(|(carrier, _)| carrier.clone()));
                    let had = state.voids.carriers.iter().filter(|carrier| carrier.certificate == *certificate);
                    carriers.extend(had.map(|carrier| carrier.carrier.clone()));
                    if carriers.is_empty() {
                        return Err(Error::UnknownCertificate { certificate: *certificate });
                    }
                }
                Kind::Collusion => reach.window.extend((0..reach.bodies.len()).map(|index| (index, Until::Always))),
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
        for (index, intake) in self.bodies.iter().map(|body| body.received).enumerate() {
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
        // When it was is not believed of one without effect.
        for opening in state.voids.openings.iter().filter(|opening| asked_by(hypothesis, opening)) {
            self.openings.entry(opening.request.scope.batch).or_default().push((opening, Until::Always));
            self.take_stray(opening);
        }
    }

    /// Rows of a void intent that the batch, as anchored, does not have.
    fn take_stray(&mut self, opening: &Opening) {
        let scope = &opening.request.scope;
        let from = self.batches.partition_point(|sealed| sealed.batch.anchor.batch < scope.batch);
        let own = self.batches[from..].iter().take_while(|sealed| sealed.batch.anchor.batch == scope.batch);
        let last = own.map(|sealed| sealed.batch.anchor.rows).max();
        // The manifest's own record counts as a row only when it was opened alone.
        let alone = scope.rows.len() == 1;
        for row in scope.rows.iter().filter(|row| last.is_none_or(|last| **row > last) && (alone || **row > 0)) {
            let known = self.stray.entry((scope.batch, *row)).or_insert((opening.at.time, BTreeSet::new()));
            known.1.extend(&scope.classes);
        }
    }

    /// What of this batch is reached; nothing: its header is not needed.
    pub fn parts(&self, sealed: Sealed<'a>) -> Vec<Part<'_>> {
        let Sealed { batch, body } = sealed;
        let received = self.bodies[body].received.received;
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
        if let Some(until) = self.window.get(&body) {
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
            let life = self.state.life(batch, to);
            if absent(hypothesis, life).is_none() {
                let until = match (hypothesis.from, life.shredded) {
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
        let mut versions = self.terms(&to.period.agreement).peekable();
        versions.peek().is_none() || versions.any(|terms| carriers.contains(&terms.carrier))
    }

    /// Every version of an agreement, void ones too.
    pub fn terms<'b>(&'b self, agreement: &'b AgreementId) -> impl Iterator<Item = &'b Agreement> {
        let void = self.state.voids.agreements.iter().filter(move |terms| terms.agreement == *agreement);
        self.state.agreements.get(agreement).into_iter().flatten().chain(void)
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

    /// Why no hypothesis reaches this key.
    pub fn out_of_reach(&self, life: Life) -> Option<(Why, At)> {
        let mut reasons = self.keyed().map(|hypothesis| absent(hypothesis, life));
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

    /// A void hand-over tells neither when nor to whom for certain: whoever may have it, has it.
    pub fn takes_void_index_key(&self, key: &IndexKey) -> bool {
        self.hypotheses.iter().any(|hypothesis| match &hypothesis.kind {
            Kind::Collusion | Kind::Warden => true,
            Kind::Host { workers } => self.level == Level::ONE_HOST || named(workers, &key.worker),
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

fn asked_by(hypothesis: &Hypothesis, opening: &Opening) -> bool {
    matches!(&hypothesis.kind, Kind::Principal { principal } if *principal == opening.request.scope.principal)
}

fn taken_opening(hypothesis: &Hypothesis, opening: &Opening) -> bool {
    let time = opening.at.time;
    asked_by(hypothesis, opening)
        && hypothesis.from.is_none_or(|from| time >= from)
        && hypothesis.to.is_none_or(|to| time <= to)
}

/// Why this hypothesis does not reach the key. A shred after the beginning undoes nothing.
fn absent(hypothesis: &Hypothesis, life: Life) -> Option<(Why, At)> {
    match (hypothesis.from, hypothesis.to, life) {
        (Some(from), _, Life { shredded: Some(shredded), .. }) if shredded.time < from => {
            Some((Why::ShreddedBefore, shredded))
        }
        (_, Some(to), Life { born: Some(born), .. }) if born.time > to => Some((Why::MadeAfter, born)),
        _ => None,
    }
}

/// All bodies and batches; of what a void entry anchors, nothing is left out.
fn bodies(state: &State) -> (Vec<Body<'_>>, Vec<Sealed<'_>>) {
    let sound = state.intakes.iter().enumerate().map(|(index, received)| (received, false, index));
    let void = state.voids.intakes.iter().enumerate().map(|(index, received)| (received, true, index));
    let mut order: Vec<_> = sound.chain(void).collect();
    order.sort_by_key(|(received, ..)| received.at.entry);
    let place: BTreeMap<(bool, usize), usize> =
        order.iter().enumerate().map(|(body, (_, void, index))| ((*void, *index), body)).collect();
    let mut bodies: Vec<_> =
        order.iter().map(|&(received, void, _)| Body { received, batches: Vec::new(), void }).collect();
    let all = state.batches.values().map(|batch| (false, batch));
    let all = all.chain(state.voids.batches.iter().map(|batch| (true, batch)));
    let mut batches: Vec<_> = all.map(|(void, batch)| Sealed { batch, body: place[&(void, batch.intake)] }).collect();
    batches.sort_by_key(|sealed| (sealed.batch.anchor.batch, sealed.batch.at.entry));
    batches.iter().for_each(|sealed| bodies[sealed.body].batches.push(sealed.batch));
    (bodies, batches)
}
