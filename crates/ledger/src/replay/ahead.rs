//! What can be done for an entry before its turn in a replay, on any core: reading it, its leaf's hash, its worker's
//! signature. All of it is computed from the leaf and a key alone, so that the replay comes to the same end as without.

use super::{State, Taken};
use crate::{
    canonical::NotCanonical,
    cores,
    entry::{Entry, Genesis, Logged, signed_record},
    identifier::WorkerId,
    signature::Ready,
};
use std::{collections::BTreeMap, thread};
use tlog::ed25519::Asked;

/// Leaves that one core reads at a time.
const BLOCK: usize = 512;
/// Fewer entries are not worth another thread.
const BLOCK_LEAST: usize = 16;

/// A leaf that was read.
#[derive(Debug)]
pub struct Ahead {
    /// Its hash in the tree.
    pub hash: tlog::Hash,
    /// What it says, if it is the canonical form of an entry.
    logged: Option<Logged>,
}

/// Reads leaves on all cores; it knows the workers' keys.
#[derive(Debug, Default)]
pub struct Reader {
    workers: BTreeMap<WorkerId, Ready>,
    /// The workers' signatures of entries below are not checked again.
    vouched: u64,
}

impl Reader {
    /// A reader of the ledger that begins with this. Signatures by others are checked when the replay asks for them.
    pub fn new(genesis: Option<&Genesis>) -> Self {
        let workers = genesis.into_iter().flat_map(|genesis| &genesis.workers);
        let workers = workers.map(|enrolled| (enrolled.worker.clone(), Ready::new(enrolled.key))).collect();
        Self { workers, vouched: 0 }
    }

    /// For whoever has checked so many entries before and signed the root over them: it must throw away what is replayed
    /// from here unless that root is the one that the leaves' hashes have.
    pub fn vouched(self, entries: u64) -> Self {
        Self { vouched: entries, ..self }
    }

    /// Reads a block of leaves, `first` being the index of the first.
    fn read<L: AsRef<[u8]>>(&self, first: u64, block: &[L]) -> Vec<Ahead> {
        let read = |leaf: &L| Ahead { hash: tlog::leaf_hash(leaf.as_ref()), logged: Logged::read(leaf.as_ref()).ok() };
        let mut read: Vec<_> = block.iter().map(read).collect();
        let entries = (first..).zip(&mut read).zip(block);
        self.look_at(entries.filter_map(|((index, ahead), leaf)| {
            Some((index, &mut ahead.logged.as_mut()?.entry, signed_record(leaf.as_ref())))
        }));
        read
    }

    /// Checks what needs no turn of entries that are replayed next, on all cores. Whoever changes one after that must
    /// not replay it.
    pub fn look(&self, entries: &mut [Entry]) {
        let share = entries.len().div_ceil(cores::available()).max(BLOCK_LEAST);
        let look = |entries: &mut [Entry]| self.look_at(entries.iter_mut().map(|entry| (u64::MAX, entry, None)));
        thread::scope(|threads| {
            let mut shares = entries.chunks_mut(share);
            let own = shares.next();
            for other in shares {
                threads.spawn(move || look(other));
            }
            own.into_iter().for_each(look);
        });
    }

    /// Checks the workers' signatures of entries, each with its index and the canonical bytes of its record, if these are at hand.
    fn look_at<'e>(&self, entries: impl Iterator<Item = (u64, &'e mut Entry, Option<&'e [u8]>)>) {
        let (mut signed, mut asked) = (Vec::new(), Vec::new());
        for (index, entry, record) in entries {
            let Some(own) = entry.by_worker() else { continue };
            let Some(key) = self.workers.get(own.worker()) else { continue };
            asked.push(if index < self.vouched { Asked::known(true) } else { own.asks(key, record) });
            signed.push((own, key));
        }
        for ((own, key), fits) in signed.into_iter().zip(Asked::all_fit(&asked)) {
            own.looked(key, fits);
        }
    }

    /// Shows each leaf in its order, `first` being the index of the first, read by as many cores as there are.
    pub fn each<L: AsRef<[u8]> + Send>(
        &self,
        mut first: u64,
        leaves: impl IntoIterator<Item = L>,
        mut show: impl FnMut(L, Ahead),
    ) {
        let mut leaves = leaves.into_iter().fuse();
        let blocks = std::iter::from_fn(|| {
            let block: Vec<L> = leaves.by_ref().take(BLOCK).collect();
            let index = first;
            first += block.len() as u64;
            (!block.is_empty()).then_some((index, block))
        });
        let read = |(index, block): (u64, Vec<L>)| (self.read(index, &block), block);
        cores::in_order(blocks, read, |(read, block)| {
            block.into_iter().zip(read).for_each(|(leaf, ahead)| show(leaf, ahead));
        });
    }
}

impl Ahead {
    /// As [`Logged::read`] of the leaf that this was read from. Whoever changes it must not replay it.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn logged(self, leaf: &[u8]) -> Result<Logged, NotCanonical> {
        self.logged.map_or_else(|| Logged::read(leaf), Ok)
    }
}

impl State {
    /// As [`State::take`] of the leaf that this was read from.
    pub fn take_ahead(&mut self, index: u64, leaf: &[u8], ahead: Ahead) -> Taken {
        match ahead.logged {
            Some(logged) => self.take_logged(index, logged),
            None => self.take(index, leaf),
        }
    }
}
