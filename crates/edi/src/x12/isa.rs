//! The ISA: separators at their fixed places, or wherever they can be found; its elements.

use crate::{Code, Finding, Header, KnownTag, Separators, envelope::Envelope, syntax};

/// The ISA's length with its terminator.
const ISA_OCTETS: usize = 106;
/// Where the sixteen element separators of an ISA stand.
const ISA_SEPARATORS: [usize; 16] = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];
/// An ISA that is not of fixed width is looked for in so many octets.
const ISA_OCTETS_MAX: usize = 512;

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Fixed,
    Wrapped,
    Loose,
}

struct Layout<'i> {
    form: Form,
    separators: Separators,
    /// By number, from 1.
    elements: [&'i [u8]; 17],
    /// Behind its terminator, from the I of ISA.
    end: usize,
}

/// Reads the ISA at `start`. Returns where the next segment begins, or `None` if there is no readable ISA.
pub(super) fn read(envelope: &mut Envelope<'_, '_>, start: usize) -> Option<usize> {
    let bytes = envelope.interchange.bytes();
    let Some(layout) = layout(&bytes[start..]) else {
        envelope.at(Code::IsaUnreadable, start);
        return None;
    };
    let end = start + layout.end;
    let mut report = |code, element: u16| {
        let value = layout.elements.get(usize::from(element)).filter(|_| element > 0);
        let within = value.map_or(0, |v| (v.as_ptr() as usize).saturating_sub(bytes[start..].as_ptr() as usize));
        envelope.findings.push(Finding {
            offset: (start + within) as u64,
            ordinal: 1,
            tag: KnownTag::new(b"ISA"),
            element,
            ..Finding::of_interchange(code)
        });
    };
    match layout.form {
        Form::Fixed => {}
        Form::Wrapped => report(Code::IsaWrapped, 0),
        Form::Loose => report(Code::IsaWidth, 0),
    }
    check_separators(&layout.separators, &mut report);
    check_elements(&layout.elements, &mut report);
    envelope.interchange.separators = layout.separators;
    envelope.interchange.segments = 1;
    envelope.interchange.header = Some(header(&layout.elements, end));
    Some(end)
}

fn header<'i>(elements: &[&'i [u8]; 17], end: usize) -> Header<'i> {
    let at = |number: usize| elements[number].trim_ascii();
    Header {
        sender_qualifier: at(5),
        sender: at(6),
        receiver_qualifier: at(7),
        receiver: at(8),
        date: at(9),
        time: at(10),
        version: at(12),
        control: at(13),
        usage: at(15),
        asks: at(14) == b"1",
        production: at(15) == b"P",
        end,
    }
}

/// Finds the separators: at their fixed places, else behind the sixteenth element separator.
fn layout(bytes: &[u8]) -> Option<Layout<'_>> {
    let element = *bytes.get(3)?;
    let sixteenth = bytes.iter().take(ISA_OCTETS_MAX).enumerate().filter(|&(_, &b)| b == element).nth(15)?.0;
    let (component, terminator) = (*bytes.get(sixteenth + 1)?, *bytes.get(sixteenth + 2)?);
    let isa = &bytes[..sixteenth + 3];
    let last = isa.len() - 1;
    let mut elements = [&b""[..]; 17];
    for (place, value) in elements.iter_mut().zip(isa[..last].split(|&b| b == element)) {
        *place = value;
    }
    let version = syntax::number(elements[12]);
    let repetition = match elements[11] {
        [octet] if version.is_some_and(|v| v >= 402) && Separators::usable(*octet) => Some(*octet),
        _ => None,
    };
    let separators = Separators { element, component, repetition, terminator, ..Separators::X12 };
    Some(Layout { form: form(isa, element), separators, elements, end: last + 1 })
}

fn form(isa: &[u8], element: u8) -> Form {
    let at_places = |i: &[u8]| i.len() == ISA_OCTETS && ISA_SEPARATORS.iter().all(|&place| i[place] == element);
    if at_places(isa) {
        return Form::Fixed;
    }
    let last = isa.len() - 1;
    let in_line = |&(i, b): &(usize, &u8)| i == last || !matches!(b, b'\r' | b'\n');
    let joined: Vec<u8> = isa.iter().enumerate().filter(in_line).map(|(_, &b)| b).collect();
    if at_places(&joined) { Form::Wrapped } else { Form::Loose }
}

fn check_separators(separators: &Separators, report: &mut impl FnMut(Code, u16)) {
    let Separators { element, component, repetition, terminator, .. } = *separators;
    if !Separators::usable(element) {
        report(Code::ElementSeparatorInvalid, 0);
    }
    if !Separators::usable(component) || component == element || Some(component) == repetition {
        report(Code::ComponentSeparatorInvalid, 16);
    }
    if !Separators::usable(terminator) || [Some(element), Some(component), repetition].contains(&Some(terminator)) {
        report(Code::TerminatorInvalid, 0);
    }
}

fn check_elements(elements: &[&[u8]; 17], report: &mut impl FnMut(Code, u16)) {
    // Names and the control number are used as they stand; of the others a line end in a wrapped ISA is no part.
    let joined = elements.map(|element| element.iter().copied().filter(|o| !matches!(o, b'\r' | b'\n')).collect());
    let joined: [Vec<u8>; 17] = joined;
    let at = |number: usize| match number {
        6 | 8 | 13 => elements[number].trim_ascii(),
        _ => joined[number].trim_ascii(),
    };
    let two = |text: &[u8]| text.len() == 2 && text.iter().all(u8::is_ascii_alphanumeric);
    let mut check = |holds: bool, code, element| {
        if !holds {
            report(code, element);
        }
    };
    check(two(at(1)), Code::AuthorizationQualifier, 1);
    check(two(at(3)), Code::SecurityQualifier, 3);
    check(two(at(5)), Code::SenderQualifier, 5);
    check(!at(6).is_empty(), Code::SenderMissing, 6);
    check(two(at(7)), Code::ReceiverQualifier, 7);
    check(!at(8).is_empty(), Code::ReceiverMissing, 8);
    check(at(9).len() == 6 && syntax::is_date(at(9)), Code::IsaDate, 9);
    check(at(10).len() == 4 && syntax::is_time(at(10)), Code::IsaTime, 10);
    let version = syntax::number(at(12)).filter(|_| at(12).len() == 5);
    let repetition = |octet: u8| !octet.is_ascii_alphanumeric() && version.is_none_or(|v| v >= 402);
    let standard = matches!(elements[11], [b'U']) || matches!(elements[11], [o] if repetition(*o));
    check(standard, Code::IsaStandard, 11);
    check(version.is_some(), Code::IsaVersion, 12);
    check(at(13).len() == 9 && syntax::number(at(13)).is_some(), Code::IsaControl, 13);
    check(matches!(at(14), b"0" | b"1"), Code::AcknowledgementRequest, 14);
    check(matches!(at(15), b"P" | b"T" | b"I"), Code::UsageIndicator, 15);
}
