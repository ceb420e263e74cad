//! What both syntaxes' envelopes have in common: groups and sets that open and close, and where findings belong.

use crate::{
    Code, Finding, Group, Interchange, KnownTag, Limits, Rules, Set, Syntax,
    check::SetCheck,
    controls::Controls,
    finding::{Findings, Reporter},
    interchange::Place,
    segment::Segment,
    syntax,
    tables::Message,
    walk::Walk,
};

/// An interchange while it is read.
pub(crate) struct Envelope<'r, 'i> {
    pub interchange: Interchange<'i>,
    pub findings: Findings<'r>,
    pub limits: &'r Limits,
    pub rules: &'r Rules,
    pub check: SetCheck<'r>,
    pub group_open: bool,
    pub set_open: bool,
    sets: usize,
    /// Of the set that is open, or was last.
    set_place: SetPlace,
    /// ST02 of the open group, UNH 0062.
    set_controls: Controls<'i>,
    group_controls: Controls<'i>,
    /// The last message's S009 and its table: most say the same as the one before.
    pub table: (&'i [u8], Option<&'static Message>),
    /// Where the open set's body begins: behind its header.
    body: usize,
    /// The segment before this one, where what is missing at the end is told.
    last: Place<'i>,
    /// A segment was so long that it must be several.
    long: bool,
    /// The segment before stood where there is none.
    astray: bool,
}

/// No segment without binary data is longer: the longest of our messages has 31 elements.
const SEGMENT_OCTETS_USUAL: usize = 4096;

/// Where a set is among groups and sets, and the ordinal of its header.
#[derive(Clone, Copy, Default)]
struct SetPlace {
    group: Option<usize>,
    set: Option<usize>,
    first: u32,
}

/// To what a finding belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Interchange,
    Group,
    Set,
}

impl<'r, 'i> Envelope<'r, 'i> {
    pub fn new(interchange: Interchange<'i>, limits: &'r Limits, rules: &'r Rules) -> Self {
        let start = interchange.range.start;
        Self {
            interchange,
            findings: Findings::new(limits.findings, rules),
            limits,
            rules,
            check: SetCheck::new(rules),
            group_open: false,
            set_open: false,
            sets: 0,
            set_place: SetPlace::default(),
            set_controls: Controls::default(),
            group_controls: Controls::default(),
            table: (b"", None),
            body: 0,
            last: Place { offset: start as u64, ordinal: 0, tag: b"" },
            long: false,
            astray: false,
        }
    }

    /// Whether a segment was so long that it must be several.
    pub fn is_long(&self) -> bool {
        self.long
    }

    /// A finding of the interchange, at an octet.
    pub fn at(&mut self, code: Code, offset: usize) {
        self.findings.push(Finding { offset: offset as u64, ..Finding::of_interchange(code) });
    }

    /// A finding at a segment.
    pub fn report(&mut self, level: Level, code: Code, segment: Segment<'i, '_>, element: u16) {
        let mut finding = self.finding(level, code, place(segment));
        if element > 0 {
            finding.element = element;
            finding.offset = segment.element_offset(element.into());
        }
        self.findings.push(finding);
    }

    /// A finding at a segment that stands where there is none; told once of all that follow each other there.
    pub fn stray(&mut self, level: Level, code: Code, segment: Segment<'i, '_>) {
        if !std::mem::replace(&mut self.astray, true) {
            self.report(level, code, segment, 0);
        }
    }

    /// A finding where the segments ended: at the last one.
    pub fn report_end(&mut self, level: Level, code: Code) {
        let finding = self.finding(level, code, self.last);
        self.findings.push(finding);
    }

    fn finding(&self, level: Level, code: Code, place: Place<'_>) -> Finding {
        let mut finding = Finding {
            offset: place.offset,
            ordinal: place.ordinal,
            tag: place.known_tag(),
            ..Finding::of_interchange(code)
        };
        if level != Level::Interchange
            && let Some(group) = self.interchange.groups.last()
        {
            finding.group = Some(self.interchange.groups.len() - 1);
            if level == Level::Set
                && let Some(set) = group.sets.last()
            {
                finding.set = Some(group.sets.len() - 1);
                finding.set_position = place.ordinal.saturating_sub(set.first).saturating_add(1);
            }
        }
        finding
    }

