//! What was read: an index over the bytes, nothing copied.

use crate::{KnownTag, Separators, lines::Lines, walk::Walk};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// Which of the two syntaxes it is written in; each has its own delimiters and envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// ASC X12: ISA to IEA.
    X12,
    /// UN/EDIFACT (ISO 9735): UNB to UNZ.
    Edifact,
}

/// An interchange as it was read, complete or not. It borrows the bytes.
///
/// It knows where groups and sets are. Segments are not kept: [`Interchange::walk`] finds them again, at the
/// speed of memory.
#[derive(Clone)]
pub struct Interchange<'i> {
    pub(crate) bytes: &'i [u8],
    pub(crate) range: Range<usize>,
    pub(crate) complete: bool,
    pub(crate) segments: u32,
    /// By what the body begins with; X12 if it is neither.
    pub syntax: Syntax,
    /// The header, if one was found; without it the body is no EDI.
    pub header: Option<Header<'i>>,
    /// As the header declares them; the usual ones if there is none.
    pub separators: Separators,
    /// In the order in which they came. An EDIFACT interchange without UNG has one group that was never opened.
    pub groups: Vec<Group<'i>>,
    /// How many TA1 segments stand between ISA and the first group.
    pub ta1_segments: usize,
    /// The lines of all bytes, shared by all interchanges in them; made when the first finding needs them.
    pub(crate) lines: Arc<OnceLock<Lines>>,
}

impl<'i> Interchange<'i> {
    pub(crate) fn of(bytes: &'i [u8], start: usize, lines: Arc<OnceLock<Lines>>) -> Self {
        Self {
            bytes,
            range: start..bytes.len(),
            complete: false,
            segments: 0,
            syntax: Syntax::X12,
            header: None,
            separators: Separators::X12,
            groups: Vec::new(),
            ta1_segments: 0,
            lines,
        }
    }

    /// All that was given to `read`.
    pub fn bytes(&self) -> &'i [u8] {
        self.bytes
    }

    /// The octets of this interchange, from the I of ISA or the U of UNA to behind its last terminator.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether everything was read to the end and fell into segments: false past a limit, where other
    /// octets follow the trailer, where the separators cannot serve, and where a segment is so long that
    /// it must be several.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many segments were read, header and trailer included; UNA is none.
    pub fn segment_count(&self) -> u32 {
        self.segments
    }

    /// Walks a set, header and trailer included: `ST` to `SE`, `UNH` to `UNT`.
    pub fn walk(&self, set: &Set<'_>) -> Walk<'i> {
        Walk::new(self.bytes, set.octets.clone(), self.separators, set.first)
    }

    /// The same, in the place of another walk, if there was one: taking its memory anew for each set, or moving it, takes
    /// longer than walking a short one.
    pub fn walk_in<'w>(&self, place: &'w mut Option<Walk<'i>>, set: &Set<'_>) -> &'w mut Walk<'i> {
        if let Some(walk) = place {
            let own = self.bytes.get(..self.range.end).unwrap_or(self.bytes);
            walk.go_on(own, set.octets.clone(), self.separators, set.first);
        }
        place.get_or_insert_with(|| self.walk(set))
    }

    /// Walks everything behind the header segment.
    pub fn walk_all(&self) -> Walk<'i> {
        let from = self.header.as_ref().map_or(self.range.end, |header| header.end);
        Walk::new(self.bytes, from..self.range.end, self.separators, 2)
    }

    /// The line of an octet, from 1. A line ends with a line feed; in a body without any, with a
    /// carriage return.
    pub fn line(&self, offset: u64) -> u32 {
        self.lines().line(self.bytes, offset)
    }

    /// The column of an octet in its line, from 1, in octets.
    pub fn column(&self, offset: u64) -> u32 {
        self.lines().column(self.bytes, offset)
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(self.bytes))
    }
}

impl fmt::Debug for Interchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interchange")
            .field("syntax", &self.syntax)
            .field("range", &self.range)
            .field("segments", &self.segments)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// What ISA or UNB says. Passwords (ISA01 to ISA04, S005) are not in it.
#[derive(Clone, Copy, Default)]
pub struct Header<'i> {
    pub(crate) sender_qualifier: &'i [u8],
    pub(crate) sender: &'i [u8],
    pub(crate) receiver_qualifier: &'i [u8],
    pub(crate) receiver: &'i [u8],
    pub(crate) date: &'i [u8],
    pub(crate) time: &'i [u8],
    pub(crate) version: &'i [u8],
    pub(crate) control: &'i [u8],
    pub(crate) usage: &'i [u8],
    pub(crate) asks: bool,
    pub(crate) production: bool,
    /// Where what follows begins, behind its terminator.
    pub(crate) end: usize,
}

