//! A look at each batch of which something is reached: its header is read when its turn comes and let go afterwards, so that however
//! many there are, few are in memory.

use super::{
    Beside,
    reach::{Part, Reach, Sealed},
    view::fits,
};
use ledger::{BatchId, Disclosed, cores};
use std::borrow::Cow;

/// Batches that one core looks at at a time.
const BLOCK: usize = 128;

/// A batch of which something is reached.
pub(super) struct Look<'r> {
    pub sealed: Sealed<'r>,
    /// What of it; never empty.
    pub parts: Vec<Part<'r>>,
    /// Its header, if that fits the anchor.
    pub disclosed: Option<Cow<'r, Disclosed>>,
}

impl<'r> Look<'r> {
    fn at(reach: &'r Reach<'r>, sealed: Sealed<'r>, beside: &'r impl Beside) -> Option<Self> {
        let parts = reach.parts(sealed);
        if parts.is_empty() {
            return None;
        }
        let shown = beside.disclosed(&sealed.batch.id).filter(|shown| fits(reach, sealed, shown));
        Some(Self { sealed, parts, disclosed: shown.map(|shown| shown.disclosed) })
    }

    pub fn batch(&self) -> BatchId {
        self.sealed.batch.id
    }
}

/// Shows each of them in the order of [`Reach::batches`], looked at by as many cores as there are.
pub(super) fn each<'r>(reach: &'r Reach<'r>, beside: &'r impl Beside, mut show: impl FnMut(Look<'r>)) {
    let blocks = reach.batches.chunks(BLOCK);
    let look = |block: &[Sealed<'r>]| -> Vec<_> {
        block.iter().filter_map(|sealed| Look::at(reach, *sealed, beside)).collect()
    };
    cores::in_order(blocks, look, |looks: Vec<Look>| looks.into_iter().for_each(&mut show));
}

/// Batches by id, each once, as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batches(Vec<BatchId>);

impl Batches {
    /// The next in order; what is anchored twice is shown twice.
    pub(super) fn add(&mut self, batch: BatchId) {
        if self.0.last() != Some(&batch) {
            self.0.push(batch);
        }
    }

    /// Whether this one is among them.
    pub fn contains(&self, batch: &BatchId) -> bool {
        self.0.binary_search(batch).is_ok()
    }

    /// All of them, ascending.
    pub fn list(&self) -> &[BatchId] {
        &self.0
    }
}
