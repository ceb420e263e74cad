//! What can be done for an entry before its turn in a replay, on any core: reading it, its leaf's hash, its worker's
//! signature. All of it is computed from the leaf and a key alone, so that the replay comes to the same end as without.

use super::{State, Taken};
use crate::{
    canonical::NotCanonical,
    entry::{Entry, Genesis, Logged},
    identifier::WorkerId,
    signature::Ready,
};
use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

/// Leaves that one core reads at a time.
const BLOCK: usize = 512;
/// Fewer entries are not worth another thread.
const BLOCK_LEAST: usize = 16;
/// Blocks that a core may be ahead of the replay: what bounds the memory.
const BLOCKS_AHEAD: usize = 4;

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

    fn read(&self, index: u64, leaf: &[u8]) -> Ahead {
        let mut logged = Logged::read(leaf).ok();
        if let Some(logged) = &mut logged {
            self.look_at(index, &mut logged.entry, signed_record(leaf));
        }
        Ahead { hash: tlog::leaf_hash(leaf), logged }
    }

    /// Checks what needs no turn of entries that are replayed next, on all cores. Whoever changes one after that must
    /// not replay it.
    pub fn look(&self, entries: &mut [Entry]) {
        let share = entries.len().div_ceil(cores()).max(BLOCK_LEAST);
        let look = |entry: &mut Entry| self.look_at(u64::MAX, entry, None);
        thread::scope(|threads| {
            let mut shares = entries.chunks_mut(share);
            let own = shares.next();
            for other in shares {
                threads.spawn(move || other.iter_mut().for_each(look));
            }
            own.into_iter().flatten().for_each(look);
        });
    }

    fn look_at(&self, index: u64, entry: &mut Entry, written: Option<&[u8]>) {
        let vouched = index < self.vouched;
        let key = |worker| self.workers.get(worker);
        match entry {
            Entry::Intake(own) => {
                key(&own.record.worker).into_iter().for_each(|key| own.look_ahead(key, vouched, written))
            }
            Entry::Tick(own) => {
                key(&own.record.worker).into_iter().for_each(|key| own.look_ahead(key, vouched, written))
            }
            _ => {}
        }
    }

    /// Shows each leaf in its order, `first` being the index of the first, read by as many cores as there are.
    pub fn each<L: AsRef<[u8]> + Sync>(&self, first: u64, leaves: &[L], mut show: impl FnMut(&L, Ahead)) {
        let cores = cores();
        thread::scope(|threads| {
            let lanes: Vec<Receiver<Vec<Ahead>>> = (0..cores)
                .map(|core| {
                    let (give, take) = sync_channel(BLOCKS_AHEAD);
                    threads.spawn(move || {
                        for (number, block) in leaves.chunks(BLOCK).enumerate().skip(core).step_by(cores) {
                            let indexes = first + (number * BLOCK) as u64..;
                            let read =
                                indexes.zip(block).map(|(index, leaf)| self.read(index, leaf.as_ref())).collect();
                            // Nobody takes it: the replay has panicked, which is passed on where the scope ends.
                            let Ok(()) = give.send(read) else { return };
                        }
                    });
                    take
                })
                .collect();
            for (block, lane) in leaves.chunks(BLOCK).zip(lanes.iter().cycle()) {
                let read = lane.recv().expect("reading does not panic");
                block.iter().zip(read).for_each(|(leaf, ahead)| show(leaf, ahead));
            }
        });
    }
}

/// The canonical bytes of the signed record of a leaf that is in its one form, if it has one. Behind the record come only signature,
/// type and time, in which these words are not: where they stand last, the record ends.
fn signed_record(leaf: &[u8]) -> Option<&[u8]> {
    const BEHIND: &[u8] = b",\"signature\":\"";
    let record = leaf.strip_prefix(b"{\"entry\":{\"record\":")?;
    let end = record.windows(BEHIND.len()).rposition(|octets| octets == BEHIND)?;
    Some(&record[..end])
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
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