impl<'i> Header<'i> {
    /// ISA05; S002 0007, which may be empty.
    pub fn sender_qualifier(&self) -> &'i [u8] {
        self.sender_qualifier
    }

    /// ISA06 without padding; S002 0004.
    pub fn sender(&self) -> &'i [u8] {
        self.sender
    }

    /// ISA07; S003 0007, which may be empty.
    pub fn receiver_qualifier(&self) -> &'i [u8] {
        self.receiver_qualifier
    }

    /// ISA08 without padding; S003 0010.
    pub fn receiver(&self) -> &'i [u8] {
        self.receiver
    }

    /// ISA09, YYMMDD; S004 0017, YYMMDD, in syntax 4 YYYYMMDD.
    pub fn date(&self) -> &'i [u8] {
        self.date
    }

    /// ISA10, S004 0019: HHMM.
    pub fn time(&self) -> &'i [u8] {
        self.time
    }

    /// ISA12, such as `00401`; S001, such as `UNOC:3`.
    pub fn version(&self) -> &'i [u8] {
        self.version
    }

    /// ISA13, nine digits where it is valid; UNB 0020, at most 14 characters.
    pub fn control(&self) -> &'i [u8] {
        self.control
    }

    /// ISA15 (`P`, `T` or `I`); UNB 0035 (`1` for a test, else empty).
    pub fn usage(&self) -> &'i [u8] {
        self.usage
    }

    /// ISA14 is `1`: a TA1 is asked for; UNB 0031 is `1`: a CONTRL is.
    pub fn asks_for_acknowledgement(&self) -> bool {
        self.asks
    }

    /// ISA15 is `P`; UNB 0035 is empty.
    pub fn is_production(&self) -> bool {
        self.production
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Header")
    }
}

/// A functional group, GS to GE or UNG to UNE, or as far as it goes; or all messages of an EDIFACT interchange
/// without groups.
#[derive(Clone)]
pub struct Group<'i> {
    /// What kind of messages it holds (GS01; UNG 0038), such as `SH`.
    pub functional_id: &'i [u8],
    /// The application that sends it (GS02; S006 0040).
    pub sender: &'i [u8],
    /// The application that it is for (GS03; S007 0044).
    pub receiver: &'i [u8],
    /// What its trailer and its answer repeat (GS06; UNG 0048).
    pub control: &'i [u8],
    /// Which version its sets have (GS08; UNG S008).
    pub version: &'i [u8],
    /// GE01 or UNE 0060, if there is one with a number in it.
    pub declared_sets: Option<u32>,
    /// Whether a GS or UNG opens it; false for the messages of an EDIFACT interchange without groups.
    pub opened: bool,
    /// From the header to behind the trailer.
    pub octets: Range<usize>,
    /// The ordinal of its header.
    pub first: u32,
    /// Its sets, in the order in which they came.
    pub sets: Vec<Set<'i>>,
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("octets", &self.octets).field("sets", &self.sets).finish_non_exhaustive()
    }
}

/// A transaction set or message, ST to SE or UNH to UNT, or as far as it goes.
#[derive(Clone)]
pub struct Set<'i> {
    /// ST01, such as `856`; S009 0065, such as `IFTMIN`.
    pub kind: &'i [u8],
    /// What its trailer and its answer repeat (ST02; UNH 0062).
    pub control: &'i [u8],
    /// S009 as it stands; empty in X12.
    pub(crate) identifier: &'i [u8],
    /// From the header to behind the trailer's terminator.
    pub octets: Range<usize>,
    /// The ordinal of ST or UNH in the interchange.
    pub first: u32,
    /// How many segments it has, ST and SE included.
    pub segments: u32,
    /// Whether an SE or UNT ends it.
    pub closed: bool,
}

impl fmt::Debug for Set<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set")
            .field("octets", &self.octets)
            .field("segments", &self.segments)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

/// Where a segment stands: what a finding needs of it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'i> {
    pub offset: u64,
    pub ordinal: u32,
    pub tag: &'i [u8],
}

impl Place<'_> {
    pub fn known_tag(&self) -> KnownTag {
        KnownTag::new(self.tag)
    }
}
