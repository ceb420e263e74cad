//! A look at each batch of which something is reached: its header is read when its turn comes and let go afterwards, so that however
//! many there are, few are in memory.

use super::{
    Beside,
    reach::{Part, Reach, Sealed},
    view::fits,
};
use ledger::{BatchId, Disclosed};
use std::{
    borrow::Cow,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

/// Batches that one core looks at at a time.
const BLOCK: usize = 128;
/// Blocks that a core may be ahead of whoever is shown them: what bounds the memory.
const BLOCKS_AHEAD: usize = 4;

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
        let disclosed = beside.disclosed(&sealed.batch.id);
        let disclosed = disclosed.filter(|disclosed| fits(reach, sealed, disclosed, beside));
        Some(Self { sealed, parts, disclosed })
    }

    pub fn batch(&self) -> BatchId {
        self.sealed.batch.id
    }
}

/// Shows each of them in the order of [`Reach::batches`], looked at by as many cores as there are.
pub(super) fn each<'r>(reach: &'r Reach<'r>, beside: &'r impl Beside, mut show: impl FnMut(Look<'r>)) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let blocks = reach.batches.chunks(BLOCK);
    thread::scope(|threads| {
        let lanes: Vec<Receiver<Vec<Look>>> = (0..cores)
            .map(|core| {
                let (give, take) = sync_channel(BLOCKS_AHEAD);
                let own = blocks.clone().skip(core).step_by(cores);
                threads.spawn(move || {
                    for block in own {
                        let looks = block.iter().filter_map(|sealed| Look::at(reach, *sealed, beside)).collect();
                        // Nobody takes it: who is shown them has panicked, which is passed on where the scope ends.
                        let Ok(()) = give.send(looks) else { return };
                    }
                });
                take
            })
            .collect();
        for (_, lane) in blocks.zip(lanes.iter().cycle()) {
            lane.recv().expect("looking does not panic").into_iter().for_each(&mut show);
        }
    });
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
    pub fn iter(&self) -> impl Iterator<Item = &BatchId> {
        self.0.iter()
    }
}
