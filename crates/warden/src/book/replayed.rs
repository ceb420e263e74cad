//! The ledger's files read again at a start: all of the log, or what comes behind the settled entries.

use super::{TAKEN_FROM, replaying::Replaying, settling::Kept};
use crate::{
    Error,
    past::{KeptHeaders, Loaded, Past, Runs, Saved},
};
use durable::{Before, Records};
use std::path::Path;
use tlog::{Checkpoint, Tree};

/// What was read.
pub(super) struct Replayed {
    pub(super) log: Records,
    pub(super) tree: Tree,
    pub(super) replaying: Replaying,
    pub(super) past: Past,
    pub(super) kept: Option<Kept>,
    pub(super) saved: Saved,
    pub(super) headers: KeptHeaders,
}

impl Replayed {
    /// Reads the log of `dir`, which has the checkpoints that were signed, each with its file's name.
    pub(super) fn read(dir: &Path, signed: &[(&Checkpoint, &str)], loaded: Option<Loaded>) -> Result<Self, Error> {
        let size = signed.iter().map(|(checkpoint, _)| checkpoint.size()).max().unwrap_or(0);
        // What another generation wrote was not checked by us, whoever signed the root over it since.
        let vouched = if dir.join(TAKEN_FROM).exists() { 0 } else { size };
        let read = match loaded {
            Some(loaded) => Self::behind(dir, loaded, size, vouched)?,
            None => Self::whole(dir, size, vouched)?,
        };
        // Nothing is done with what was replayed before this holds.
        for (checkpoint, name) in signed {
            if read.tree.root_at(checkpoint.size()).expect("the log has what was signed") != checkpoint.root() {
                return Err(Error::OtherHistory { path: dir.join(name) });
            }
        }
        Ok(read)
    }

    fn whole(dir: &Path, signed: u64, vouched: u64) -> Result<Self, Error> {
        let path = dir.join("log");
        let (mut tree, mut replaying) = (Tree::new(), Replaying::new(vouched));
        let log = Records::open(&path, tlog::leaf_hash, signed, |leaf, hash| {
            tree.push(hash);
            replaying.take(leaf);
        })?;
        let past = Past::of(&path, Runs::default())?;
        let (kept, saved, headers) = Default::default();
        Ok(Self { log, tree, replaying: replaying.whole(), past, kept, saved, headers })
    }

    fn behind(dir: &Path, loaded: Loaded, signed: u64, vouched: u64) -> Result<Self, Error> {
        let path = dir.join("log");
        let Loaded { size, mut tree, ends, names, headers, state, saved } = loaded;
        let past = Past::of(&path, names)?;
        let kept = Kept::new(size, state);
        let mut replaying = kept.replaying(&past, vouched).ok_or(Error::Past)?;
        let log = Records::open_after(&path, tlog::leaf_hash, Before::default(), ends, signed, |leaf, hash| {
            tree.push(hash);
            replaying.take(leaf);
        })?;
        let replaying = replaying.whole();
        let last = log.read(size.saturating_sub(1)..size)?;
        let fits = last.first().is_some_and(|leaf| Some(tlog::leaf_hash(leaf)) == tree.leaf(size - 1));
        if fits && !past.is_unreadable() {
            Ok(Self { log, tree, replaying, past, kept: Some(kept), saved, headers })
        } else {
            Err(Error::Past)
        }
    }
}
