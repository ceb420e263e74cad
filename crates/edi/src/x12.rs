//! X12's envelope: ISA to IEA, GS to GE, ST to SE; the nesting, the counts, the control numbers.

mod isa;

use crate::{
    Code, Group, Syntax,
    characters::Characters,
    check::check_ta1,
    envelope::{Envelope, Level, same_number},
    segment::Segment,
    syntax, tables,
    walk::Walk,
};

/// The first and last version whose tables these are; 004060 and 005010 are tolerated.
const VERSIONS: std::ops::RangeInclusive<u32> = 4010..=5010;

/// Of a control number in an ISA, with the blanks that it should not have.
const ISA13_OCTETS: usize = 9;

/// What is missing where the octets end: of the set, the group, the interchange.
const MISSING: [Code; 3] = [Code::SeMissing, Code::GeMissing, Code::IeaMissing];

/// Reads from the ISA on. `start` is where it stands. Returns where reading ended.
pub(crate) fn read(envelope: &mut Envelope<'_, '_>, start: usize) -> usize {
    envelope.interchange.syntax = Syntax::X12;
    let Some(body) = isa::read(envelope, start) else { return envelope.interchange.bytes().len() };
    envelope.check.text.syntax = Syntax::X12;
    envelope.check.text.characters = envelope.rules.declared_characters(Characters::Any);
    let bytes = envelope.interchange.bytes();
    let separators = envelope.interchange.separators;
    let mut walk = Walk::new(bytes, body..bytes.len(), separators, 2);
    if !separators.distinct() {
        // Whatever was cut out by them would be somebody else's segments: the ISA's findings are all that is certain.
        return bytes.len();
    }
    let mut before = body;
    // Looked at where it is: a segment that is moved is read back before it has arrived.
    while let Some(segment) = &walk.next_segment() {
        let end = segment.behind();
        if segment.is_blank() {
            envelope.at(Code::EmptySegment, segment.offset() as usize);
            continue;
        }
        if !segment.is_terminated() && segment.raw().iter().all(u8::is_ascii_control) {
            break;
        }
        envelope.take(segment);
        if envelope.set_open && !is_of_envelope(segment.tag()) {
            envelope.inside(segment);
            before = end;
            continue;
        }
        let segment = *segment;
        match segment.tag() {
            b"SE" if envelope.set_open => se(envelope, segment, end),
            b"ST" => {
                if !st(envelope, segment, end) {
                    return stop(envelope, end);
                }
            }
            b"GS" => gs(envelope, segment, end),
            b"GE" => ge(envelope, segment, end),
            b"IEA" => {
                iea(envelope, segment);
                envelope.interchange.complete = true;
                return end;
            }
            b"ISA" => {
                close_group(envelope, segment);
                envelope.report(Level::Interchange, Code::IeaMissing, segment, 0);
                return before;
            }
            _ if is_indented(envelope, segment) => {
                envelope.report(Level::Interchange, Code::SegmentIndented, segment, 0);
                return bytes.len();
            }
            _ => outside(envelope, segment),
        }
        before = end;
    }
    if walk.overlong() {
        envelope.at(Code::SegmentTooLong, before);
    }
    envelope.interchange.complete = !walk.overlong();
    envelope.end_of_octets(bytes.len(), MISSING);
    bytes.len()
}

/// Whether a segment is the envelope's, in which a set has none.
#[inline]
fn is_of_envelope(tag: &[u8]) -> bool {
    matches!(tag, [b'S' | b'G' | b'I', ..]) && matches!(tag, b"ST" | b"SE" | b"GS" | b"GE" | b"ISA" | b"IEA")
}

/// A limit was met: what follows is not read.
fn stop(envelope: &mut Envelope<'_, '_>, end: usize) -> usize {
    envelope.end_of_octets(end, MISSING);
    envelope.interchange.bytes().len()
}

/// Whether the first segment behind the ISA is one with blanks before it: then all are, and one finding tells it.
fn is_indented(envelope: &Envelope<'_, '_>, segment: Segment<'_, '_>) -> bool {
    let tag = segment.tag();
    let first = segment.ordinal() == 2 && !envelope.group_open;
    first && tag != tag.trim_ascii_start() && matches!(tag.trim_ascii_start(), b"GS" | b"TA1")
}

