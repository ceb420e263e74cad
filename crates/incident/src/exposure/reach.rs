//! What of each batch and body a hypothesis reaches, before any header is looked at.

mod keys;
mod unwrapped;
mod window;

use super::{
    Error,
    certificate::{Holders, Readers},
    ends::{Edges, Ends},
    late::Late,
};
use crate::{
    Hypotheses, Hypothesis,
    dating::{Dating, Terms},
    history::History,
    hypothesis::Kind,
    suspects::{Placing, Suspects},
};
use ledger::{
    AgreementId, BatchId, Classes, PeriodId, Time, Unwraps, WorkerId,
    entry::{Agreement, CoHolder},
    replay::{Batch, Key, Opening, Received, State},
};
use std::collections::{BTreeMap, BTreeSet};
use unwrapped::Unwrapped;
use window::Window;

/// A received body: an intake entry, void or not.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    pub received: &'a Received,
    pub void: bool,
}

/// All bodies and batches of a ledger: whoever asks twice lists them once.
pub(super) struct Contents<'a> {
    bodies: Vec<Body<'a>>,
    batches: Vec<Sealed<'a>>,
    keys: Vec<Vec<Key<'a>>>,
}

/// A batch, the body that it is from, an index into [`Reach::bodies`], and the list of its keys, one into [`Contents::keys`].
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub batch: &'a Batch,
    pub body: usize,
    keys: usize,
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
    AllFor(Readers<'a>),
    /// This period's classes of every row.
    Period(&'a PeriodId),
    /// The same, unless the batch's header shows the layer of this co-holder, who did not unwrap it.
    CoHeld(&'a PeriodId, &'a CoHolder),
    /// These classes of these rows.
    Rows(&'a BTreeSet<u32>, Classes),
}

/// The hypotheses, resolved against a ledger.
pub(super) struct Reach<'a> {
    history: &'a History,
    pub state: &'a State,
    pub hypotheses: &'a [Hypothesis],
    pub placing: Placing,
    pub suspects: Suspects<'a>,
    pub dating: Dating<'a>,
    /// Every intake entry in order of the ledger.
    pub bodies: &'a [Body<'a>],
    /// By id, then by entry: what is anchored twice counts twice.
    pub batches: &'a [Sealed<'a>],
    keys: &'a [Vec<Key<'a>>],
    /// What taken hosts received.
    pub window: Window,
    /// The first entry at which a process of theirs may have begun that is counted.
    pub begins: Option<u64>,
    openings: BTreeMap<BatchId, Vec<(&'a Opening, Until)>>,
    /// Opened rows that no anchored batch has, and which classes of them.
    pub stray: BTreeMap<(BatchId, u32), (Time, Classes)>,
    /// For each hypothesis: the workers whose hosts it takes.
    hosts: Vec<BTreeSet<WorkerId>>,
    /// For each hypothesis: who had its certificate.
    holders: Vec<Option<Holders<'a>>>,
    /// For each hypothesis: what its dates leave on which side.
    edges: Vec<Edges>,
    /// For each hypothesis: what of it was taken back.
    ends: Vec<Ends>,
    /// For each hypothesis: what co-holders who are believed have unwrapped until it was over.
    unwrapped: Vec<Unwrapped<'a>>,
}

