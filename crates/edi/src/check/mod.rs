//! The messages' own rules: order and use of segments, elements, hierarchy, totals, card numbers.

pub(crate) mod card;
mod concerns;
mod day;
mod element;
mod hierarchy;
mod measure;
mod quick;
mod required;
mod sscc;
mod structure;

pub(crate) use concerns::Concerns;

use crate::{
    Code, Rules, Syntax,
    characters::Characters,
    finding::{Findings, Reporter},
    interchange::Interchange,
    segment::Segment,
    tables::{Message, SegmentTable},
};
use std::ops::Range;

/// Checks one set after the other, segment by segment; its memory is reused.
pub(crate) struct SetCheck<'r> {
    message: Option<&'static Message>,
    structure: structure::Structure,
    hierarchy: hierarchy::Hierarchy,
    required: required::Tally<'r>,
    pub text: element::Text,
}

impl<'r> SetCheck<'r> {
    pub fn new(rules: &'r Rules) -> Self {
        Self {
            message: None,
            structure: structure::Structure::default(),
            hierarchy: hierarchy::Hierarchy::default(),
            required: required::Tally::new(rules),
            text: element::Text { characters: Characters::Any, syntax: Syntax::X12, later: false },
        }
    }

    /// Begins a set. Without a table only what is true of every message is checked.
    pub fn begin(&mut self, message: Option<&'static Message>, kind: &[u8], later: bool) {
        self.message = message;
        self.text.later = later;
        self.structure.begin(message);
        self.hierarchy.begin();
        self.required.begin(kind);
    }

    /// Between header and trailer of the set.
    #[inline]
    pub fn segment(&mut self, segment: &Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        let Some(message) = self.message else {
            element::check_unknown(*segment, self.text, reporter);
            card::check(*segment, reporter);
            return self.required.place(*segment);
        };
        let id = message.segment_id(segment.tag());
        self.structure.place(message, id, segment, reporter);
        match id {
            Some(id) => self.known(message, &message.segments[usize::from(id)], segment, reporter),
            None => self.unknown(message, *segment, reporter),
        }
        self.required.place(*segment);
    }

    #[inline]
    fn known(
        &mut self,
        message: &Message,
        table: &SegmentTable,
        segment: &Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        element::check(table, segment, self.text, reporter);
        let Concerns { weight, sscc, day, levels, texts } = table.concerns;
        if weight {
            measure::check(*segment, self.text.syntax, reporter);
        }
        if sscc {
            sscc::check(*segment, reporter);
        }
        if day && self.text.syntax == Syntax::Edifact {
            day::check(*segment, reporter);
        }
        if levels && message.hierarchical {
            self.hierarchy.place(*segment, reporter);
        }
        if let Some(texts) = texts {
            card::check_texts(texts, *segment, reporter);
        }
    }

    /// A segment that the message does not have is checked for all that is true of it elsewhere.
    #[cold]
    fn unknown(&mut self, message: &Message, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        element::check_unknown(segment, self.text, reporter);
        measure::check(segment, self.text.syntax, reporter);
        sscc::check(segment, reporter);
        if message.hierarchical {
            self.hierarchy.place(segment, reporter);
        }
        card::check(segment, reporter);
    }

    /// The trailer, checked as a segment of the message.
    pub fn trailer(&self, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        if !segment.is_plain() {
            element::check_unknown(segment, self.text, reporter);
        }
    }

    /// The set ends at this segment, its trailer or what stands in its place. `body` are the octets between
    /// header and trailer.
    pub fn end(
        &mut self,
        interchange: &Interchange<'_>,
        body: Range<usize>,
        segment: Segment<'_, '_>,
        reporter: &mut Reporter<'_, '_>,
    ) {
        if let Some(message) = self.message {
            self.structure.end(message, segment, reporter);
            if message.hierarchical {
                self.hierarchy.end(interchange, body, reporter);
            }
        }
        self.required.end(segment, reporter);
    }
}

/// A TA1 between ISA and GS.
pub(crate) fn check_ta1(segment: Segment<'_, '_>, text: element::Text, findings: &mut Findings<'_>) {
    let mut reporter = Reporter { findings, group: None, set: None, first: 0 };
    match crate::tables::ta1() {
        Some(table) => element::check(table, &segment, text, &mut reporter),
        None => reporter.segment(Code::UnknownSegment, segment),
    }
}
