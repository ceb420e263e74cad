//! Whether elements are there and look as their types say.

use super::quick;
use crate::{
    Code, Syntax,
    characters::Characters,
    finding::Reporter,
    segment::Segment,
    separators::unescape,
    syntax,
    tables::{Condition, Kind, Place, SegmentTable},
};

/// How texts of an interchange are read.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub characters: Characters,
    pub syntax: Syntax,
    /// A version later than the table's: further elements are no fault.
    pub later: bool,
}

/// Which part of a segment a value is: element, repetition, component.
type Part = (usize, usize, usize);

/// A segment, its text's rules, and what its octets allow to be skipped.
struct Octets<'s, 'i, 'w> {
    segment: &'s Segment<'i, 'w>,
    text: Text,
    /// Nothing in it can be outside of the character set.
    clean: bool,
    /// It has a release character somewhere.
    released: bool,
    /// It has a repetition separator somewhere.
    repeats: bool,
}

/// Checks a segment's elements against its table.
#[inline]
pub(super) fn check(table: &SegmentTable, segment: &Segment<'_, '_>, text: Text, reporter: &mut Reporter<'_, '_>) {
    let is_good = quick::is_good(table, segment, text.characters, text.syntax);
    // Every test asks both.
    if !is_good || cfg!(debug_assertions) {
        let before = reporter.findings.len();
        look_closer(table, *segment, text, reporter);
        debug_assert!(!is_good || reporter.findings.len() == before, "what is good at a glance is good");
    }
}

#[inline(never)]
fn look_closer(table: &SegmentTable, segment: Segment<'_, '_>, text: Text, reporter: &mut Reporter<'_, '_>) {
    let separators = segment.separators();
    let has = |octet: Option<u8>| octet.is_some_and(|octet| segment.raw().contains(&octet));
    let octets = Octets {
        segment: &segment,
        text,
        clean: segment.is_plain() && text.characters.holds_plain(),
        released: has(segment.release()),
        repeats: has(separators.repetition),
    };
    let (mut present, mut last_is_empty) = (0u64, false);
    for ((place, number), value) in table.places.iter().zip(1usize..).zip(segment.elements()) {
        last_is_empty = value.is_empty();
        if !last_is_empty {
            present |= 1 << (number - 1);
            octets.check(place, number, value, reporter);
        }
    }
    if segment.len() > table.places.len() {
        last_is_empty = beyond(table, segment, text, reporter);
    }
    if present & table.mandatory != table.mandatory {
        report_missing(table, segment, present, reporter);
    }
    for condition in &table.conditions {
        if !condition.holds(present) {
            report_condition(condition, table, segment, present, reporter);
        }
    }
    if last_is_empty {
        reporter.element(Code::TrailingSeparators, segment, 0, 0);
    }
}

/// Checks the octets of a segment that no table describes.
pub(super) fn check_unknown(segment: Segment<'_, '_>, text: Text, reporter: &mut Reporter<'_, '_>) {
    if segment.is_plain() && text.characters.holds_plain() {
        return;
    }
    // Octets of a declared length are of any kind.
    let texts = if text.syntax == Syntax::X12 && matches!(segment.tag(), b"BIN" | b"BDS") { 1 } else { segment.len() };
    for (number, value) in (1..).zip(segment.elements().take(texts)) {
        if let Some(code) = character_fault(text, value) {
            reporter.value(code, segment, (number, 0, 0), 0, value);
        }
    }
}

/// Elements that the table does not have. Whether the last one is empty.
#[cold]
fn beyond(table: &SegmentTable, segment: Segment<'_, '_>, text: Text, reporter: &mut Reporter<'_, '_>) -> bool {
    let mut reported = text.later;
    for (number, value) in (1..).zip(segment.elements()).skip(table.places.len()) {
        if value.is_empty() {
            continue;
        }
        if let Some(code) = character_fault(text, value) {
            reporter.value(code, segment, (number, 0, 0), 0, value);
        }
        if !std::mem::replace(&mut reported, true) {
            reporter.element(Code::TooManyElements, segment, number, 0);
        }
    }
    segment.element(segment.len()).is_empty()
}

