//! When the ledger's entries existed, by the clocks of witnesses who are not suspect.
//!
//! An entry's own time is the warden's word. What dates it is a *note*: a checkpoint with the witnesses' cosignatures,
//! which says that a tree of this size existed by then. Notes stand in heartbeats, and the last one ends the bundle. A
//! date then becomes a position (`before`): entries below it were there, whatever the warden says. That an
//! entry came *after* a moment no note can show (`docs/protocol.md`, R1 and R2).

use crate::{
    signers::{Placed, Signers},
    suspects::Suspects,
};
use ledger::{Time, replay::State};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};
use tlog::{Checkpoint, SignatureLine, Tree, Verifier, note};

/// What a reader asks of a note before it dates anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How many organisations must have cosigned that are not suspect, at least 1. One fewer may lie about the time.
    pub organisations: u32,
    /// How wrong an honest witness's clock may be, in seconds, at least 1: cosignatures cut off what is behind the second, so
    /// that one by a clock that is right is up to a second early, and 0 would date what a thief entered within it.
    pub clock_error: u32,
}

impl Default for Terms {
    /// One organisation, five minutes.
    fn default() -> Self {
        Self { organisations: 1, clock_error: 300 }
    }
}

/// A note with the tree's own root. Its signatures are checked once something rests on it.
#[derive(Debug, Clone)]
struct Note {
    size: u64,
    /// The heartbeat that it stands in.
    entry: Option<u64>,
    text: String,
    /// Lines of the ledger's own keys, each with its key.
    lines: Vec<(SignatureLine, Verifier)>,
    /// Which witness says that it cosigned when.
    cosigned: Vec<(usize, Time)>,
    sound: OnceLock<bool>,
}

impl Note {
    fn sound(&self) -> bool {
        let fits = |(line, key): &(SignatureLine, Verifier)| note::verify(&self.text, line, key).is_ok();
        *self.sound.get_or_init(|| self.lines.iter().all(fits))
    }
}

/// A heartbeat whose note has another root than the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OtherRoot {
    pub entry: u64,
    pub size: u64,
    /// The warden signed it: then there are two ledgers.
    pub signed: bool,
}

/// All notes of a ledger, by size.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    list: Vec<Note>,
    /// By the index of a policy: the note that its officers had seen.
    seen: BTreeMap<u64, Note>,
    /// Everybody who ever cosigned, in the order of the casts.
    witnesses: Vec<Placed>,
    pub others: Vec<OtherRoot>,
}

impl Notes {
    /// Those of the heartbeats and policies with effect, and the final one. Each is read with the keys of those who signed
    /// and cosigned a ledger of its size.
    pub fn of(state: &State, tree: &Tree, signers: &[Signers], last: &str) -> Self {
        let witnesses = signers.iter().flat_map(|signers| signers.witnesses.iter().cloned()).collect();
        let (list, seen, others) = (Vec::with_capacity(state.heartbeats.len() + 1), BTreeMap::new(), Vec::new());
        let mut notes = Self { list, seen, witnesses, others };
        let own_root = |note: &Read| tree.root_at(note.checkpoint.size()) == Ok(note.checkpoint.root());
        for beat in &state.heartbeats {
            let Some(read) = Read::new(&beat.note, signers) else { continue };
            if own_root(&read) {
                notes.list.push(Note { entry: Some(beat.at.entry), ..read.note });
            } else {
                let (entry, size) = (beat.at.entry, read.checkpoint.size());
                notes.others.push(OtherRoot { entry, size, signed: read.is_by_warden() });
            }
        }
        for (entry, note) in &state.seen {
            let read = Read::new(note, signers).filter(own_root);
            notes.seen.extend(read.map(|read| (*entry, read.note)));
        }
        notes.list.extend(Read::new(last, signers).map(|read| read.note));
        notes.list.sort_by_key(|note| note.size);
        notes
    }
}

/// A note as it was read; nothing is verified.
struct Read<'a> {
    checkpoint: Checkpoint,
    warden: &'a Verifier,
    note: Note,
}

