//! EDIFACT's envelope (ISO 9735): UNA, UNB to UNZ, UNG to UNE, UNH to UNT; the nesting, the counts, the references.

mod unb;

use crate::{
    Code, Group, Syntax,
    envelope::{Envelope, Level},
    segment::Segment,
    tables,
    walk::Walk,
};

/// What is missing where the octets end: of the message, the group, the interchange.
const MISSING: [Code; 3] = [Code::UntMissing, Code::UneMissing, Code::UnzMissing];

/// Reads from UNA or UNB on. `start` is where it stands. Returns where reading ended.
pub(crate) fn read(envelope: &mut Envelope<'_, '_>, start: usize) -> usize {
    envelope.interchange.syntax = Syntax::Edifact;
    envelope.check.text.syntax = Syntax::Edifact;
    let Some(body) = unb::read(envelope, start) else { return envelope.interchange.bytes().len() };
    let bytes = envelope.interchange.bytes();
    let separators = envelope.interchange.separators;
    let mut walk = Walk::new(bytes, body..bytes.len(), separators, 2);
    let mut before = body;
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
        if envelope.set_open && !segment.tag().starts_with(b"UN") && segment.is_terminated() {
            envelope.inside(segment);
            before = end;
            continue;
        }
        let segment = *segment;
        match segment.tag() {
            b"UNT" if envelope.set_open => unt(envelope, segment, end),
            b"UNH" => {
                if !unh(envelope, segment, end) {
                    envelope.end_of_octets(end, MISSING);
                    return bytes.len();
                }
            }
            b"UNG" => ung(envelope, segment, end),
            b"UNE" => une(envelope, segment, end),
            b"UNZ" => {
                unz(envelope, segment);
                envelope.interchange.complete = separators.distinct();
                return end;
            }
            b"UNB" | b"UNA" => {
                close_group(envelope, segment);
                envelope.report(Level::Interchange, Code::UnzMissing, segment, 0);
                return before;
            }
            _ if envelope.set_open => envelope.inside(&segment),
            _ => envelope.stray(Level::Interchange, Code::OutsideMessage, segment),
        }
        if !segment.is_terminated() && ends_in_release(segment.raw(), separators.release) {
            envelope.at(Code::DanglingRelease, bytes.len().saturating_sub(1));
        }
        before = end;
    }
    if walk.overlong() {
        envelope.at(Code::SegmentTooLong, before);
    }
    envelope.interchange.complete = separators.distinct() && !walk.overlong();
    envelope.end_of_octets(bytes.len(), MISSING);
    bytes.len()
}

/// Whether the last octet is a release character that is not itself released.
fn ends_in_release(raw: &[u8], release: Option<u8>) -> bool {
    let Some(release) = release else { return false };
    raw.iter().rev().take_while(|&&octet| octet == release).count() % 2 == 1
}

/// Messages outside of groups stand in one that was never opened.
fn all_messages<'i>(envelope: &Envelope<'_, 'i>, at: usize, first: u32) -> Group<'i> {
    let header = envelope.interchange.header.unwrap_or_default();
    Group {
        functional_id: b"",
        sender: header.sender,
        receiver: header.receiver,
        control: b"",
        version: b"",
        declared_sets: None,
        opened: false,
        octets: at..at,
        first,
        sets: Vec::new(),
    }
}

fn ung<'i>(envelope: &mut Envelope<'_, 'i>, ung: Segment<'i, '_>, end: usize) {
    let mixed = envelope.interchange.groups.iter().any(|group| !group.opened);
    close_group(envelope, ung);
    if mixed {
        envelope.report(Level::Interchange, Code::GroupsMixed, ung, 0);
    }
    let control = ung.element(5);
    envelope.open_group(Group {
        functional_id: ung.element(1),
        sender: ung.component(2, 1),
        receiver: ung.component(3, 1),
        control,
        version: ung.element(7),
        declared_sets: None,
        opened: true,
        octets: ung.offset() as usize..end,
        first: ung.ordinal(),
        sets: Vec::new(),
    });
    if !(1..=14).contains(&control.len()) {
        envelope.report(Level::Group, Code::UngControl, ung, 5);
    } else if !envelope.is_new_group(control) {
        envelope.report(Level::Group, Code::DuplicateGroupReference, ung, 5);
    }
}