#[cold]
fn report_missing(table: &SegmentTable, segment: Segment<'_, '_>, present: u64, reporter: &mut Reporter<'_, '_>) {
    for (at, place) in table.places.iter().enumerate() {
        if table.mandatory >> at & 1 == 1 && present >> at & 1 == 0 {
            reporter.element(Code::ElementMissing, segment, at + 1, place.number);
        }
    }
}

#[cold]
fn highest(bits: u64) -> u64 {
    bits.checked_ilog2().map_or(0, |place| 1 << place)
}

#[cold]
fn report_condition(
    condition: &Condition,
    table: &SegmentTable,
    segment: Segment<'_, '_>,
    present: u64,
    reporter: &mut Reporter<'_, '_>,
) {
    let mut report = |code, mask: u64| {
        for at in (0..64).filter(|at| mask >> at & 1 == 1) {
            let number = table.places.get(at).map_or(0, |place| place.number);
            reporter.element(code, segment, at + 1, number);
        }
    };
    let lowest = |mask: u64| mask & mask.wrapping_neg();
    match *condition {
        Condition::Paired(all) => report(Code::ConditionMissing, all & !present),
        Condition::AtLeastOne(any) => report(Code::ConditionMissing, lowest(any)),
        Condition::NotTogether(any) => report(Code::Exclusion, any & present & !highest(any & present)),
        Condition::IfFirst { all, .. } => report(Code::ConditionMissing, all & !present),
        Condition::IfFirstAny { any, .. } => report(Code::ConditionMissing, lowest(any)),
    }
}

impl<'i> Octets<'_, 'i, '_> {
    #[inline]
    fn check(&self, place: &Place, number: usize, value: &'i [u8], reporter: &mut Reporter<'_, '_>) {
        if self.repeats {
            return self.check_repetitions(place, number, value, reporter);
        }
        self.check_one(place, (number, 0, 0), value, reporter);
    }

    #[cold]
    fn check_repetitions(&self, place: &Place, number: usize, value: &'i [u8], reporter: &mut Reporter<'_, '_>) {
        let several = self.segment.repetitions_of(value).count() > 1;
        for (at, repetition) in (1usize..).zip(self.segment.repetitions_of(value)) {
            let part = (number, if several { at } else { 0 }, 0);
            if at > usize::from(place.repeats) {
                return reporter.value(Code::TooManyRepetitions, *self.segment, part, place.number, repetition);
            }
            if !repetition.is_empty() {
                self.check_one(place, part, repetition, reporter);
            }
        }
    }

    #[inline]
    fn check_one(&self, place: &Place, part: Part, value: &'i [u8], reporter: &mut Reporter<'_, '_>) {
        if place.kind == Kind::Composite {
            return self.check_composite(place, part, value, reporter);
        }
        let fault = self.fault(place, value).or_else(|| self.delimiter_fault(place, value));
        if let Some(code) = fault.or_else(|| blank_fault(place, value)) {
            reporter.value(code, *self.segment, part, place.number, value);
        }
    }

    /// Text has no components: a delimiter in it would make two values of one for whoever splits it.
    #[inline]
    fn delimiter_fault(&self, place: &Place, value: &'i [u8]) -> Option<Code> {
        let delimited = place.kind == Kind::Text
            && value.contains(&self.segment.separators().component)
            && self.segment.components_of(value).count() > 1;
        delimited.then_some(Code::TooManyComponents)
    }

    fn check_composite(&self, place: &Place, part: Part, value: &'i [u8], reporter: &mut Reporter<'_, '_>) {
        let mut places = place.components.iter();
        let mut missing = 0usize;
        for (number, component) in (1usize..).zip(self.segment.components_of(value)) {
            let part = (part.0, part.1, number);
            let Some(place) = places.next() else {
                if !component.is_empty() {
                    return reporter.value(Code::TooManyComponents, *self.segment, part, 0, component);
                }
                continue;
            };
            if !component.is_empty() {
                if let Some(code) = self.fault(place, component) {
                    reporter.value(code, *self.segment, part, place.number, component);
                }
            } else if place.mandatory {
                missing = number;
                reporter.value(Code::ElementMissing, *self.segment, part, place.number, component);
            }
        }
        let given = place.components.len() - places.len();
        for (number, place) in (given + 1..).zip(places) {
            if place.mandatory && missing == 0 {
                let end = value.get(value.len()..).unwrap_or_default();
                reporter.value(Code::ElementMissing, *self.segment, (part.0, part.1, number), place.number, end);
            }
        }
    }

