//! Writes X12: delimiters in values replaced, ISA of fixed width, counts in the trailers.

use crate::Separators;
use std::io::Write as _;

/// The values of an ISA. Those too long are cut, those too short padded with blanks.
#[derive(Debug, Clone, Copy)]
pub struct InterchangeHeader<'a> {
    /// Says what kind of id the sender is (ISA05), in two characters.
    pub sender_qualifier: &'a [u8],
    /// ISA06, at most 15 characters.
    pub sender: &'a [u8],
    /// Says what kind of id the receiver is (ISA07), in two characters.
    pub receiver_qualifier: &'a [u8],
    /// ISA08, at most 15 characters.
    pub receiver: &'a [u8],
    /// When it is written (ISA09), as YYMMDD.
    pub date: &'a [u8],
    /// When it is written (ISA10), as HHMM.
    pub time: &'a [u8],
    /// ISA12, such as `00401`.
    pub version: &'a [u8],
    /// ISA13, at most 999,999,999.
    pub control: u32,
    /// ISA14: whether a TA1 is wanted.
    pub acknowledge: bool,
    /// ISA15: `P`, `T` or `I`.
    pub usage: u8,
}

/// The values of a GS.
#[derive(Debug, Clone, Copy)]
pub struct GroupHeader<'a> {
    /// GS01, such as `SH`.
    pub functional_id: &'a [u8],
    /// The application that sends it (GS02), at most 15 characters.
    pub sender: &'a [u8],
    /// The application that it is for (GS03), at most 15 characters.
    pub receiver: &'a [u8],
    /// When it is written (GS04), as YYYYMMDD.
    pub date: &'a [u8],
    /// When it is written (GS05), as HHMM.
    pub time: &'a [u8],
    /// GS06, at most 999,999,999.
    pub control: u32,
    /// GS08, such as `004010`.
    pub version: &'a [u8],
}

/// Writes one interchange. Trailers are written with the right counts, whoever forgets them.
#[derive(Clone)]
pub struct Writer {
    out: Vec<u8>,
    separators: Separators,
    interchange_control: u32,
    groups: u32,
    group_control: Option<u32>,
    sets: u32,
    set_control: Option<Vec<u8>>,
    segments: u32,
}

impl Writer {
    /// Begins with the ISA. Separators that cannot serve are replaced by the usual ones.
    pub fn new(separators: Separators, header: &InterchangeHeader<'_>) -> Self {
        let separators = if separators.distinct() { separators } else { Separators::default() };
        let mut writer = Self {
            out: Vec::new(),
            separators,
            interchange_control: header.control % 1_000_000_000,
            groups: 0,
            group_control: None,
            sets: 0,
            set_control: None,
            segments: 0,
        };
        writer.isa(header);
        writer
    }

    fn isa(&mut self, header: &InterchangeHeader<'_>) {
        let control = format!("{:09}", self.interchange_control);
        let standard = self.separators.repetition.unwrap_or(b'U');
        let acknowledge: &[u8] = if header.acknowledge { b"1" } else { b"0" };
        let fields: [(&[u8], usize); 15] = [
            (b"00", 2),
            (b"", 10),
            (b"00", 2),
            (b"", 10),
            (header.sender_qualifier, 2),
            (header.sender, 15),
            (header.receiver_qualifier, 2),
            (header.receiver, 15),
            (header.date, 6),
            (header.time, 4),
            (&[standard], 1),
            (header.version, 5),
            (control.as_bytes(), 9),
            (acknowledge, 1),
            (&[header.usage], 1),
        ];
        self.out.extend_from_slice(b"ISA");
        for (number, (value, width)) in fields.into_iter().enumerate() {
            self.out.push(self.separators.element);
            let clean = |&octet: &u8| if number == 10 { octet } else { clean(octet, &self.separators) };
            self.out.extend(value.iter().map(clean).chain(std::iter::repeat(b' ')).take(width));
        }
        self.out.extend([self.separators.element, self.separators.component, self.separators.terminator]);
    }