fn gs<'i>(envelope: &mut Envelope<'_, 'i>, gs: Segment<'i, '_>, end: usize) {
    close_group(envelope, gs);
    let kind = gs.element(1);
    envelope.open_group(Group {
        functional_id: kind,
        sender: gs.element(2).trim_ascii(),
        receiver: gs.element(3).trim_ascii(),
        control: gs.element(6),
        version: gs.element(8),
        declared_sets: None,
        opened: true,
        octets: gs.offset() as usize..end,
        first: gs.ordinal(),
        sets: Vec::new(),
    });
    if !is_kind(kind) {
        envelope.report(Level::Interchange, Code::GroupTypeInvalid, gs, 1);
    }
    let mut check = |holds: bool, code, element| {
        if !holds {
            envelope.report(Level::Group, code, gs, element);
        }
    };
    check(!is_kind(kind) || tables::is_functional_id(kind), Code::GroupUnsupported, 1);
    check(!gs.element(2).trim_ascii().is_empty(), Code::GroupAddress, 2);
    check(!gs.element(3).trim_ascii().is_empty(), Code::GroupAddress, 3);
    for place in [2, 3] {
        check(gs.element(place).len() <= 15, Code::TooLong, place as u16);
        check(gs.element(place).len() != 1 || gs.element(place) == b" ", Code::TooShort, place as u16);
    }
    check(gs.len() <= 8, Code::TooManyElements, 9);
    // Versions before ours have two digits of the year.
    let is_whole = gs.element(4).len() == 8 || version(gs.element(8)).is_none();
    check(is_whole && syntax::is_date(gs.element(4)), Code::GroupDate, 4);
    check(syntax::is_time(gs.element(5)), Code::GroupTime, 5);
    check(matches!(gs.element(7), b"X" | b"T"), Code::GroupAgency, 7);
    check(version(gs.element(8)).is_some(), Code::GroupVersion, 8);
    if syntax::number(gs.element(6)).is_none() {
        envelope.report(Level::Group, Code::GroupControlInvalid, gs, 6);
    } else if !envelope.is_new_group(without_zeros(gs.element(6))) {
        envelope.report(Level::Group, Code::DuplicateGroupControl, gs, 6);
    }
}

/// Whether GS01 has the form of one.
fn is_kind(kind: &[u8]) -> bool {
    kind.len() == 2 && kind.iter().all(u8::is_ascii_alphanumeric)
}

/// GS08's six digits, if this is a version that is taken. What follows names an industry's guide.
fn version(text: &[u8]) -> Option<u32> {
    syntax::number(text.get(..6)?).filter(|v| VERSIONS.contains(v))
}

fn ge<'i>(envelope: &mut Envelope<'_, 'i>, ge: Segment<'i, '_>, end: usize) {
    if !envelope.group_open {
        return envelope.stray(Level::Interchange, Code::OutsideGroup, ge);
    }
    envelope.break_set(ge, Code::SeMissing);
    let Some(group) = envelope.interchange.groups.last() else { return };
    let (sets, control) = (group.sets.len(), group.control);
    envelope.end_group(end);
    let declared = envelope.check_count(Level::Group, ge, 1, sets, Code::SetCount);
    if let Some(group) = envelope.interchange.groups.last_mut() {
        group.declared_sets = declared;
    }
    if ge.len() > 2 {
        envelope.report(Level::Group, Code::TooManyElements, ge, 3);
    }
    if !same_number(ge.element(2), control) {
        envelope.report(Level::Group, Code::GeControl, ge, 2);
    }
    if sets == 0 {
        envelope.report(Level::Group, Code::GroupEmpty, ge, 0);
    }
}

/// False past the limit of sets.
fn st<'i>(envelope: &mut Envelope<'_, 'i>, st: Segment<'i, '_>, end: usize) -> bool {
    if !envelope.group_open {
        envelope.stray(Level::Interchange, Code::OutsideGroup, st);
        return true;
    }
    envelope.break_set(st, Code::SeMissing);
    let (kind, control) = (st.element(1), st.element(2));
    if !envelope.open_set(st, end, kind, control) {
        return false;
    }
    if !is_set_id(kind) {
        envelope.report(Level::Set, Code::SetIdInvalid, st, 1);
    }
    if !(1..=9).contains(&control.len()) || !control.iter().all(u8::is_ascii_alphanumeric) {
        envelope.report(Level::Set, Code::SetControlInvalid, st, 2);
    } else if !envelope.is_new_set(control) {
        envelope.report(Level::Set, Code::DuplicateSetControl, st, 2);
    } else if control.len() < 4 {
        envelope.report(Level::Set, Code::SetControlShort, st, 2);
    }
    // ST03 names a guide from 004020 on.
    let group = envelope.interchange.groups.last();
    let later = group.is_some_and(|group| version(group.version).is_some_and(|version| version >= 4020));
    let places = if later { 3 } else { 2 };
    if st.len() > places {
        envelope.report(Level::Set, Code::TooManyElements, st, places as u16 + 1);
    }
    choose_table(envelope, st, kind);
    true
}

