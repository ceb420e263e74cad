//! The peers, each doing the work that it does, with the least of our own around it.

use crate::made::Counted;
use edifact_primitives::{Control, RawSegment};
use edifact_rs::{Contrl, Segment, ValidationContext};
use edifact_types::{d00b, util::Parser as _};
use x12_types::{util::Parser as _, v004010};

type Read = Result<Counted, &'static str>;

const NOT_UTF8: &str = "not UTF-8";

fn counted(segments: u64, elements: u64, parcels: u64) -> Counted {
    Counted { segments: Some(segments), elements: Some(elements), octets: None, parcels }
}

/// x12-stream-parser: splits segments, splits elements; told the delimiters.
pub fn x12_stream_parser(bytes: &[u8]) -> Read {
    let delimiters = x12_stream_parser::Delimiters::new(b'~', b'*', b'>');
    let mut counted = Counted::none();
    for segment in x12_stream_parser::Parser::new(bytes, delimiters) {
        let segment = segment.map_err(|_| "takes the newline behind IEA for a segment")?;
        counted.walk(segment.elements());
        counted.parcels += u64::from(segment.id() == b"MAN");
    }
    Ok(counted)
}

/// edi: a tree of interchanges, groups, transactions and segments; control numbers and counts.
pub fn edi(bytes: &[u8]) -> Read {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)?;
    let document = edi_of_sezna::parse(text).map_err(|_| "refused")?;
    let (mut segments, mut elements, mut parcels) = (0, 0, 0);
    for interchange in &document.interchanges {
        // ISA and IEA; GS and GE; ST and SE are not in its lists.
        (segments, elements) = (segments + 2, elements + 18);
        for group in &interchange.functional_groups {
            (segments, elements) = (segments + 2, elements + 10);
            for transaction in &group.transactions {
                (segments, elements) = (segments + 2, elements + 4);
                for segment in &transaction.segments {
                    segments += 1;
                    elements += segment.elements.len() as u64;
                    parcels += u64::from(segment.segment_abbreviation == "MAN");
                }
            }
        }
    }
    Ok(counted(segments, elements, parcels))
}

/// x12-types: the 856 as owned structs.
pub fn x12_types(bytes: &[u8]) -> Read {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)?;
    let (rest, interchange) = v004010::Transmission::<v004010::_856>::parse(text).map_err(|_| "refused")?;
    if !rest.is_empty() {
        return Err("stopped before the end");
    }
    let sets = interchange.functional_group.iter().flat_map(|group| &group.segments);
    let packs = sets.flat_map(|set| &set.loop_hl).filter(|hl| hl.hl._03 == "P" && !hl.man.is_empty());
    Ok(Counted::parcels(packs.count() as u64))
}

/// edifact-rs: one segment after the other, borrowed, with spans, values unescaped; nothing kept.
pub fn edifact_rs(bytes: &[u8]) -> Read {
    let (mut segments, mut elements, mut parcels) = (0, 0, 0);
    for segment in edifact_rs::from_bytes(bytes) {
        let segment = segment.map_err(|_| "refused")?;
        segments += 1;
        elements += segment.elements.len() as u64;
        parcels += u64::from(segment.tag == "GID");
    }
    Ok(counted(segments, elements, parcels))
}

fn collected(bytes: &[u8]) -> Result<Vec<Segment<'_>>, &'static str> {
    edifact_rs::from_bytes(bytes).collect::<Result<_, _>>().map_err(|_| "refused")
}

fn counted_in(segments: &[Segment<'_>]) -> Counted {
    let elements = segments.iter().map(|s| s.elements.len() as u64).sum();
    let parcels = segments.iter().filter(|s| s.tag == "GID").count() as u64;
    counted(segments.len() as u64, elements, parcels)
}

/// The same, with its check of the envelope, for which all segments are kept.
pub fn edifact_rs_envelope(bytes: &[u8]) -> Read {
    let segments = collected(bytes)?;
    let interchange = edifact_rs::validate_envelope(&segments).map_err(|_| "refused")?;
    let counted = counted_in(&segments);
    if interchange.message_count() as u64 == counted.parcels { Ok(counted) } else { Err("miscounted messages") }
}

/// The same, with a CONTRL that accepts all: only the envelope was checked.
pub fn edifact_rs_contrl(bytes: &[u8]) -> Read {
    let segments = collected(bytes)?;
    let interchange = edifact_rs::validate_envelope(&segments).map_err(|_| "refused")?;
    sent(&Contrl::acknowledgement(&interchange), &segments)
}

/// The same, with its checks of characters and syntax, and a CONTRL from what they found.
pub fn edifact_rs_checked(bytes: &[u8]) -> Read {
    let segments = collected(bytes)?;
    let interchange = edifact_rs::validate_envelope(&segments).map_err(|_| "refused")?;
    let checks = ValidationContext::builder().with_charset_validation().with_syntax_validation().build();
    let report = checks.validate(&segments);
    if !report.is_valid() {
        return Err("it has findings");
    }
    sent(&Contrl::from_report(&interchange, &segments, &report), &segments)
}

fn sent(contrl: &Contrl, segments: &[Segment<'_>]) -> Read {
    let answer = contrl.to_interchange_bytes("UNOC", "3", "260105", "0930", "1").map_err(|_| "no CONTRL")?;
    if answer.is_empty() { Err("no CONTRL") } else { Ok(counted_in(segments)) }
}

#[derive(Default)]
struct Events {
    segments: u64,
    elements: u64,
    parcels: u64,
}

impl edifact_parser::EdifactHandler for Events {
    fn on_segment(&mut self, segment: &RawSegment<'_>) -> Control {
        self.segments += 1;
        self.elements += segment.elements.len() as u64;
        self.parcels += u64::from(segment.id == "GID");
        Control::Continue
    }
}

/// edifact-parser: an event a segment, split to components, not unescaped.
pub fn edifact_parser(bytes: &[u8]) -> Read {
    let mut events = Events::default();
    edifact_parser::EdifactStreamParser::parse(bytes, &mut events).map_err(|_| "refused")?;
    Ok(counted(events.segments, events.elements, events.parcels))
}

/// edifact-types: each IFTMIN as owned structs. It takes one message an interchange, so that the loop over messages
/// is here; only D.00B is read, so that it gets [`crate::made::Kind::IftminD00b`].
pub fn edifact_types(bytes: &[u8]) -> Read {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)?;
    let (rest, _) = d00b::UNA::parse(text).map_err(|_| "refused")?;
    let (mut rest, _) = d00b::UNB::parse(rest).map_err(|_| "refused")?;
    let mut parcels = 0;
    while rest.starts_with("UNH") {
        let (after, message) = d00b::IFTMIN::parse(rest).map_err(|_| "refused")?;
        parcels += message.segment_group_18.len() as u64;
        rest = after;
    }
    let (rest, _) = d00b::UNZ::parse(rest).map_err(|_| "refused")?;
    if rest.is_empty() { Ok(Counted::parcels(parcels)) } else { Err("stopped before the end") }
}
