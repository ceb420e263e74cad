//! What stands beside the ledger in a bundle, as lines: written, read, and none of it unneeded.

use super::{
    Refusal,
    index::Sections,
    lines,
    octets::{Octets, Piece},
    words::Words,
};
use crate::exposure::{Beside, Shown, Used};
use ledger::{BatchId, Disclosed, SentTotals, Unwraps, canonical, cores};
use serde::{Serialize, de::DeserializeOwned};
use std::{borrow::Cow, cmp::Reverse, io, sync::OnceLock};

/// All of it. Headers and carriers' words are lines of files that are read when somebody asks: parsed, all of them together would be
/// several times as large.
pub struct Lines<'b, B: ?Sized> {
    file: Piece<'b, B>,
    headers: Vec<Line>,
    confirmations: Words<'b, B>,
    /// Shippers' totals, in any order.
    pub totals: Vec<SentTotals>,
    /// Co-holders' lists, in any order.
    pub unwraps: Vec<Unwraps>,
    /// What went wrong with reading a line again.
    failed: OnceLock<io::ErrorKind>,
}

/// A header's: where it is in its section.
struct Line {
    batch: BatchId,
    at: u64,
    octets: u32,
}

impl<'b, B: Octets + ?Sized> Lines<'b, B> {
    /// Headers alone, a line each, in any order; of several for one batch the last counts. And how many lines are none in canonical
    /// form, and left out.
    ///
    /// # Errors
    /// [`Refusal::File`].
    pub fn of(file: &'b B) -> Result<(Self, usize), Refusal> {
        let (confirmations, file) = (Words::none(file), Piece::new(file, 0..file.octets()?));
        let (mut headers, mut wrong, mut at) = (Vec::new(), 0, 0);
        each_header(&file, header, |(batch, octets)| {
            match (batch, u32::try_from(octets)) {
                (Ok(batch), Ok(octets)) => headers.push(Line { batch, at, octets }),
                _ => wrong += 1,
            }
            at += octets as u64 + 1;
        })?;
        headers.sort_by_key(|line| (line.batch, Reverse(line.at)));
        headers.dedup_by_key(|line| line.batch);
        Ok((Self::with(file, headers, confirmations), wrong))
    }

    /// And with these carriers' words, a line each, in any order; one that is none in canonical form does not count.
    ///
    /// # Errors
    /// [`Refusal::File`].
    pub fn confirmed(self, words: &'b B) -> Result<Self, Refusal> {
        Ok(Self { confirmations: Words::of(words)?, ..self })
    }

    /// A bundle's; sorted, so that none can be there twice. Of a header or a word that nobody asks for, only its name or place was
    /// seen: whoever finds all of them used has read them all, and whoever refuses has those that are none refused first.
    pub(super) fn read(sections: Sections<'b, B>) -> Result<Self, Refusal> {
        let headers = headers(&sections.headers, named)?;
        let confirmations = Words::read(sections.confirmations)?;
        let totals =
            values(&sections.totals, Refusal::TotalsOrder, |number, source| Refusal::Totals { number, source })?;
        let unwraps =
            values(&sections.unwraps, Refusal::UnwrapsOrder, |number, source| Refusal::Unwraps { number, source })?;
        Ok(Self { totals, unwraps, ..Self::with(sections.headers, headers, confirmations) })
    }

    fn with(file: Piece<'b, B>, headers: Vec<Line>, confirmations: Words<'b, B>) -> Self {
        Self { file, headers, confirmations, totals: Vec::new(), unwraps: Vec::new(), failed: OnceLock::new() }
    }

    /// How many headers there are.
    pub fn headers(&self) -> usize {
        self.headers.len()
    }

    /// Whether all lines that somebody asked for could be read.
    ///
    /// # Errors
    /// [`Refusal::File`].
    pub fn all_read(&self) -> Result<(), Refusal> {
        self.failed.get().map_or(Ok(()), |kind| Err(Refusal::File { kind: *kind }))
    }

    fn sound(&self, line: io::Result<Vec<u8>>) -> Option<Vec<u8>> {
        line.map_err(|error| self.failed.get_or_init(|| error.kind())).ok()
    }
}

impl<B: Octets + ?Sized> Beside for Lines<'_, B> {
    fn disclosed(&self, batch: &BatchId) -> Option<Shown<'_>> {
        let written = self.written(batch)?;
        // Whatever it has become meanwhile, an anchor tells whether it is the one.
        let disclosed = Disclosed::read(&written).ok()?;
        Some(Shown { salted: disclosed.salted_as(&written), disclosed: Cow::Owned(disclosed) })
    }

    fn written(&self, batch: &BatchId) -> Option<Vec<u8>> {
        let place = self.headers.binary_search_by_key(batch, |line| line.batch).ok()?;
        let Line { at, octets, .. } = self.headers.get(place)?;
        self.sound(self.file.part(*at, *octets as usize))
    }

    fn confirmations(&self) -> usize {
        self.confirmations.many()
    }

    fn confirmation(&self, number: usize) -> Option<Vec<u8>> {
        self.sound(self.confirmations.line(number)?)
    }

    fn totals(&self) -> &[SentTotals] {
        &self.totals
    }

    fn unwraps(&self) -> &[Unwraps] {
        &self.unwraps
    }
}

