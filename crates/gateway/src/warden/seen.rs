//! How far the ledger had come when this gateway last believed it. It outlives the process: who shows an older ledger after
//! a start is not believed either. A tick says the newest tree of this process: what has a later ticket came after that.

use crate::Error;
use api::warden::{Checkpoint, Unproven};
use ledger::{Hash, entry::TreeHead};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

const NAME: &str = "ledger.seen";
/// A number of 64 bits, and the line's end.
const OCTETS_MAX: u64 = 21;

/// The largest ledger that was proven to this gateway.
pub(crate) struct Seen {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// Its entries, as noted on disk.
    size: u64,
    /// Of this process; it may be larger.
    head: Option<TreeHead>,
}

impl Seen {
    /// As the last process left it; 0 before the first.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(NAME);
        let size = match durable::read_if_there(&path, OCTETS_MAX).map_err(vault::Error::from)? {
            Some(octets) => read(&octets).ok_or(Error::NotASize { name: NAME })?,
            None => 0,
        };
        Ok(Self { path, state: Mutex::new(State { size, head: None }) })
    }

    /// Takes a checkpoint that was checked, durably; refuses one from before what was seen. Blocks.
    pub(crate) fn take(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let (mut state, size) = (self.state(), checkpoint.size());
        if size < state.size {
            return Err(Unproven::Older { size, seen: state.size }.into());
        }
        if size > state.size {
            durable::replace(&self.path, format!("{size}\n").as_bytes()).map_err(vault::Error::from)?;
            state.size = size;
        }
        state.hear(checkpoint);
        Ok(())
    }

    /// A checkpoint that was checked, whatever was seen before.
    pub(crate) fn hear(&self, checkpoint: &Checkpoint) {
        self.state().hear(checkpoint);
    }

    /// The largest of this process.
    pub(crate) fn head(&self) -> Option<TreeHead> {
        self.state().head
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it in hand has changed nothing, or all that it would.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hear(&mut self, checkpoint: &Checkpoint) {
        let (size, root) = (checkpoint.size(), Hash(checkpoint.root()));
        if self.head.is_none_or(|known| known.size < size) {
            self.head = Some(TreeHead { size, root });
        }
    }
}

fn read(octets: &[u8]) -> Option<u64> {
    std::str::from_utf8(octets).ok()?.strip_suffix('\n')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(size: u64) -> Checkpoint {
        Checkpoint::new("post.example/ledger", size, [size as u8; 32]).unwrap()
    }

    #[test]
    fn the_largest_tree_is_seen_and_a_size_outlives_the_process() {
        let dir = tempfile::tempdir().unwrap();
        let size = |seen: &Seen| seen.head().map(|head| (head.size, head.root.0[0]));
        let seen = Seen::open(dir.path()).unwrap();
        assert_eq!(size(&seen), None);
        seen.hear(&of(7));
        seen.hear(&of(5));
        assert_eq!(size(&seen), Some((7, 7)));
        seen.take(&of(6)).unwrap();
        assert_eq!(size(&seen), Some((7, 7)), "a list may be of before what was proven");
        let seen = Seen::open(dir.path()).unwrap();
        assert_eq!(size(&seen), None, "another process has seen nothing yet");
        let older = seen.take(&of(5)).unwrap_err();
        assert!(matches!(older, Error::Unproven(Unproven::Older { size: 5, seen: 6 })), "{older}");
        assert_eq!(size(&seen), None);
        seen.take(&of(8)).unwrap();
        assert_eq!(size(&seen), Some((8, 8)));
    }
}