    /// The interchange's next segment, of any kind.
    #[inline(always)]
    pub fn take(&mut self, segment: &Segment<'i, '_>) {
        self.last = Place { offset: segment.offset(), ordinal: segment.ordinal(), tag: segment.tag() };
        self.interchange.segments = segment.ordinal();
        self.long |= segment.octets() > SEGMENT_OCTETS_USUAL && !matches!(segment.tag(), b"BIN" | b"BDS");
        if !segment.is_terminated() {
            self.at(Code::Unterminated, segment.offset() as usize);
        }
    }

    /// A segment inside the open set.
    #[inline]
    pub fn inside(&mut self, segment: &Segment<'i, '_>) {
        let (check, mut reporter) = self.in_set();
        check.segment(segment, &mut reporter);
    }

    fn in_set(&mut self) -> (&mut SetCheck<'r>, Reporter<'_, 'r>) {
        let SetPlace { group, set, first } = self.set_place;
        (&mut self.check, Reporter { findings: &mut self.findings, group, set, first })
    }

    pub fn open_group(&mut self, group: Group<'i>) {
        self.astray = false;
        self.interchange.groups.push(group);
        self.group_open = true;
        if self.interchange.syntax == Syntax::X12 || self.interchange.groups.len() > 1 {
            self.set_controls.clear();
        }
    }

    /// Whether the group's control number is new.
    pub fn is_new_group(&mut self, control: &'i [u8]) -> bool {
        self.group_controls.insert(control)
    }

    /// Whether the set's control number is new in its group.
    pub fn is_new_set(&mut self, control: &'i [u8]) -> bool {
        self.set_controls.insert(control)
    }

    /// Opens a set at its header. False past the limit of sets.
    pub fn open_set(&mut self, segment: Segment<'i, '_>, end: usize, kind: &'i [u8], control: &'i [u8]) -> bool {
        let identifier = if self.interchange.syntax == Syntax::Edifact { segment.element(2) } else { &[] };
        if self.sets >= self.limits.sets {
            self.report(Level::Interchange, Code::TooManySets, segment, 0);
            return false;
        }
        self.sets += 1;
        let octets = segment.offset() as usize..end;
        let set = Set { kind, control, identifier, octets, first: segment.ordinal(), segments: 1, closed: false };
        if let Some(group) = self.interchange.groups.last_mut() {
            group.sets.push(set);
            let set = Some(group.sets.len() - 1);
            let group = self.interchange.groups.len().checked_sub(1);
            self.set_place = SetPlace { group, set, first: segment.ordinal() };
        }
        self.set_open = true;
        self.body = end;
        true
    }

    /// The table by which the open set is checked from now on.
    pub fn check_by(&mut self, message: Option<&'static Message>, later: bool) {
        let set = self.interchange.groups.last().and_then(|group| group.sets.last());
        self.check.begin(message, set.map_or(&[], |set| set.kind), later);
    }

