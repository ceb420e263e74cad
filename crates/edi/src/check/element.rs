//! Whether elements are there and look as their types say.

use super::Reporter;
use crate::{
    Code, Interchange, Segment, Separators, syntax,
    table::{self, ElementTable, Kind, Rule, SegmentTable},
};

/// Checks a segment's elements. A segment without a table is only checked for control octets.
pub fn check(segment: Segment<'_>, version: u32, interchange: &Interchange<'_>, reporter: &mut Reporter<'_>) {
    let table = table::segment(segment.tag());
    if segment.raw().iter().any(|&octet| is_control(octet)) {
        report_control_octets(segment, table, reporter);
    }
    let Some(table) = table else { return };
    let mut present = 0u64;
    for (place, value) in (1..).zip(segment.elements()) {
        if value.is_empty() {
            continue;
        }
        if place > table.len() {
            if !table.open && version <= table::FIRST_VERSION {
                reporter.element(Code::TooManyElements, segment, place, 0);
            }
            break;
        }
        present |= bit(place);
        let number = table.number(place);
        check_element(segment, place, number, value, version, &interchange.separators, reporter);
    }
    for place in (1..=table.len()).filter(|&p| table.is_mandatory(p) && present & bit(p) == 0) {
        reporter.element(Code::ElementMissing, segment, place, table.number(place));
    }
    for rule in table.rules {
        check_rule(rule, present, segment, table, reporter);
    }
    if segment.raw().last() == Some(&interchange.separators.element) {
        reporter.segment(Code::TrailingSeparators, segment);
    }
}

/// Octets below the blank, DEL, and 0xFF, which no text in ASCII, UTF-8 or Windows-1252 needs.
fn is_control(octet: u8) -> bool {
    octet.is_ascii_control() || octet == 0xFF
}

fn report_control_octets(segment: Segment<'_>, table: Option<&SegmentTable>, reporter: &mut Reporter<'_>) {
    // The id, too, may hold them: then it is no known one, which is reported elsewhere.
    for (place, value) in (1..).zip(segment.elements()) {
        if value.iter().any(|&octet| is_control(octet)) {
            reporter.element(Code::ControlOctet, segment, place, table.map_or(0, |t| t.number(place)));
        }
    }
}

fn bit(place: usize) -> u64 {
    1u64.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0)
}

fn check_element(
    segment: Segment<'_>,
    place: usize,
    number: u16,
    value: &[u8],
    version: u32,
    separators: &Separators,
    reporter: &mut Reporter<'_>,
) {
    let element = table::element(number, version);
    let Kind::Composite(components) = element.kind else {
        if let Some(code) = fault(element, number, value) {
            reporter.element(code, segment, place, number);
        }
        return;
    };
    for (component, part) in value.split(|&b| b == separators.component).enumerate() {
        let Some(&number) = components.get(component) else {
            if !part.is_empty() {
                return reporter.component(Code::TooManyComponents, segment, (place, component + 1), 0);
            }
            continue;
        };
        if part.is_empty() && component == 0 {
            reporter.component(Code::ElementMissing, segment, (place, 1), number);
        } else if !part.is_empty()
            && let Some(code) = fault(table::element(number, version), number, part)
        {
            reporter.component(code, segment, (place, component + 1), number);
        }
    }
}

/// What is wrong with a value that is not empty; the first thing only.
fn fault(element: ElementTable, number: u16, value: &[u8]) -> Option<Code> {
    let ElementTable { kind, shortest, longest } = element;
    let by_length = |length: usize| {
        if length < usize::from(shortest) {
            Some(Code::TooShort)
        } else if length > usize::from(longest) {
            Some(Code::TooLong)
        } else {
            None
        }
    };
    match kind {
        Kind::Open | Kind::Composite(_) => None,
        Kind::Text => by_length(characters(value)),
        Kind::Integer => match syntax::integer_digits(value) {
            None => Some(Code::InvalidCharacter),
            Some(digits) => by_length(digits),
        },
        Kind::Decimal => match syntax::decimal_digits(value) {
            None => Some(Code::InvalidCharacter),
            Some(digits) => by_length(digits),
        },
        Kind::Code => {
            if let Some(code) = by_length(characters(value)) {
                return Some(code);
            }
            if !value.iter().all(u8::is_ascii_alphanumeric) {
                return Some(Code::InvalidCharacter);
            }
            let known = table::codes_in_use(number).is_none_or(|codes| codes.contains(&value));
            (!known).then_some(Code::InvalidCode)
        }
        Kind::Date => digits_of_length(value, by_length, syntax::is_date(value), Code::InvalidDate),
        Kind::Time => digits_of_length(value, by_length, syntax::is_time(value), Code::InvalidTime),
    }
}

fn digits_of_length(
    value: &[u8],
    by_length: impl Fn(usize) -> Option<Code>,
    valid: bool,
    otherwise: Code,
) -> Option<Code> {
    let length = by_length(value.len()).filter(|_| value.iter().all(u8::is_ascii_digit));
    length.or((!valid || by_length(value.len()).is_some()).then_some(otherwise))
}

/// Octets, less those that continue a character of UTF-8.
fn characters(value: &[u8]) -> usize {
    if value.is_ascii() {
        return value.len();
    }
    str::from_utf8(value).map_or(value.len(), |text| text.chars().count())
}

fn check_rule(rule: &Rule, present: u64, segment: Segment<'_>, table: &SegmentTable, reporter: &mut Reporter<'_>) {
    let is = |place: &u8| present & bit(usize::from(*place)) != 0;
    let mut report = |code, place: u8| {
        let place = usize::from(place);
        reporter.element(code, segment, place, table.number(place));
    };
    match *rule {
        Rule::Paired(places) => {
            if places.iter().any(is) {
                places.iter().filter(|p| !is(p)).for_each(|&p| report(Code::ConditionMissing, p));
            }
        }
        Rule::AnyOf(places) => {
            if let [first, ..] = places
                && !places.iter().any(is)
            {
                report(Code::ConditionMissing, *first);
            }
        }
        Rule::OneOf(places) => {
            places.iter().filter(|p| is(p)).skip(1).for_each(|&p| report(Code::Exclusion, p));
        }
        Rule::Needs([first, others @ ..]) => {
            if is(first) {
                others.iter().filter(|p| !is(p)).for_each(|&p| report(Code::ConditionMissing, p));
            }
        }
        Rule::NeedsAny([first, others @ ..]) => {
            if let [second, ..] = others
                && is(first)
                && !others.iter().any(is)
            {
                report(Code::ConditionMissing, *second);
            }
        }
        Rule::Needs([]) | Rule::NeedsAny([]) => {}
    }
}