impl<'a> Read<'a> {
    fn new(note: &str, signers: &'a [Signers]) -> Option<Self> {
        let (text, lines) = note::split(note.as_bytes()).ok()?;
        let checkpoint = Checkpoint::parse(text).ok()?;
        let place = Signers::place(signers, checkpoint.size())?;
        let Signers { warden, witnesses, .. } = &signers[place];
        let before: usize = signers[..place].iter().map(|earlier| earlier.witnesses.len()).sum();
        let (mut own, mut cosigned) = (Vec::new(), Vec::new());
        for line in lines {
            if line.is_by(warden) {
                own.push((line, warden.clone()));
            } else if let Some(index) = witnesses.iter().position(|witness| line.is_by(&witness.key)) {
                let seconds = i64::try_from(line.claimed_time()?).ok()?;
                cosigned.push((before + index, Time::from_milliseconds(seconds.checked_mul(1000)?)));
                own.push((line, witnesses[index].key.clone()));
            }
        }
        own.iter().any(|(_, key)| key == warden).then_some(())?;
        let (size, text) = (checkpoint.size(), text.to_owned());
        let note = Note { size, entry: None, text, lines: own, cosigned, sound: OnceLock::new() };
        Some(Self { checkpoint, warden, note })
    }

    fn is_by_warden(&self) -> bool {
        let by_warden = |(line, key): &(SignatureLine, Verifier)| {
            key == self.warden && note::verify(&self.note.text, line, key).is_ok()
        };
        self.note.lines.iter().any(by_warden)
    }
}

/// A note that dates: cosigned by enough organisations that are not suspect.
#[derive(Debug, Clone)]
pub(crate) struct Dated<'a> {
    note: &'a Note,
    /// The tree's size in it: every entry below existed by `latest`.
    pub size: u64,
    /// The latest of the cosigners' times: all but one of them may lie.
    pub latest: Time,
    /// The earliest of them: it was at least that late.
    pub earliest: Time,
    /// Names of the cosigners' keys, sorted.
    pub cosigners: Vec<&'a str>,
}

/// The usable notes under a set of suspects: sizes and times never go back.
#[derive(Debug, Clone)]
pub(crate) struct Dating<'a> {
    notes: &'a Notes,
    /// Of each of the notes' witnesses, whether its cosignature counts.
    honest: Vec<bool>,
    usable: Vec<Dated<'a>>,
    terms: Terms,
    error: i64,
}

impl<'a> Dating<'a> {
    pub fn new(notes: &'a Notes, suspects: &Suspects, terms: Terms) -> Self {
        let honest: Vec<bool> =
            notes.witnesses.iter().map(|witness| !suspects.witness(witness, &notes.witnesses)).collect();
        let mut usable: Vec<Dated> = Vec::new();
        for note in &notes.list {
            let Some(dated) = dated(notes, note, &honest, terms) else { continue };
            // A time before an earlier note's: one of the two is false. Only signatures tell which.
            while usable.last().is_some_and(|last| last.latest > dated.latest && !last.note.sound()) {
                usable.pop();
            }
            if usable.last().is_none_or(|last| last.latest <= dated.latest) {
                usable.push(dated);
            }
        }
        Self { notes, honest, usable, terms, error: i64::from(terms.clock_error.max(1)) * 1000 }
    }

