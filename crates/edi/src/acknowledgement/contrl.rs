//! CONTRL: what answers an EDIFACT interchange, in its own syntax version (D:3 up to 3, 4:1 in 4). Ids are swapped,
//! delimiters mirrored; of the document only references and ids are repeated, and nothing that has not their form.

use super::{
    Echo, Moment, Numbers,
    groups::{by_set, of},
};
use crate::{Answer, Code, Finding, Group, Header, Interchange, Separators, Set, Severity, Syntax, Verdict, Verdicts};

/// The interchange with one CONTRL; `None` if it is no EDIFACT with a header, or itself holds nothing but CONTRLs, which
/// are never answered.
pub fn contrl(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    let verdicts = Verdicts::new(interchange, findings);
    let refusal = findings.iter().find(|f| f.group.is_none() && f.severity == Severity::Refusal);
    let header = interchange.header.unwrap_or_default();
    let refusal = refusal.filter(|_| verdicts.envelope_is_refused());
    let refusal = refusal.map(|finding| error_of(finding.code, header.control()));
    let number = numbers.interchange.to_string();
    let mut message = begin(interchange, refusal, echo, &number, at)?;
    if refusal.is_none() {
        let sorted = by_set(findings);
        for (place, group) in interchange.groups.iter().enumerate() {
            message.group(interchange, &header, (place, group), &sorted, &verdicts);
        }
    }
    Some(message.finish(&number))
}

/// The same for a reason that lies outside of the document: the whole interchange is refused with this 0085, such as 7 (the
/// recipient is not ours) or 26 (it came before).
pub fn contrl_refusal(
    interchange: &Interchange<'_>,
    error: u8,
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    let number = numbers.interchange.to_string();
    Some(begin(interchange, Some(error), echo, &number, at)?.finish(&number))
}

/// The answer up to UCI, which says what becomes of the whole.
fn begin(
    interchange: &Interchange<'_>,
    refusal: Option<u8>,
    echo: &Echo<'_>,
    number: &str,
    at: Moment,
) -> Option<Message> {
    let header = interchange.header.filter(|_| interchange.syntax == Syntax::Edifact)?;
    let mut sets = interchange.groups.iter().flat_map(|group| &group.sets).peekable();
    if sets.peek().is_some() && sets.all(|set| set.kind == b"CONTRL") {
        return None;
    }
    let mut message = Message { out: Vec::new(), separators: interchange.separators, segments: 0 };
    message.begin(&header, echo, number.as_bytes(), at);
    message.interchange(&header, refusal);
    Some(message)
}

const REFUSED: &[u8] = b"4";
const TAKEN: &[u8] = b"7";

/// The interchange under construction; `segments` counts from UNH on.
struct Message {
    out: Vec<u8>,
    separators: Separators,
    segments: u32,
}

impl Message {
    /// UNA where the delimiters are not the usual ones, UNB, UNH.
    fn begin(&mut self, header: &Header<'_>, echo: &Echo<'_>, number: &[u8], at: Moment) {
        let Separators { element, component, release, repetition, terminator, .. } = self.separators;
        let usual = Separators::EDIFACT;
        let delimiters = [component, element, release.unwrap_or(b' '), terminator];
        if delimiters != [usual.component, usual.element, usual.release.unwrap_or(b' '), usual.terminator] {
            let last = [b'.', release.unwrap_or(b' '), repetition.unwrap_or(b' '), terminator];
            self.out.extend([&b"UNA"[..], &[component, element], &last].concat());
        }
        let (repertoire, version) = syntax_of(header);
        let date = at.date();
        let date = if version == b"4" { &date[..] } else { &date[2..] };
        let (own_qualifier, own) = echo.answers.unwrap_or((header.receiver_qualifier(), header.receiver()));
        let test: &[u8] = if header.is_production() { b"" } else { b"1" };
        let nothing: &[&[u8]] = &[];
        self.segment(
            b"UNB",
            &[
                &[repertoire, version],
                &[id(own), qualifier(own_qualifier)],
                &[id(header.sender()), qualifier(header.sender_qualifier())],
                &[date.as_bytes(), at.time().as_bytes()],
                &[number],
                nothing,
                nothing,
                nothing,
                nothing,
                nothing,
                &[test],
            ],
        );
        self.segments = 0;
        let release: [&[u8]; 2] = if version == b"4" { [b"4", b"1"] } else { [b"D", b"3"] };
        self.segment(b"UNH", &[&[b"1"], &[b"CONTRL", release[0], release[1], b"UN"]]);
    }

