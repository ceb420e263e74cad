//! UNA and UNB: delimiters, character set, who sends to whom.

use crate::{
    Code, Header, Separators,
    characters::Characters,
    envelope::{Envelope, Level},
    segment::Segment,
    syntax,
    walk::Walk,
};

/// Octets of a UNA.
const UNA_OCTETS: usize = 9;

/// Reads UNA, if there is one, and UNB. Returns where the next segment begins, or `None` if there is no readable UNB.
pub(super) fn read(envelope: &mut Envelope<'_, '_>, start: usize) -> Option<usize> {
    let bytes = envelope.interchange.bytes();
    let una = bytes[start..].starts_with(b"UNA");
    let mut separators = Separators::EDIFACT;
    let mut at = start;
    if una {
        let declared = bytes[start..].first_chunk::<UNA_OCTETS>().and_then(Separators::from_una);
        let Some(declared) = declared.filter(Separators::distinct) else {
            envelope.at(Code::UnaUnreadable, start);
            return None;
        };
        separators = declared;
        at += UNA_OCTETS;
    }
    // Syntax 4 uses the fifth octet of UNA for repetitions, and has a default for it; before, it means nothing.
    let declared_repetition = separators.repetition.take();
    let mut walk = Walk::new(bytes, at..bytes.len(), separators, 1);
    let Some(unb) = walk.next_segment().filter(|segment| segment.tag() == b"UNB") else {
        envelope.at(Code::UnbMissing, start);
        return None;
    };
    let end = unb.offset() as usize + unb.raw().len() + usize::from(unb.is_terminated());
    let version = unb.component(1, 2);
    if version >= &b"4"[..] {
        separators.repetition = if una { declared_repetition } else { Some(b'*') };
    }
    if !separators.distinct() {
        separators.repetition = None;
    }
    envelope.interchange.separators = separators;
    envelope.take(&unb);
    check(envelope, unb);
    envelope.interchange.header = Some(header(unb, end));
    Some(end)
}

fn header<'i>(unb: Segment<'i, '_>, end: usize) -> Header<'i> {
    Header {
        sender_qualifier: unb.component(2, 2),
        sender: unb.component(2, 1),
        receiver_qualifier: unb.component(3, 2),
        receiver: unb.component(3, 1),
        date: unb.component(4, 1),
        time: unb.component(4, 2),
        version: unb.element(1),
        control: unb.element(5),
        usage: unb.element(11),
        asks: unb.element(9) == b"1",
        production: unb.element(11).is_empty(),
        end,
    }
}

fn check<'i>(envelope: &mut Envelope<'_, 'i>, unb: Segment<'i, '_>) {
    let characters = Characters::of_syntax(unb.component(1, 1));
    let mut check = |holds: bool, code, element| {
        if !holds {
            envelope.report(Level::Interchange, code, unb, element);
        }
    };
    let (date, time) = (unb.component(4, 1), unb.component(4, 2));
    // 0017 has the century in syntax 4 only; 0019 has hours and minutes.
    let digits = (if unb.component(1, 2) == b"4" { 8 } else { 6 }, 4);
    let exists = (date.len(), time.len()) == digits && syntax::is_date(date) && syntax::is_time(time);
    let control = unb.element(5);
    check(characters.is_some() && matches!(unb.component(1, 2), b"1" | b"2" | b"3" | b"4"), Code::UnbSyntax, 1);
    check(!unb.component(2, 1).trim_ascii().is_empty(), Code::UnbSender, 2);
    check(!unb.component(3, 1).trim_ascii().is_empty(), Code::UnbReceiver, 3);
    check(exists, Code::UnbDate, 4);
    check((1..=14).contains(&control.len()), Code::UnbControl, 5);
    // What is not known is read octet by octet.
    let characters = envelope.rules.declared_characters(characters.unwrap_or(Characters::Latin));
    envelope.check.text.characters = characters;
}