impl<'a> Reach<'a> {
    pub fn new(
        (history, contents): (&'a History, &'a Contents<'a>),
        hypotheses: &'a Hypotheses,
        (placing, terms): (Placing, Terms),
        lists: &'a [Unwraps],
    ) -> Result<Self, Error> {
        let (state, hypotheses) = (&history.state, hypotheses.list());
        let until = history.seen.time;
        if let Some(to) = hypotheses.iter().filter_map(|hypothesis| hypothesis.to).find(|to| *to > until) {
            return Err(Error::ToAfterLedger { to, until });
        }
        let suspects = Suspects::new(&history.casts, &state.co_holders, hypotheses, placing);
        let dating = Dating::new(&history.notes, &suspects, terms);
        let edges = hypotheses.iter().map(|h| Edges::of(h, history, &suspects, &dating)).collect();
        let ends = hypotheses.iter().map(|h| Ends::of(&h.kind, h.to, state, &suspects, &dating)).collect();
        let mut reach = Self {
            history,
            state,
            hypotheses,
            placing,
            suspects,
            dating,
            edges,
            ends,
            bodies: &contents.bodies,
            batches: &contents.batches,
            keys: &contents.keys,
            window: Window::default(),
            begins: None,
            openings: BTreeMap::new(),
            stray: BTreeMap::new(),
            hosts: Vec::with_capacity(hypotheses.len()),
            holders: Vec::with_capacity(hypotheses.len()),
            unwrapped: Vec::new(),
        };
        reach.unwrapped = (0..hypotheses.len()).map(|number| reach.unwrapped_until_over(number, lists)).collect();
        let mut known: BTreeSet<&WorkerId> = reach.bodies.iter().map(|body| &body.received.source.worker).collect();
        known.extend(reach.suspects.workers().map(|enrolled| &enrolled.worker));
        for (number, hypothesis) in hypotheses.iter().enumerate() {
            let (mut holders, mut hosts) = (None, BTreeSet::new());
            match &hypothesis.kind {
                Kind::Host { workers } => {
                    if let Some(worker) = workers.iter().find(|worker| !known.contains(worker)) {
                        return Err(Error::UnknownWorker { worker: worker.clone() });
                    }
                    let taken = |worker: &&&WorkerId| reach.suspects.takes_worker(&hypothesis.kind, worker);
                    hosts = known.iter().filter(taken).map(|worker| (*worker).clone()).collect();
                    hosts.iter().for_each(|worker| reach.take_host(number, worker));
                }
                Kind::Principal { principal } => {
                    let asked = |opening: &Opening| opening.request.scope.principal == *principal;
                    if !state.principals.contains_key(principal) && !state.voids.openings.iter().any(asked) {
                        return Err(Error::UnknownPrincipal { principal: principal.clone() });
                    }
                    reach.take_principal(number);
                }
                Kind::CarrierKey { certificate } => {
                    let known = Holders::of(state, *certificate);
                    holders = Some(known.ok_or(Error::UnknownCertificate { certificate: *certificate })?);
                }
                Kind::Traffic { certificate } => reach.take_traffic(number, *certificate)?,
                Kind::Collusion => (0..reach.bodies.len()).for_each(|body| reach.window.take(body, Until::Always)),
                Kind::Storage | Kind::Warden | Kind::CoHolder => {}
            }
            reach.holders.push(holders);
            reach.hosts.push(hosts);
        }
        Ok(reach)
    }

    fn take_principal(&mut self, number: usize) {
        let (state, hypothesis) = (self.state, &self.hypotheses[number]);
        let own: Vec<_> = state.openings.values().filter(|opening| self.taken_opening(number, opening)).collect();
        for opening in own {
            let settled = self.dating.settled(opening.at.entry).filter(|_| hypothesis.from.is_none());
            let until = settled.map_or(Until::Always, Until::Time);
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
        let from = self.batches.partition_point(|sealed| sealed.batch.id < scope.batch);
        let own = self.batches[from..].iter().take_while(|sealed| sealed.batch.id == scope.batch);
        let last = own.map(|sealed| sealed.batch.rows).max();
        // The manifest's own record counts as a row only when it was opened alone.
        let alone = scope.rows.len() == 1;
        for row in scope.rows.iter().filter(|row| last.is_none_or(|last| **row > last) && (alone || **row > 0)) {
            let known = self.stray.entry((scope.batch, *row)).or_insert((opening.at.time, Classes::NONE));
            known.1 |= scope.classes;
        }
    }

    /// What of this batch is reached; nothing: its header is not needed.
    pub fn parts(&self, sealed: Sealed<'a>) -> Vec<Part<'_>> {
        let Sealed { batch, body, .. } = sealed;
        let Body { received, void, .. } = self.bodies[body];
        let mut parts = Vec::new();
        for (number, (hypothesis, holders)) in self.hypotheses.iter().zip(&self.holders).enumerate() {
            let in_time = self.in_time(number, received, void);
            match &hypothesis.kind {
                // Its own disk: what it stored is there, whenever it came.
                Kind::Host { .. }
                    if self.hosts[number].contains(&received.source.worker) && self.reaches(number, received, void) =>
                {
                    parts.push(Part { what: What::Operational, until: Until::Always });
                    if self.suspects.takes_warden(&hypothesis.kind) {
                        self.take_periods(number, sealed, &mut parts);
                    }
                }
                Kind::Storage if in_time => parts.push(Part { what: What::Operational, until: Until::Always }),
                Kind::CarrierKey { .. } if in_time => {
                    let readers = holders.iter().map(|holders| holders.readers(batch.carrier, void));
                    let own = readers.filter(|readers| self.may_be_for(readers, batch));
                    parts.extend(own.map(|readers| Part { what: What::AllFor(readers), until: Until::Always }));
                }
                kind if self.suspects.takes_warden(kind) => self.take_periods(number, sealed, &mut parts),
                Kind::Collusion => parts.push(Part { what: What::All, until: Until::Always }),
                _ => {}
            }
        }
        if let Some(until) = self.window.until(body) {
            parts.push(Part { what: What::All, until });
        }
        for (opening, until) in self.openings.get(&batch.id).into_iter().flatten() {
            let scope = &opening.request.scope;
            parts.push(Part { what: What::Rows(&scope.rows, scope.classes), until: *until });
        }
        parts
    }

    /// Received before its worker's key was nobody's any more.
    fn reaches(&self, number: usize, received: &Received, void: bool) -> bool {
        void || self.ends[number].reaches_worker(&received.source.worker, received.at.entry)
    }

    /// Received by the end of what was copied, as far as anything shows. Of a void entry nothing does.
    fn in_time(&self, number: usize, received: &Received, void: bool) -> bool {
        void || !self.edges[number].late.has(received)
    }

    fn take_periods<'b>(&'b self, number: usize, sealed: Sealed<'b>, parts: &mut Vec<Part<'b>>) {
        let batch = sealed.batch;
        for key in self.keys(sealed) {
            if let Some(until) = self.taken_key(number, &key.to.period, key.life(batch.entry)) {
                let (period, closed) = (&key.to.period, self.kept_closed(number, key, batch.id));
                let what = closed.map_or(What::Period(period), |own| What::CoHeld(period, own));
                parts.push(Part { what, until });
            }
        }
    }

    /// The keys that a batch is sealed to, in its order.
    pub fn keys(&self, sealed: Sealed<'_>) -> &'a [Key<'a>] {
        &self.keys[sealed.keys]
    }

    /// Whether the agreement ever named one of these carriers. A batch without keys does not tell its agreement.
    fn may_be_for(&self, readers: &Readers, batch: &Batch) -> bool {
        let Some(to) = batch.keys.first() else { return true };
        let mut versions = self.terms(&to.period.agreement).peekable();
        versions.peek().is_none() || versions.any(|terms| readers.may_be(&terms.carrier))
    }

    /// Every version of an agreement, void ones too.
    pub fn terms<'b>(&'b self, agreement: &'b AgreementId) -> impl Iterator<Item = &'b Agreement> {
        let void = self.state.voids.agreements.iter().filter(move |terms| terms.agreement == *agreement);
        self.state.agreements.get(agreement).into_iter().flatten().chain(void)
    }

    pub fn has_host(&self) -> bool {
        self.hypotheses.iter().any(|h| matches!(h.kind, Kind::Host { .. }))
    }

    /// Whether some worker's own word is all there is, and it is suspect: it may have left out what it likes.
    pub fn trusts_suspects(&self) -> bool {
        self.has_window() || self.suspects.workers().any(|own| self.suspects.worker(own))
    }

    /// Whether bodies are counted by the host's own entries.
    pub fn has_window(&self) -> bool {
        self.has_host() || self.has_collusion() || self.has_traffic()
    }

    fn has_traffic(&self) -> bool {
        self.hypotheses.iter().any(|h| matches!(h.kind, Kind::Traffic { .. }))
    }

    pub fn has_collusion(&self) -> bool {
        self.hypotheses.iter().any(|h| h.kind == Kind::Collusion)
    }

    pub fn takes_opening(&self, opening: &Opening) -> bool {
        (0..self.hypotheses.len()).any(|number| self.taken_opening(number, opening))
    }

    fn taken_opening(&self, number: usize, opening: &Opening) -> bool {
        let entry = opening.at.entry;
        let dated = entry >= self.edges[number].before && self.ends[number].reaches_principal(entry);
        asked_by(&self.hypotheses[number], opening) && dated
    }

    /// Whether some taken key counts until the end of the ledger, because nothing shows that it was taken back.
    pub fn goes_on(&self) -> bool {
        self.hypotheses.iter().zip(&self.ends).zip(&self.hosts).any(|((hypothesis, ends), hosts)| {
            let warden = self.suspects.takes_warden(&hypothesis.kind) && ends.generations.is_empty();
            let worker = hosts.iter().any(|worker| ends.clean_since(worker).is_none());
            let asks = matches!(hypothesis.kind, Kind::Principal { .. }) && ends.reaches_principal(u64::MAX);
            warden || worker || asks
        })
    }

    /// Of each hypothesis, what came after its end.
    pub fn late(&self) -> impl Iterator<Item = &Late> {
        self.edges.iter().map(|edges| &edges.late)
    }

    /// For the report: each hypothesis whose beginning is stated, and what its date leaves behind it.
    pub fn begins(&self) -> impl Iterator<Item = (Time, &Edges)> {
        self.hypotheses.iter().zip(&self.edges).filter_map(|(hypothesis, edges)| Some((hypothesis.from?, edges)))
    }

    /// Whether this entry may have stood in the ledger before some hypothesis begins.
    pub fn may_precede(&self, entry: u64) -> bool {
        self.hypotheses.iter().any(|h| h.from.is_none_or(|from| entry < self.dating.entered_by(from)))
    }
}

fn asked_by(hypothesis: &Hypothesis, opening: &Opening) -> bool {
    matches!(&hypothesis.kind, Kind::Principal { principal } if *principal == opening.request.scope.principal)
}

impl<'a> Contents<'a> {
    /// Of what a void entry anchors, nothing is left out.
    pub fn of(state: &'a State) -> Self {
        let (effect, void) = (&state.intakes, &state.voids.intakes);
        let body = |void| move |received| Body { received, void };
        let mut bodies: Vec<_> = effect.iter().map(body(false)).chain(void.iter().map(body(true))).collect();
        // One entry is of one body: its place is that among its like, and behind those of the others that come before it.
        bodies.sort_by_key(|body| body.received.at.entry);
        let place = |batch: &Batch, others: &[Received]| {
            let own = usize::try_from(batch.intake).expect("an intake entry is in memory");
            own + others.partition_point(|other| other.at.entry < batch.entry)
        };
        let effect = state.batches.iter().map(|batch| (batch, place(batch, void)));
        let void = state.voids.batches.iter().map(|batch| (batch, place(batch, &state.intakes)));
        let (mut keys, mut lists) = (Vec::new(), BTreeMap::new());
        let sealed = effect.chain(void).map(|(batch, body)| {
            // Batches share lists: the same one is in the same place.
            let list = lists.entry(batch.keys.as_ptr()).or_insert_with(|| {
                keys.push(batch.keys.iter().map(|to| state.key(to)).collect());
                keys.len() - 1
            });
            Sealed { batch, body, keys: *list }
        });
        let mut batches: Vec<_> = sealed.collect();
        batches.sort_by_key(|sealed| (sealed.batch.id, sealed.batch.entry));
        Self { bodies, batches, keys }
    }
}