    fn interchange(&mut self, header: &Header<'_>, refusal: Option<u8>) {
        let why = refusal.map(|error| error.to_string()).unwrap_or_default();
        let action = if refusal.is_some() { REFUSED } else { TAKEN };
        self.segment(
            b"UCI",
            &[
                &[reference(header.control())],
                &[id(header.sender()), qualifier(header.sender_qualifier())],
                &[id(header.receiver()), qualifier(header.receiver_qualifier())],
                &[action],
                &[why.as_bytes()],
            ],
        );
    }

    fn finish(mut self, number: &str) -> Vec<u8> {
        let segments = (self.segments + 1).to_string();
        self.segment(b"UNT", &[&[segments.as_bytes()], &[b"1"]]);
        self.segment(b"UNZ", &[&[b"1"], &[number.as_bytes()]]);
        self.out
    }

    /// UCF if it is a group, then a UCM for each of its messages, taken or not.
    fn group(
        &mut self,
        interchange: &Interchange<'_>,
        header: &Header<'_>,
        (place, group): (usize, &Group<'_>),
        sorted: &[&Finding],
        verdicts: &Verdicts,
    ) {
        let own = of(sorted, place, None);
        let refused = own.iter().find(|finding| finding.severity == Severity::Refusal);
        if group.opened {
            let why = refused.map(|finding| error_of(finding.code, group.control).to_string()).unwrap_or_default();
            let action = if refused.is_some() { REFUSED } else { TAKEN };
            // A group may name others than the interchange does; who is not known there is not repeated.
            let ids = [[id(header.sender())], [id(header.receiver())]];
            self.segment(b"UCF", &[&[reference(group.control)], &ids[0], &ids[1], &[action], &[why.as_bytes()]]);
        }
        if group.opened && refused.is_some() {
            return;
        }
        for (number, set) in group.sets.iter().enumerate() {
            let taken = verdicts.set(place, number) != Verdict::Refused;
            self.message(interchange, set, of(sorted, place, Some(number)), taken);
        }
    }

    /// UCM, and of a refused message UCS and UCD for what is wrong in it.
    fn message(&mut self, interchange: &Interchange<'_>, set: &Set<'_>, findings: &[&Finding], taken: bool) {
        let mut identifier = interchange.separators.components(set.identifier);
        let mut part = |longest: usize, otherwise: &'static [u8]| {
            let text = identifier.next().unwrap_or_default();
            let plain = (1..=longest).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric);
            if plain { text } else { otherwise }
        };
        let kind = [part(6, b"0"), part(3, b"0"), part(3, b"0"), part(2, b"ZZ")];
        let whole = findings.iter().find(|f| matches!(f.code.answer(), Answer::Set(_)));
        let why = whole.filter(|_| !taken).map(|finding| error_of(finding.code, set.control).to_string());
        let why = why.unwrap_or_default();
        let action = if taken { TAKEN } else { REFUSED };
        self.segment(b"UCM", &[&[reference(set.control)], &kind, &[action], &[why.as_bytes()]]);
        if taken {
            return;
        }
        let mut under = (0, 0, 0);
        for finding in findings.iter().filter(|f| matches!(f.code.answer(), Answer::Segment(_) | Answer::Element(_))) {
            // What is missing is told at the last segment before its place (0096).
            let before = u32::from(finding.code.answer() == Answer::Segment(3));
            let position = finding.set_position.saturating_sub(before).clamp(1, 999_999).to_string();
            let code = error(finding.code).to_string();
            let is_segment = finding.element == 0 || finding.element > 999;
            if is_segment || under.0 != finding.set_position {
                if under.1 == SEGMENTS_MAX {
                    return;
                }
                under = (finding.set_position, under.1 + 1, 0);
                let of_segment: &[u8] = if is_segment { code.as_bytes() } else { b"" };
                self.segment(b"UCS", &[&[position.as_bytes()], &[of_segment]]);
            }
            if is_segment {
                under.0 = 0;
            } else if under.2 < ELEMENTS_MAX {
                under.2 += 1;
                // The tag is the first component of a segment's places.
                let element = (finding.element + 1).to_string();
                let component = Some(finding.component).filter(|n| (1..=999).contains(n)).map(|n| n.to_string());
                let component = component.unwrap_or_default();
                self.segment(b"UCD", &[&[code.as_bytes()], &[element.as_bytes(), component.as_bytes()]]);
            }
        }
    }

    /// Elements of components; empty ones at an end are not written.
    fn segment(&mut self, tag: &[u8], elements: &[&[&[u8]]]) {
        let Separators { element, component, terminator, .. } = self.separators;
        self.out.extend_from_slice(tag);
        let said = |components: &[&[u8]]| components.iter().any(|c| !c.is_empty());
        let count = elements.iter().rposition(|components| said(components)).map_or(0, |last| last + 1);
        for components in &elements[..count] {
            self.out.push(element);
            let count = components.iter().rposition(|c| !c.is_empty()).map_or(0, |last| last + 1);
            for (number, value) in components[..count].iter().enumerate() {
                if number > 0 {
                    self.out.push(component);
                }
                self.out.extend_from_slice(value);
            }
        }
        self.out.push(terminator);
        self.segments += 1;
    }
}