fn une<'i>(envelope: &mut Envelope<'_, 'i>, une: Segment<'i, '_>, end: usize) {
    if !envelope.group_open || envelope.interchange.groups.last().is_none_or(|group| !group.opened) {
        return envelope.stray(Level::Interchange, Code::OutsideMessage, une);
    }
    envelope.break_set(une, Code::UntMissing);
    let Some(group) = envelope.interchange.groups.last() else { return };
    let (messages, control) = (group.sets.len(), group.control);
    envelope.end_group(end);
    let declared = envelope.check_count(Level::Group, une, 1, messages, Code::UneCount);
    if let Some(group) = envelope.interchange.groups.last_mut() {
        group.declared_sets = declared;
    }
    if une.element(2) != control {
        envelope.report(Level::Group, Code::UneControl, une, 2);
    }
}

/// False past the limit of messages.
fn unh<'i>(envelope: &mut Envelope<'_, 'i>, unh: Segment<'i, '_>, end: usize) -> bool {
    envelope.break_set(unh, Code::UntMissing);
    if !envelope.group_open {
        if envelope.interchange.groups.iter().any(|group| group.opened) {
            envelope.report(Level::Interchange, Code::GroupsMixed, unh, 0);
        }
        let group = all_messages(envelope, unh.offset() as usize, unh.ordinal());
        envelope.open_group(group);
    }
    let (kind, control) = (unh.component(2, 1), unh.element(1));
    if !envelope.open_set(unh, end, kind, control) {
        return false;
    }
    if !(1..=14).contains(&control.len()) {
        envelope.report(Level::Set, Code::UnhControl, unh, 1);
    } else if !envelope.is_new_set(control) {
        envelope.report(Level::Set, Code::DuplicateMessageReference, unh, 1);
    }
    if envelope.table.0 != unh.element(2) {
        let message = tables::edifact_message(kind, unh.component(2, 2), unh.component(2, 3));
        envelope.table = (unh.element(2), message);
    }
    let message = envelope.table.1;
    if message.is_none() {
        envelope.report(Level::Set, Code::MessageUnsupported, unh, 2);
    }
    envelope.check_by(message, false);
    true
}

fn unt<'i>(envelope: &mut Envelope<'_, 'i>, unt: Segment<'i, '_>, end: usize) {
    let Some(set) = envelope.close_set(unt, end) else { return };
    let (segments, control) = (set.segments as usize, set.control);
    envelope.check_count(Level::Set, unt, 1, segments, Code::UntCount);
    if unt.element(2) != control {
        envelope.report(Level::Set, Code::UntControl, unt, 2);
    }
}

fn unz<'i>(envelope: &mut Envelope<'_, 'i>, unz: Segment<'i, '_>) {
    close_group(envelope, unz);
    let groups = &envelope.interchange.groups;
    let opened = groups.iter().filter(|group| group.opened).count();
    let messages: usize = groups.iter().map(|group| group.sets.len()).sum();
    let counted = if opened > 0 { opened } else { messages };
    envelope.check_count(Level::Interchange, unz, 1, counted, Code::UnzCount);
    let control = envelope.interchange.header.map_or(&b""[..], |header| header.control);
    if unz.element(2) != control {
        envelope.report(Level::Interchange, Code::UnzControl, unz, 2);
    }
    if messages == 0 {
        envelope.report(Level::Interchange, Code::InterchangeEmpty, unz, 0);
    }
}

/// The group ends here without a UNE, if it needs one.
fn close_group<'i>(envelope: &mut Envelope<'_, 'i>, next: Segment<'i, '_>) {
    envelope.break_set(next, Code::UntMissing);
    if !envelope.group_open {
        return;
    }
    if envelope.interchange.groups.last().is_some_and(|group| group.opened) {
        envelope.report(Level::Group, Code::UneMissing, next, 0);
    }
    envelope.end_group(next.offset() as usize);
}
