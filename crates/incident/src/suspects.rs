//! Whose word does not count: every key on a host that a hypothesis takes.
//!
//! Suspects may raise a figure and never lower one (`docs/protocol.md`, R3). Who stands where is what the ledger's first
//! entry says, as far as the reader's pins vouch for it: without pins all stand on one host.

use crate::{Hypothesis, Level, hypothesis::Kind};
use ledger::{WorkerId, entry::Genesis};
use std::collections::BTreeSet;

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
    genesis: &'a Genesis,
    placing: Placing,
    witnesses: Vec<bool>,
}

impl<'a> Suspects<'a> {
    pub fn new(genesis: &'a Genesis, hypotheses: &[Hypothesis], placing: Placing) -> Self {
        let mut suspects = Self { genesis, placing, witnesses: Vec::new() };
        let taken: BTreeSet<String> = hypotheses.iter().flat_map(|h| suspects.hosts(&h.kind)).collect();
        let has = |wanted: fn(&Kind) -> bool| hypotheses.iter().any(|h| wanted(&h.kind));
        let all = has(|kind| *kind == Kind::Collusion)
            || (placing == Placing::OneHost && has(|kind| matches!(kind, Kind::Host { .. } | Kind::Warden)));
        let falls = |host: &str| all || (placing == Placing::AsWritten && taken.contains(&host.to_ascii_lowercase()));
        suspects.witnesses = genesis.witnesses.iter().map(|witness| falls(witness.host.as_str())).collect();
        suspects
    }

    /// Whether the witness of this place in the first entry is suspect.
    pub fn witness(&self, index: usize) -> bool {
        self.witnesses.get(index).copied().unwrap_or(true)
    }

    /// Whether the private keys are taken, too.
    pub fn takes_warden(&self, kind: &Kind) -> bool {
        let here = || self.hosts(kind).contains(&self.genesis.warden.host.as_str().to_ascii_lowercase());
        match (kind, self.placing) {
            (Kind::Warden, _) | (Kind::Host { .. }, Placing::OneHost) => true,
            (Kind::Host { .. }, Placing::AsWritten) => here(),
            _ => false,
        }
    }

    /// Whether this worker's host is taken: it is named, or another one on its host is.
    pub fn takes_worker(&self, kind: &Kind, worker: &WorkerId) -> bool {
        let Kind::Host { workers } = kind else { return false };
        let named = workers.is_empty() || workers.contains(worker);
        let beside = || {
            let own = self.genesis.workers.iter().find(|enrolled| enrolled.worker == *worker);
            own.is_some_and(|own| self.hosts(kind).contains(&own.host.as_str().to_ascii_lowercase()))
        };
        match self.placing {
            Placing::OneHost => true,
            Placing::AsWritten => named || beside(),
            Placing::Apart => named,
        }
    }

    /// Days for which copies of the warden's files are kept.
    pub fn copies_days(&self) -> u32 {
        self.genesis.copies_days
    }

    fn hosts(&self, kind: &Kind) -> BTreeSet<String> {
        let lower = |host: &ledger::PlaceName| host.as_str().to_ascii_lowercase();
        match kind {
            Kind::Warden => BTreeSet::from([lower(&self.genesis.warden.host)]),
            Kind::Host { workers } => {
                let named = |worker: &WorkerId| workers.is_empty() || workers.contains(worker);
                let own = self.genesis.workers.iter().filter(|enrolled| named(&enrolled.worker));
                own.map(|enrolled| lower(&enrolled.host)).collect()
            }
            _ => BTreeSet::new(),
        }
    }
}
