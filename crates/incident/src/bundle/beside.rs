//! What stands beside the ledger in a bundle, as lines: written, read, and none of it unneeded.

use super::{Refusal, Sections};
use crate::exposure::{Beside, Used};
use ledger::{BatchId, Confirmation, Disclosed, Hash, SentTotals, Unwraps, canonical};
use serde::{Serialize, de::DeserializeOwned};
use std::{borrow::Cow, thread};

/// All of it. Headers are lines of the bundle that were read once and are read again when somebody asks: parsed, all of them
/// together would be several times as large.
pub(super) struct Lines<'a> {
    headers: Vec<Line<'a>>,
    confirmations: Vec<Confirmation>,
    totals: Vec<SentTotals>,
    unwraps: Vec<Unwraps>,
}

/// A header's, which is in its one form.
struct Line<'a> {
    batch: BatchId,
    written: &'a [u8],
}

impl<'a> Line<'a> {
    fn read(written: &'a [u8]) -> Result<Self, canonical::NotCanonical> {
        let disclosed: Disclosed = canonical::read(written)?;
        Ok(Self { batch: disclosed.header.batch, written })
    }
}

impl<'a> Lines<'a> {
    /// How many headers there are.
    pub(super) fn headers(&self) -> usize {
        self.headers.len()
    }

    fn line(&self, batch: &BatchId) -> Option<&Line<'a>> {
        let place = self.headers.binary_search_by_key(batch, |line| line.batch).ok()?;
        self.headers.get(place)
    }
}

impl Beside for Lines<'_> {
    fn disclosed(&self, batch: &BatchId) -> Option<Cow<'_, Disclosed>> {
        let line = self.line(batch)?;
        Some(Cow::Owned(serde_json::from_slice(line.written).expect("what was read reads again")))
    }

    fn salted(&self, disclosed: &Disclosed) -> Hash {
        disclosed.salted_as(self.line(&disclosed.header.batch).expect("only what it gave is asked for").written)
    }

    fn confirmations(&self) -> &[Confirmation] {
        &self.confirmations
    }

    fn totals(&self) -> &[SentTotals] {
        &self.totals
    }

    fn unwraps(&self) -> &[Unwraps] {
        &self.unwraps
    }
}

/// What is not counted could only be there to be seen.
pub(super) fn all_used(beside: &Lines<'_>, used: &Used<'_>) -> Result<(), Refusal> {
    let mut batches = beside.headers.iter().map(|line| line.batch);
    if let Some(batch) = batches.clone().find(|batch| !used.needed.contains(batch)) {
        return Err(Refusal::HeaderUnneeded { batch });
    }
    if let Some(batch) = batches.find(|batch| !used.headers.contains(batch)) {
        return Err(Refusal::HeaderNotAnchored { batch });
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
pub(super) fn read<'a>(sections: &Sections<'a>) -> Result<Lines<'a>, Refusal> {
    let written = split(sections.headers).ok_or(Refusal::HeaderOrder)?;
    let mut headers: Vec<Line> = Vec::with_capacity(written.len());
    for (number, read) in on_all_cores(&written, Line::read).enumerate() {
        let line = read.map_err(|source| Refusal::Header { number, source })?;
        if headers.last().is_some_and(|last| last.batch >= line.batch) {
            return Err(Refusal::HeaderOrder);
        }
        headers.push(line);
    }
    let confirmations = values(sections.confirmations, Refusal::ConfirmationOrder, |number, source| {
        Refusal::Confirmation { number, source }
    })?;
    let totals = values(sections.totals, Refusal::TotalsOrder, |number, source| Refusal::Totals { number, source })?;
    let unwraps =
        values(sections.unwraps, Refusal::UnwrapsOrder, |number, source| Refusal::Unwraps { number, source })?;
    Ok(Lines { headers, confirmations, totals, unwraps })
}

/// The values of a section's sorted lines.
fn values<T: Serialize + DeserializeOwned + Send>(
    section: &[u8],
    order: Refusal,
    refused: impl Fn(usize, canonical::NotCanonical) -> Refusal,
) -> Result<Vec<T>, Refusal> {
    let lines = sorted(section).ok_or(order)?;
    let read = on_all_cores(&lines, canonical::read::<T>).enumerate();
    read.map(|(number, value)| value.map_err(|source| refused(number, source))).collect()
}

/// What `read` makes of each line, in their order.
fn on_all_cores<'a, T: Send>(lines: &[&'a [u8]], read: impl Fn(&'a [u8]) -> T + Sync) -> impl Iterator<Item = T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(cores).max(1);
    let read = &read;
    let parts: Vec<Vec<T>> = thread::scope(|threads| {
        let parts: Vec<_> = lines
            .chunks(share)
            .map(|lines| threads.spawn(move || lines.iter().map(|line| read(line)).collect()))
            .collect();
        parts.into_iter().map(|part| part.join().expect("reading does not panic")).collect()
    });
    parts.into_iter().flatten()
}
