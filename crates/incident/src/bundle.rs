//! The bundle: one file with everything that is needed to check an assessment offline.
//!
//! ```text
//! bulla.bundle/12
//! hypothesis 36 b2c4…            eight lines: section, octets, SHA-256
//! checkpoint 412 77a0…
//! entries 9120 09fe…
//! headers 2230 51d8…
//! confirmations 812 9e01…
//! totals 0 e3b0…
//! unwraps 0 e3b0…
//! assessment 3105 c40b…
//!                                an empty line, then the sections' octets, one after the other
//! ```
//!
//! There is one written form: fixed order, canonical JSON, sorted lines, no octet too many. The
//! digests of the index find accidents; what proves is the warden's signature over the root of
//! `entries`, and that every other number follows from them. `docs/bundle.md` has the whole format.

mod beside;
mod proof;
mod refusal;

pub use proof::{Keys, Parts, Proven, Prover, Verdict, Verified, open, prove, verify};
pub use refusal::Refusal;

use sha2::{Digest, Sha256};
use std::thread;

/// The format's name, the first line.
pub const VERSION: &str = "bulla.bundle/12";
/// Largest accepted bundle, in octets: 4 GiB, some 30 million entries.
pub const OCTETS_MAX: u64 = 1 << 32;
/// The sections, in their order.
pub const SECTIONS: [&str; 8] =
    ["hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment"];

/// Octets of the index with its empty line, at most: every line has a name, at most twenty digits and a digest, which is 782.
const INDEX_MAX: usize = 800;

/// The sections of one bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sections<'a> {
    /// The hypotheses' TOML, as it was given.
    hypothesis: &'a [u8],
    /// The signed note that covers all entries.
    checkpoint: &'a [u8],
    /// Each leaf with its length before it, 16 bits, big-endian.
    entries: &'a [u8],
    /// Lines of canonical JSON, sorted by batch.
    headers: &'a [u8],
    /// Lines of canonical JSON, sorted by their octets.
    confirmations: &'a [u8],
    /// Lines of canonical JSON, sorted by their octets.
    totals: &'a [u8],
    /// Lines of canonical JSON, sorted by their octets.
    unwraps: &'a [u8],
    /// Canonical JSON, which the verifier computes anew.
    assessment: &'a [u8],
}

impl<'a> Sections<'a> {
    fn unpack(bundle: &'a [u8]) -> Result<Self, Refusal> {
        if bundle.len() as u64 > OCTETS_MAX {
            return Err(Refusal::TooLarge { octets: bundle.len() as u64 });
        }
        if !bundle.starts_with(VERSION.as_bytes()) || bundle.get(VERSION.len()) != Some(&b'\n') {
            return Err(Refusal::NotABundle);
        }
        let head = &bundle[..bundle.len().min(INDEX_MAX)];
        let end = head.windows(2).position(|two| two == b"\n\n").ok_or(Refusal::Index { line: 1 })?;
        let index = std::str::from_utf8(&head[..end]).map_err(|_| Refusal::Index { line: 1 })?;
        let (found, fault) = cut(index, &bundle[end + 2..]);
        let octets: Vec<_> = found.iter().map(|section| section.octets).collect();
        let sums = digests(&octets);
        if let Some((section, _)) = found.iter().zip(&sums).find(|(section, sum)| section.sum != **sum) {
            return Err(Refusal::Digest { section: section.name });
        }
        let octets = octets.try_into();
        fault.map_or_else(|| Ok(Self::of(octets.expect("without a fault there are all of them"))), Err)
    }

    fn of(sections: [&'a [u8]; 8]) -> Self {
        let [hypothesis, checkpoint, entries, headers, confirmations, totals, unwraps, assessment] = sections;
        Self { hypothesis, checkpoint, entries, headers, confirmations, totals, unwraps, assessment }
    }
}

/// A section as the index has it.
struct Cut<'a> {
    name: &'static str,
    octets: &'a [u8],
    /// As stated.
    sum: &'a str,
}

/// The sections before the first fault of index and lengths, and that: the digests of what stands before it are looked at first.
fn cut<'a>(index: &'a str, mut rest: &'a [u8]) -> (Vec<Cut<'a>>, Option<Refusal>) {
    let mut lines = index.split('\n').skip(1);
    let mut found = Vec::with_capacity(SECTIONS.len());
    for (at, name) in SECTIONS.into_iter().enumerate() {
        let Some((octets, sum)) = lines.next().and_then(|line| index_line(line, name)) else {
            return (found, Some(Refusal::Index { line: at + 2 }));
        };
        let Some((octets, behind)) = rest.split_at_checked(octets) else {
            return (found, Some(Refusal::Truncated { section: name }));
        };
        found.push(Cut { name, octets, sum });
        rest = behind;
    }
    let more = lines.next().map(|_| Refusal::Index { line: SECTIONS.len() + 2 });
    let behind = || (!rest.is_empty()).then_some(Refusal::Trailing { octets: rest.len() });
    (found, more.or_else(behind))
}

/// A bundle that is being written: each section where it will stand, so that none is in memory twice.
struct Sheet {
    /// Room for the index, and the sections so far.
    octets: Vec<u8>,
    /// Where each section so far begins, and the last one ends.
    edges: Vec<usize>,
}

impl Sheet {
    fn new() -> Self {
        Self { octets: vec![0; INDEX_MAX], edges: vec![INDEX_MAX] }
    }

    /// Writes the next section.
    fn section(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.octets);
        self.edges.push(self.octets.len());
    }

    /// What is written so far; the others have no octets yet.
    fn sections(&self) -> [&[u8]; 8] {
        let mut sections = [&[][..]; 8];
        for (edges, section) in self.edges.windows(2).zip(&mut sections) {
            *section = &self.octets[edges[0]..edges[1]];
        }
        sections
    }

    /// The whole, once all sections are written.
    fn done(mut self) -> Vec<u8> {
        let sections = self.sections();
        let lines = SECTIONS.iter().zip(sections).zip(digests(&sections));
        let lines = lines.map(|((name, section), sum)| format!("{name} {} {sum}\n", section.len()));
        let index = format!("{VERSION}\n{}\n", lines.collect::<String>());
        let spare = INDEX_MAX - index.len();
        self.octets[spare..INDEX_MAX].copy_from_slice(index.as_bytes());
        self.octets.drain(..spare);
        self.octets
    }
}

/// Octets and digest of a section, if the line is in its one written form.
fn index_line<'a>(line: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let (octets, sum) = line.strip_prefix(name)?.strip_prefix(' ')?.split_once(' ')?;
    let number: usize = octets.parse().ok()?;
    (number.to_string() == octets).then_some((number, sum))
}

/// Octets from which on a section's digest is worth a thread.
const LONG: usize = 1 << 20;

/// The sections' digests, as the index has them; of long ones on all cores.
fn digests(sections: &[&[u8]]) -> Vec<String> {
    let digest = |section: &[u8]| hex::encode(Sha256::digest(section));
    thread::scope(|threads| {
        let long =
            sections.iter().map(|section| (section.len() >= LONG).then(|| threads.spawn(move || digest(section))));
        let long: Vec<_> = long.collect();
        let each = sections.iter().zip(long);
        each.map(|(section, long)| match long {
            Some(thread) => thread.join().expect("a digest does not panic"),
            None => digest(section),
        })
        .collect()
    })
}
