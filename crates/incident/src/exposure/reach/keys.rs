//! Which periods' private keys and which months' index keys a hypothesis takes.

use super::{Reach, Until};
use crate::{Hypothesis, assessment::Absent, hypothesis::Kind};
use ledger::{
    PeriodId, Time,
    entry::IndexKey,
    replay::{At, HandedIndexKey, Life},
};

impl Reach<'_> {
    /// Whether this hypothesis takes a key, and the last beginning with which it does.
    pub fn taken_key(&self, number: usize, period: &PeriodId, life: Life) -> Option<Until> {
        if self.unreached(number, period, life).is_some() {
            return None;
        }
        Some(match (self.hypotheses[number].from, life.shredded) {
            (None, Some(shredded)) => self.forgotten(shredded).map_or(Until::Always, Until::Time),
            _ => Until::Always,
        })
    }

    /// The hypotheses under which private keys are taken.
    fn keyed(&self) -> impl Iterator<Item = usize> {
        (0..self.hypotheses.len()).filter(|number| self.suspects.takes_warden(&self.hypotheses[*number].kind))
    }

    /// Whether private keys of periods are taken, and not all of them.
    pub fn takes_keys(&self) -> bool {
        !self.has_collusion() && self.keyed().next().is_some()
    }

    /// What keeps this key out of reach of every hypothesis: of the first one's reasons.
    pub fn out_of_reach(&self, period: &PeriodId, life: Life) -> Option<Absent> {
        let mut reasons = self.keyed().map(|number| self.unreached(number, period, life));
        let first = reasons.next()??;
        if reasons.all(|reason| reason.is_some()) { Some(first) } else { None }
    }

    /// A shred before this hypothesis's beginning, if it certainly was, and no copy from before it is kept: a later one
    /// undoes nothing, since whoever has the warden may write it. Or that another generation made the key after its end.
    fn unreached(&self, number: usize, period: &PeriodId, life: Life) -> Option<Absent> {
        let shredded = life.shredded.filter(|shredded| shredded.entry < self.edges[number].copies_gone);
        if let Some((shredded, cosigned)) = shredded.and_then(|at| Some((at, self.dating.settled(at.entry)?))) {
            return Some(Absent::Shredded { shred: shredded.entry, cosigned });
        }
        let (policy, signed) = *self.ends[number].generations.get(&period.generation)?;
        life.born.map(|_| Absent::MadeAfter { policy, signed })
    }

    /// The last beginning that this shred does not help against.
    pub fn forgotten(&self, shredded: At) -> Option<Time> {
        let settled = self.dating.settled(shredded.entry)?;
        Some(settled.plus_days(self.suspects.copies_days()))
    }

    /// No start is believed of a taken host: index keys once handed out are still there. A warden has those of all. A copy of a
    /// gateway's disk has the key with which it asks for them: what was handed out since, it may have been handed to the thief.
    pub fn takes_index_key(&self, handed: &HandedIndexKey) -> bool {
        let (worker, entry) = (&handed.key.worker, handed.at.entry);
        self.hypotheses.iter().enumerate().any(|(number, Hypothesis { kind, .. })| {
            let reached = self.ends[number].reaches_worker(worker, entry);
            let worked = self.suspects.takes_worker(kind, worker) && reached;
            let copied = *kind == Kind::Storage && reached && entry >= self.edges[number].before;
            *kind == Kind::Collusion || self.suspects.takes_warden(kind) || worked || copied
        })
    }

    /// A void hand-over tells neither when nor to whom for certain: whoever may have it, has it.
    pub fn takes_void_index_key(&self, key: &IndexKey) -> bool {
        self.hypotheses.iter().map(|hypothesis| &hypothesis.kind).any(|kind| {
            let collusion = *kind == Kind::Collusion;
            collusion
                || *kind == Kind::Storage
                || self.suspects.takes_warden(kind)
                || self.suspects.takes_worker(kind, &key.worker)
        })
    }
}