/// How many UCS a UCM, and UCD a UCS, may have.
const SEGMENTS_MAX: u32 = 999;
const ELEMENTS_MAX: u32 = 99;

/// S001: repertoire and version as they came, if they are such.
fn syntax_of<'h>(header: &Header<'h>) -> (&'h [u8], &'h [u8]) {
    let version = header.version();
    let known = |text: &[u8]| {
        text.len() == 6 && text.starts_with(b"UNO") && text[3].is_ascii_uppercase() && matches!(text[5], b'1'..=b'4')
    };
    if known(version) { (&version[..4], &version[5..]) } else { (b"UNOC", b"3") }
}

/// A name that can stand in any repertoire and needs no release, else one that says nothing.
fn id(text: &[u8]) -> &[u8] {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b' ' | b'/');
    let fits = (1..=35).contains(&text.len()) && text.iter().all(plain) && text.iter().any(|octet| *octet != b' ');
    if fits { text } else { b"UNKNOWN" }
}

fn qualifier(text: &[u8]) -> &[u8] {
    if text.len() <= 4 && text.iter().all(u8::is_ascii_alphanumeric) { text } else { b"" }
}

/// A reference as it is in use: letters and digits, with at least one of these. Anything else could be a name.
fn reference(text: &[u8]) -> &[u8] {
    let plain = text.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'/'));
    let fits = (1..=14).contains(&text.len()) && plain && text.iter().any(u8::is_ascii_digit);
    if fits { text } else { b"0" }
}

/// The same of a reference that is not of its form: too long where it is there at all.
fn error_of(code: Code, reference: &[u8]) -> u8 {
    const TOO_LONG: u8 = 39;
    match code {
        Code::UnbControl | Code::UngControl | Code::UnhControl if !reference.is_empty() => TOO_LONG,
        _ => error(code),
    }
}

/// 0085 of what was found. What only X12 tells has the nearest of EDIFACT's.
fn error(code: Code) -> u8 {
    const UNSPECIFIED: u8 = 18;
    match code.answer() {
        // Syntax version or level not supported: X12's codes begin at 1 as well, so that the table does not say it.
        Answer::Interchange(_) if code == Code::UnbSyntax => 2,
        Answer::Interchange(_) if matches!(code, Code::TrailingSegments | Code::SecondInterchange) => 33,
        Answer::Interchange(24) => UNSPECIFIED,
        Answer::Interchange(own) | Answer::Group(Some(own)) | Answer::Set(own) if own >= 12 => own,
        Answer::Segment(3) | Answer::Element(1 | 2) => 13,
        Answer::Segment(1 | 2 | 6 | 7) => 15,
        Answer::Segment(4) => 36,
        Answer::Segment(5) => 35,
        Answer::Element(3) => 16,
        Answer::Element(4) => 40,
        Answer::Element(5) => 39,
        Answer::Element(6) => 21,
        Answer::Element(_) => 12,
        _ => UNSPECIFIED,
    }
}
