//! The pick-up manifest: a header with the sender, shipments (SMD) with their parties, packages (CD3).

use super::{Assembly, Error, Keep, Share, gather::Gather, number, structural};
use crate::class::Class;
use crate::parcel::{Manifest, Purpose, Source};
use crate::record::{Field, Personal, Qualifier, Role, Tag};
use edi::Segment;

#[derive(Default)]
struct Shipment<'a> {
    said: Gather<'a>,
    packages: Vec<Gather<'a>>,
}

pub(super) fn read<'a>(segments: &[Segment<'a>], component: u8, accepts: &[Class]) -> Result<Manifest<'a>, Error> {
    let mut header = Gather::default();
    let mut shipments: Vec<Shipment<'a>> = Vec::new();
    let (mut purpose, mut numbers, mut unmapped) = (Purpose::Original, Number::default(), 0u32);
    for segment in segments {
        if segment.tag() == b"SMD" {
            shipments.push(Shipment::default());
        }
        let Some(shipment) = shipments.last_mut() else {
            match segment.tag() {
                b"B2A" => purpose = Purpose::from_code(segment.element(1)),
                b"L11" if numbers.take(segment) => {}
                b"G62" => ship_date(&mut header, segment),
                b"N1" => _ = header.party(segment, Role::Sender),
                _ if !structural(segment) => header.take(segment, component),
                _ => {}
            }
            continue;
        };
        if segment.tag() == b"CD3" {
            shipment.packages.push(Gather::default());
        }
        let level = shipment.packages.last_mut().unwrap_or(&mut shipment.said);
        match segment.tag() {
            b"AT6" | b"SLN" => unmapped = unmapped.saturating_add(1),
            _ if !structural(segment) => level.take(segment, component),
            _ => {}
        }
    }
    let number = numbers.settle(&mut header);
    let mut assembly = Assembly::new(accepts);
    assembly.unmapped = unmapped;
    let (head, parcels) = assemble(&mut assembly, &header, &shipments)?;
    Ok(assembly.finish(Source::X215, purpose, number, head, parcels))
}

type Records<'a> = (crate::Record<'a>, Vec<crate::Record<'a>>);

fn assemble<'a>(assembly: &mut Assembly<'_>, header: &Gather<'a>, shipments: &[Shipment<'a>]) -> Result<Records<'a>, Error> {
    let mut count = |level: &Gather<'_>| assembly.unmapped = assembly.unmapped.saturating_add(level.unmapped);
    count(header);
    shipments.iter().flat_map(|s| std::iter::once(&s.said).chain(&s.packages)).for_each(&mut count);
    let share = |level, above| Share { level, keep: Keep::All, above };
    let head = assembly.record(&[share(header, false)], None, header.draft, 0)?;
    let mut parcels = Vec::new();
    for Shipment { said, packages } in shipments {
        let above = said.draft.under(header.draft);
        if packages.is_empty() {
            parcels.push(assembly.record(&[share(said, false)], None, above, 1)?);
        }
        for package in packages {
            let shares = [share(said, true), share(package, false)];
            parcels.push(assembly.record(&shares, None, package.draft.under(above), 1)?);
        }
    }
    Ok((head, parcels))
}

/// G62: 11 is the day of shipping, 86 and 10 come near; any other is taken if it is the first.
fn ship_date(header: &mut Gather<'_>, segment: &Segment<'_>) {
    let day = number::day(segment.element(2));
    let certain = matches!(segment.element(1), b"11" | b"86" | b"10");
    if day.is_some() && (certain || header.draft.ship_date.is_none()) {
        header.draft.ship_date = day;
    }
}

/// The header's references before the sender: the manifest's number is the one of MA, else the first.
#[derive(Default)]
struct Number<'a> {
    taken: Vec<Field<'a>>,
    manifest: Option<usize>,
    closed: bool,
}

impl<'a> Number<'a> {
    fn take(&mut self, segment: &Segment<'a>) -> bool {
        let value = super::gather::trimmed(segment.element(1));
        let code = Qualifier::new(segment.element(2)).unwrap_or_default();
        if self.closed || value.is_empty() || !super::gather::trimmed(segment.element(3)).is_empty() {
            return false;
        }
        if code.as_bytes() == b"MA" && self.manifest.is_none() {
            self.manifest = Some(self.taken.len());
        }
        let value = Personal::borrowed(value);
        self.taken.push(Field { role: Role::None, party: 0, tag: Tag::Reference, qualifier: code, value });
        true
    }

    fn settle(self, header: &mut Gather<'a>) -> &'a [u8] {
        let _ = header;
        b""
    }
}
