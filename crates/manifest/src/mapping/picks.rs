//! What one record has: which fields of the closed levels, and what these are together. Picked first and written then,
//! each field once, into its place among the others.

use super::{arena::Arena, draft::Draft, steps::each};
use crate::{
    Class,
    operational::{self, Operational},
    parcel::{self, bears_person},
    record::{Field, Qualifier, Role, Tag},
};
use std::collections::HashSet;

/// The fields of one record, in the order in which they were said.
#[derive(Default)]
pub(super) struct Picks {
    picks: Vec<Pick>,
    together: Together,
}

#[derive(Clone, Copy)]
struct Pick {
    /// Where in the arena it is.
    place: u32,
    /// The number of its party in the record.
    party: u16,
}

/// What is asked of a record's fields.
#[derive(Default)]
struct Together {
    /// How many orders have no qualifier, and the first of them.
    orders: u32,
    first_order: usize,
    currencies: u32,
    /// One bit for each party's number, and 1 for no party; nothing is certain of them if `many`.
    parties: u64,
    /// The same of those with a name, an address or a contact.
    persons: u64,
    /// Some party has a number for which there is no bit.
    many: bool,
    recipient: bool,
    /// For each class one bit for each field of it; of use if the fields are no more than bits.
    classes: [u64; 8],
    /// Where the first region, postal code and country of the recipient are, and of the consignee.
    places: [[Option<u32>; 3]; 2],
}

impl Together {
    /// Adds field number `n`.
    #[inline(always)]
    fn note(&mut self, n: usize, field: &Field<'_>, pick: Pick) {
        let class = field.class();
        let bit = 1 << (pick.party % 64);
        self.many |= pick.party >= 64;
        self.parties |= bit;
        self.persons |= if bears_person(field.tag) { bit } else { 0 };
        self.recipient |= field.role == Role::Recipient;
        self.classes[usize::from(class.number() % 8)] |= 1 << (n % 64);
        if IS_ASKED_FOR[usize::from(field.tag as u8)] {
            self.note_more(n, field, pick);
        }
    }

    #[inline(never)]
    fn note_more(&mut self, n: usize, field: &Field<'_>, pick: Pick) {
        let kind = match field.tag {
            Tag::Region => 0,
            Tag::PostalCode => 1,
            Tag::Country => 2,
            Tag::Currency => return self.currencies = self.currencies.saturating_add(1),
            Tag::Order if field.qualifier == Qualifier::NONE => {
                self.first_order = if self.orders == 0 { n } else { self.first_order };
                return self.orders = self.orders.saturating_add(1);
            }
            _ => return,
        };
        if field.role.is_destination() {
            let first = &mut self.places[usize::from(field.role == Role::Consignee)][kind];
            *first = first.or(Some(pick.place));
        }
    }

    /// Whether all are already numbered from 1 without gaps.
    fn is_without_gaps(&self) -> bool {
        let numbers = self.parties | 1;
        !self.many && numbers & numbers.wrapping_add(1) == 0
    }

    /// The number of a party, where all are numbered from 1 without gaps.
    fn number(&self, party: u16) -> u16 {
        let below = self.parties & !1 & !(u64::MAX << (party % 64));
        if party == 0 { 0 } else { below.count_ones() as u16 + 1 }
    }
}

/// Of which tags more is asked than their class, by their numbers.
const IS_ASKED_FOR: [bool; 256] = {
    let mut asked = [false; 256];
    let tags = [Tag::Region, Tag::PostalCode, Tag::Country, Tag::Currency, Tag::Order];
    let mut at = 0;
    while at < tags.len() {
        asked[tags[at] as usize] = true;
        at += 1;
    }
    asked
};

impl Picks {
    /// Begins another record.
    pub fn restart(&mut self) {
        self.picks.clear();
        self.together = Together::default();
    }

    /// Adds a field of the arena.
    #[inline(always)]
    pub fn add(&mut self, field: &Field<'_>, place: usize, party: u16) {
        let pick = Pick { place: place as u32, party };
        self.together.note(self.picks.len(), field, pick);
        self.picks.push(pick);
    }

