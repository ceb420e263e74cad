//! The transport instruction: a consignment with its parties, and goods items (GID) with the parcels that their marks
//! and numbers tell apart.
//!
//! A goods item is a parcel; if several PCI or GIN stand in it, each distinct one is. A message without goods items
//! announces one parcel, the consignment. Where nobody else is named as the one who gets it (DP), the consignee does.

mod codes;
mod level;

use super::{Assembly, Error, Keep, Share, gather::Gather};
use crate::parcel::{Manifest, Purpose, Record, Source};
use crate::record::{Field, Qualifier, Role, Tag};
use edi::Walk;
use level::Level;
use std::collections::HashSet;

/// A message, its parts taken apart.
#[derive(Default)]
struct Message<'a> {
    /// The manifest's number alone: it is record 0's even where the consignment is the parcel.
    number: Gather<'a>,
    consignment: Level<'a>,
    goods: Vec<Level<'a>>,
}

pub(super) fn read<'a>(mut segments: Walk<'a>, mut assembly: Assembly<'_>) -> Result<Manifest<'a>, Error> {
    let mut message = Message::default();
    let (mut purpose, mut equipment) = (Purpose::Original, false);
    while let Some(segment) = segments.next_segment() {
        match segment.tag() {
            b"UNH" | b"UNT" => {}
            b"BGM" => {
                purpose = codes::purpose(segment.element(3));
                message.number = Gather::default();
                message.number.put(Tag::ManifestNumber, Qualifier::NONE, level::text(&segment, 2, 1));
            }
            b"GID" => {
                equipment = false;
                let mut goods = Level::of_goods();
                goods.take(&segment);
                message.goods.push(goods);
            }
            b"EQD" => {
                equipment = true;
                message.consignment.skip();
            }
            _ if equipment => message.consignment.take_of_equipment(&segment),
            _ => message.goods.last_mut().unwrap_or(&mut message.consignment).take(&segment),
        }
    }
    message.finish();
    let number = message.number.fields.first().map_or_else(Default::default, |field| field.value.clone());
    assembly.unmapped = message.unmapped();
    let (head, parcels) = message.records(&mut assembly)?;
    Ok(assembly.finish(Source::Iftmin, purpose, number, head, parcels))
}

impl<'a> Message<'a> {
    fn finish(&mut self) {
        self.consignment.finish();
        self.goods.iter_mut().for_each(Level::finish);
    }

    fn unmapped(&self) -> u32 {
        let goods = self.goods.iter().map(|goods| goods.said.unmapped);
        goods.fold(self.consignment.said.unmapped, u32::saturating_add)
    }

    fn records(&self, assembly: &mut Assembly<'_>) -> Result<(Record<'a>, Vec<Record<'a>>), Error> {
        let said = &self.consignment.said;
        let mut parcels = Vec::with_capacity(self.goods.len().max(1));
        let (keep, draft) = if self.goods.is_empty() {
            parcels.push(assembly.record(&[share(said, Keep::Own)], None, said.draft, 1)?);
            (Keep::OtherParties, said.draft.inheritable())
        } else {
            for goods in &self.goods {
                self.parcels(assembly, &goods.said, &mut parcels)?;
            }
            (Keep::Except { recipient: assembly.recipient, consignee: assembly.consignee }, said.draft)
        };
        let shares = [share(&self.number, Keep::All), Share { marks: false, ..share(said, keep) }];
        Ok((assembly.record(&shares, None, draft, 0)?, parcels))
    }

    /// The parcels of one goods item.
    fn parcels(
        &self,
        assembly: &mut Assembly<'_>,
        goods: &Gather<'a>,
        parcels: &mut Vec<Record<'a>>,
    ) -> Result<(), Error> {
        let consignment = &self.consignment.said;
        let above = Share { marks: false, above: true, ..share(consignment, Keep::Destinations) };
        let marks = distinct(&goods.marks);
        if marks.len() < 2 {
            let draft = goods.draft.under(consignment.draft);
            let own = Share { marks: false, ..share(goods, Keep::All) };
            parcels.push(assembly.record(&[above, own], marks.first().copied(), draft, 1)?);
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
            parcels.push(assembly.record(&[above, own], Some(mark), draft, 1)?);
        }
        Ok(())
    }
}

/// Each mark once, in their order.
fn distinct<'m, 'a>(marks: &'m [Vec<Field<'a>>]) -> Vec<&'m [Field<'a>]> {
    let mut seen = HashSet::new();
    marks.iter().map(Vec::as_slice).filter(|mark| seen.insert(*mark)).collect()
}

fn share<'g, 'a>(level: &'g Gather<'a>, keep: Keep) -> Share<'g, 'a> {
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
