//! What was read: an index over the bytes, nothing copied.

use crate::{KnownTag, Separators};
use std::{fmt, ops::Range, sync::OnceLock};

/// An interchange as it was read, complete or not. It borrows the bytes.
///
/// Eight octets of index a segment; the segments themselves are made on the way.
#[derive(Clone)]
pub struct Interchange<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) spans: Vec<Span>,
    pub(crate) complete: bool,
    /// The header, if one was found; without it the body is no X12.
    pub isa: Option<Isa<'a>>,
    /// As the ISA declares them; the usual ones if there is none.
    pub separators: Separators,
    /// In the order in which they came.
    pub groups: Vec<Group<'a>>,
    /// How many TA1 segments stand between ISA and the first group.
    pub ta1_segments: usize,
    /// What ends a line, and the line of each block's first octet; made when the first finding needs it.
    pub(crate) lines: OnceLock<(u8, Vec<u32>)>,
}

/// Octets between two counts of lines.
const BLOCK: usize = 4096;

/// Where a segment lies, without its terminator.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub start: u32,
    pub length: u32,
}

impl<'a> Interchange<'a> {
    /// All that was given to `read`.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether everything was read to the end and fell into segments: false past a limit, where other
    /// octets follow the IEA, where the separators cannot serve, and where a segment is so long that
    /// it must be several.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many segments there are, ISA and IEA included.
    pub fn segment_count(&self) -> usize {
        self.spans.len()
    }

    /// The segment with this index, from 0.
    pub fn segment(&self, index: usize) -> Option<Segment<'a>> {
        let span = self.spans.get(index)?;
        let raw = &self.bytes[span.start as usize..][..span.length as usize];
        Some(Segment { raw, start: span.start, index: u32::try_from(index).ok()?, separator: self.separators.element })
    }

    /// All segments, in order.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'a>> + ExactSizeIterator + '_ {
        self.segments_in(0..self.spans.len())
    }

    /// The segments of a group's or a set's range. A range beyond the end is cut.
    pub fn segments_in(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = Segment<'a>> + ExactSizeIterator + '_ {
        let end = range.end.min(self.spans.len());
        (range.start.min(end)..end).map(|index| self.segment(index).expect("the range was cut to the spans"))
    }

    /// The line of an octet, from 1. A line ends with a line feed; in a body without any, with a
    /// carriage return.
    pub fn line(&self, offset: u64) -> u32 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        if offset == 0 {
            return 1;
        }
        let ends = |end: u8, octets: &[u8]| {
            u32::try_from(octets.iter().filter(|&&octet| octet == end).count()).unwrap_or(u32::MAX)
        };
        let (end, lines) = self.lines.get_or_init(|| {
            let end = if self.bytes.contains(&b'\n') { b'\n' } else { b'\r' };
            let before = |sum: &mut u32, block| {
                let before = *sum;
                *sum = sum.saturating_add(ends(end, block));
                Some(before)
            };
            (end, self.bytes.chunks(BLOCK).scan(1, before).collect())
        });
        let block = (offset / BLOCK).min(lines.len() - 1);
        lines[block].saturating_add(ends(*end, &self.bytes[block * BLOCK..offset]))
    }

    /// The group and set that hold the segment with this index.
    pub fn position(&self, index: usize) -> (Option<usize>, Option<usize>) {
        let Some(group) = holder(&self.groups, index, |g| &g.segments) else { return (None, None) };
        (Some(group), holder(&self.groups[group].sets, index, |s| &s.segments))
    }
}

fn holder<T>(list: &[T], index: usize, range: impl Fn(&T) -> &Range<usize>) -> Option<usize> {
    let before = list.partition_point(|item| range(item).start <= index);
    let candidate = before.checked_sub(1)?;
    range(&list[candidate]).contains(&index).then_some(candidate)
}

impl fmt::Debug for Interchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interchange")
            .field("octets", &self.bytes.len())
            .field("segments", &self.spans.len())
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// One segment. Elements are found on the way, nothing is copied.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    raw: &'a [u8],
    start: u32,
    index: u32,
    separator: u8,
}

impl<'a> Segment<'a> {
    /// Of its first octet in the body, from 0.
    pub fn offset(&self) -> u64 {
        u64::from(self.start)
    }