    /// Begins a group; ends the one before.
    pub fn group(&mut self, header: &GroupHeader<'_>) {
        self.end_group();
        let control = header.control % 1_000_000_000;
        self.segment("GS")
            .text(header.functional_id)
            .text(header.sender)
            .text(header.receiver)
            .text(header.date)
            .text(header.time)
            .number(control.into())
            .text(b"X")
            .text(header.version)
            .end();
        self.group_control = Some(control);
        self.groups += 1;
        self.sets = 0;
    }

    /// Begins a set; ends the one before. `control` has four to nine letters or digits.
    pub fn set(&mut self, kind: &[u8], control: &[u8]) {
        self.guided_set(kind, control, b"");
    }

    /// The same; ST03 names the guide that it follows, if any.
    pub fn guided_set(&mut self, kind: &[u8], control: &[u8], guide: &[u8]) {
        self.end_set();
        self.segments = 0;
        self.segment("ST").text(kind).text(control).text(guide).end();
        self.set_control = Some(control.to_vec());
        self.sets += 1;
    }

    /// Begins a segment; nothing of it counts until [`SegmentWriter::end`].
    pub fn segment(&mut self, tag: &str) -> SegmentWriter<'_> {
        self.out.extend_from_slice(tag.as_bytes());
        SegmentWriter { writer: self, empty: 0 }
    }

    /// Ends the open set, if any.
    pub fn end_set(&mut self) {
        if let Some(control) = self.set_control.take() {
            let segments = self.segments.saturating_add(1);
            self.segment("SE").number(segments.into()).text(&control).end();
        }
    }

    /// Ends the open set and group, if any.
    pub fn end_group(&mut self) {
        self.end_set();
        if let Some(control) = self.group_control.take() {
            let sets = self.sets;
            self.segment("GE").number(sets.into()).number(control.into()).end();
        }
    }

    /// Ends everything and hands the bytes over.
    pub fn finish(mut self) -> Vec<u8> {
        self.end_group();
        let (groups, control) = (self.groups, format!("{:09}", self.interchange_control));
        self.segment("IEA").number(groups.into()).text(control.as_bytes()).end();
        self.out
    }
}

/// Takes a segment's elements one by one. Empty ones at its end are not written.
#[must_use = "a segment is complete only after `end`"]
pub struct SegmentWriter<'w> {
    writer: &'w mut Writer,
    empty: usize,
}

impl SegmentWriter<'_> {
    fn begin_element(&mut self) {
        let separator = self.writer.separators.element;
        self.writer.out.extend(std::iter::repeat_n(separator, self.empty + 1));
        self.empty = 0;
    }

    /// The next element. Delimiters and control octets become blanks; blanks around it are removed.
    pub fn text(mut self, value: &[u8]) -> Self {
        let separators = self.writer.separators;
        let is_blank = |octet: &u8| clean(*octet, &separators) == b' ';
        let (Some(first), Some(last)) =
            (value.iter().position(|o| !is_blank(o)), value.iter().rposition(|o| !is_blank(o)))
        else {
            self.empty += 1;
            return self;
        };
        self.begin_element();
        self.writer.out.extend(value[first..=last].iter().map(|&octet| clean(octet, &separators)));
        self
    }

    /// The next element, a number.
    pub fn number(mut self, value: u64) -> Self {
        self.begin_element();
        write!(self.writer.out, "{value}").expect("a vector takes all");
        self
    }

    /// The next element, of components; empty ones at its end are not written.
    pub fn composite(mut self, components: &[&[u8]]) -> Self {
        let separators = self.writer.separators;
        let count = components.iter().rposition(|c| !c.is_empty()).map_or(0, |last| last + 1);
        if count == 0 {
            self.empty += 1;
            return self;
        }
        self.begin_element();
        for (number, component) in components[..count].iter().enumerate() {
            if number > 0 {
                self.writer.out.push(separators.component);
            }
            self.writer.out.extend(component.iter().map(|&octet| clean(octet, &separators)));
        }
        self
    }

    /// An element left empty.
    pub fn skip(mut self) -> Self {
        self.empty += 1;
        self
    }

    /// Ends the segment, which counts from now on.
    pub fn end(self) {
        self.writer.out.push(self.writer.separators.terminator);
        self.writer.segments = self.writer.segments.saturating_add(1);
    }
}

fn clean(octet: u8, separators: &Separators) -> u8 {
    if octet.is_ascii_control() || separators.contains(octet) { b' ' } else { octet }
}