    /// The set ends with its own trailer.
    pub fn close_set(&mut self, trailer: Segment<'i, '_>, end: usize) -> Option<&Set<'i>> {
        self.end_set(trailer, trailer.offset() as usize);
        let (check, mut reporter) = self.in_set();
        check.trailer(trailer, &mut reporter);
        let set = self.interchange.groups.last_mut()?.sets.last_mut()?;
        set.octets.end = end;
        set.segments = trailer.ordinal().saturating_sub(set.first).saturating_add(1);
        set.closed = true;
        Some(set)
    }

    /// The set ends before this segment, without a trailer.
    pub fn break_set(&mut self, next: Segment<'i, '_>, missing: Code) {
        if !self.set_open {
            return;
        }
        self.end_set(next, next.offset() as usize);
        self.report(Level::Set, missing, next, 0);
        self.cut_set(next.offset() as usize, next.ordinal());
    }

    fn cut_set(&mut self, end: usize, next_ordinal: u32) {
        if let Some(set) = self.interchange.groups.last_mut().and_then(|group| group.sets.last_mut()) {
            set.octets.end = end;
            set.segments = next_ordinal.saturating_sub(set.first);
        }
    }

    fn end_set(&mut self, segment: Segment<'i, '_>, body_end: usize) {
        (self.set_open, self.astray) = (false, false);
        let body = self.body..body_end;
        let SetPlace { group, set, first } = self.set_place;
        let mut reporter = Reporter { findings: &mut self.findings, group, set, first };
        self.check.end(&self.interchange, body, segment, &mut reporter);
    }

    /// The open group ends here; with a trailer, `end` is behind it.
    pub fn end_group(&mut self, end: usize) {
        self.astray = false;
        if let Some(group) = self.interchange.groups.last_mut() {
            group.octets.end = end;
        }
        self.group_open = false;
    }

    /// The octets ended, or a limit was met, inside of whatever is open. `codes`: what is missing then, of the
    /// set, the group and the interchange.
    pub fn end_of_octets(&mut self, end: usize, codes: [Code; 3]) {
        let (set, group) = (self.set_open, self.group_open);
        if set {
            self.end_of_set_octets();
            self.report_end(Level::Set, codes[0]);
            self.cut_set(end, self.last.ordinal.saturating_add(1));
            self.set_open = false;
        }
        if group {
            let opened = self.interchange.groups.last().is_some_and(|group| group.opened);
            if opened {
                self.report_end(Level::Group, codes[1]);
            }
            self.end_group(end);
        }
        self.report_end(Level::Interchange, codes[2]);
    }

    /// What is missing in the set is missing at its last segment, which is found again.
    fn end_of_set_octets(&mut self) {
        let start = self.last.offset as usize;
        let (bytes, separators) = (self.interchange.bytes(), self.interchange.separators);
        let mut walk = Walk::new(bytes, start..bytes.len(), separators, self.last.ordinal);
        if let Some(segment) = walk.next_segment() {
            self.end_set(segment, bytes.len());
        }
    }

    /// What follows the trailer. Whether it was nothing of weight.
    pub fn after(&mut self, end: usize) -> bool {
        let bytes = self.interchange.bytes();
        let rest = bytes.get(end..).unwrap_or_default();
        let start = bytes.len() - rest.trim_ascii_start().len();
        let rest = &bytes[start..];
        let (code, tag) = match rest {
            [] => return true,
            _ if rest.iter().all(|o| o.is_ascii_control() || *o == b' ') => (Code::TrailingOctets, KnownTag::MASKED),
            [b'I', b'S', b'A', ..] => (Code::SecondInterchange, KnownTag::new(b"ISA")),
            [b'U', b'N', b'A' | b'B', ..] => (Code::SecondInterchange, KnownTag::new(b"UNB")),
            _ => (Code::TrailingSegments, KnownTag::MASKED),
        };
        let ordinal = self.last.ordinal.saturating_add(1);
        self.findings.push(Finding { offset: start as u64, ordinal, tag, ..Finding::of_interchange(code) });
        code == Code::TrailingOctets
    }

    /// A count that the document states: right, and written without leading zeros.
    pub fn check_count(
        &mut self,
        level: Level,
        segment: Segment<'i, '_>,
        element: u16,
        actual: usize,
        mismatch: Code,
    ) -> Option<u32> {
        let value = segment.element(element.into());
        let count = syntax::count(value);
        if count.is_none_or(|n| n as usize != actual) {
            self.report(level, mismatch, segment, element);
        } else if value.len() > 1 && value.starts_with(b"0") {
            self.report(level, Code::LeadingZeros, segment, element);
        }
        count
    }
}

#[inline]
pub(crate) fn place<'i>(segment: Segment<'i, '_>) -> Place<'i> {
    Place { offset: segment.offset(), ordinal: segment.ordinal(), tag: segment.tag() }
}

/// Control numbers of groups and interchanges are numbers: leading zeros do not count.
pub(crate) fn same_number(a: &[u8], b: &[u8]) -> bool {
    a == b || syntax::count(a).is_some_and(|n| syntax::count(b) == Some(n))
}
