//! What the fields of one record are together: found in one pass over them.

use super::gather::Draft;
use crate::operational::{self, Operational};
use crate::parcel::{self, bears_person};
use crate::record::{Field, Qualifier, Role, Tag};
use std::collections::HashSet;

/// What is asked of a record's fields.
#[derive(Default)]
pub(super) struct Together {
    orders: u32,
    currencies: u32,
    /// One bit for each party's number, and 1 for no party; nothing is certain of them if `many`.
    parties: u64,
    /// The same of those with a name, an address or a contact.
    persons: u64,
    /// Some party has a number for which there is no bit.
    many: bool,
    recipient: bool,
    /// Where the first region, postal code and country of the recipient are, and of the consignee.
    places: [[Option<usize>; 3]; 2],
}

impl Together {
    /// Of the fields from `start` on, which have then one order without a qualifier (the one that PRF holds; the others get
    /// PO), and name a currency once.
    pub fn of(fields: &mut Vec<Field<'_>>, start: usize) -> Self {
        let mut together = Self::of_all(&fields[start..]);
        if together.orders > 1 {
            let bare = |field: &&mut Field<'_>| field.tag == Tag::Order && field.qualifier == Qualifier::NONE;
            for field in fields[start..].iter_mut().filter(bare).skip(1) {
                field.qualifier = Qualifier::new(b"PO").expect("two letters are a code");
            }
        }
        if together.currencies > 1 {
            let mut seen = HashSet::new();
            retain_from(fields, start, |field| field.tag != Tag::Currency || seen.insert(field.clone()));
            together = Self::of_all(&fields[start..]);
        }
        together
    }

    fn of_all(fields: &[Field<'_>]) -> Self {
        let mut together = Self::default();
        for (at, field) in fields.iter().enumerate() {
            let bit = 1u64.checked_shl(field.party.into()).unwrap_or(0);
            together.many |= bit == 0;
            together.parties |= bit;
            together.persons |= if bears_person(field.tag) { bit } else { 0 };
            together.recipient |= field.role == Role::Recipient;
            let place = match field.tag {
                Tag::Region => 0,
                Tag::PostalCode => 1,
                Tag::Country => 2,
                Tag::Currency => {
                    together.currencies = together.currencies.saturating_add(1);
                    continue;
                }
                Tag::Order => {
                    together.orders = together.orders.saturating_add((field.qualifier == Qualifier::NONE).into());
                    continue;
                }
                _ => continue,
            };
            if field.role.is_destination() {
                let first = &mut together.places[usize::from(field.role == Role::Consignee)][place];
                *first = first.or(Some(at));
            }
        }
        together
    }

    /// What is kept clear of the record with these fields.
    pub fn operational(&self, fields: &[Field<'_>], draft: Draft, pieces: u16) -> Operational {
        let places = self.places[usize::from(!self.recipient)];
        let [region, code, country] =
            places.map(|at| at.and_then(|at| fields.get(at)).map_or(&b""[..], |field| field.value.expose()));
        let (province, country) = operational::place(region, code, country);
        Operational {
            service: draft.service,
            carrier: draft.carrier,
            weight_grams: draft.weight_grams,
            length_mm: draft.length_mm,
            width_mm: draft.width_mm,
            height_mm: draft.height_mm,
            ship_date: draft.ship_date,
            province,
            country,
            pieces: draft.pieces.unwrap_or(pieces),
        }
    }

    /// As [`parcel::settle`], of all those fields.
    pub fn settle(&self, fields: &mut [Field<'_>]) -> u32 {
        let numbers = self.parties | 1;
        let without_gaps = numbers & numbers.wrapping_add(1) == 0;
        if self.many || !without_gaps {
            return parcel::settle(fields);
        }
        fields.sort_by_key(Field::class);
        self.persons.count_ones()
    }
}

/// As [`Vec::retain`], of those from `start` on.
pub(super) fn retain_from<'a>(fields: &mut Vec<Field<'a>>, start: usize, mut keeps: impl FnMut(&Field<'a>) -> bool) {
    let mut kept = start;
    for at in start..fields.len() {
        if keeps(&fields[at]) {
            fields.swap(kept, at);
            kept += 1;
        }
    }
    fields.truncate(kept);
}
