//! The pick-up manifest: a header with the sender, shipments (SMD) with their parties, packages (CD3).

use super::{Assembly, Error, Keep, Share, gather::Gather, number, structural};
use crate::Class;
use crate::parcel::{self, Manifest, Purpose, Source};
use crate::record::{Field, Personal, Qualifier, Role, Tag};
use edi::{Segment, Walk};

#[derive(Default)]
struct Shipment<'a> {
    said: Gather<'a>,
    packages: Vec<Gather<'a>>,
}

pub(super) fn read<'a>(mut segments: Walk<'a>, mut assembly: Assembly<'_>) -> Result<Manifest<'a>, Error> {
    let mut header = Gather::default();
    let mut shipments: Vec<Shipment<'a>> = Vec::new();
    let (mut purpose, mut unmapped) = (Purpose::Original, 0u32);
    while let Some(segment) = segments.next_segment() {
        if segment.tag() == b"SMD" {
            shipments.push(Shipment::default());
        }
        let Some(shipment) = shipments.last_mut() else {
            match segment.tag() {
                b"B2A" => purpose = parcel::purpose(segment.element(1)),
                b"G62" => ship_date(&mut header, &segment),
                b"N1" => _ = header.party(&segment, Role::Sender),
                _ if !structural(&segment) => header.take(&segment),
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
            _ if !structural(&segment) => level.take(&segment),
            _ => {}
        }
    }
    let number = take_number(&mut header);
    assembly.unmapped = unmapped;
    let (head, parcels) = assemble(&mut assembly, &header, &shipments)?;
    Ok(assembly.finish(Source::X215, purpose, number, head, parcels))
}

type Records<'a> = (crate::Record<'a>, Vec<crate::Record<'a>>);

fn assemble<'a>(
    assembly: &mut Assembly<'_>,
    header: &Gather<'a>,
    shipments: &[Shipment<'a>],
) -> Result<Records<'a>, Error> {
    let mut count = |level: &Gather<'_>| assembly.unmapped = assembly.unmapped.saturating_add(level.unmapped);
    count(header);
    shipments.iter().flat_map(|s| std::iter::once(&s.said).chain(&s.packages)).for_each(&mut count);
    let share = |level, above| Share { level, keep: Keep::All, marks: true, above };
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
fn ship_date(header: &mut Gather<'_>, segment: &Segment<'_, '_>) {
    let day = number::day(segment.element(2));
    let certain = matches!(segment.element(1), b"11" | b"86" | b"10");
    if day.is_some() && (certain || header.draft.ship_date.is_none()) {
        header.draft.ship_date = day;
    }
}

/// The manifest's number is the header's reference of MA, else its first.
fn take_number<'a>(header: &mut Gather<'a>) -> Personal<'a> {
    let own = |f: &&mut Field<'_>| f.role == Role::None && f.tag.class() == Class::Linkable;
    let marked = |f: &Field<'_>| f.qualifier.as_bytes() != b"MA";
    let number = header.fields.iter_mut().filter(own).min_by_key(|f| marked(f));
    number.map_or(Personal::borrowed(b""), |field| {
        (field.tag, field.qualifier) = (Tag::ManifestNumber, Qualifier::NONE);
        field.value.clone()
    })
}
