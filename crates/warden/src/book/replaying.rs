//! The replay at a start: entries are read on all cores, and signatures that this warden has checked are not checked
//! again where it has signed the root over them since. It never fails: what an earlier generation was made to write stops
//! no later one. Such an entry is void (`docs/protocol.md`, R4).

use super::Notes;
use ledger::{
    Entry, Logged,
    replay::{Ahead, Reader, State, Taken},
};

/// Leaves that are read at a time.
const BLOCK: usize = 1 << 14;

/// What the leaves so far mean.
#[derive(Default)]
pub(super) struct Replaying {
    signed: u64,
    reader: Option<Reader>,
    block: Vec<Vec<u8>>,
    state: State,
    notes: Notes,
}

impl Replaying {
    /// So many entries stand below a root that this warden has signed: whoever calls compares it before anything is done
    /// with what comes of the replay.
    pub(super) fn new(signed: u64) -> Self {
        Self { signed, ..Self::default() }
    }

    /// The replay that goes on from a state, with its notes.
    pub(super) fn from(state: State, notes: Notes, signed: u64) -> Self {
        let reader = state.genesis.as_ref().map(|genesis| Reader::new(Some(genesis)).vouched(signed));
        Self { signed, reader, state, notes, ..Self::default() }
    }

    /// The next leaf.
    pub(super) fn take(&mut self, leaf: &[u8]) {
        self.block.push(leaf.to_vec());
        if self.block.len() == BLOCK {
            self.replay();
        }
    }

    /// The end of the log: all that was taken is replayed.
    pub(super) fn whole(mut self) -> Self {
        self.replay();
        self
    }

    /// State and notes at the end of the log.
    pub(super) fn end(self) -> (State, Notes) {
        let whole = self.whole();
        (whole.state, whole.notes)
    }

    fn replay(&mut self) {
        let block = std::mem::take(&mut self.block);
        let signed = self.signed;
        let reader = self.reader.take().unwrap_or_else(|| match block.first().map(|leaf| Logged::read(leaf)) {
            Some(Ok(Logged { entry: Entry::Genesis(genesis), .. })) => Reader::new(Some(&genesis)).vouched(signed),
            _ => Reader::default(),
        });
        reader.each(self.state.size, &block, |leaf, ahead| self.one(leaf, ahead));
        self.reader = Some(reader);
    }

    fn one(&mut self, leaf: &[u8], ahead: Ahead) {
        let index = self.state.size;
        let Ok(logged) = ahead.logged(leaf) else {
            self.state.take(index, leaf);
            return;
        };
        let noted = self.notes.of(index, &logged);
        if self.state.take_logged(index, logged) == Taken::Applied {
            self.notes.add(noted);
        }
    }
}
