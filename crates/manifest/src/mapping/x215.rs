//! The pick-up manifest: a header with the sender, shipments (SMD) with their parties, packages (CD3).

use super::{
    Assembly, Error, Keep, Made, Share,
    arena::{Arena, Said},
    gather::Gather,
    number, structural, tags,
};
use crate::Class;
use crate::entry::Entry;
use crate::parcel::{self, Manifest, Purpose, Source};
use crate::record::{Personal, Qualifier, Role, Tag};
use edi::{Segment, Walk};
use std::ops::Range;

#[derive(Default)]
struct Shipment {
    said: Said,
    /// Which of the set's packages are in it.
    packages: Range<usize>,
}

/// A set while it is read. Of shipments and packages only the last one is open.
#[derive(Default)]
struct Set<'a> {
    arena: Arena<'a>,
    header: Box<Gather<'a>>,
    open: Box<Gather<'a>>,
    shipments: Vec<Shipment>,
    packages: Vec<Said>,
}

impl<'a> Set<'a> {
    fn begin_shipment(&mut self) {
        self.close();
        let next = self.packages.len();
        self.shipments.push(Shipment { said: Said::default(), packages: next..next });
    }

    fn begin_package(&mut self) {
        self.close();
        self.packages.push(Said::default());
        if let Some(shipment) = self.shipments.last_mut() {
            shipment.packages.end = self.packages.len();
        }
    }

    /// Closes the package or shipment that is open.
    fn close(&mut self) {
        let Some(shipment) = self.shipments.last_mut() else { return };
        let package = self.packages.last_mut().filter(|_| !shipment.packages.is_empty());
        *package.unwrap_or(&mut shipment.said) = self.arena.close(&mut self.open);
    }
}

pub(super) fn read<'a>(segments: &mut Walk<'a>, mut assembly: Assembly<'_, 'a>) -> Result<Manifest<'a>, Error> {
    let memory = &mut *assembly.memory;
    let (arena, header, open) = (memory.arena(), memory.open(), memory.open());
    let mut set = Set { arena, header, open, ..Set::default() };
    let (mut purpose, mut unmapped) = (Purpose::Original, 0u32);
    while let Some(segment) = &segments.next_segment() {
        let tag = segment.tag_number();
        if tag == tags::SMD {
            set.begin_shipment();
        }
        if set.shipments.is_empty() {
            match tag {
                tags::B2A => purpose = parcel::purpose(segment.element(1)),
                tags::G62 => ship_date(&mut set.header, segment),
                tags::N1 => _ = set.header.party(segment, Role::Sender),
                _ if !structural(tag) => set.header.take(tag, segment),
                _ => {}
            }
            continue;
        }
        if tag == tags::CD3 {
            set.begin_package();
        }
        match tag {
            tags::AT6 | tags::SLN => unmapped = unmapped.saturating_add(1),
            _ if !structural(tag) => set.open.take(tag, segment),
            _ => {}
        }
    }
    set.close();
    let number = take_number(&mut set.header);
    assembly.unmapped = unmapped;
    let (head, parcels) = assemble(&mut assembly, set)?;
    Ok(assembly.finish(Source::X215, purpose, number, head, parcels))
}

type Records = (Made, Vec<Made>);

fn assemble<'a>(assembly: &mut Assembly<'_, 'a>, set: Set<'a>) -> Result<Records, Error> {
    let Set { mut arena, header: mut open_header, open, shipments, packages } = set;
    let header = arena.close(&mut open_header);
    let levels = shipments.iter().map(|shipment| &shipment.said).chain(&packages);
    let unmapped = levels.map(|level| level.unmapped).fold(header.unmapped, u32::saturating_add);
    assembly.unmapped = assembly.unmapped.saturating_add(unmapped);
    let share = |level, above| Share { level, keep: Keep::All, marks: true, above };
    let head = assembly.record(&arena, &[share(&header, false)], None, header.draft, 0)?;
    let mut parcels = Vec::with_capacity(packages.len().max(shipments.len()));
    for Shipment { said, packages: inside } in &shipments {
        let above = said.draft.under(header.draft);
        if inside.is_empty() {
            parcels.push(assembly.record(&arena, &[share(said, false)], None, above, 1)?);
        }
        for package in &packages[inside.clone()] {
            let shares = [share(said, true), share(package, false)];
            parcels.push(assembly.record(&arena, &shares, None, package.draft.under(above), 1)?);
        }
    }
    assembly.keep_arena(arena);
    assembly.memory.keep_open(open_header);
    assembly.memory.keep_open(open);
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
    let own = |f: &&mut Entry| f.role == Role::None && f.tag.class() == Class::Linkable;
    let marked = |f: &Entry| f.qualifier.as_bytes() != b"MA";
    let number = header.fields.iter_mut().filter(own).min_by_key(|f| marked(f));
    let number = number.map(|field| {
        (field.tag, field.qualifier) = (Tag::ManifestNumber, Qualifier::NONE);
        field.value
    });
    number.map_or_else(Personal::default, |number| header.copy(number))
}
