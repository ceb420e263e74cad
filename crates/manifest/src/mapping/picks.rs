//! What one record has: which fields of the closed levels, and what these are together. Picked first and written then,
//! each field once, into its place among the others.

use super::{arena::Arena, draft::Draft, steps::each};
use crate::{
    Class,
    entry::{Entry, Place},
    operational::{self, Operational},
    parcel::{self, bears_person},
    record::{Qualifier, Role, Tag},
};
use std::collections::HashSet;

/// The fields of one record.
#[derive(Default)]
pub(super) struct Picks {
    /// By the numbers of the classes, each in the order in which it was said.
    classes: [Vec<Entry>; 6],
    together: Together,
}

/// What is asked of a record's fields.
struct Together {
    /// There is an order without a qualifier.
    ordered: bool,
    currencies: u32,
    /// One bit for each party's number, and 1 for no party; nothing is certain of them if `many`.
    parties: u64,
    /// The same of those with a name, an address or a contact.
    persons: u64,
    /// Some party has a number for which there is no bit.
    many: bool,
    recipient: bool,
    /// Where the first region, postal code and country of the recipient are, and of the consignee.
    places: [[Place; 3]; 2],
}

impl Default for Together {
    fn default() -> Self {
        let places = [[Place::NONE; 3]; 2];
        Self { ordered: false, currencies: 0, parties: 0, persons: 0, many: false, recipient: false, places }
    }
}

impl Together {
    /// Takes note of a field of the record and says which qualifier it has there: an order without one, if it is not the
    /// first, gets one. One order, the one that PRF holds, has none.
    #[inline(always)]
    fn note(&mut self, field: &Entry, known: Known, party: u16) -> Qualifier {
        let bit = 1 << (party % 64);
        self.many |= party >= 64;
        self.parties |= bit;
        self.persons |= if known.has(Known::BEARS_PERSON) { bit } else { 0 };
        self.recipient |= field.role == Role::Recipient;
        if known.has(Known::IS_ASKED_FOR) { self.note_more(field) } else { field.qualifier }
    }

    #[inline(never)]
    fn note_more(&mut self, field: &Entry) -> Qualifier {
        let kind = match field.tag {
            Tag::Region => 0,
            Tag::PostalCode => 1,
            Tag::Country => 2,
            Tag::Currency => {
                self.currencies = self.currencies.saturating_add(1);
                return field.qualifier;
            }
            Tag::Order if field.qualifier == Qualifier::NONE => {
                let is_another = std::mem::replace(&mut self.ordered, true);
                return if is_another { Qualifier::ORDER } else { Qualifier::NONE };
            }
            _ => return field.qualifier,
        };
        if field.role.is_destination() {
            let first = &mut self.places[usize::from(field.role == Role::Consignee)][kind];
            if first.len() == 0 {
                *first = field.value;
            }
        }
        field.qualifier
    }

    /// Whether the parties' numbers stay as they are: from 1 without gaps, or so many that they are numbered later.
    #[inline(always)]
    fn is_numbered(&self) -> bool {
        let numbers = self.parties | 1;
        self.many || numbers & numbers.wrapping_add(1) == 0
    }

    /// The number of a party, where all are numbered from 1 without gaps.
    fn number(&self, party: u16) -> u16 {
        let below = self.parties & !1 & !(u64::MAX << (party % 64));
        if party == 0 { 0 } else { below.count_ones() as u16 + 1 }
    }
}

/// What is known of a field by its tag, and by whether it is of whoever is billed: the number of its class, and two bits.
#[derive(Clone, Copy)]
struct Known(u8);

impl Known {
    /// By the numbers of the tags.
    const OF_TAGS: [[Self; 256]; 2] = [Self::of_tags(Role::None), Self::of_tags(Role::BillTo)];

    const BEARS_PERSON: u8 = 8;
    /// More is asked of it than that.
    const IS_ASKED_FOR: u8 = 16;

    const fn of_tags(role: Role) -> [Self; 256] {
        let mut all = [Self(0); 256];
        let mut number = 0u8;
        while number < u8::MAX {
            if let Some(tag) = Tag::from_number(number) {
                let mut known = tag.class_of(role).number();
                if bears_person(tag) {
                    known |= Self::BEARS_PERSON;
                }
                if matches!(tag, Tag::Region | Tag::PostalCode | Tag::Country | Tag::Currency | Tag::Order) {
                    known |= Self::IS_ASKED_FOR;
                }
                all[number as usize] = Self(known);
            }
            number += 1;
        }
        all
    }

    #[inline(always)]
    fn of(field: &Entry) -> Self {
        static OF_TAGS: [[Known; 256]; 2] = Known::OF_TAGS;
        OF_TAGS[usize::from(field.role == Role::BillTo)][usize::from(field.tag as u8)]
    }

    #[inline(always)]
    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    #[inline(always)]
    fn class(self) -> usize {
        usize::from(self.0 & 7)
    }
}

impl Picks {
    /// Begins another record.
    pub fn restart(&mut self) {
        self.classes.iter_mut().for_each(Vec::clear);
        self.together = Together::default();
    }

    /// Adds a field, as one of a party of the record.
    #[inline(always)]
    pub fn add(&mut self, field: &Entry, party: u16) {
        let known = Known::of(field);
        let qualifier = self.together.note(field, known, party);
        // Its parts go where they stay: put together before, it would be read back before it has arrived.
        self.classes[known.class()].push(Entry { party, qualifier, ..*field });
    }

    /// Lets it name each currency once.
    pub fn name_currencies_once(&mut self, arena: &Arena<'_>) {
        if self.together.currencies < 2 {
            return;
        }
        let mut seen = HashSet::new();
        self.classes[usize::from(Tag::Currency.class().number())].retain(|field| {
            field.tag != Tag::Currency || seen.insert((field.role, field.party, field.qualifier, arena.value(field)))
        });
    }

    /// What is kept clear of the record.
    pub fn operational(&self, arena: &Arena<'_>, draft: Draft, pieces: u16) -> Operational {
        let places = self.together.places[usize::from(!self.together.recipient)];
        let [region, code, country] = places.map(|place| arena.at(place));
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
    pub fn write(&self, accepts: &[bool; 6], dropped: &mut [u32; 6], fields: &mut Vec<Entry>) -> u32 {
        let start = fields.len();
        let picked = self.classes.iter().map(Vec::len).fold(0, usize::saturating_add);
        fields.reserve(picked);
        for number in Class::ALL.map(|class| usize::from(class.number())) {
            let picks = &self.classes[number];
            if accepts[number] {
                fields.extend_from_slice(picks);
            } else {
                dropped[number] = dropped[number].saturating_add(u32::try_from(picks.len()).unwrap_or(u32::MAX));
            }
        }
        let own = &mut fields[start..];
        if !self.together.is_numbered() {
            each(own.iter_mut()).for_each(|field| field.party = self.together.number(field.party));
        }
        if own.len() == picked && !self.together.many {
            self.together.persons.count_ones()
        } else {
            parcel::settle(own)
        }
    }
}
