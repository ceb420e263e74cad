//! Bodies that count as they were recorded, sealed or not: what passed through a taken host, and what was read on a line.

use super::{super::Error, Body, Reach, Until};
use crate::hypothesis::Kind;
use ledger::{BootId, Hash, Time, WorkerId, entry::Channel, replay::Received};

impl Reach<'_> {
    /// What passed through this worker, from its last start that certainly was before the hypothesis's beginning; or from
    /// an earlier one, if the machine ran since then: what a process leaves in memory is gone with the next boot.
    pub(super) fn take_host(&mut self, number: usize, worker: &WorkerId) {
        let open = self.hypotheses[number].from.is_none();
        let own = self.state.instances.values().filter(|instance| instance.worker == *worker);
        let mut starts: Vec<(u64, BootId)> = own.map(|instance| (instance.start.entry, instance.boot)).collect();
        starts.sort_unstable();
        let last = starts.iter().rfind(|(start, _)| *start < self.edges[number].before);
        let first = last.and_then(|(_, boot)| starts.iter().find(|(_, own)| own == boot));
        let begins = first.map_or(0, |(start, _)| *start);
        self.begins = Some(self.begins.map_or(begins, |known| known.min(begins)));
        for (index, Body { received: intake, void, .. }) in self.bodies.iter().enumerate() {
            let taken = *void || self.ends[number].reaches_worker(worker, intake.at.entry);
            if intake.worker != *worker || intake.at.entry < begins || !taken {
                continue;
            }
            let boot = starts.iter().rfind(|(start, _)| *start < intake.at.entry).map(|(_, boot)| boot);
            let restart = starts.iter().find(|(start, own)| *start > intake.at.entry && Some(own) != boot);
            let until = match (open, restart.and_then(|(restart, _)| self.dating.settled(*restart))) {
                // Memory ends with the machine's next boot: a later beginning no longer reaches this body.
                (true, Some(settled)) => Until::Time(settled),
                _ => Until::Always,
            };
            let known = self.window.entry(index).or_insert(until);
            *known = until.max(*known);
        }
    }

    /// Bodies that were encrypted to this certificate; and those by AS2 of which that is not known, or that were not encrypted.
    pub(super) fn take_traffic(&mut self, number: usize, certificate: Hash) -> Result<(), Error> {
        let named = |body: &Body| body.received.decryption == Some(certificate);
        if !self.bodies.iter().any(named) {
            return Err(Error::UnknownDecryption { certificate });
        }
        let unknown = |received: &Received| received.decryption.is_none() && received.channel == Channel::As2;
        for (index, body) in self.bodies.iter().enumerate() {
            let dated = body.void || body.received.at.entry >= self.edges[number].before;
            let own = named(body) || unknown(body.received);
            if own && dated && (body.void || self.in_time(number, body.received)) {
                self.window.insert(index, Until::Always);
            }
        }
        Ok(())
    }

    /// When the last of this hypothesis's workers certainly had a key that was not taken; or when the ledger ends, if somebody who
    /// is not suspect says when that is.
    pub fn window_ends(&self, number: usize) -> Option<Time> {
        let end = self.dating.covered(self.state.size);
        let own = self.hosts[number].iter().map(|worker| {
            let clean = self.ends[number].clean_since(worker);
            clean.and_then(|entry| self.dating.settled(entry)).or(end)
        });
        own.collect::<Option<Vec<_>>>()?.into_iter().max().or(end)
    }

    /// Whether this hypothesis takes the host on which this worker stores.
    pub fn takes_host_of(&self, number: usize, worker: &WorkerId) -> bool {
        self.hosts[number].contains(worker)
    }

    /// Entries below certainly existed before this hypothesis begins.
    pub fn edges_before(&self, number: usize) -> u64 {
        self.edges[number].before
    }

    /// Whether whoever had seen this note had seen it after that moment, by witnesses that are not suspect.
    pub fn has_seen_after(&self, note: &str, moment: Time) -> bool {
        let (tree, signers) = self.history.tree_and_signers();
        self.dating.has_seen_after(note, tree, signers, moment)
    }

    /// Whether every worker whose word is a suspect's stands on a host that is taken: what came to it is in the window.
    pub fn suspects_are_hosts(&self) -> bool {
        let counted = |worker: &WorkerId| self.hosts.iter().any(|hosts| hosts.contains(worker));
        let only = self.hypotheses.iter().all(|own| !matches!(own.kind, Kind::Collusion | Kind::Traffic { .. }));
        only && self.suspects.workers().filter(|own| self.suspects.worker(own)).all(|own| counted(&own.worker))
    }
}