    /// Lets it name each currency once.
    pub fn name_currencies_once(&mut self, arena: &Arena<'_>) {
        if self.together.currencies < 2 {
            return;
        }
        let mut seen = HashSet::new();
        self.picks.retain(|pick| {
            let field = arena.field(pick.place as usize);
            field.tag != Tag::Currency || seen.insert((field.role, pick.party, field.qualifier, field.value.expose()))
        });
        self.together = Together::default();
        for (n, pick) in self.picks.iter().enumerate() {
            self.together.note(n, arena.field(pick.place as usize), *pick);
        }
    }

    /// What is kept clear of the record.
    pub fn operational(&self, arena: &Arena<'_>, draft: Draft, pieces: u16) -> Operational {
        let places = self.together.places[usize::from(!self.together.recipient)];
        let [region, code, country] =
            places.map(|place| place.map_or(&b""[..], |place| arena.field(place as usize).value.expose()));
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

    /// Writes the fields of the classes that are accepted behind the others, as [`parcel::settle`] leaves them, and counts
    /// those that are not. How many parties are persons or companies.
    pub fn write<'a>(
        &self,
        arena: &Arena<'a>,
        accepts: &[bool; 6],
        dropped: &mut [u32; 6],
        fields: &mut Vec<Field<'a>>,
    ) -> u32 {
        let start = fields.len();
        fields.reserve(self.picks.len());
        let as_it_is = self.together.orders < 2 && self.together.is_without_gaps();
        for class in Class::ALL {
            let number = usize::from(class.number());
            if self.picks.len() > u64::BITS as usize {
                self.write_many(class, arena, accepts[number].then_some(&mut *fields), &mut dropped[number]);
                continue;
            }
            let mut bits = self.together.classes[number];
            if !accepts[number] {
                dropped[number] = dropped[number].saturating_add(bits.count_ones());
                continue;
            }
            while bits != 0 {
                let n = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let pick = self.picks[n];
                let field = arena.field(pick.place as usize);
                match field.value.lent() {
                    Some(value) if as_it_is => {
                        Field::add(fields, (field.role, pick.party), (field.tag, field.qualifier), value);
                    }
                    _ => self.write_one(n, arena, fields),
                }
            }
        }
        let whole = fields.len() - start == self.picks.len();
        if whole && !self.together.many {
            self.together.persons.count_ones()
        } else {
            parcel::settle(&mut fields[start..])
        }
    }

    /// The same of one class, where there are more fields than bits; `fields` where it is accepted.
    #[cold]
    fn write_many<'a>(
        &self,
        class: Class,
        arena: &Arena<'a>,
        mut fields: Option<&mut Vec<Field<'a>>>,
        dropped: &mut u32,
    ) {
        let places = self.picks.iter().map(|pick| pick.place as usize);
        for (n, _) in each(places.enumerate()).filter(|(_, place)| arena.field(*place).class() == class) {
            match &mut fields {
                Some(fields) => self.write_one(n, arena, fields),
                None => *dropped = dropped.saturating_add(1),
            }
        }
    }

    fn write_one<'a>(&self, n: usize, arena: &Arena<'a>, fields: &mut Vec<Field<'a>>) {
        let Pick { place, party } = self.picks[n];
        let field = arena.field(place as usize);
        // One order, the one that PRF holds, has no qualifier.
        let another = self.together.orders > 1
            && n != self.together.first_order
            && field.tag == Tag::Order
            && field.qualifier == Qualifier::NONE;
        let qualifier = if another { Qualifier::ORDER } else { field.qualifier };
        let party = if self.together.many { party } else { self.together.number(party) };
        match field.value.lent() {
            Some(value) => Field::add(fields, (field.role, party), (field.tag, qualifier), value),
            None => fields.push(Field { party, qualifier, ..field.clone() }),
        }
    }
}
