//! `current`: what is settled as of one size, signed, and the other files that belong to it.

use super::{
    Runs,
    files::{Listed, hashed},
    pages::{self, Page},
};
use durable::{Before, Records};
use ledger::Hash;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::Path, sync::Arc, thread};
use tlog::{Tree, Verifier, note};

/// Of all that is saved, the state, too: another meaning of any of it is another version, and the next start reads the whole log.
const VERSION: u32 = 5;
/// A state is some megabytes: periods, starts, policies, the requests of a month.
const OCTETS_MAX: u64 = 1 << 30;
const CURRENT: &str = "current";

/// The first line after the note; behind it comes the state, which is the caller's.
#[derive(Serialize, Deserialize)]
struct Index {
    version: u32,
    origin: String,
    size: u64,
    root: Hash,
    pages: Vec<Page>,
    names: Vec<Listed>,
    header_names: Vec<Listed>,
    header_records: u64,
    header_octets: u64,
}

/// The headers that are kept: what is known of their file, and their names.
#[derive(Clone, Default)]
pub(crate) struct KeptHeaders {
    pub(crate) before: Before,
    pub(crate) names: Runs,
}

/// What is to be saved: as of one moment, whatever comes meanwhile.
pub(crate) struct Step {
    pub(crate) size: u64,
    root: Hash,
    state: Arc<Vec<u8>>,
    page: Vec<u8>,
    pub(crate) names: Runs,
}

impl Step {
    pub(crate) fn new(saved: &Saved, tree: &Tree, log: &Records, state: Arc<Vec<u8>>, names: Runs) -> Self {
        let page = pages::octets(tree, log, saved.size()..tree.size());
        Self { size: tree.size(), root: Hash(tree.root()), state, page, names }
    }
}

/// Which pages there are in files: page after page from the first entry.
#[derive(Clone, Default)]
pub(crate) struct Saved(Vec<Page>);

impl Saved {
    /// How many entries they have.
    pub(crate) fn size(&self) -> u64 {
        self.0.last().map_or(0, |page| page.entries.end)
    }

    /// Writes what is new, then `current`, then removes what that does not list. The step's names and those of the headers are in fewer
    /// tables after that.
    pub(crate) fn save(
        &mut self,
        dir: &Path,
        origin: &str,
        step: &mut Step,
        headers: &mut KeptHeaders,
        sign: impl FnOnce(&str) -> String,
    ) -> Result<(), durable::Error> {
        durable::make_dir(dir)?;
        let entries = self.size()..step.size;
        let mut pages = self.0.clone();
        if !entries.is_empty() {
            pages.push(Page::write(dir, entries, &step.page)?);
        }
        (step.names, headers.names) = (step.names.merged(), headers.names.merged());
        let mut number = 0;
        let mut next = |kind: &str| {
            number += 1;
            format!("{kind}-{}-{number}", step.size)
        };
        let index = Index {
            version: VERSION,
            origin: origin.to_owned(),
            size: step.size,
            root: step.root,
            pages,
            names: step.names.write(dir, || next("names"))?,
            header_names: headers.names.write(dir, || next("headers"))?,
            header_records: headers.before.records,
            header_octets: headers.before.octets,
        };
        let mut body = serde_json::to_vec(&index).expect("string keys and plain values");
        body.push(b'\n');
        body.extend_from_slice(&step.state);
        let mut current = sign(&statement(&body)).into_bytes();
        current.append(&mut body);
        durable::replace(&dir.join(CURRENT), &current)?;
        self.0 = index.pages.clone();
        forget_others(dir, &index);
        Ok(())
    }
}

/// What is signed of what follows.
fn statement(body: &[u8]) -> String {
    format!("bulla.past/1\n{}\n", hashed(body))
}

/// What was read again.
pub(crate) struct Loaded {
    pub(crate) size: u64,
    pub(crate) tree: Tree,
    /// Where each entry ends in the log.
    pub(crate) ends: Vec<u64>,
    pub(crate) names: Runs,
    pub(crate) headers: KeptHeaders,
    pub(crate) state: Vec<u8>,
    pub(crate) saved: Saved,
}

/// What the warden with this key has saved of the ledger of this origin; `None` where it has not, or not all of it is there.
pub(crate) fn load(dir: &Path, origin: &str, warden: &Verifier) -> Option<Loaded> {
    let current = durable::read_if_there(&dir.join(CURRENT), OCTETS_MAX).ok().flatten()?;
    let (index, state) = open(&current, warden)?;
    let index: Index = serde_json::from_slice(index).ok()?;
    if index.version != VERSION || index.origin != origin {
        return None;
    }
    let (read, names, headers) = thread::scope(|threads| {
        let pages = threads.spawn(|| pages::read(dir, index.size, &index.pages));
        let (names, headers) = (Runs::read(dir, &index.names), Runs::read(dir, &index.header_names));
        (pages.join().expect("reading does not panic"), names, headers)
    });
    let ((tree, ends), names) = read.zip(names)?;
    let before = Before { records: index.header_records, octets: index.header_octets };
    let headers = KeptHeaders { before, names: headers? };
    let right = Hash(tree.root()) == index.root;
    let (state, saved) = (state.to_vec(), Saved(index.pages));
    right.then_some(Loaded { size: index.size, tree, ends, names, headers, state, saved })
}

/// What was saved does not fit the files beside it: those may grow over where it ends, and it must not be believed then.
pub(crate) fn forget(dir: &Path) -> Result<(), durable::Error> {
    let current = dir.join(CURRENT);
    if current.exists() { durable::remove(&current) } else { Ok(()) }
}

/// The index and the state of a file that this warden has signed.
fn open<'c>(current: &'c [u8], warden: &Verifier) -> Option<(&'c [u8], &'c [u8])> {
    let note = current.windows(2).position(|two| two == b"\n{")? + 1;
    let (note, body) = current.split_at(note);
    let opened = note::open(note, std::slice::from_ref(warden)).ok()?;
    opened.by(warden)?;
    let (text, _) = note::split(note).ok()?;
    let line = body.iter().position(|octet| *octet == b'\n')?;
    (text == statement(body)).then(|| (&body[..line], &body[line + 1..]))
}

/// What an earlier `current` listed and this one does not; what cannot be removed now is removed the next time.
fn forget_others(dir: &Path, index: &Index) {
    let pages = index.pages.iter().map(|page| &page.file);
    let listed = pages.chain(&index.names).chain(&index.header_names).map(|file| file.name.as_str());
    let listed: BTreeSet<_> = listed.chain([CURRENT]).collect();
    for name in durable::names(dir).unwrap_or_default().iter().filter(|name| !listed.contains(name.as_str())) {
        let _ = std::fs::remove_file(dir.join(name));
    }
}
