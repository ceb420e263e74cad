//! Counts of people: a request goes in, batches follow it, one number comes out.

use super::{Included, Octets, Pins, Unproven};
use ledger::{CountRequest, Entry, Hash, Header};
use serde::{Deserialize, Serialize};

/// A count was announced: its batches may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountBegun {
    /// The request's name in the ledger, [`CountRequest::id`].
    pub count: Hash,
    /// Index of the `count_intent` entry.
    pub intent: u64,
    /// Random, and told to nobody else: the count's name is in the ledger, where anybody reads it. What follows must show it.
    pub handle: Hash,
}

/// Batches of a count under way; whoever carries them can leave some out, which is seen, and add none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountBatches {
    /// Whose batches: [`CountBegun::handle`].
    pub handle: Hash,
    /// Some of them, each once.
    pub batches: Vec<CountBatch>,
}

/// A sealed batch, as far as a count needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountBatch {
    /// The batch's clear header.
    pub header: Header,
    /// The salt of its hash in the ledger.
    pub salt: Hash,
    /// One for each group of the header.
    pub encapsulations: Vec<Octets>,
    /// The whole sealed body.
    pub body: Octets,
}

/// How far a count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountTaken {
    /// Rows that were looked at.
    pub rows: u64,
}

/// No more batches come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountEnd {
    /// Whose end: [`CountBegun::handle`].
    pub handle: Hash,
}

/// What was counted, in the warden's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountAnswer {
    /// The request's name in the ledger.
    pub count: Hash,
    /// At most so many people; none: fewer than a number is given of.
    pub people: Option<u64>,
    /// Rows of the set.
    pub rows: u64,
    /// Index of the `count_intent` entry.
    pub intent: u64,
    /// Index of the `counted` entry.
    pub counted: u64,
    /// The checkpoint, with its quorum of cosignatures, before which no key was used.
    pub checkpoint: String,
    /// The proof that the intent is in that checkpoint.
    pub included: Included,
    /// A note by the ledger's key over [`CountAnswer::statement`].
    pub signed: String,
}

impl CountAnswer {
    /// What the warden signs: that this count, of so many rows, came to this.
    pub fn statement(count: &Hash, rows: u64, people: Option<u64>) -> String {
        let people = people.map_or_else(|| "withheld".to_owned(), |people| people.to_string());
        format!("bulla.counted/1\n{count}\n{rows}\n{people}\n")
    }

    /// Checks that this very request stood in a checkpoint with its quorum, and that the number is the warden's.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(&self, request: &CountRequest, pins: &Pins) -> Result<(), Unproven> {
        self.included.verify(&pins.checkpoint(&self.checkpoint)?)?;
        let signed = tlog::note::open(self.signed.as_bytes(), std::slice::from_ref(&pins.warden));
        let statement = Self::statement(&request.id(), self.rows, self.people);
        if signed.map_or(true, |signed| signed.text != statement) {
            return Err(Unproven::Answer);
        }
        match &self.included.logged.entry {
            Entry::CountIntent(intent) if intent.request == *request && intent.count == self.count => Ok(()),
            _ => Err(Unproven::Entry { index: self.included.index }),
        }
    }
}
