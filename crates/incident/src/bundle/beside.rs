//! What stands beside the ledger in a bundle, as lines: written, read, and none of it unneeded.

use super::{Refusal, Sections};
use crate::{
    Hypotheses,
    exposure::{self, Beside, Files, Ground},
    history::History,
};
use ledger::{BatchId, Confirmation, Disclosed, Hash, SentTotals, Unwraps, canonical};
use std::{borrow::Cow, collections::BTreeMap, thread};

/// All of it in memory, with the headers' salted hashes, which each look at a header asks for.
#[derive(Default)]
pub(super) struct Lines {
    files: Files,
    salted: BTreeMap<BatchId, Hash>,
}

impl Lines {
    /// How many headers there are.
    pub(super) fn headers(&self) -> usize {
        self.files.headers.len()
    }
}

impl Beside for Lines {
    fn disclosed(&self, batch: &BatchId) -> Option<Cow<'_, Disclosed>> {
        self.files.disclosed(batch)
    }

    fn salted(&self, disclosed: &Disclosed) -> Hash {
        self.salted[&disclosed.header.batch]
    }

    fn confirmations(&self) -> &[Confirmation] {
        self.files.confirmations()
    }

    fn totals(&self) -> &[SentTotals] {
        self.files.totals()
    }

    fn unwraps(&self) -> &[Unwraps] {
        self.files.unwraps()
    }
}

/// What is not counted could only be there to be seen.
pub(super) fn all_used(
    history: &History,
    lines: &Lines,
    hypotheses: &Hypotheses,
    ground: Ground,
) -> Result<(), Refusal> {
    let beside = &lines.files;
    let used = exposure::used(history, lines, hypotheses, ground).map_err(Refusal::Exposure)?;
    if let Some(batch) = beside.headers.keys().find(|batch| !used.needed.contains(batch)) {
        return Err(Refusal::HeaderUnneeded { batch: *batch });
    }
    if let Some(batch) = beside.headers.keys().find(|batch| !used.headers.contains_key(batch)) {
        return Err(Refusal::HeaderNotAnchored { batch: *batch });
    }
    let mut counted = used.confirmations.iter();
    if let Some(number) = beside.confirmations.iter().position(|confirmation| counted.next() != Some(&confirmation)) {
        return Err(Refusal::ConfirmationUnneeded { number });
    }
    let mut counted = used.totals.iter();
    if let Some(number) = beside.totals.iter().position(|totals| counted.next() != Some(&totals)) {
        return Err(Refusal::TotalsUnneeded { number });
    }
    let mut counted = used.unwraps.iter();
    match beside.unwraps.iter().position(|list| counted.next() != Some(&list)) {
        Some(number) => Err(Refusal::UnwrapsUnneeded { number }),
        None => Ok(()),
    }
}

pub(super) fn lines(to: &mut Vec<u8>, lines: impl IntoIterator<Item = Vec<u8>>) {
    for line in lines {
        to.extend_from_slice(&line);
        to.push(b'\n');
    }
}

/// The lines of a section; none if the last one is not ended.
fn split(section: &[u8]) -> Option<Vec<&[u8]>> {
    match section {
        [] => Some(Vec::new()),
        _ => Some(section.strip_suffix(b"\n")?.split(|octet| *octet == b'\n').collect()),
    }
}

/// The same, sorted by their octets, each once.
fn sorted(section: &[u8]) -> Option<Vec<&[u8]>> {
    split(section).filter(|lines| lines.is_sorted_by(|line, next| line < next))
}

/// Headers, confirmations, totals and unwraps by line; sorted, so that none can be there twice.
pub(super) fn read(sections: &Sections<'_>) -> Result<Lines, Refusal> {
    let Lines { mut files, mut salted } = Lines::default();
    let mut last = None;
    let headers = split(sections.headers).ok_or(Refusal::HeaderOrder)?;
    for (number, read) in on_all_cores(&headers, |line| Disclosed::read_salted(line)).enumerate() {
        let (disclosed, hash) = read.map_err(|source| Refusal::Header { number, source })?;
        let batch = disclosed.header.batch;
        if last.is_some_and(|last| last >= batch) {
            return Err(Refusal::HeaderOrder);
        }
        last = Some(batch);
        files.headers.insert(batch, disclosed);
        salted.insert(batch, hash);
    }
    let confirmations = sorted(sections.confirmations).ok_or(Refusal::ConfirmationOrder)?;
    for (number, read) in on_all_cores(&confirmations, |line| canonical::read::<Confirmation>(line)).enumerate() {
        files.confirmations.push(read.map_err(|source| Refusal::Confirmation { number, source })?);
    }
    let totals = sorted(sections.totals).ok_or(Refusal::TotalsOrder)?;
    for (number, read) in on_all_cores(&totals, |line| canonical::read::<SentTotals>(line)).enumerate() {
        files.totals.push(read.map_err(|source| Refusal::Totals { number, source })?);
    }
    let unwraps = sorted(sections.unwraps).ok_or(Refusal::UnwrapsOrder)?;
    for (number, read) in on_all_cores(&unwraps, |line| canonical::read::<Unwraps>(line)).enumerate() {
        files.unwraps.push(read.map_err(|source| Refusal::Unwraps { number, source })?);
    }
    Ok(Lines { files, salted })
}

/// What `read` makes of each line, in their order.
fn on_all_cores<L: Sync, T: Send>(lines: &[L], read: impl Fn(&L) -> T + Sync) -> impl Iterator<Item = T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(cores).max(1);
    let read = &read;
    let parts: Vec<Vec<T>> = thread::scope(|threads| {
        let parts: Vec<_> =
            lines.chunks(share).map(|lines| threads.spawn(move || lines.iter().map(read).collect())).collect();
        parts.into_iter().map(|part| part.join().expect("reading does not panic")).collect()
    });
    parts.into_iter().flatten()
}