    /// The note with the most entries that certainly existed before this moment; none: no entry is known to have.
    pub fn before(&self, moment: Time) -> Option<&Dated<'a>> {
        let end = self.usable.partition_point(|dated| self.later(dated.latest) < moment);
        self.usable[..end].iter().rev().find(|dated| dated.note.sound())
    }

    /// How many entries may have been in the ledger at this moment: those of the first note that is certainly later.
    pub fn entered_by(&self, moment: Time) -> u64 {
        self.after(moment).find(|dated| dated.note.sound()).map_or(u64::MAX, |dated| dated.size)
    }

    /// The first heartbeat whose note is certainly later than this moment, and that note: whoever has seen a tree with it in saw
    /// that later.
    pub fn shown_after(&self, moment: Time) -> Option<(u64, &Dated<'a>)> {
        let mut later: Vec<_> = self.after(moment).filter_map(|dated| Some((dated.note.entry?, dated))).collect();
        later.sort_by_key(|(entry, _)| *entry);
        later.into_iter().find(|(_, dated)| dated.note.sound())
    }

    /// Notes that by their earliest time are certainly later, in order of their sizes; not checked.
    fn after(&self, moment: Time) -> impl Iterator<Item = &Dated<'a>> {
        self.usable.iter().filter(move |dated| self.earlier(dated.earliest) > moment)
    }

    /// When officers can have signed this policy at the earliest, by the note that they had seen, if that is certainly after
    /// this moment. A date of theirs would show nothing; that they knew the note shows that it was there.
    pub fn signed_after(&self, policy: u64, moment: Time) -> Option<Time> {
        let dated = dated(self.notes, self.notes.seen.get(&policy)?, &self.honest, self.terms)?;
        (self.earlier(dated.earliest) > moment && dated.note.sound()).then_some(dated.earliest)
    }

    /// The same of a note from elsewhere, if it is of this tree.
    pub fn has_seen_after(&self, note: &str, tree: &Tree, signers: &[Signers], moment: Time) -> bool {
        self.has_seen(note, tree, signers).is_some_and(|(_, earliest)| earliest >= moment)
    }

    /// Of how many entries a note from elsewhere is, and the earliest moment at which an honest clock can have said its time; none:
    /// it is not of this tree, or dates nothing.
    pub fn has_seen(&self, note: &str, tree: &Tree, signers: &[Signers]) -> Option<(u64, Time)> {
        let own_root = |read: &Read| tree.root_at(read.checkpoint.size()) == Ok(read.checkpoint.root());
        let read = Read::new(note, signers).filter(own_root)?;
        let dated = dated(self.notes, &read.note, &self.honest, self.terms)?;
        dated.note.sound().then(|| (dated.size, self.earlier(dated.earliest)))
    }

    /// The last moment that this entry is not certainly before; none: nothing dates it.
    pub fn settled(&self, entry: u64) -> Option<Time> {
        let start = self.usable.partition_point(|dated| dated.size <= entry);
        self.usable[start..].iter().find(|dated| dated.note.sound()).map(|dated| self.later(dated.latest))
    }

    /// The last moment at which the whole ledger, of so many entries, certainly was all that there was to see.
    pub fn covered(&self, size: u64) -> Option<Time> {
        let whole = self.usable.iter().rev().take_while(|dated| dated.size >= size);
        whole.filter(|dated| dated.note.sound()).map(|dated| self.later(dated.latest)).max()
    }

    /// Times at which the ledger was seen, in order; none is checked.
    pub fn times(&self) -> impl Iterator<Item = Time> {
        self.usable.iter().map(|dated| dated.latest)
    }

    /// How wrong an honest clock may be, in seconds.
    pub fn error_seconds(&self) -> u32 {
        self.terms.clock_error
    }

    /// The latest moment that an honest clock may mean when it says this.
    pub fn later(&self, time: Time) -> Time {
        Time::from_milliseconds(time.milliseconds().saturating_add(self.error))
    }

    /// The earliest.
    pub fn earlier(&self, time: Time) -> Time {
        Time::from_milliseconds(time.milliseconds().saturating_sub(self.error))
    }
}

fn dated<'a>(notes: &'a Notes, note: &'a Note, honest: &[bool], terms: Terms) -> Option<Dated<'a>> {
    let counted = || note.cosigned.iter().filter(|(witness, _)| honest[*witness]);
    let organisations: BTreeSet<_> = counted().map(|(witness, _)| &notes.witnesses[*witness].organisation).collect();
    // One key under two names is one witness, whatever organisations they are said to be of.
    let keys: BTreeSet<_> = counted().map(|(witness, _)| notes.witnesses[*witness].key.public()).collect();
    let enough =
        usize::try_from(terms.organisations.max(1)).is_ok_and(|wanted| organisations.len().min(keys.len()) >= wanted);
    let mut cosigners: Vec<_> = counted().map(|(witness, _)| notes.witnesses[*witness].key.name()).collect();
    cosigners.sort_unstable();
    let times = || counted().map(|(_, time)| *time);
    let (latest, earliest) = (times().max()?, times().min()?);
    enough.then_some(Dated { note, size: note.size, latest, earliest, cosigners })
}
