//! Settling: of what is past the book holds names and hashes only, so that neither memory nor a start grows with the ledger as
//! they would. What is let go here is saved by [`crate::settling`].

use super::{Book, Notes, replaying::Replaying};
use crate::past::{Name, Names, Past, Place, Runs, Saved, Step};
use durable::Records;
use ledger::replay::{Settled, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// State and notes as of some size, as they are saved.
#[derive(Clone)]
pub(super) struct Kept {
    size: u64,
    octets: Arc<Vec<u8>>,
}

#[derive(Serialize)]
struct AsOf<'b> {
    state: &'b State,
    notes: &'b Notes,
}

#[derive(Deserialize)]
struct Read {
    state: State,
    notes: Notes,
}

impl Kept {
    pub(super) fn new(size: u64, octets: Vec<u8>) -> Self {
        Self { size, octets: Arc::new(octets) }
    }

    /// The replay that goes on from there; `None` where it is not of this form.
    pub(super) fn replaying(&self, past: &Past, vouched: u64) -> Option<Replaying> {
        let Read { mut state, notes } = serde_json::from_slice(&self.octets).ok()?;
        state.remember(Arc::new(past.clone()));
        (state.size == self.size).then(|| Replaying::from(state, notes, vouched))
    }
}

impl Book {
    /// How many entries are settled.
    pub(crate) fn settled(&self) -> u64 {
        self.kept.as_ref().map_or(0, |kept| kept.size)
    }

    /// Lets go what is past; what is to be saved of it. None where the ledger has void entries, or does not work.
    pub(crate) fn settle(&mut self, saved: &Saved) -> Option<Step> {
        self.working().ok()?;
        let settled = self.state.settle()?;
        self.past.names.push(names(&settled, &self.log));
        self.state.remember(Arc::new(self.past.clone()));
        let as_of = AsOf { state: &self.state, notes: &self.notes };
        let kept = Kept::new(self.size(), serde_json::to_vec(&as_of).expect("string keys and plain values"));
        self.kept = Some(kept.clone());
        Some(Step::new(saved, &self.tree, &self.log, kept.octets, self.past.names.clone()))
    }

    /// The same names in fewer tables.
    pub(crate) fn rename(&mut self, names: Runs) {
        self.past.names = names;
        self.state.remember(Arc::new(self.past.clone()));
    }

    /// What was judged by an entry that cannot be read is worth nothing.
    pub(super) fn check_past(&mut self) {
        if self.past.is_unreadable() {
            self.stop("an earlier entry of the ledger cannot be read: the disk has lost it");
        }
    }
}

fn names(settled: &Settled, log: &Records) -> Names {
    let place = |entry: u64| Place { entry, start: log.start(entry).expect("the log has it") };
    let batches = settled.batches.iter().map(|(batch, entry)| (Name::Batch(batch).key(), place(*entry)));
    let openings = settled.openings.iter().map(|(opening, entry)| (Name::Opening(opening).key(), place(*entry)));
    let parts = settled
        .parts
        .iter()
        .map(|((instance, ticket, part), entry)| (Name::Part(instance, *ticket, *part).key(), place(*entry)));
    Names::new(batches.chain(openings).chain(parts))
}
