//! From bytes to an index of segments.

use crate::{
    Code, Finding, Interchange, Isa, KnownTag, Segment, Separators, envelope, finding::Findings, interchange::Span,
    syntax,
};
use std::sync::OnceLock;

/// What a reader takes at most. Checked before memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a body; never more than 4 GiB, whatever is said here.
    pub octets: usize,
    /// Segments: eight octets of index each.
    pub segments: usize,
    /// Findings kept by `read` and by `check`, each. Past it one of each severity a set is still kept.
    pub findings: usize,
}

impl Default for Limits {
    /// 100 MiB, eight million segments (an 856 has about 25 octets a segment), 10,000 findings.
    fn default() -> Self {
        Self { octets: 100 << 20, segments: 8_000_000, findings: 10_000 }
    }
}

/// The ISA's length with its terminator.
const ISA_OCTETS: usize = 106;
/// Where the sixteen element separators of an ISA stand.
const ISA_SEPARATORS: [usize; 16] = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];
/// An ISA that is not of fixed width is looked for in so many octets.
const ISA_OCTETS_MAX: usize = 512;
/// No segment without binary data is longer: the longest of our messages has 31 elements.
const SEGMENT_OCTETS_MAX: usize = 4096;

/// Reads an interchange and checks its envelope. Never fails: what is wrong is in the findings.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> (Interchange<'a>, Vec<Finding>) {
    let mut findings = Findings::new(limits.findings);
    let mut interchange = Interchange {
        bytes,
        spans: Vec::new(),
        complete: false,
        isa: None,
        separators: Separators::default(),
        groups: Vec::new(),
        ta1_segments: 0,
        lines: OnceLock::new(),
    };
    read_into(&mut interchange, limits, &mut findings);
    let findings = findings.finish(&interchange);
    (interchange, findings)
}

fn read_into(interchange: &mut Interchange<'_>, limits: &Limits, findings: &mut Findings) {
    let bytes = interchange.bytes;
    let start = skip_leading(bytes);
    if start == bytes.len() {
        return findings.push(Finding::of_interchange(Code::Empty));
    }
    if !bytes[start..].starts_with(b"ISA") {
        return findings.push(located(Code::NotEdi, start));
    }
    let Some((layout, separators)) = isa_layout(&bytes[start..]) else {
        return findings.push(located(Code::IsaUnreadable, start));
    };
    if start > 0 {
        findings.push(Finding::of_interchange(Code::LeadingOctets));
    }
    match layout.form {
        IsaForm::Fixed => {}
        IsaForm::Wrapped => findings.push(in_isa(Code::IsaWrapped, start, 0)),
        IsaForm::Loose => findings.push(in_isa(Code::IsaWidth, start, 0)),
    }
    check_separators(&separators, start, findings);
    interchange.separators = separators;
    interchange.complete = index_segments(interchange, start, layout.terminator, limits, findings)
        && separators.distinct()
        && interchange.segments().all(|s| s.raw().len() <= SEGMENT_OCTETS_MAX || is_binary(s));
    let segment = interchange.segment(0).expect("the ISA is the first segment");
    interchange.isa = Some(Isa { segment });
    envelope::walk(interchange, findings);
}

fn is_binary(segment: Segment<'_>) -> bool {
    matches!(segment.tag(), b"BIN" | b"BDS")
}

fn skip_leading(bytes: &[u8]) -> usize {
    let after_mark = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.len() - after_mark.trim_ascii_start().len()
}

fn located(code: Code, offset: usize) -> Finding {
    Finding { offset: offset as u64, ..Finding::of_interchange(code) }
}

pub(crate) fn in_isa(code: Code, start: usize, element: u16) -> Finding {
    Finding { ordinal: 1, tag: KnownTag::new(b"ISA"), element, ..located(code, start) }
}

#[derive(Clone, Copy, PartialEq)]
enum IsaForm {
    Fixed,
    Wrapped,
    Loose,
}

struct IsaLayout {
    form: IsaForm,
    /// Where its terminator stands, from the I of ISA.
    terminator: usize,
}