    /// What is wrong with a value that is not empty; the first thing only.
    #[inline]
    fn fault(&self, place: &Place, value: &[u8]) -> Option<Code> {
        if !self.clean
            && let Some(code) = character_fault(self.text, value)
        {
            return Some(code);
        }
        if self.released {
            let value = unescape(value, self.segment.separators().release);
            return self.type_fault(place, &value);
        }
        self.type_fault(place, value)
    }

    #[inline]
    fn type_fault(&self, place: &Place, value: &[u8]) -> Option<Code> {
        let length = |length: usize| length_fault(place, length);
        match place.kind {
            Kind::Text | Kind::Alpha if self.clean => length(value.len()).or_else(|| self.of_text(place, value)),
            Kind::Text | Kind::Alpha => {
                length(self.text.characters.count(value)).or_else(|| self.of_text(place, value))
            }
            Kind::Code => code_fault(place, value),
            Kind::Integer => match syntax::integer_digits(value) {
                None => Some(Code::InvalidCharacter),
                Some(digits) => length(digits),
            },
            Kind::Decimal => match syntax::decimal_digits(value, self.text.syntax == Syntax::Edifact) {
                None => Some(Code::InvalidCharacter),
                Some(digits) => length(digits).or_else(|| self.of_text(place, value)),
            },
            Kind::Date => digits_fault(place, value, syntax::is_date(value), Code::InvalidDate),
            Kind::Time => digits_fault(place, value, syntax::is_time(value), Code::InvalidTime),
            Kind::Binary | Kind::Open | Kind::Composite => None,
        }
    }

    #[inline]
    fn of_text(&self, place: &Place, value: &[u8]) -> Option<Code> {
        if place.kind == Kind::Alpha && value.iter().any(u8::is_ascii_digit) {
            return Some(Code::InvalidCharacter);
        }
        match &place.codes {
            Some(codes) if !codes.contains(value) => Some(Code::InvalidCode),
            _ => None,
        }
    }
}

/// Text has at least one character that is no blank; blanks alone are what is not there.
#[inline]
fn blank_fault(place: &Place, value: &[u8]) -> Option<Code> {
    let blank = value.first() == Some(&b' ') && place.kind == Kind::Text && value.trim_ascii().is_empty();
    blank.then_some(if place.mandatory { Code::ElementMissing } else { Code::InvalidCharacter })
}

#[inline]
fn length_fault(place: &Place, length: usize) -> Option<Code> {
    if length < usize::from(place.shortest) {
        Some(Code::TooShort)
    } else if length > usize::from(place.longest) {
        Some(Code::TooLong)
    } else {
        None
    }
}

#[inline]
fn code_fault(place: &Place, value: &[u8]) -> Option<Code> {
    if let Some(code) = length_fault(place, value.len()) {
        return Some(code);
    }
    if !value.iter().all(u8::is_ascii_alphanumeric) {
        return Some(Code::InvalidCharacter);
    }
    match &place.codes {
        Some(codes) if !codes.contains(value) => Some(Code::InvalidCode),
        _ => None,
    }
}

fn digits_fault(place: &Place, value: &[u8], valid: bool, otherwise: Code) -> Option<Code> {
    let length = length_fault(place, value.len());
    if valid && length.is_none() {
        return None;
    }
    length.filter(|_| value.iter().all(u8::is_ascii_digit)).or(Some(otherwise))
}

/// Control octets first: they are in no character set.
#[cold]
fn character_fault(text: Text, value: &[u8]) -> Option<Code> {
    if value.iter().any(u8::is_ascii_control) {
        return Some(if value.contains(&0) { Code::NulOctet } else { Code::ControlOctet });
    }
    let fault = if text.characters == Characters::Any { Code::ControlOctet } else { Code::CharacterSet };
    (!text.characters.holds(value)).then_some(fault)
}
