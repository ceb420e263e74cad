//! What one record has: which fields of the closed levels, and what these are together. Picked first and written then,
//! each field once, into its place among the others.

use super::{arena::Arena, draft::Draft, steps::each};
use crate::{
    Class,
    operational::{self, Operational},
    parcel::{self, bears_person},
    record::{Field, Personal, Qualifier, Role, Tag},
};
use std::collections::HashSet;

/// The fields of one record.
#[derive(Default)]
pub(super) struct Picks {
    /// By the numbers of the classes, each in the order in which it was said.
    classes: [Vec<Pick>; 6],
    together: Together,
}

#[derive(Clone, Copy)]
struct Pick {
    /// Where in the arena it is.
    place: u32,
    /// The number of its party in the record.
    party: u16,
    /// It is an order without a qualifier, and not the first: one order, the one that PRF holds, has none.
    another_order: bool,
}

/// What is asked of a record's fields.
#[derive(Default)]
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
    places: [[Option<u32>; 3]; 2],
}

impl Together {
    #[inline(always)]
    fn note(&mut self, field: &Field<'_>, known: Known, pick: &mut Pick) {
        let bit = 1 << (pick.party % 64);
        self.many |= pick.party >= 64;
        self.parties |= bit;
        self.persons |= if known.bears_person { bit } else { 0 };
        self.recipient |= field.role == Role::Recipient;
        if known.is_asked_for {
            self.note_more(field, pick);
        }
    }

    #[inline(never)]
    fn note_more(&mut self, field: &Field<'_>, pick: &mut Pick) {
        let kind = match field.tag {
            Tag::Region => 0,
            Tag::PostalCode => 1,
            Tag::Country => 2,
            Tag::Currency => return self.currencies = self.currencies.saturating_add(1),
            Tag::Order if field.qualifier == Qualifier::NONE => {
                return pick.another_order = std::mem::replace(&mut self.ordered, true);
            }
            _ => return,
        };
        if field.role.is_destination() {
            let first = &mut self.places[usize::from(field.role == Role::Consignee)][kind];
            *first = first.or(Some(pick.place));
        }
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

/// What is known of a field by its tag, and by whether it is of whoever is billed.
#[derive(Clone, Copy)]
struct Known {
    /// The number of its class.
    class: u8,
    bears_person: bool,
    /// More is asked of it than that.
    is_asked_for: bool,
}

impl Known {
    /// By the numbers of the tags.
    const OF_TAGS: [[Self; 256]; 2] = [Self::of_tags(Role::None), Self::of_tags(Role::BillTo)];

    const fn of_tags(role: Role) -> [Self; 256] {
        let mut all = [Self { class: 0, bears_person: false, is_asked_for: false }; 256];
        let mut number = 0u8;
        while number < u8::MAX {
            if let Some(tag) = Tag::from_number(number) {
                let class = tag.class_of(role).number();
                let is_asked_for =
                    matches!(tag, Tag::Region | Tag::PostalCode | Tag::Country | Tag::Currency | Tag::Order);
                all[number as usize] = Self { class, bears_person: bears_person(tag), is_asked_for };
            }
            number += 1;
        }
        all
    }

    #[inline(always)]
    fn of(field: &Field<'_>) -> Self {
        static OF_TAGS: [[Known; 256]; 2] = Known::OF_TAGS;
        OF_TAGS[usize::from(field.role == Role::BillTo)][usize::from(field.tag as u8)]
    }
}

impl Picks {
    /// Begins another record.
    pub fn restart(&mut self) {
        self.classes.iter_mut().for_each(Vec::clear);
        self.together = Together::default();
    }

    /// Adds a field of the arena.
    #[inline(always)]
    pub fn add(&mut self, field: &Field<'_>, place: usize, party: u16) {
        let mut pick = Pick { place: place as u32, party, another_order: false };
        let known = Known::of(field);
        self.together.note(field, known, &mut pick);
        self.classes[usize::from(known.class)].push(pick);
    }

    /// Lets it name each currency once.
    pub fn name_currencies_once(&mut self, arena: &Arena<'_>) {
        if self.together.currencies < 2 {
            return;
        }
        let mut seen = HashSet::new();
        self.classes[usize::from(Tag::Currency.class().number())].retain(|pick| {
            let field = arena.field(pick.place as usize);
            field.tag != Tag::Currency || seen.insert((field.role, pick.party, field.qualifier, field.value.expose()))
        });
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
        let picked = self.classes.iter().map(Vec::len).fold(0, usize::saturating_add);
        fields.reserve(picked);
        for number in Class::ALL.map(|class| usize::from(class.number())) {
            let picks = &self.classes[number];
            if accepts[number] {
                fields.extend(each(picks.iter()).map(|pick| self.field(*pick, arena)));
            } else {
                dropped[number] = dropped[number].saturating_add(u32::try_from(picks.len()).unwrap_or(u32::MAX));
            }
        }
        if fields.len() - start == picked && !self.together.many {
            self.together.persons.count_ones()
        } else {
            parcel::settle(&mut fields[start..])
        }
    }

    #[inline(always)]
    fn field<'a>(&self, pick: Pick, arena: &Arena<'a>) -> Field<'a> {
        let field = arena.field(pick.place as usize);
        let party = pick.party;
        Field {
            role: field.role,
            party: if self.together.is_numbered() { party } else { self.together.number(party) },
            tag: field.tag,
            qualifier: if pick.another_order { Qualifier::ORDER } else { field.qualifier },
            value: field.value.lent().map_or_else(|| field.value.clone(), Personal::borrowed),
        }
    }
}