/// Finds the separators: at their fixed places, else behind the sixteenth element separator.
fn isa_layout(bytes: &[u8]) -> Option<(IsaLayout, Separators)> {
    let element = *bytes.get(3)?;
    let sixteenth = bytes.iter().take(ISA_OCTETS_MAX).enumerate().filter(|&(_, &b)| b == element).nth(15)?.0;
    let (component, terminator) = (*bytes.get(sixteenth + 1)?, *bytes.get(sixteenth + 2)?);
    let at_places = |i: &[u8]| i.len() == ISA_OCTETS && ISA_SEPARATORS.iter().all(|&place| i[place] == element);
    let isa = &bytes[..sixteenth + 3];
    let form = if at_places(isa) {
        IsaForm::Fixed
    } else {
        let last = isa.len() - 1;
        let joined: Vec<u8> = isa
            .iter()
            .enumerate()
            .filter(|&(i, &b)| i == last || !matches!(b, b'\r' | b'\n'))
            .map(|(_, &b)| b)
            .collect();
        if at_places(&joined) { IsaForm::Wrapped } else { IsaForm::Loose }
    };
    let elements: Vec<&[u8]> = isa.split(|&b| b == element).collect();
    let standard = elements.get(11).copied().unwrap_or_default();
    let version = elements.get(12).copied().and_then(syntax::number);
    let repetition = match standard {
        [octet] if version.is_some_and(|v| v >= 402) && Separators::usable(*octet) => Some(*octet),
        _ => None,
    };
    Some((IsaLayout { form, terminator: sixteenth + 2 }, Separators { element, component, repetition, terminator }))
}

fn check_separators(separators: &Separators, start: usize, findings: &mut Findings) {
    let Separators { element, component, repetition: _, terminator } = *separators;
    if !Separators::usable(element) {
        findings.push(in_isa(Code::ElementSeparatorInvalid, start, 0));
    }
    if !Separators::usable(component) || component == element {
        findings.push(in_isa(Code::ComponentSeparatorInvalid, start, 16));
    }
    if !Separators::usable(terminator) || terminator == element || terminator == component {
        findings.push(in_isa(Code::TerminatorInvalid, start, 0));
    }
}

/// Fills `spans`. False if a limit was met before the end.
fn index_segments(
    interchange: &mut Interchange<'_>,
    start: usize,
    isa_terminator: usize,
    limits: &Limits,
    findings: &mut Findings,
) -> bool {
    let bytes = interchange.bytes;
    let separators = interchange.separators;
    // The ISA first: it is kept even if nothing else is.
    interchange.spans.push(span(start, start + isa_terminator));
    if bytes.len() > limits.octets.min(u32::MAX as usize) {
        findings.push(Finding::of_interchange(Code::InterchangeTooLarge));
        return false;
    }
    // Sixteen octets a segment is below what messages have; a longer index grows by doubling.
    interchange.spans.reserve((bytes.len() / 16).min(limits.segments));
    let mut at = start + isa_terminator + 1;
    loop {
        while bytes.get(at).is_some_and(|b| matches!(b, b'\r' | b'\n') && *b != separators.terminator) {
            at += 1;
        }
        if at >= bytes.len() {
            return true;
        }
        let end = segment_end(bytes, at, &separators);
        let content = match (&bytes[at..end], separators.terminator) {
            (raw, b'\n') => raw.strip_suffix(b"\r").unwrap_or(raw),
            (raw, _) if end == bytes.len() => raw.trim_ascii_end(),
            (raw, _) => raw,
        };
        if content.is_empty() {
            // Blank lines are no segments, and no mistake; neither are blanks at the very end.
            if end < bytes.len() && !matches!(separators.terminator, b'\r' | b'\n') {
                findings.push(located(Code::EmptySegment, at));
            }
        } else if interchange.spans.len() >= limits.segments {
            findings.push(located(Code::TooManySegments, at));
            return false;
        } else {
            interchange.spans.push(span(at, at + content.len()));
            // Control octets alone are an end-of-file mark, which the envelope looks at.
            if end == bytes.len() && !content.iter().all(u8::is_ascii_control) {
                findings.push(located(Code::Unterminated, at));
            }
        }
        at = end + 1;
    }
}

fn span(start: usize, end: usize) -> Span {
    let start = u32::try_from(start).unwrap_or(u32::MAX);
    Span { start, length: u32::try_from(end).unwrap_or(u32::MAX) - start }
}

fn segment_end(bytes: &[u8], at: usize, separators: &Separators) -> usize {
    let rest = &bytes[at..];
    if let Some(end) = binary_end(rest, separators) {
        return at + end;
    }
    at + rest.iter().position(|&b| b == separators.terminator).unwrap_or(rest.len())
}

/// BIN and BDS hold as many octets of any kind as they say.
fn binary_end(rest: &[u8], separators: &Separators) -> Option<usize> {
    let is_separator = |&b: &u8| b == separators.element;
    let length_at = match rest.get(..4)? {
        [b'B', b'I', b'N', s] if is_separator(s) => 4,
        [b'B', b'D', b'S', s] if is_separator(s) => 5 + rest[4..].iter().take(4).position(is_separator)?,
        _ => return None,
    };
    let digits = rest[length_at..].iter().take(10).position(is_separator)?;
    let octets = syntax::number(&rest[length_at..length_at + digits])? as usize;
    let end = length_at.checked_add(digits + 1)?.checked_add(octets)?;
    (rest.get(end) == Some(&separators.terminator)).then_some(end)
}
