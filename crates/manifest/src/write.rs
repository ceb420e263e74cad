//! The canonical document: an X12 004010 856 with all that a manifest carries, for the carrier.
//!
//! Levels are S, O and P. Consecutive parcels with the same orders and parties share their O; what a level above
//! says already (service, carrier, ship date) is not said again. The same records always give the same octets, also
//! after they were sealed and opened, so that a delivery can be made again. Reading the document back gives the same
//! records.
//!
//! **Values stay what they are.** The separators are the usual ones (`*`, `>`, `~`) unless a value contains one of
//! them: then the next candidate that no value contains, at last the control characters GS, US and RS (ASCII's own
//! separators). Only control characters in values are replaced, by blanks. A newline follows each terminator.
//!
//! Amounts that X12 has no common code for go into SAC with agency ZZ: `DECLARED`, `COD`, or the qualifier.

use crate::{
    operational::Operational,
    parcel::{Manifest, Record},
    record::{Field, Role, Tag},
};
use edi::Separators;
use std::fmt::Write as _;
use zeroize::Zeroizing;

mod segment;
use segment::Segments;

/// What stands around the set.
#[derive(Debug, Clone)]
pub struct Envelope<'e> {
    /// ISA05, what kind of name the sender's is.
    pub sender_qualifier: &'e str,
    /// ISA06, at most 15 characters.
    pub sender: &'e str,
    /// ISA07, the same of the receiver's.
    pub receiver_qualifier: &'e str,
    /// ISA08, at most 15 characters.
    pub receiver: &'e str,
    /// GS02, the sender within its house.
    pub group_sender: &'e str,
    /// GS03, the receiver within its house.
    pub group_receiver: &'e str,
    /// ISA13, at most 999,999,999.
    pub interchange_control: u32,
    /// GS06, which GE repeats.
    pub group_control: u32,
    /// The day, as the number yyyymmdd.
    pub date: u32,
    /// The time of day, as the number hhmm.
    pub time: u32,
    /// ISA15 T instead of P.
    pub test: bool,
}

