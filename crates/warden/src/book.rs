//! The ledger as the warden holds it: the durable log, the tree over it, what it means, and the newest checkpoint.
//!
//! An entry counts once it is durable in `ledger/log`; then the new size may be signed, once for all that came meanwhile,
//! and shown to witnesses while `ledger/head` is replaced. What a quorum has cosigned is published: tiles first, then
//! `ledger/checkpoint`. A crash at any step leaves the log at least as long as the head and as what any witness has seen.

mod asked;
mod notes;
mod replayed;
mod replaying;
mod settling;
mod together;

pub(crate) use notes::Undated;
pub(crate) use together::{Together, lock};

use crate::{
    Error,
    api::{Included, Place, Refusal},
    past::{self, KeptHeaders, Past, Saved},
    refusing::disk,
};
use durable::Records;
use ledger::{
    Entry, Hash, Logged, PeriodId, PrincipalId, Time,
    entry::{CountIntent, Counted, Heartbeat, IndexKey, Intent, Lockdown, Policy, Receipt, Revocation, Shred, Start},
    replay::{Reader, State},
};
use notes::Notes;
use replayed::Replayed;
use settling::Kept;
use std::{
    cell::OnceCell,
    ops::Range,
    path::{Path, PathBuf},
};
use tlog::{Checkpoint, Signer, Tree, note};

/// Every entry that a bundle can hold, the log can keep.
const _: () = assert!(tlog::bundle::ENTRY_OCTETS_MAX <= durable::RECORD_OCTETS_MAX);
/// The checkpoint of the ledger that was taken over from an earlier generation, as it was there.
pub(crate) const TAKEN_FROM: &str = "taken-from";
/// What is derived of settled entries.
pub(crate) const PAST: &str = "past";
/// The longest note, in octets.
pub(crate) const NOTE_OCTETS_MAX: u64 = tlog::note::NOTE_OCTETS_MAX as u64;

/// An entry that is durable in the log. Only [`Book`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Durable<T> {
    index: u64,
    entry: T,
}

impl<T> Durable<T> {
    pub(crate) fn index(&self) -> u64 {
        self.index
    }

    pub(crate) fn entry(&self) -> &T {
        &self.entry
    }
}

/// A period's end, said before it is brought about: the `shred_intent` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announced(pub(crate) Shred);

/// A checkpoint that the warden has signed, and others perhaps too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedHead {
    pub(crate) size: u64,
    pub(crate) note: String,
}

/// A checkpoint with its quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) size: u64,
    pub(crate) note: String,
    /// The earliest of the cosignatures' times; none without a quorum.
    pub(crate) time: Option<Time>,
}

/// The warden's ledger: what is on disk, what it means, and who has cosigned how much of it.
pub(crate) struct Book {
    dir: PathBuf,
    origin: String,
    signer: Signer,
    log: Records,
    tree: Tree,
    state: State,
    notes: Notes,
    past: Past,
    /// State and notes as they were settled last.
    kept: Option<Kept>,
    /// Of genesis, once that is there: what it computes for the workers' keys serves all their entries.
    reader: OnceCell<Reader>,
    head: SignedHead,
    published: Option<Published>,
    stopped: Option<String>,
}

