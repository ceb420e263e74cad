//! Bodies that count as they were recorded, sealed or not: what passed through a taken host, and what was read on a line.

use super::{super::Error, Body, Reach, Until};
use crate::hypothesis::Kind;
use ledger::{BootId, Hash, Time, WorkerId, entry::Channel, replay::Source};
use std::collections::BTreeSet;

/// Bodies of which everything is reached: by their places in [`Reach::bodies`], how long.
#[derive(Default)]
pub(in super::super) struct Window(Vec<Option<Until>>);

impl Window {
    pub(super) fn take(&mut self, body: usize, until: Until) {
        if self.0.len() <= body {
            self.0.resize(body + 1, None);
        }
        self.0[body] = self.0[body].max(Some(until));
    }

    pub fn until(&self, body: usize) -> Option<Until> {
        self.0.get(body).copied().flatten()
    }

    pub fn has(&self, body: usize) -> bool {
        self.until(body).is_some()
    }

    /// Each body's place, with how long.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Until)> {
        self.0.iter().enumerate().filter_map(|(body, until)| Some((body, (*until)?)))
    }

    /// No place of a body of it is above.
    pub fn room(&self) -> usize {
        self.0.len()
    }
}

/// One boot of a machine.
struct Machine {
    /// The first start in it.
    first: u64,
    /// The entry with which it and those before it certainly are over; none: one may be running.
    over: Option<u64>,
}

impl Reach<'_> {
    /// What passed through this worker, and what a machine that it may have run on at the hypothesis's beginning had in memory.
    pub(super) fn take_host(&mut self, number: usize, worker: &WorkerId) {
        let open = self.hypotheses[number].from.is_none();
        let machines = self.machines(worker);
        let before = self.edges[number].before;
        let running = machines.iter().filter(|own| own.first < before && own.over.is_none_or(|over| over >= before));
        let begins = running.map(|own| own.first).min().unwrap_or(0);
        self.begins = Some(self.begins.map_or(begins, |known| known.min(begins)));
        for (index, Body { received: intake, void, .. }) in self.bodies.iter().enumerate() {
            let entry = intake.at.entry;
            let taken = *void || self.ends[number].reaches_worker(worker, entry);
            if intake.source.worker != *worker || entry < begins || !taken {
                continue;
            }
            let last = machines[..machines.partition_point(|own| own.first <= entry)].last();
            let until = match (open, last.and_then(|own| self.dating.settled(own.over?))) {
                // Memory ends with the machine's next boot: a later beginning no longer reaches this body.
                (true, Some(settled)) => Until::Time(settled),
                _ => Until::Always,
            };
            self.window.take(index, until);
        }
    }

    /// The boots in which this worker ran, by their first starts. What a process leaves in memory is gone with the machine's next
    /// boot; but a start in another one shows that only of what it closes: a copy may be started elsewhere while this one runs.
    fn machines(&self, worker: &WorkerId) -> Vec<Machine> {
        let mut own: Vec<_> = self.state.instances.values().filter(|instance| instance.worker == *worker).collect();
        own.sort_by_key(|instance| instance.start.entry);
        // What came before any start was of nobody knows which boot.
        let mut machines = vec![Machine { first: 0, over: own.first().map(|instance| instance.start.entry) }];
        let boots: BTreeSet<BootId> = own.iter().map(|instance| instance.boot).collect();
        // A boot is one machine's, whoever else runs on it: it goes on as long as anybody starts in it.
        let mut everybody: Vec<_> = self.state.instances.values().collect();
        everybody.sort_by_key(|instance| instance.start.entry);
        for boot in boots {
            let there = || everybody.iter().filter(|instance| instance.boot == boot);
            let (Some(first), Some(last)) = (there().next(), there().next_back()) else { continue };
            let last = last.start.entry;
            let next = own.iter().map(|instance| instance.start.entry).find(|start| *start > last);
            let ends = there().map(|instance| instance.over()).chain([next]).collect::<Option<Vec<_>>>();
            machines.push(Machine { first: first.start.entry, over: ends.and_then(|ends| ends.into_iter().max()) });
        }
        machines.sort_by_key(|own| own.first);
        for next in 1..machines.len() {
            machines[next].over = machines[next].over.zip(machines[next - 1].over).map(|(own, before)| own.max(before));
        }
        machines
    }

    /// Bodies that were encrypted to this certificate; and those by AS2 of which that is not known, or that were not encrypted.
    pub(super) fn take_traffic(&mut self, number: usize, certificate: Hash) -> Result<(), Error> {
        let named = |body: &Body| body.received.source.decryption == Some(certificate);
        if !self.bodies.iter().any(named) {
            return Err(Error::UnknownDecryption { certificate });
        }
        let unknown = |source: &Source| source.decryption.is_none() && source.channel == Channel::As2;
        for (index, body) in self.bodies.iter().enumerate() {
            let Body { received, void, .. } = *body;
            let dated = void || received.at.entry >= self.edges[number].before;
            let own = named(body) || unknown(&received.source);
            if own && dated && self.in_time(number, received, void) {
                self.window.take(index, Until::Always);
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
