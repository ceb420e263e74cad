//! The transport instruction: a consignment with its parties, and goods items (GID) with the parcels that their marks
//! and numbers tell apart.
//!
//! A goods item is a parcel; if several PCI or GIN stand in it, each distinct one is. A message without goods items
//! announces one parcel, the consignment. Where nobody else is named as the one who gets it (DP), the consignee does.

mod codes;
mod level;

use super::{
    Assembly, Error, Keep, Made, Share,
    arena::{Arena, Said},
    gather::Gather,
    memory::Memory,
    tags,
};
use crate::parcel::{Manifest, Purpose, Source};
use crate::record::{Qualifier, Role, Tag};
use edi::Walk;
use level::Level;
use std::{collections::HashSet, ops::Range};

/// A message while it is read.
struct Open<'a> {
    arena: Arena<'a>,
    /// The manifest's number alone: it is record 0's even where the consignment is the parcel.
    number: Box<Gather<'a>>,
    consignment: Level<'a>,
    /// The last goods item, if there is one.
    item: Option<Level<'a>>,
    /// Those before it.
    goods: Vec<Said>,
}

/// A message, its parts taken apart.
struct Message<'a> {
    arena: Arena<'a>,
    number: Said,
    consignment: Said,
    goods: Vec<Said>,
}

pub(super) fn read<'a>(segments: &mut Walk<'a>, mut assembly: Assembly<'_, 'a>) -> Result<Manifest<'a>, Error> {
    let mut message = Open::new(assembly.memory);
    let (mut purpose, mut equipment) = (Purpose::Original, false);
    while let Some(segment) = &segments.next_segment() {
        let tag = segment.tag_number();
        match tag {
            tags::UNH | tags::UNT => {}
            tags::BGM => {
                purpose = codes::purpose(segment.element(3));
                message.number.restart();
                let number = level::meant(message.number.texts, segment.component(2, 1), segment.release());
                _ = message.number.put(Tag::ManifestNumber, Qualifier::NONE, number);
            }
            tags::GID => {
                equipment = false;
                message.next_item(assembly.memory).take(tag, segment);
            }
            tags::EQD => {
                equipment = true;
                message.consignment.skip();
            }
            _ if equipment => message.consignment.take_of_equipment(tag, segment),
            _ => message.item.as_mut().unwrap_or(&mut message.consignment).take(tag, segment),
        }
    }
    let number = message.number.fields.first().map(|field| message.number.copy(field.value)).unwrap_or_default();
    let message = message.close(assembly.memory);
    assembly.unmapped = message.unmapped();
    let (head, parcels) = message.records(&mut assembly)?;
    assembly.keep_arena(message.arena);
    assembly.memory.keep_goods(message.goods);
    Ok(assembly.finish(Source::Iftmin, purpose, number, head, parcels))
}

impl<'a> Open<'a> {
    fn new(memory: &mut Memory<'a>) -> Self {
        let [number, consignment] = [memory.open(), memory.open()];
        let consignment = Level::of_consignment(consignment);
        Self { arena: memory.arena(), number, consignment, item: None, goods: memory.goods() }
    }

    /// Begins another goods item.
    fn next_item(&mut self, memory: &mut Memory<'a>) -> &mut Level<'a> {
        if let Some(item) = &mut self.item {
            self.goods.push(item.close(&mut self.arena));
        }
        self.item.get_or_insert_with(|| Level::of_goods(memory.open()))
    }

    fn close(mut self, memory: &mut Memory<'a>) -> Message<'a> {
        if let Some(mut item) = self.item {
            self.goods.push(item.close(&mut self.arena));
            memory.keep_open(item.said);
        }
        let consignment = self.consignment.close(&mut self.arena);
        let number = self.arena.close(&mut self.number);
        memory.keep_open(self.consignment.said);
        memory.keep_open(self.number);
        Message { arena: self.arena, number, consignment, goods: self.goods }
    }
}

impl<'a> Message<'a> {
    fn unmapped(&self) -> u32 {
        let goods = self.goods.iter().map(|goods| goods.unmapped);
        goods.fold(self.consignment.unmapped, u32::saturating_add)
    }

    fn records(&self, assembly: &mut Assembly<'_, 'a>) -> Result<(Made, Vec<Made>), Error> {
        let (arena, said) = (&self.arena, &self.consignment);
        let mut parcels = Vec::with_capacity(self.goods.len().max(1));
        let (keep, draft) = if self.goods.is_empty() {
            parcels.push(assembly.record(arena, &[share(said, Keep::Own)], None, said.draft, 1)?);
            (Keep::OtherParties, said.draft.inheritable())
        } else {
            for goods in &self.goods {
                self.parcels(assembly, goods, &mut parcels)?;
            }
            (Keep::Except { recipient: assembly.recipient, consignee: assembly.consignee }, said.draft)
        };
        let shares = [share(&self.number, Keep::All), Share { marks: false, ..share(said, keep) }];
        Ok((assembly.record(arena, &shares, None, draft, 0)?, parcels))
    }

    /// The parcels of one goods item.
    fn parcels(&self, assembly: &mut Assembly<'_, 'a>, goods: &Said, parcels: &mut Vec<Made>) -> Result<(), Error> {
        let (arena, consignment) = (&self.arena, &self.consignment);
        let above = Share { marks: false, above: true, ..share(consignment, Keep::Destinations) };
        let marks = if goods.mark_count() < 2 { Vec::new() } else { distinct(arena, goods) };
        if marks.len() < 2 {
            let draft = goods.draft.under(consignment.draft);
            let own = Share { marks: false, ..share(goods, Keep::All) };
            parcels.push(assembly.record(arena, &[above, own], arena.marks(goods).next(), draft, 1)?);
            return Ok(());
        }
        if goods.draft.weighs() {
            // What all of them weigh is nobody's weight.
            assembly.unmapped = assembly.unmapped.saturating_add(1);
        }
        let draft = goods.draft.inheritable().under(consignment.draft);
        // What several parcels share is copied to each: counted as inherited.
        let own = Share { marks: false, above: true, ..share(goods, Keep::All) };
        for mark in marks {
            parcels.push(assembly.record(arena, &[above, own], Some(mark), draft, 1)?);
        }
        Ok(())
    }
}

/// Each mark once, in their order.
fn distinct(arena: &Arena<'_>, said: &Said) -> Vec<Range<usize>> {
    let mut seen = HashSet::new();
    arena.marks(said).filter(|mark| seen.insert(arena.listed(mark.clone()))).collect()
}

fn share(level: &Said, keep: Keep) -> Share<'_> {
    Share { level, keep, marks: true, above: false }
}

/// Whom NAD means by its first element. A consignee is the recipient unless somebody else is: see [`Level::finish`].
fn role(code: &[u8]) -> Role {
    match code {
        b"CZ" => Role::Sender,
        b"DP" | b"ST" => Role::Recipient,
        b"CN" => Role::Consignee,
        b"FP" | b"IV" => Role::BillTo,
        b"PW" | b"SF" => Role::Shipper,
        b"BY" => Role::Buyer,
        b"SU" => Role::Supplier,
        b"SE" => Role::Seller,
        b"VN" => Role::Vendor,
        b"OB" => Role::OrderedBy,
        b"CA" => Role::Carrier,
        _ => Role::Other,
    }
}