impl Book {
    /// Opens the ledger under `dir`, and replays what is not settled of it. Nothing is changed if it is not the one that was signed.
    /// What is saved of it goes to the caller.
    pub(crate) fn open(dir: &Path, origin: &str, signer: Signer) -> Result<(Self, Saved, KeptHeaders), Error> {
        let dir = dir.join("ledger");
        durable::make_dir(&dir)?;
        let head = stored(&dir.join("head"), origin, &signer)?;
        let published = stored(&dir.join("checkpoint"), origin, &signer)?;
        let signed = [(&head, "head"), (&published, "checkpoint")];
        let signed: Vec<_> = signed.into_iter().filter_map(|(at, name)| Some((&at.as_ref()?.0, name))).collect();
        let loaded = past::load(&dir.join(PAST), origin, &signer.verifier());
        // What is saved and does not fit is as if it were not there: the log itself says what is wrong, or that nothing is.
        let short = loaded.map(|loaded| Replayed::read(&dir, &signed, Some(loaded)).ok());
        let misfit = matches!(short, Some(None));
        let Replayed { log, tree, replaying, past, kept, saved, headers } = match short.flatten() {
            Some(replayed) => replayed,
            None => Replayed::read(&dir, &signed, None)?,
        };
        if misfit {
            past::forget(&dir.join(PAST))?;
        }
        let (state, notes) = replaying.end();
        let head =
            head.map_or(SignedHead { size: 0, note: String::new() }, |(c, note)| SignedHead { size: c.size(), note });
        let published = published.map(|(c, note)| Published { size: c.size(), note, time: None });
        let (origin, reader, stopped) = (origin.to_owned(), OnceCell::new(), None);
        let mut book =
            Self { dir, origin, signer, log, tree, state, notes, past, kept, reader, head, published, stopped };
        if let Some(head) = book.sign() {
            durable::replace(&book.dir.join("head"), head.note.as_bytes())?;
        }
        Ok((book, saved, headers))
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn size(&self) -> u64 {
        self.log.len()
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn log(&self) -> &Records {
        &self.log
    }

    pub(crate) fn head(&self) -> &SignedHead {
        &self.head
    }

    pub(crate) fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    pub(crate) fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Nothing is written or opened any more: what is known now cannot be trusted.
    pub(crate) fn stop(&mut self, reason: impl Into<String>) {
        self.stopped.get_or_insert(reason.into());
    }

    /// Refuses if [`Book::stop`] was called.
    pub(crate) fn working(&self) -> Result<(), Refusal> {
        match &self.stopped {
            Some(reason) => Err(Refusal::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Writes entries, durably and in order. If one may not follow, those before it are written, and the refusal has its
    /// position.
    pub(crate) fn append(&mut self, now: Time, mut entries: Vec<Entry>) -> Result<Range<u64>, Refusal> {
        self.working()?;
        if let Some(genesis) = &self.state.genesis {
            self.reader.get_or_init(|| Reader::new(Some(genesis))).look(&mut entries);
        }
        let start = self.size();
        let begins = entries.first().is_some_and(Entry::makes_generation);
        let time = self.state.time.filter(|_| !begins).map_or(now, |last| last.max(now));
        let mut leaves = Vec::with_capacity(entries.len());
        let mut refused = None;
        for (position, entry) in entries.into_iter().enumerate() {
            match self.enter(start + position as u64, Logged { time, entry }, position) {
                Ok(leaf) => leaves.push(leaf),
                Err(refusal) => {
                    refused = Some(refusal);
                    break;
                }
            }
        }
        self.write(&leaves)?;
        match refused {
            Some(refusal) => Err(refusal),
            None => Ok(start..self.size()),
        }
    }

    /// Takes an entry into the state; the leaf is to be written next.
    fn enter(&mut self, index: u64, logged: Logged, position: usize) -> Result<Vec<u8>, Refusal> {
        let leaf = logged.to_bytes();
        if leaf.len() > tlog::bundle::ENTRY_OCTETS_MAX {
            return Err(Refusal::EntryTooLong { position });
        }
        let noted = self.notes.of(index, &logged);
        let pushed = self.state.push(index, logged);
        self.check_past();
        self.working()?;
        pushed.map_err(|violation| Refusal::of_rule(violation, position))?;
        self.notes.add(noted);
        Ok(leaf)
    }

    fn write(&mut self, leaves: &[Vec<u8>]) -> Result<(), Refusal> {
        if leaves.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.log.append(leaves) {
            let refusal = disk(error);
            // Memory is ahead of the disk: what is remembered is what the disk has.
            if self.log.is_broken() || self.forget_unwritten().is_err() {
                self.stop(refusal.to_string());
            }
            return Err(refusal);
        }
        leaves.iter().for_each(|leaf| {
            self.tree.push(tlog::leaf_hash(leaf));
        });
        Ok(())
    }

    fn forget_unwritten(&mut self) -> Result<(), Error> {
        let settled = self.kept.as_ref().and_then(|kept| kept.replaying(&self.past, 0));
        let mut replaying = settled.unwrap_or_default();
        self.log.read(self.settled()..self.log.len())?.iter().for_each(|leaf| replaying.take(leaf));
        (self.state, self.notes) = replaying.end();
        Ok(())
    }

    /// Signs the size that the log has; what is new is to be kept in [`Book::head_file`].
    pub(crate) fn sign(&mut self) -> Option<SignedHead> {
        let size = self.tree.size();
        if size == self.head.size && !self.head.note.is_empty() {
            return None;
        }
        let checkpoint = Checkpoint::new(&self.origin, size, self.tree.root()).expect("the origin was checked");
        let note = note::sign(&checkpoint.to_text(), &self.signer).expect("a checkpoint is a note's text");
        self.head = SignedHead { size, note };
        Some(self.head.clone())
    }

    /// The head could not be kept: it is signed and written again.
    pub(crate) fn forget_head(&mut self) {
        self.head.note.clear();
    }

    pub(crate) fn head_file(&self) -> PathBuf {
        self.dir.join("head")
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// One entry, known to be durable.
    pub(crate) fn append_one<T: Clone + Into<Written>>(&mut self, now: Time, entry: T) -> Result<Durable<T>, Refusal> {
        let written: Written = entry.clone().into();
        let range = self.append(now, vec![written.0])?;
        Ok(Durable { index: range.start, entry })
    }

    /// As [`Book::append_one`], for several of one kind.
    pub(crate) fn append_all<T: Clone + Into<Written>>(
        &mut self,
        now: Time,
        entries: Vec<T>,
    ) -> Result<Vec<Durable<T>>, Refusal> {
        let written = entries.iter().cloned().map(|entry| entry.into().0).collect();
        let range = self.append(now, written)?;
        Ok(range.zip(entries).map(|(index, entry)| Durable { index, entry }).collect())
    }

    /// The announcement of a period's end that stands in the log already.
    pub(crate) fn announced(&self, period: &PeriodId) -> Option<Durable<Announced>> {
        let known = self.state.periods.get(period)?;
        let entry = Announced(Shred { period: period.clone(), key: known.key });
        Some(Durable { index: known.shred_intent?.entry, entry })
    }

    pub(crate) fn logged(&self, index: u64) -> Result<Logged, Refusal> {
        let end = index.checked_add(1).filter(|end| *end <= self.size()).ok_or(Refusal::NotFound)?;
        let leaf = self.log.read(index..end).map_err(disk)?.pop().ok_or(Refusal::NotFound)?;
        Logged::read(&leaf).map_err(|_| Refusal::Disk { reason: format!("entry {index} cannot be read") })
    }

    /// An entry with the proof that it is in the tree of `size`.
    pub(crate) fn included(&self, index: u64, size: u64) -> Result<Included, Refusal> {
        let proof = self.tree.inclusion(index, size).map_err(|_| Refusal::NotFound)?;
        Ok(Included { logged: self.logged(index)?, index, proof: proof.into_iter().map(Hash).collect() })
    }

    /// The same proof, for whoever has the entry.
    pub(crate) fn place(&self, index: u64, size: u64) -> Result<Place, Refusal> {
        let Included { logged, index, proof } = self.included(index, size)?;
        Ok(Place { time: logged.time, index, proof })
    }

    /// A statement to somebody, by the ledger's own key.
    pub(crate) fn sign_statement(&self, text: &str) -> String {
        note::sign(text, &self.signer).expect("a statement is a note's text")
    }

    /// Where the policies stand, in order.
    pub(crate) fn policies(&self) -> &[u64] {
        &self.notes.policies
    }

    /// What waits for a heartbeat.
    pub(crate) fn undated(&self) -> Undated {
        self.notes.undated
    }

    /// Rows that a principal has asked for within so many hours, at most 720.
    pub(crate) fn asked(&self, principal: &PrincipalId, hours: u32, now: Time) -> u64 {
        self.notes.asked.rows(principal, hours, now)
    }

    /// Whether a request with this nonce was entered within an hour: older ones are too old by themselves.
    pub(crate) fn has_asked(&self, nonce: &Hash) -> bool {
        self.notes.asked.has(nonce)
    }

    /// Takes a checkpoint with its quorum.
    pub(crate) fn publish(&mut self, published: Published) {
        // The same size again has a later time, and may have fewer cosigners: a quorum either way.
        if self.published.as_ref().is_none_or(|old| old.size <= published.size) {
            self.published = Some(published);
        }
    }
}

/// An entry of a kind that the warden writes itself.
pub(crate) struct Written(Entry);

macro_rules! written {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Written {
            fn from(entry: $kind) -> Self {
                Self(Entry::$kind(entry))
            }
        }
    )*};
}
written!(CountIntent, Counted, Heartbeat, IndexKey, Intent, Lockdown, Policy, Receipt, Revocation, Shred);

/// A copy of a key that was said to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resurfaced(pub(crate) Shred);

impl From<Resurfaced> for Written {
    fn from(copy: Resurfaced) -> Self {
        Self(Entry::Resurfaced(copy.0))
    }
}

impl From<Announced> for Written {
    fn from(announced: Announced) -> Self {
        Self(Entry::ShredIntent(announced.0))
    }
}

impl From<Start> for Written {
    fn from(start: Start) -> Self {
        Self(Entry::Start(start))
    }
}

/// A checkpoint that this warden signed earlier.
fn stored(path: &Path, origin: &str, signer: &Signer) -> Result<Option<(Checkpoint, String)>, Error> {
    let Some(octets) = durable::read_if_there(path, NOTE_OCTETS_MAX)? else { return Ok(None) };
    let foreign = || Error::OtherHistory { path: path.to_owned() };
    let checkpoint =
        note::open(&octets, &[signer.verifier()]).and_then(|opened| opened.checkpoint()).map_err(|_| foreign())?;
    let note = String::from_utf8(octets).map_err(|_| foreign())?;
    if checkpoint.origin() == origin { Ok(Some((checkpoint, note))) } else { Err(foreign()) }
}
