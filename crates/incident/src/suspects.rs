//! Whose word does not count: every key on a host that a hypothesis takes.
//!
//! Suspects may raise a figure and never lower one (`docs/protocol.md`, R3). Who stands where is what the ledger's first
//! entry and its policies say, as far as the reader's pins vouch for it: without pins all stand on one host. Whoever ever
//! played a part on a taken host is suspect, also before and after.

use crate::{Hypothesis, Level, hypothesis::Kind, signers::Placed};
use ledger::{
    CoHolderId, WorkerId,
    entry::{CoHolder, EnrolledWorker},
    replay::Cast,
};
use std::collections::{BTreeMap, BTreeSet};

/// How far the first entry is believed on who stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placing {
    /// Not at all: whoever takes a host or the warden has every key.
    OneHost,
    /// As it is written.
    AsWritten,
    /// Each role on a host of its own, whatever is written: only for "had the warden stood elsewhere".
    Apart,
}

impl From<Level> for Placing {
    fn from(level: Level) -> Self {
        if level == Level::ONE_HOST { Self::OneHost } else { Self::AsWritten }
    }
}

/// What falls under all hypotheses together.
#[derive(Debug, Clone)]
pub(crate) struct Suspects<'a> {
    casts: &'a [Cast],
    co_holders: &'a BTreeMap<CoHolderId, CoHolder>,
    placing: Placing,
    taken: BTreeSet<String>,
    all: bool,
}

impl<'a> Suspects<'a> {
    pub fn new(
        casts: &'a [Cast],
        co_holders: &'a BTreeMap<CoHolderId, CoHolder>,
        hypotheses: &[Hypothesis],
        placing: Placing,
    ) -> Self {
        let has = |wanted: fn(&Kind) -> bool| hypotheses.iter().any(|h| wanted(&h.kind));
        let all = has(|kind| *kind == Kind::Collusion)
            || (placing == Placing::OneHost
                && has(|kind| matches!(kind, Kind::Host { .. } | Kind::Warden | Kind::CoHolder)));
        let mut suspects = Self { casts, co_holders, placing, taken: BTreeSet::new(), all };
        suspects.taken = hypotheses.iter().flat_map(|h| suspects.hosts(&h.kind)).collect();
        suspects
    }

    /// Whether a witness is suspect, of whom all placements are given: a key that was ever on a host that is taken is the
    /// thief's, wherever it is said to be before or after, and under whichever name.
    pub fn witness(&self, witness: &Placed, all: &[Placed]) -> bool {
        let taken = |own: &Placed| own.key.public() == witness.key.public() && self.taken.contains(&own.host);
        self.all || (self.placing == Placing::AsWritten && all.iter().any(taken))
    }

    /// Whether the private keys are taken, too.
    pub fn takes_warden(&self, kind: &Kind) -> bool {
        match (kind, self.placing) {
            (Kind::Warden, _) | (Kind::Host { .. } | Kind::CoHolder, Placing::OneHost) => true,
            (Kind::Host { .. }, Placing::AsWritten) => {
                let hosts = self.hosts(kind);
                self.casts.iter().any(|cast| hosts.contains(&cast.warden.warden.host.folded()))
            }
            _ => false,
        }
    }

    /// Whether this worker's host is taken: it is named, or another one on its host is.
    pub fn takes_worker(&self, kind: &Kind, worker: &WorkerId) -> bool {
        let Kind::Host { workers } = kind else { return false };
        let named = workers.is_empty() || workers.contains(worker);
        let beside = || {
            let hosts = self.hosts(kind);
            self.workers().any(|own| own.worker == *worker && hosts.contains(&own.host.folded()))
        };
        match self.placing {
            Placing::OneHost => true,
            Placing::AsWritten => named || beside(),
            Placing::Apart => named,
        }
    }

    /// Whether this worker's word lowers nothing, in any of its places.
    pub fn worker(&self, worker: &EnrolledWorker) -> bool {
        self.all || (self.placing == Placing::AsWritten && self.taken.contains(&worker.host.folded()))
    }

    /// Whether the word of whoever has this name lowers nothing, wherever it was enrolled.
    pub fn doubts(&self, worker: &WorkerId) -> bool {
        self.workers().any(|own| own.worker == *worker && self.worker(own))
    }

    /// Whether this co-holder is somebody else than the warden, and not taken too: then its own list says from what it took its
    /// layer. Its host is nobody else's, by the ledger's rules.
    pub fn believes(&self, co_holder: &CoHolder) -> bool {
        let taken = self.all || self.taken.contains(&co_holder.host.folded());
        self.placing == Placing::AsWritten && self.is_another(co_holder) && !taken
    }

    /// Whether it is of another organisation than every warden.
    pub fn is_another(&self, co_holder: &CoHolder) -> bool {
        let mut wardens = self.casts.iter().map(|cast| cast.warden.warden.organisation.folded());
        wardens.all(|own| own != co_holder.organisation.folded())
    }

    /// Days for which copies of a warden's files are kept, the most of all generations: a later one has the keys of those
    /// before it.
    pub fn copies_days(&self) -> u32 {
        self.casts.iter().map(|cast| cast.warden.copies_days).max().unwrap_or(0)
    }

    /// Every worker that was ever enrolled, in each of its places.
    pub fn workers(&self) -> impl Iterator<Item = &'a EnrolledWorker> {
        self.casts.iter().flat_map(|cast| &cast.workers)
    }

    fn hosts(&self, kind: &Kind) -> BTreeSet<String> {
        match kind {
            Kind::Warden => self.casts.iter().map(|cast| cast.warden.warden.host.folded()).collect(),
            Kind::Host { workers } => {
                let named = |worker: &WorkerId| workers.is_empty() || workers.contains(worker);
                let own = self.workers().filter(|enrolled| named(&enrolled.worker));
                own.map(|enrolled| enrolled.host.folded()).collect()
            }
            Kind::CoHolder => self.co_holders.values().map(|own| own.host.folded()).collect(),
            _ => BTreeSet::new(),
        }
    }
}
