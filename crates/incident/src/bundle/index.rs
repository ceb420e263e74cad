//! The index, which is as long in every bundle: where each section is, and that it is what the index says.

use super::{
    OCTETS_MAX, Refusal, SECTIONS, VERSION,
    octets::{Octets, Piece},
};
use ledger::cores;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Digits of a section's length.
const DIGITS: usize = 10;
/// A section's line but for its name: two blanks, its octets, the digest, the line's end.
const LINE: usize = 2 + DIGITS + 2 * 32 + 1;

/// Octets of the index with the empty line behind it.
pub(super) const OCTETS: usize = {
    let (mut octets, mut section) = (VERSION.len() + 2, 0);
    while section < SECTIONS.len() {
        octets += SECTIONS[section].len() + LINE;
        section += 1;
    }
    octets
};

/// The sections of one bundle.
pub(super) struct Sections<'b, B: ?Sized> {
    /// The hypotheses' TOML, as it was given.
    pub hypothesis: Piece<'b, B>,
    /// The signed note that covers all entries.
    pub checkpoint: Piece<'b, B>,
    /// Each leaf with its length before it, 16 bits, big-endian.
    pub entries: Piece<'b, B>,
    /// Lines of canonical JSON, sorted by batch.
    pub headers: Piece<'b, B>,
    /// Lines of canonical JSON, sorted by their octets.
    pub confirmations: Piece<'b, B>,
    /// Lines of canonical JSON, sorted by their octets.
    pub totals: Piece<'b, B>,
    /// Lines of canonical JSON, sorted by their octets.
    pub unwraps: Piece<'b, B>,
    /// Canonical JSON, which the verifier computes anew.
    pub assessment: Piece<'b, B>,
}

impl<'b, B: Octets + ?Sized> Sections<'b, B> {
    pub fn unpack(bundle: &'b B) -> Result<Self, Refusal> {
        let octets = bundle.octets()?;
        if octets > OCTETS_MAX {
            return Err(Refusal::TooLarge { octets });
        }
        let head = Piece::new(bundle, 0..octets.min(OCTETS as u64)).whole()?;
        let (mut found, fault) = cut(bundle, octets, &stated(&head)?);
        let mut sums = Vec::with_capacity(SECTIONS.len());
        cores::in_order(found.iter(), |(piece, _)| digest(piece), |sum| sums.push(sum));
        for (((_, stated), sum), section) in found.iter().zip(sums).zip(SECTIONS) {
            if *stated != sum?.as_bytes() {
                return Err(Refusal::Digest { section });
            }
        }
        let mut pieces = found.drain(..).map(|(piece, _)| piece);
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Self::of(|| pieces.next().expect("without a fault there are all of them"))),
        }
    }

    /// Of pieces that are given in the sections' order.
    pub fn of(mut next: impl FnMut() -> Piece<'b, B>) -> Self {
        Self {
            hypothesis: next(),
            checkpoint: next(),
            entries: next(),
            headers: next(),
            confirmations: next(),
            totals: next(),
            unwraps: next(),
            assessment: next(),
        }
    }
}

/// What the index says of each section: its octets, and its digest in hexadecimal.
fn stated(head: &[u8]) -> Result<Vec<(u64, &[u8])>, Refusal> {
    let rest = head.strip_prefix(VERSION.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"));
    let mut lines = rest.ok_or(Refusal::NotABundle)?.split_inclusive(|octet| *octet == b'\n');
    let sections = SECTIONS.into_iter().zip(2..);
    let all: Vec<_> = sections
        .map(|(name, line)| lines.next().and_then(|own| section_line(own, name)).ok_or(Refusal::Index { line }))
        .collect::<Result<_, _>>()?;
    match lines.next() {
        Some(b"\n") => Ok(all),
        _ => Err(Refusal::Index { line: SECTIONS.len() + 2 }),
    }
}

/// Octets and digest of a section, if the line is in its one written form.
fn section_line<'l>(line: &'l [u8], name: &str) -> Option<(u64, &'l [u8])> {
    let line = line.strip_prefix(name.as_bytes()).filter(|rest| rest.len() == LINE)?;
    let (digits, sum) = line.strip_prefix(b" ")?.strip_suffix(b"\n")?.split_at(DIGITS);
    let octets = digits.iter().try_fold(0, |octets, digit| match digit {
        b'0'..=b'9' => Some(octets * 10 + u64::from(digit - b'0')),
        _ => None,
    })?;
    Some((octets, sum.strip_prefix(b" ")?))
}

/// A section with the digest that is stated of it.
type Stated<'b, 's, B> = (Piece<'b, B>, &'s [u8]);

/// The sections before the first fault of their lengths, and that: the digests of what stands before it are looked at first.
fn cut<'b, 's, B: Octets + ?Sized>(
    bundle: &'b B,
    octets: u64,
    stated: &[(u64, &'s [u8])],
) -> (Vec<Stated<'b, 's, B>>, Option<Refusal>) {
    let (mut at, mut found) = (OCTETS as u64, Vec::with_capacity(SECTIONS.len()));
    for (section, (own, sum)) in SECTIONS.into_iter().zip(stated) {
        if octets - at < *own {
            return (found, Some(Refusal::Truncated { section }));
        }
        found.push((Piece::new(bundle, at..at + own), *sum));
        at += own;
    }
    let behind = octets - at;
    (found, (behind > 0).then_some(Refusal::Trailing { octets: behind }))
}

/// The index of these sections, given in their order.
pub(super) fn written<'b, B: Octets + ?Sized + 'b>(sections: &[Piece<'b, B>]) -> io::Result<String> {
    let mut index = format!("{VERSION}\n");
    let mut sums = Vec::with_capacity(SECTIONS.len());
    cores::in_order(sections, digest, |sum| sums.push(sum));
    for ((name, section), sum) in SECTIONS.iter().zip(sections).zip(sums) {
        index += &format!("{name} {:0DIGITS$} {}\n", section.octets(), sum?);
    }
    Ok(index + "\n")
}

/// A section's digest, as the index has it.
fn digest<B: Octets + ?Sized>(section: &Piece<'_, B>) -> io::Result<String> {
    const AT_A_TIME: u64 = 1 << 18;
    let (mut rest, mut hash) = (section.clone(), Sha256::new());
    let mut octets = vec![0; rest.octets().min(AT_A_TIME) as usize];
    loop {
        let read = rest.read(&mut octets)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&octets[..read]);
    }
}