/// Writes the manifest. The octets are readable personal data: they are overwritten when dropped.
pub fn x12_856(manifest: &Manifest<'_>, envelope: &Envelope<'_>) -> Zeroizing<Vec<u8>> {
    let octets = |r: &Record<'_>| r.fields.iter().map(|f| f.value.expose().len() + 24).sum::<usize>() + 256;
    let room = manifest.records().map(octets).sum::<usize>() + 1024;
    let mut out = Segments::new(separators(manifest), room);
    out.open(envelope, manifest);
    out.level(None, "S");
    let head = &manifest.head;
    body(&mut out, &head.fields.to_vec(), Some(&head.operational), None);
    let mut order: Option<(Vec<Field<'_>>, u32)> = None;
    for parcel in &manifest.parcels {
        let (mut shared, own): (Vec<_>, Vec<_>) =
            parcel.fields.iter().partition(|f: &Field<'_>| f.role != Role::None || f.tag == Tag::Order);
        // As they are written: where in the document each came from makes no other order of it.
        shared.sort_by_key(|f| (f.role, f.party, f.tag));
        let above = match &order {
            Some((fields, level)) if *fields == shared => *level,
            _ if shared.is_empty() => 1,
            _ => {
                let level = out.level(Some(1), "O");
                body(&mut out, &shared, None, None);
                level
            }
        };
        order = (above != 1).then_some((shared, above));
        out.level(Some(above), "P");
        body(&mut out, &own, Some(&parcel.operational), Some(&head.operational));
    }
    out.close(envelope)
}

/// The first candidate of each kind that no value contains. The last of each cannot be in one: see [`Segments`].
fn separators(manifest: &Manifest<'_>) -> Separators {
    let mut used = [false; 256];
    let fields = manifest.records().flat_map(|r| &r.fields);
    fields.for_each(|f| f.value.expose().iter().for_each(|b| used[usize::from(*b)] = true));
    let first = |candidates: &[u8]| {
        let free = candidates.iter().find(|c| !used[usize::from(**c)] || c.is_ascii_control());
        *free.expect("control characters are written as blanks")
    };
    Separators {
        element: first(b"*|^\x1d"),
        component: first(b">:<\x1f"),
        terminator: first(b"~'`\x1e"),
        ..Separators::X12
    }
}

/// What a level says, in the 856's order: an order's has fields only. `above` are the numbers of record 0, of which only
/// differences are written.
fn body(out: &mut Segments, fields: &[Field<'_>], said: Option<&Operational>, above: Option<&Operational>) {
    let tagged = |tags: &'static [Tag]| fields.iter().filter(move |f| f.role == Role::None && tags.contains(&f.tag));
    for field in tagged(&[Tag::Order]).filter(|f| f.qualifier.as_bytes().is_empty()) {
        out.segment("PRF", &[field.value.expose()]);
    }
    for field in tagged(&[Tag::Remark]) {
        out.segment("PID", &[b"F", b"", b"", b"", field.value.expose()]);
    }
    if let Some(said) = said {
        numbers(out, said, above);
        carriage(out, tagged(&[Tag::Routing]), said, above);
    }
    let references = || tagged(&[Tag::Reference, Tag::Tracking, Tag::Order, Tag::Account]).filter(|f| is_reference(f));
    references().for_each(|f| reference(out, f));
    contacts(out, tagged(&[Tag::ContactName, Tag::Phone, Tag::Email, Tag::OtherContact]));
    for field in tagged(&[Tag::Tracking, Tag::Sscc]).filter(|f| !is_reference(f)) {
        out.segment("MAN", &[field.qualifier.as_bytes(), field.value.expose()]);
    }
    if let Some(date) =
        said.and_then(|said| said.ship_date).filter(|date| above.is_none_or(|a| a.ship_date != Some(*date)))
    {
        out.segment("DTM", &[b"011", format!("{date:08}").as_bytes()]);
    }
    let parties: std::collections::BTreeSet<u16> = fields.iter().map(|f| f.party).filter(|p| *p != 0).collect();
    for number in parties {
        party(out, &fields.iter().filter(|f| f.party == number).collect::<Vec<_>>());
    }
    for field in tagged(&[Tag::Currency]) {
        out.segment("CUR", &[field.qualifier.as_bytes(), field.value.expose()]);
    }
    tagged(&[Tag::DeclaredValue, Tag::Cod, Tag::Charge]).for_each(|f| amount(out, f));
}

/// MEA and TD1, where something is said that is not the whole's.
fn numbers(out: &mut Segments, said: &Operational, above: Option<&Operational>) {
    for (code, length) in [("LN", said.length_mm), ("WD", said.width_mm), ("HT", said.height_mm)] {
        if let Some(length) = length {
            out.segment("MEA", &[b"PD", code.as_bytes(), length.to_string().as_bytes(), b"MM"]);
        }
    }
    // A parcel is one piece and a manifest of an unknown number where nothing is said.
    let silent = u16::from(above.is_some());
    let pieces = if said.pieces == silent { String::new() } else { said.pieces.to_string() };
    let Some(grams) = said.weight_grams else {
        if !pieces.is_empty() {
            out.segment("TD1", &[b"", pieces.as_bytes()]);
        }
        return;
    };
    let mut kilograms = (grams / 1000).to_string();
    if grams % 1000 != 0 {
        write!(kilograms, ".{:03}", grams % 1000).expect("a string takes all");
    }
    let kilograms = if kilograms.contains('.') { kilograms.trim_end_matches('0') } else { &kilograms };
    out.segment("TD1", &[b"", pieces.as_bytes(), b"", b"", b"", b"G", kilograms.as_bytes(), b"KG"]);
}

/// TD5: carrier, service, and the words that say how.
fn carriage<'f, 'a: 'f>(
    out: &mut Segments,
    mut routing: impl Iterator<Item = &'f Field<'a>>,
    said: &Operational,
    above: Option<&Operational>,
) {
    let carrier = said.carrier.filter(|c| above.is_none_or(|a| a.carrier != Some(*c)));
    let service = said.service.filter(|s| above.is_none_or(|a| a.service != Some(*s)));
    let first = routing.next().map_or(&b""[..], |f| f.value.expose());
    let mut elements = [&b""[..]; 12];
    if let Some(carrier) = &carrier {
        (elements[1], elements[2]) = (b"2", carrier.as_bytes());
    }
    elements[4] = first;
    if let Some(service) = &service {
        elements[11] = service.as_bytes();
    }
    if elements.iter().any(|e| !e.is_empty()) {
        out.segment("TD5", &elements);
    }
    for field in routing {
        out.segment("TD5", &[b"", b"", b"", b"", field.value.expose()]);
    }
}

fn is_reference(field: &Field<'_>) -> bool {
    match field.tag {
        Tag::Tracking => matches!(field.qualifier.as_bytes(), b"CN" | b"2I"),
        Tag::Order => !field.qualifier.as_bytes().is_empty(),
        tag => tag != Tag::Sscc,
    }
}

fn reference(out: &mut Segments, field: &Field<'_>) {
    out.segment("REF", &[field.qualifier.as_bytes(), field.value.expose()]);
}

/// PER: a name, and up to three ways to reach it; a fourth begins a PER without a name.
fn contacts<'f, 'a: 'f>(out: &mut Segments, fields: impl Iterator<Item = &'f Field<'a>>) {
    let mut line: Vec<&[u8]> = Vec::new();
    for field in fields {
        let (code, value) = (field.qualifier.as_bytes(), field.value.expose());
        let name = field.tag == Tag::ContactName;
        if !line.is_empty() && (name || line.len() == 8) {
            out.segment("PER", &line);
            line.clear();
        }
        match (name, line.is_empty()) {
            (true, _) => line.extend([code, value]),
            (false, true) => line.extend([b"IC", &b""[..], code, value]),
            (false, false) => line.extend([code, value]),
        }
    }
    if !line.is_empty() {
        out.segment("PER", &line);
    }
}

/// N1 and what follows it.
fn party(out: &mut Segments, fields: &[&Field<'_>]) {
    let find = |tag: Tag| fields.iter().find(|f| f.tag == tag);
    let value = |tag: Tag| find(tag).map_or(&b""[..], |f| f.value.expose());
    let code = |tag: Tag| find(tag).map_or(&b""[..], |f| f.qualifier.as_bytes());
    let role = fields.first().map_or(Role::Other, |f| f.role);
    out.segment("N1", &[role.code(), value(Tag::Name), code(Tag::PartyNumber), value(Tag::PartyNumber)]);
    let more: Vec<&[u8]> = fields.iter().filter(|f| f.tag == Tag::NameMore).map(|f| f.value.expose()).collect();
    more.chunks(2).for_each(|pair| out.segment("N2", pair));
    let mut streets = fields.iter().filter(|f| matches!(f.tag, Tag::Street | Tag::StreetMore)).peekable();
    while let Some(street) = streets.next() {
        let more = streets.next_if(|f| f.tag == Tag::StreetMore);
        out.segment("N3", &[street.value.expose(), more.map_or(b"", |f| f.value.expose())]);
    }
    let place = [Tag::City, Tag::Region, Tag::PostalCode, Tag::Country].map(value);
    let place = [place[0], place[1], place[2], place[3], code(Tag::Location), value(Tag::Location)];
    if place.iter().any(|e| !e.is_empty()) {
        out.segment("N4", &place);
    }
    let references = [Tag::Reference, Tag::Tracking, Tag::Order, Tag::Account];
    fields.iter().filter(|f| references.contains(&f.tag)).for_each(|f| reference(out, f));
    let contact = [Tag::ContactName, Tag::Phone, Tag::Email, Tag::OtherContact];
    contacts(out, fields.iter().copied().filter(|f| contact.contains(&f.tag)));
}

/// SAC, in hundredths; the sign is in SAC01.
fn amount(out: &mut Segments, field: &Field<'_>) {
    let (value, code) = (field.value.expose(), field.qualifier.as_bytes());
    let (indicator, digits) = match (field.tag, value.strip_prefix(b"-")) {
        (Tag::Charge, Some(digits)) => ("A", digits),
        (Tag::Charge, None) => ("C", value),
        _ => ("N", value),
    };
    let (known, agency, agency_code): (&[u8], &[u8], &[u8]) = match (field.tag, code.len()) {
        (Tag::DeclaredValue, _) => (b"", b"ZZ", b"DECLARED"),
        (Tag::Cod, _) => (b"", b"ZZ", b"COD"),
        (_, 4) => (code, b"", b""),
        _ => (b"", b"ZZ", code),
    };
    out.segment("SAC", &[indicator.as_bytes(), known, agency, agency_code, digits]);
}
