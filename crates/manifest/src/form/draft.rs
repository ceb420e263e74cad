//! From keys and values to a record: parties are numbered, the destination is found, and what the agreement does not
//! accept is dropped and counted.

use super::{Code, value};
use crate::{
    Class,
    operational::{self, Operational, Province},
    parcel,
    record::{Field, Personal, Qualifier, Role, Tag},
};

/// A party that is being read. Its fields have no number yet.
#[derive(Default)]
pub(crate) struct PartyDraft<'a> {
    /// Its place where no number is said: sender, recipient, then the others.
    pub place: usize,
    pub number: Option<u16>,
    pub fields: Vec<Field<'a>>,
}

impl PartyDraft<'_> {
    /// Its country as two letters, if it says one.
    pub fn country(&self) -> &[u8] {
        self.fields.iter().find(|f| f.tag == Tag::Country).map_or(b"", |f| f.value.expose())
    }

    /// Whether the plain value of a key holds for its country.
    pub fn check_in_country(&self, at: usize) -> Result<(), Code> {
        let field = &self.fields[at];
        value::check_in_country(super::key::of(field.tag), field.value.expose(), self.country())
    }
}

/// A record that is being read. Numbers that are not said are `None`.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    pub fields: Vec<Field<'a>>,
    pub parties: Vec<PartyDraft<'a>>,
    /// An order without a qualifier is there already.
    pub ordered: bool,
    /// `Some(None)`: said to be none, even where the manifest has one.
    pub service: Option<Option<operational::Code>>,
    pub carrier: Option<Option<operational::Code>>,
    pub ship_date: Option<Option<u32>>,
    pub weight_grams: Option<u32>,
    pub length_mm: Option<u32>,
    pub width_mm: Option<u32>,
    pub height_mm: Option<u32>,
    pub pieces: Option<u16>,
    pub province: Option<Province>,
    pub country: Option<[u8; 2]>,
}

/// What a parcel says nothing of, and so takes from the manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsaid {
    service: bool,
    carrier: bool,
    ship_date: bool,
    /// No recipient, no consignee.
    pub recipient: bool,
    pub consignee: bool,
}

impl Unsaid {
    /// Gives the parcel what the manifest says.
    pub fn fill(self, parcel: &mut Operational, head: &Operational) {
        if self.service {
            parcel.service = head.service;
        }
        if self.carrier {
            parcel.carrier = head.carrier;
        }
        if self.ship_date {
            parcel.ship_date = head.ship_date;
        }
    }
}

/// Counts what is dropped, by class.
pub(crate) struct Sieve<'c> {
    pub accepts: &'c [Class],
    pub dropped: [u32; 6],
}

impl Sieve<'_> {
    pub fn takes(&mut self, class: Class) -> bool {
        let taken = self.accepts.contains(&class);
        if !taken {
            let dropped = &mut self.dropped[usize::from(class.number())];
            *dropped = dropped.saturating_add(1);
        }
        taken
    }
}

impl<'a> Draft<'a> {
    /// The record; `pieces` where nothing is said.
    ///
    /// # Errors
    /// Party numbers that are used twice or by some parties only, more than 65,535 parties, or a destination that the
    /// recipient's address contradicts.
    pub fn finish(mut self, pieces: u16, sieve: &mut Sieve<'_>) -> Result<(parcel::Record<'a>, Unsaid), Code> {
        let mut fields = std::mem::take(&mut self.fields);
        self.number_parties(&mut fields)?;
        let (province, country) = self.destination(&fields)?;
        let operational = Operational {
            service: self.service.flatten(),
            carrier: self.carrier.flatten(),
            ship_date: self.ship_date.flatten(),
            weight_grams: self.weight_grams,
            length_mm: self.length_mm,
            width_mm: self.width_mm,
            height_mm: self.height_mm,
            pieces: self.pieces.unwrap_or(pieces),
            province,
            country,
        };
        let unsaid = Unsaid {
            service: self.service.is_none(),
            carrier: self.carrier.is_none(),
            ship_date: self.ship_date.is_none(),
            recipient: !fields.iter().any(|f| f.role == Role::Recipient),
            consignee: !fields.iter().any(|f| f.role == Role::Consignee),
        };
        fields.retain(|f| sieve.takes(f.class()));
        fields.sort_by_key(order);
        Ok((parcel::Record::new(operational, fields), unsaid))
    }

    /// Gives the parties their numbers and their fields to the record.
    fn number_parties(&mut self, fields: &mut Vec<Field<'a>>) -> Result<(), Code> {
        self.parties.sort_by_key(|p| p.place);
        let mut used = std::collections::BTreeSet::new();
        let all_numbered = self.parties.iter().all(|p| p.number.is_some());
        if !all_numbered && self.parties.iter().any(|p| p.number.is_some()) {
            return Err(Code::Contradiction);
        }
        for (at, party) in self.parties.drain(..).enumerate() {
            let number = party.number.or_else(|| u16::try_from(at + 1).ok()).ok_or(Code::OutOfRange)?;
            if !used.insert(number) {
                return Err(Code::Contradiction);
            }
            fields.extend(party.fields.into_iter().map(|f| Field { party: number, ..f }));
        }
        Ok(())
    }

    /// Where the address is. What is said besides may only fill in what the address leaves open.
    fn destination(&self, fields: &[Field<'_>]) -> Result<(Province, Option<[u8; 2]>), Code> {
        let (province, country) = destination(fields);
        let province = match (province, self.province) {
            (found, None) => found,
            (Province::Unknown, Some(said)) => said,
            (found, Some(said)) if found == said => found,
            _ => return Err(Code::Contradiction),
        };
        let country = match (country, self.country) {
            (found, None) => found,
            (None, Some(said)) => Some(said),
            (Some(found), Some(said)) if found == said => Some(found),
            _ => return Err(Code::Contradiction),
        };
        Ok((province, country))
    }
}

/// The province and country that fields give: the recipient's, or without one the consignee's.
pub(crate) fn destination(fields: &[Field<'_>]) -> (Province, Option<[u8; 2]>) {
    let recipient = fields.iter().any(|f| f.role == Role::Recipient);
    let role = if recipient { Role::Recipient } else { Role::Consignee };
    let of = |tag| parcel::value(fields, role, tag);
    operational::place(of(Tag::Region), of(Tag::PostalCode), of(Tag::Country))
}

/// The order that our forms give to fields: by class, party and tag. Only where the order among tags says something
/// (which street a line continues, whose phone it is) it stays.
pub(crate) fn order(field: &Field<'_>) -> (Class, u16, u8) {
    let rank = match field.tag {
        Tag::StreetMore => Tag::Street,
        Tag::Phone | Tag::Email | Tag::OtherContact => Tag::ContactName,
        tag => tag,
    };
    (field.class(), field.party, rank as u8)
}

/// A field without a party.
pub(crate) fn own<'a>(tag: Tag, qualifier: Qualifier, value: Personal<'a>) -> Field<'a> {
    Field { role: Role::None, party: 0, tag, qualifier, value }
}
