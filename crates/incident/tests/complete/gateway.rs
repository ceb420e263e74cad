//! One running process of a gateway, and what it has on its disk.

use ledger::{entry::Intake, *};
use std::collections::BTreeMap;

/// What is noted of a body.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its number in the world.
    pub body: usize,
    /// Once it is all there.
    pub intake: Option<Intake>,
    /// Proven to stand in the ledger.
    pub known: bool,
}

/// Of each start, its tickets.
pub type Disk = BTreeMap<InstanceId, BTreeMap<u64, Item>>;

#[derive(Debug, Clone)]
pub struct Process {
    pub worker: WorkerId,
    /// Of the machine that it runs on.
    pub boot: BootId,
    pub disk: Disk,
    pub instance: InstanceId,
    pub proven: Option<u64>,
    pub sent: Option<u64>,
    pub ticks: u64,
}

impl Process {
    pub fn tickets(&self) -> &BTreeMap<u64, Item> {
        &self.disk[&self.instance]
    }

    pub fn note(&mut self, item: Item) -> u64 {
        let ticket = self.next();
        self.disk.get_mut(&self.instance).unwrap().insert(ticket, item);
        ticket
    }

    pub fn next(&self) -> u64 {
        self.tickets().keys().last().map_or(1, |last| last + 1)
    }

    /// Rows that are stored and not known to be in the ledger.
    pub fn out(&self) -> u64 {
        let waiting = self.tickets().values().filter(|item| !item.known).filter_map(|item| item.intake.as_ref());
        waiting.map(stored).sum()
    }

    pub fn limit(&self) -> u64 {
        let proven = self.proven.unwrap_or(0);
        self.sent.map_or(proven, |sent| sent.min(proven))
    }

    /// One of the entries, of this start or an earlier one, that are not known to be there.
    pub fn waiting(&self, which: usize) -> Option<(InstanceId, u64, Intake)> {
        let all = self.disk.iter().flat_map(|(instance, items)| items.iter().map(move |own| (*instance, own)));
        let open: Vec<_> = all
            .filter(|(_, (_, item))| !item.known)
            .filter_map(|(instance, (ticket, item))| Some((instance, *ticket, item.intake.clone()?)))
            .collect();
        open.get(which % open.len().max(1)).cloned()
    }
}

/// Rows of its batches.
pub fn stored(intake: &Intake) -> u64 {
    intake.record.batches.iter().map(|anchor| u64::from(anchor.rows)).sum()
}