fn is_set_id(kind: &[u8]) -> bool {
    kind.len() == 3 && kind.iter().all(u8::is_ascii_alphanumeric)
}

fn choose_table<'i>(envelope: &mut Envelope<'_, 'i>, st: Segment<'i, '_>, kind: &[u8]) {
    let Some(group) = envelope.interchange.groups.last() else { return };
    // A foreign version is refused with its group, and not measured by a table that is not its own.
    let (functional_id, Some(version)) = (group.functional_id, version(group.version)) else {
        return envelope.check_by(None, false);
    };
    let message = tables::message(kind, version);
    let fits = message.is_some_and(|m| m.functional_id.as_ref().is_some_and(|id| id == functional_id));
    // An id that is none was told as such, of the set and of the group.
    if !fits && is_set_id(kind) && is_kind(functional_id) {
        let code = if message.is_some() { Code::SetNotInGroup } else { Code::SetUnsupported };
        envelope.report(Level::Set, code, st, 1);
    }
    let later = message.is_some_and(|m| syntax::number(m.version.as_bytes()).is_some_and(|v| v < version));
    envelope.check_by(message.filter(|_| fits), later);
}

fn se<'i>(envelope: &mut Envelope<'_, 'i>, se: Segment<'i, '_>, end: usize) {
    let Some(set) = envelope.close_set(se, end) else { return };
    let (segments, control) = (set.segments as usize, set.control);
    envelope.check_count(Level::Set, se, 1, segments, Code::SegmentCount);
    if se.len() > 2 {
        envelope.report(Level::Set, Code::TooManyElements, se, 3);
    }
    if se.element(2) != control {
        envelope.report(Level::Set, Code::SeControl, se, 2);
    }
}

fn outside<'i>(envelope: &mut Envelope<'_, 'i>, segment: Segment<'i, '_>) {
    if envelope.group_open {
        envelope.stray(Level::Group, Code::OutsideSet, segment);
    } else if segment.tag() == b"TA1" {
        if !envelope.interchange.groups.is_empty() {
            envelope.report(Level::Interchange, Code::Ta1Misplaced, segment, 0);
        }
        envelope.interchange.ta1_segments += 1;
        check_ta1(segment, envelope.check.text, &mut envelope.findings);
    } else {
        envelope.stray(Level::Interchange, Code::OutsideGroup, segment);
    }
}

fn iea<'i>(envelope: &mut Envelope<'_, 'i>, iea: Segment<'i, '_>) {
    close_group(envelope, iea);
    let (groups, ta1_segments) = (envelope.interchange.groups.len(), envelope.interchange.ta1_segments);
    if groups == 0 && ta1_segments > 0 && syntax::count(iea.element(1)) == Some(1) {
        envelope.report(Level::Interchange, Code::GroupCountOfTa1, iea, 1);
    } else {
        envelope.check_count(Level::Interchange, iea, 1, groups, Code::GroupCount);
    }
    let control = envelope.interchange.header.map_or(&b""[..], |header| header.control);
    let given = iea.element(2);
    // Of an ISA13 that is no number, blanks and all are repeated.
    let repeats = given == control || given.len() == ISA13_OCTETS && given.trim_ascii() == control;
    if !repeats && !same_number(given, control) {
        envelope.report(Level::Interchange, Code::IeaControl, iea, 2);
    } else if !repeats {
        envelope.report(Level::Interchange, Code::IeaControlShort, iea, 2);
    }
    if iea.len() > 2 {
        envelope.report(Level::Interchange, Code::TooManyElements, iea, 3);
    }
    if groups == 0 && ta1_segments == 0 {
        envelope.report(Level::Interchange, Code::NoContent, iea, 0);
    }
}

/// The group ends here without a GE.
fn close_group<'i>(envelope: &mut Envelope<'_, 'i>, next: Segment<'i, '_>) {
    envelope.break_set(next, Code::SeMissing);
    if envelope.group_open {
        envelope.report(Level::Group, Code::GeMissing, next, 0);
        envelope.end_group(next.offset() as usize);
    }
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    &digits[zeros..]
}
