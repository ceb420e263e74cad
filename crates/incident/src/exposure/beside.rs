//! What stands beside the ledger: headers, which make a figure smaller, carriers' confirmations, which are shown apart,
//! shippers' totals, which bound what a taken host received, and co-holders' lists, which bound what a taken warden could open.

use ledger::{BatchId, Confirmation, Disclosed, Hash, SentTotals, Unwraps, canonical};
use std::{borrow::Cow, collections::BTreeMap};

/// Where headers and confirmations come from. Nothing in them is believed before it fits the ledger.
pub trait Beside: Sync {
    /// The header of a batch: asked once or twice for each affected batch, on all cores, about in the order of their ids.
    fn disclosed(&self, batch: &BatchId) -> Option<Shown<'_>>;

    /// The same as it is written in a bundle, its canonical form.
    fn written(&self, batch: &BatchId) -> Option<Vec<u8>>;

    /// How many signed words of carriers there are, that they have deliveries; in any order.
    fn confirmations(&self) -> usize;

    /// The one with this number, from 0 on, as it is written in a bundle, its canonical form: asked for once or twice, on all cores,
    /// about in the order of their numbers. One that cannot be read does not count.
    fn confirmation(&self, number: usize) -> Option<Vec<u8>>;

    /// Shippers' signed totals of what they sent, in any order.
    fn totals(&self) -> &[SentTotals];

    /// Co-holders' signed lists of what they unwrapped, in any order.
    fn unwraps(&self) -> &[Unwraps];
}

/// A header, and the salted hash of just this reading of it: where it is read from may change meanwhile.
pub struct Shown<'b> {
    /// With its salt.
    pub disclosed: Cow<'b, Disclosed>,
    /// What an anchor has of it, see [`ledger::Header::salted`].
    pub salted: Hash,
}

/// All of it in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// By batch.
    pub headers: BTreeMap<BatchId, Disclosed>,
    /// In any order.
    pub confirmations: Vec<Confirmation>,
    /// In any order.
    pub totals: Vec<SentTotals>,
    /// In any order.
    pub unwraps: Vec<Unwraps>,
}

impl Beside for Files {
    fn disclosed(&self, batch: &BatchId) -> Option<Shown<'_>> {
        let disclosed = self.headers.get(batch)?;
        let salted = disclosed.header.salted(&disclosed.salt);
        Some(Shown { disclosed: Cow::Borrowed(disclosed), salted })
    }

    fn written(&self, batch: &BatchId) -> Option<Vec<u8>> {
        self.headers.get(batch).map(canonical::bytes)
    }

    fn confirmations(&self) -> usize {
        self.confirmations.len()
    }

    fn confirmation(&self, number: usize) -> Option<Vec<u8>> {
        self.confirmations.get(number).map(canonical::bytes)
    }

    fn totals(&self) -> &[SentTotals] {
        &self.totals
    }

    fn unwraps(&self) -> &[Unwraps] {
        &self.unwraps
    }
}