    /// Its place in the interchange, from 0; what [`Interchange::segment`] takes.
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// Its place in the interchange, ISA being 1.
    pub fn ordinal(&self) -> u32 {
        self.index.saturating_add(1)
    }

    /// All of it, without the terminator. The ISA's holds passwords: never store or show it.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The id, as it stands there.
    pub fn tag(&self) -> &'a [u8] {
        self.element(0)
    }

    /// The id, masked if it is not a known one.
    pub fn known_tag(&self) -> KnownTag {
        KnownTag::new(self.tag())
    }

    /// The element with this number, from 1; empty if absent. 0 is the id.
    pub fn element(&self, number: usize) -> &'a [u8] {
        self.raw.split(|&b| b == self.separator).nth(number).unwrap_or_default()
    }

    /// All elements from the first on, empty ones too.
    pub fn elements(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let separator = self.separator;
        self.raw.split(move |&b| b == separator).skip(1)
    }

    /// The components of one element.
    pub fn components(&self, number: usize, separators: &Separators) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let component = separators.component;
        self.element(number).split(move |&b| b == component)
    }
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment {} {} at {}", self.ordinal(), self.known_tag(), self.start)
    }
}

/// The interchange header. ISA01 to ISA04, which may hold passwords, cannot be asked for.
#[derive(Clone, Copy)]
pub struct Isa<'a> {
    pub(crate) segment: Segment<'a>,
}

impl<'a> Isa<'a> {
    fn trimmed(&self, number: usize) -> &'a [u8] {
        self.segment.element(number).trim_ascii()
    }

    /// ISA05.
    pub fn sender_qualifier(&self) -> &'a [u8] {
        self.trimmed(5)
    }

    /// ISA06 without padding.
    pub fn sender(&self) -> &'a [u8] {
        self.trimmed(6)
    }

    /// ISA07.
    pub fn receiver_qualifier(&self) -> &'a [u8] {
        self.trimmed(7)
    }

    /// ISA08 without padding.
    pub fn receiver(&self) -> &'a [u8] {
        self.trimmed(8)
    }

    /// ISA09, YYMMDD.
    pub fn date(&self) -> &'a [u8] {
        self.trimmed(9)
    }

    /// ISA10, HHMM.
    pub fn time(&self) -> &'a [u8] {
        self.trimmed(10)
    }

    /// ISA11: `U`, or from 00402 on the repetition separator.
    pub fn standard(&self) -> &'a [u8] {
        self.trimmed(11)
    }

    /// ISA12.
    pub fn version(&self) -> &'a [u8] {
        self.trimmed(12)
    }

    /// ISA13, nine digits where it is valid.
    pub fn control(&self) -> &'a [u8] {
        self.trimmed(13)
    }

    /// ISA14 is `1`: a TA1 is asked for.
    pub fn asks_for_ta1(&self) -> bool {
        self.trimmed(14) == b"1"
    }

    /// ISA15: `P`, `T` or `I`.
    pub fn usage(&self) -> &'a [u8] {
        self.trimmed(15)
    }

    /// ISA15 is `P`.
    pub fn is_production(&self) -> bool {
        self.usage() == b"P"
    }
}

impl fmt::Debug for Isa<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Isa")
    }
}

/// A functional group, GS to GE, or as far as it goes.
#[derive(Clone)]
pub struct Group<'a> {
    /// GS01.
    pub functional_id: &'a [u8],
    /// GS02.
    pub sender: &'a [u8],
    /// GS03.
    pub receiver: &'a [u8],
    /// GS06.
    pub control: &'a [u8],
    /// GS08.
    pub version: &'a [u8],
    /// GE01, if there is a GE with a number in it.
    pub declared_sets: Option<u32>,
    /// From GS to GE.
    pub segments: Range<usize>,
    /// In order.
    pub sets: Vec<Set<'a>>,
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("segments", &self.segments).field("sets", &self.sets).finish_non_exhaustive()
    }
}

/// A transaction set, ST to SE, or as far as it goes.
#[derive(Clone)]
pub struct Set<'a> {
    /// ST01, such as `856`.
    pub kind: &'a [u8],
    /// ST02.
    pub control: &'a [u8],
    /// From ST to SE.
    pub segments: Range<usize>,
    /// Whether an SE ends it.
    pub closed: bool,
}

impl fmt::Debug for Set<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set").field("segments", &self.segments).field("closed", &self.closed).finish_non_exhaustive()
    }
}