/// What is not counted could only be there to be seen.
pub(super) fn all_used<B: Octets + ?Sized>(beside: &Lines<'_, B>, used: &Used<'_, u32>) -> Result<(), Refusal> {
    let mut batches = beside.headers.iter().map(|line| line.batch);
    if let Some(batch) = batches.clone().find(|batch| !used.needed.contains(batch)) {
        return Err(Refusal::HeaderUnneeded { batch });
    }
    if let Some(batch) = batches.find(|batch| !used.headers.contains(batch)) {
        return Err(Refusal::HeaderNotAnchored { batch });
    }
    let mut counted = used.confirmations.iter().map(|number| *number as usize);
    if let Some(number) = (0..beside.confirmations()).find(|number| counted.next() != Some(*number)) {
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

/// Refuses the first header that is none in its one form, or is not behind the one before it.
pub(super) fn all_in_form<B: Octets + ?Sized>(section: &Piece<'_, B>) -> Result<(), Refusal> {
    headers(section, header).map(drop)
}

/// Where each header is, each behind the one before it.
fn headers<B: Octets + ?Sized>(section: &Piece<'_, B>, read: fn(&[u8]) -> Own) -> Result<Vec<Line>, Refusal> {
    if !lines::are_ended(section)? {
        return Err(Refusal::HeaderOrder);
    }
    let mut found = Ok(Vec::new());
    each_header(section, read, |own| {
        if let Ok(headers) = &mut found
            && let Err(refusal) = add(headers, own)
        {
            found = Err(refusal);
        }
    })?;
    found
}

/// Shows the header of each line, read on all cores.
fn each_header<B: Octets + ?Sized>(
    section: &Piece<'_, B>,
    read: fn(&[u8]) -> Own,
    mut show: impl FnMut(Own),
) -> io::Result<()> {
    let read = |block: &[u8]| lines::of(block).map(read).collect::<Vec<_>>();
    lines::each_block(section, read, |block| block.into_iter().for_each(&mut show))
}

/// Whose header a line is, and how long.
type Own = (Result<BatchId, canonical::NotCanonical>, usize);

fn header(line: &[u8]) -> Own {
    (Disclosed::read(line).map(|disclosed| disclosed.header.batch), line.len())
}

/// The same, from where the one form has it; whether the line is in that form is left open.
fn named(line: &[u8]) -> Own {
    let found = || {
        let agreement = line.strip_prefix(br#"{"header":{"agreement":""#)?;
        let end = agreement.iter().position(|octet| *octet == b'"')?;
        let digits = agreement[end..].strip_prefix(br#"","batch":""#)?.get(..32)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    found().map_or_else(|| header(line), |batch| (Ok(batch), line.len()))
}

/// The next one, behind the one before it.
fn add(headers: &mut Vec<Line>, (batch, octets): Own) -> Result<(), Refusal> {
    let batch = batch.map_err(|source| Refusal::Header { number: headers.len(), source })?;
    let (last, at) = headers.last().map_or((None, 0), |last| (Some(last.batch), last.at + u64::from(last.octets) + 1));
    if last >= Some(batch) {
        return Err(Refusal::HeaderOrder);
    }
    let octets = u32::try_from(octets).map_err(|_| Refusal::HeaderOrder)?;
    headers.push(Line { batch, at, octets });
    Ok(())
}

/// The values of a section's lines, which are sorted by their octets.
fn values<T: Serialize + DeserializeOwned + Send, B: Octets + ?Sized>(
    section: &Piece<'_, B>,
    order: Refusal,
    refused: impl Fn(usize, canonical::NotCanonical) -> Refusal,
) -> Result<Vec<T>, Refusal> {
    let octets = section.whole()?;
    let lines = match octets.split_last() {
        None => Vec::new(),
        Some((b'\n', lines)) => lines.split(|octet| *octet == b'\n').collect(),
        Some(_) => return Err(order),
    };
    if !lines.is_sorted_by(|line, next| line < next) {
        return Err(order);
    }
    let mut values = Vec::new();
    let read = |lines: &[&[u8]]| -> Vec<_> { lines.iter().map(|line| canonical::read::<T>(line)).collect() };
    cores::in_order(lines.chunks(64), read, |read| values.extend(read));
    let numbered = values.into_iter().enumerate();
    numbered.map(|(number, value)| value.map_err(|source| refused(number, source))).collect()
}
