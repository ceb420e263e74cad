//! From bytes to an interchange and what is wrong with it, in one pass.

use crate::{Code, Finding, Interchange, Rules, edifact, envelope::Envelope, lines::Lines, x12};
use std::sync::{Arc, OnceLock};

/// What a reader takes at most. Checked before memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a body.
    pub octets: usize,
    /// Sets or messages of an interchange; each takes some 90 octets until the interchange is dropped.
    pub sets: usize,
    /// Findings kept. Past it one of each severity a set is still kept.
    pub findings: usize,
}

impl Default for Limits {
    /// 100 MiB, 500,000 sets, 10,000 findings.
    fn default() -> Self {
        Self { octets: 100 << 20, sets: 500_000, findings: 10_000 }
    }
}

/// Reads the one interchange of a body and checks everything: envelope, messages, elements. Never fails: what is
/// wrong is in the findings.
pub fn read<'i>(bytes: &'i [u8], limits: &Limits) -> (Interchange<'i>, Vec<Finding>) {
    let (interchange, findings, _) = read_by(bytes, limits, &Rules::default());
    (interchange, findings)
}

/// The same by a partner's rules; and how often each of them was used, in the order of [`Rules::names`].
pub fn read_by<'i>(bytes: &'i [u8], limits: &Limits, rules: &Rules) -> (Interchange<'i>, Vec<Finding>, Vec<u64>) {
    read_at(bytes, 0, &Arc::default(), limits, rules, true)
}

/// Reads the interchanges of a file, one after the other.
pub fn interchanges<'i, 'r>(bytes: &'i [u8], limits: &'r Limits, rules: &'r Rules) -> Interchanges<'i, 'r> {
    Interchanges { bytes, at: 0, lines: Arc::default(), limits, rules }
}

/// The interchanges of a file. Always at least one, even of an empty file.
#[derive(Clone)]
pub struct Interchanges<'i, 'r> {
    bytes: &'i [u8],
    at: usize,
    /// Counted once for all.
    lines: Arc<OnceLock<Lines>>,
    limits: &'r Limits,
    rules: &'r Rules,
}

impl std::fmt::Debug for Interchanges<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interchanges").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'r> Interchanges<'_, 'r> {
    /// The ones that come next, read by these rules: where each of them ends is the same by any.
    #[must_use]
    pub fn by(self, rules: &'r Rules) -> Self {
        Self { rules, ..self }
    }

    /// Whether the last one was read.
    pub fn is_over(&self) -> bool {
        self.at > 0 && self.at >= self.bytes.len()
    }
}

impl<'i> Iterator for Interchanges<'i, '_> {
    type Item = (Interchange<'i>, Vec<Finding>, Vec<u64>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over() {
            return None;
        }
        let read = read_at(self.bytes, self.at, &self.lines, self.limits, self.rules, false);
        let end = read.0.range().end;
        self.at = if is_followed(self.bytes, self.at, end) { end } else { self.bytes.len().max(1) };
        Some(read)
    }
}

/// Whether another interchange begins behind the one from `start` to `end`, so that each can be read alone. Anything
/// else that follows belongs to the one before, which tells of it.
fn is_followed(bytes: &[u8], start: usize, end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default().trim_ascii_start();
    end > start && [&b"ISA"[..], b"UNA", b"UNB"].iter().any(|header| rest.starts_with(header))
}

/// Reads the interchange at `from`. `alone`: another one behind it is one too many.
fn read_at<'i>(
    bytes: &'i [u8],
    from: usize,
    lines: &Arc<OnceLock<Lines>>,
    limits: &Limits,
    rules: &Rules,
    alone: bool,
) -> (Interchange<'i>, Vec<Finding>, Vec<u64>) {
    let start = from + leading(&bytes[from..], from == 0);
    let mut envelope = Envelope::new(Interchange::of(bytes, start, Arc::clone(lines)), limits, rules);
    if start == bytes.len() {
        envelope.findings.push(Finding::of_interchange(Code::Empty));
    } else if start > 0 && from == 0 && is_header(&bytes[start..]) {
        envelope.findings.push(Finding::of_interchange(Code::LeadingOctets));
    }
    let mut end = bytes.len();
    if bytes.len() - from > limits.octets {
        envelope.findings.push(Finding::of_interchange(Code::InterchangeTooLarge));
        // The header is read, so that it can be answered.
        let head = &bytes[..bytes.len().min(start + HEADER_OCTETS)];
        return header_only(head, start, bytes, envelope);
    }
    match &bytes[start..] {
        [] => {}
        [b'I', b'S', b'A', ..] => end = x12::read(&mut envelope, start),
        [b'U', b'N', b'A' | b'B' | b'H' | b'G', ..] => end = edifact::read(&mut envelope, start),
        _ => envelope.at(Code::NotEdi, start),
    }
    if end < bytes.len() && (alone || !is_followed(bytes, from, end)) {
        envelope.interchange.complete &= envelope.after(end);
    }
    envelope.interchange.complete &= !envelope.is_long();
    envelope.interchange.range.end = end;
    let Envelope { mut interchange, findings, .. } = envelope;
    let (findings, used) = findings.finish(&interchange);
    interchange.range.start = start;
    (interchange, findings, used)
}

/// So much of a body that is too large is looked at.
const HEADER_OCTETS: usize = 4096;

fn header_only<'i>(
    head: &'i [u8],
    start: usize,
    bytes: &'i [u8],
    mut envelope: Envelope<'_, 'i>,
) -> (Interchange<'i>, Vec<Finding>, Vec<u64>) {
    let rules = Rules::default();
    let mut of_head = Envelope::new(Interchange::of(head, start, Arc::default()), envelope.limits, &rules);
    match &head[start.min(head.len())..] {
        [b'I', b'S', b'A', ..] => _ = x12::read(&mut of_head, start),
        [b'U', b'N', ..] => _ = edifact::read(&mut of_head, start),
        _ => {}
    }
    envelope.interchange.header = of_head.interchange.header;
    envelope.interchange.separators = of_head.interchange.separators;
    envelope.interchange.syntax = of_head.interchange.syntax;
    envelope.interchange.range = start..bytes.len();
    let Envelope { interchange, findings, .. } = envelope;
    let (findings, used) = findings.finish(&interchange);
    (interchange, findings, used)
}

fn is_header(bytes: &[u8]) -> bool {
    [&b"ISA"[..], b"UNA", b"UNB", b"UNH", b"UNG"].iter().any(|header| bytes.starts_with(header))
}

/// How many octets stand before the header: a byte order mark, blanks, line ends.
fn leading(bytes: &[u8], first: bool) -> usize {
    let after_mark = bytes.strip_prefix(b"\xEF\xBB\xBF").filter(|_| first).unwrap_or(bytes);
    bytes.len() - after_mark.trim_ascii_start().len()
}
