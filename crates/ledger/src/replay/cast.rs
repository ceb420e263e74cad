//! Who plays which part in the ledger, from which entry on.

use super::{Rule, State};
use crate::{entry::*, identifier::WorkerId, signature::PublicKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tlog::{Algorithm, Verifier};

/// One cast: what genesis says, or what it became by a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// The entry that made it so. A checkpoint of more entries than that is signed and cosigned by this cast.
    pub since: u64,
    /// Of the warden, from 1.
    pub generation: u32,
    /// The entry that made it: another policy may have changed other parts since.
    pub generation_since: u64,
    /// Who keeps the ledger and the private keys.
    pub warden: Generation,
    /// Who cosigns.
    pub witnesses: Witnesses,
    /// Whose intake entries count.
    pub workers: Vec<EnrolledWorker>,
    /// Who signs the next policy.
    pub authority: Authority,
}

impl Cast {
    /// As the ledger begins.
    pub fn first(genesis: &Genesis) -> Self {
        Self {
            since: 0,
            generation: 1,
            generation_since: 0,
            warden: genesis.generation(),
            witnesses: Witnesses { keys: genesis.witnesses.clone(), quorum: genesis.quorum },
            workers: genesis.workers.clone(),
            authority: genesis.authority.clone(),
        }
    }

    /// After this policy, which stands at this entry; `None`: nobody's part changes.
    pub fn after(&self, entry: u64, policy: &PolicyRecord) -> Option<Self> {
        let changes = policy.moves() || policy.authority.is_some() || !policy.workers.is_empty();
        changes.then(|| {
            let mut next = self.clone();
            next.since = entry;
            if let Some(generation) = &policy.generation {
                (next.generation, next.generation_since) = (next.generation + 1, entry);
                next.warden = generation.clone();
            }
            next.witnesses = policy.witnesses.clone().unwrap_or(next.witnesses);
            next.authority = policy.authority.clone().unwrap_or(next.authority);
            for worker in &policy.workers {
                next.workers.retain(|known| known.worker != worker.worker);
                next.workers.push(worker.clone());
            }
            next
        })
    }

    /// The key of an enrolled worker.
    pub fn worker_key(&self, worker: &WorkerId) -> Option<PublicKey> {
        self.workers.iter().find(|enrolled| enrolled.worker == *worker).map(|enrolled| enrolled.key)
    }

    /// Whether everybody in it can play the part.
    pub(super) fn check(&self, origin: &str) -> Result<(), Rule> {
        let ensure = |holds: bool, rule: Rule| if holds { Ok(()) } else { Err(rule) };
        let Witnesses { keys, quorum } = &self.witnesses;
        let distinct: BTreeSet<_> = keys.iter().map(|witness| &witness.key).collect();
        let reachable = usize::try_from(*quorum).is_ok_and(|quorum| quorum <= distinct.len());
        ensure(reachable, Rule::Quorum { quorum: *quorum, witnesses: keys.len() })?;
        let signs = |key: &Verifier| key.algorithm() == Algorithm::Ed25519 && key.name() == origin;
        let warden = note_key(&self.warden.warden).filter(signs);
        let cosign = |witness: &PlacedKey| note_key(witness).is_some_and(|key| key.algorithm().cosigns());
        ensure(warden.is_some() && keys.iter().all(cosign) && distinct.len() == keys.len(), Rule::NoteKey)?;
        let Authority { threshold, officers } = &self.authority;
        let distinct: BTreeSet<_> = officers.iter().map(|officer| officer.key).collect();
        let threshold = usize::try_from(*threshold).unwrap_or(usize::MAX);
        let decidable = distinct.len() == officers.len() && (1..=officers.len()).contains(&threshold);
        ensure(decidable, Rule::Authority)?;
        let mut enrolled = BTreeSet::new();
        let twice = self.workers.iter().find(|worker| !enrolled.insert(&worker.worker));
        twice.map_or(Ok(()), |twice| Err(Rule::WorkerTwice { worker: twice.worker.clone() }))
    }
}

fn note_key(placed: &PlacedKey) -> Option<Verifier> {
    placed.key.parse().ok()
}

impl State {
    /// Who plays which part now; `None` before the first entry.
    pub fn cast(&self) -> Option<&Cast> {
        self.casts.last()
    }

    /// Who signs and cosigns a checkpoint of so many entries: who played that part before its last one.
    pub fn cast_of(&self, size: u64) -> Option<&Cast> {
        let end = self.casts.partition_point(|cast| cast.since < size);
        end.checked_sub(1).and_then(|last| self.casts.get(last))
    }

    /// The key of an enrolled worker that is not revoked.
    pub fn worker_key(&self, worker: &WorkerId) -> Option<PublicKey> {
        self.cast()?.worker_key(worker).filter(|key| !self.revoked.contains_key(key))
    }
}
