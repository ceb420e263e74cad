//! A manifest: its own record and one record a parcel.

use crate::{
    Class,
    entry::Entry,
    fields::Fields,
    operational::Operational,
    record::{self, Field, Malformed, Personal, Role, Tag},
};
pub use ledger::word::{ManifestPurpose as Purpose, TokenKind as Kind};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// What is known of one parcel, or (record 0) of the manifest as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// What is kept clear of it.
    pub operational: Operational,
    /// All else, in the order of the classes; parties are numbered from 1 without gaps.
    pub fields: Fields<'a>,
    /// Parties in it with a name, an address or a contact: at most, the same person counted each time.
    pub parties: u32,
}

impl<'a> Record<'a> {
    /// Brings the fields into the order that their sealed form has, so that a record that was sealed and opened is
    /// equal to the one before, and numbers the parties anew.
    pub fn new(operational: Operational, mut fields: Vec<Field<'a>>) -> Self {
        let parties = settle(&mut fields);
        Self { operational, fields: fields.into(), parties }
    }

    /// A record from its sealed classes, in any order.
    ///
    /// # Errors
    /// [`Malformed`], see [`record::decode`].
    pub fn from_classes(
        operational: Operational,
        classes: impl IntoIterator<Item = (Class, &'a [u8])>,
    ) -> Result<Self, Malformed> {
        let mut fields = Vec::new();
        for (class, bytes) in classes {
            fields.extend(record::decode(class, bytes)?);
        }
        Ok(Self::new(operational, fields))
    }

    /// The octets of one sealed class, see [`crate::record`]; empty if the record has none of it. Always empty for
    /// [`Class::Operational`], whose form is [`Operational::to_bytes`].
    pub fn class_bytes(&self, class: Class) -> Zeroizing<Vec<u8>> {
        record::encode_each(self.fields.iter(), class)
    }

    /// Whether it holds any field of the class.
    pub fn holds(&self, class: Class) -> bool {
        class == Class::Operational || self.fields.iter().any(|f| f.class() == class)
    }

    /// Reads what [`Self::class_bytes`] made.
    ///
    /// # Errors
    /// [`Malformed`] for octets that it does not make.
    pub fn decode(class: Class, bytes: &[u8]) -> Result<Vec<Field<'static>>, Malformed> {
        Ok(record::decode(class, bytes)?.iter().map(Field::to_owned).collect())
    }
}

/// Brings a record's fields into their order and numbers its parties; how many of these are persons or companies.
pub(crate) fn settle<F: OfParty>(fields: &mut [F]) -> u32 {
    fields.sort_by_key(F::class);
    renumber(fields)
}

/// What is settled: fields, and entries that stand for them.
pub(crate) trait OfParty {
    fn class(&self) -> Class;
    fn tag(&self) -> Tag;
    fn party(&self) -> u16;
    fn number_party(&mut self, party: u16);
}

impl OfParty for Field<'_> {
    fn class(&self) -> Class {
        Field::class(self)
    }

    fn tag(&self) -> Tag {
        self.tag
    }

    fn party(&self) -> u16 {
        self.party
    }

    fn number_party(&mut self, party: u16) {
        self.party = party;
    }
}

impl OfParty for Entry {
    fn class(&self) -> Class {
        Entry::class(self)
    }

    fn tag(&self) -> Tag {
        self.tag
    }

    fn party(&self) -> u16 {
        self.party
    }

    fn number_party(&mut self, party: u16) {
        self.party = party;
    }
}

/// Numbers the parties anew, in the order of their numbers; how many of those that fields are of have a name, an address
/// or a contact. What is of no party counts as one, if it has such.
fn renumber<F: OfParty>(fields: &mut [F]) -> u32 {
    if fields.iter().any(|f| f.party() >= 64) {
        return renumber_many(fields);
    }
    let bits = |bits: u64, f: &F| bits | 1 << f.party();
    let numbers = fields.iter().fold(0, bits) & !1;
    for field in fields.iter_mut().filter(|f| f.party() != 0) {
        let below = numbers & !(u64::MAX << field.party());
        field.number_party(below.count_ones() as u16 + 1);
    }
    fields.iter().filter(|f| bears_person(f.tag())).fold(0, bits).count_ones()
}

#[cold]
fn renumber_many<F: OfParty>(fields: &mut [F]) -> u32 {
    let numbers: BTreeSet<u16> = fields.iter().map(F::party).filter(|p| *p != 0).collect();
    let numbers: Vec<u16> = numbers.into_iter().collect();
    for field in fields.iter_mut() {
        let rank = numbers.binary_search(&field.party()).map_or(0, |at| at + 1);
        field.number_party(u16::try_from(rank).expect("no more ranks than numbers"));
    }
    let named: BTreeSet<u16> = fields.iter().filter(|f| bears_person(f.tag())).map(F::party).collect();
    u32::try_from(named.len()).expect("at most 65,536 numbers")
}

#[inline]
pub(crate) const fn bears_person(tag: Tag) -> bool {
    matches!(tag.class(), Class::Address | Class::Contact)
}

/// The message or form that a manifest came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Source {
    X856,
    X215,
    Iftmin,
    Json,
    Csv,
}

/// What BSN01 or B2A01 says; a code that is none of the others is an original.
pub(crate) fn purpose(code: &[u8]) -> Purpose {
    match code {
        b"01" => Purpose::Cancel,
        b"04" => Purpose::Change,
        b"05" => Purpose::Replace,
        _ => Purpose::Original,
    }
}

/// BSN01 of a purpose.
pub(crate) const fn purpose_code(purpose: Purpose) -> &'static [u8; 2] {
    match purpose {
        Purpose::Original => b"00",
        Purpose::Cancel => b"01",
        Purpose::Change => b"04",
        Purpose::Replace => b"05",
    }
}

/// What one transaction set announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest<'a> {
    /// The message that it came in.
    pub source: Source,
    /// What it does to an earlier one.
    pub purpose: Purpose,
    /// Its number, for duplicates and corrections, even where the agreement does not accept `linkable`.
    pub number: Personal<'a>,
    /// Record 0: sender, manifest number, what is said of the whole.
    pub head: Record<'a>,
    /// Records 1 and up.
    pub parcels: Vec<Record<'a>>,
    /// Fields that were dropped because the agreement does not accept their class, by class number.
    pub dropped: [u32; 6],
    /// Segments that say nothing that the canonical manifest has a place for.
    pub unmapped: u32,
}

impl<'a> Manifest<'a> {
    /// A manifest from its records, as opened from a batch.
    pub fn from_records(source: Source, purpose: Purpose, head: Record<'a>, parcels: Vec<Record<'a>>) -> Self {
        let number = head.fields.iter().find(|f| f.tag == Tag::ManifestNumber);
        let number = number.map_or(Personal::borrowed(b""), |f| f.value.to_owned());
        Self { source, purpose, number, head, parcels, dropped: [0; 6], unmapped: 0 }
    }

    /// Record 0 and those of the parcels.
    pub fn records(&self) -> impl Iterator<Item = &Record<'a>> {
        std::iter::once(&self.head).chain(&self.parcels)
    }

    /// What the token index gets of a row: tracking numbers, SSCCs, orders and (row 0) the manifest number, normalised.
    /// Never names, addresses or contacts. Empty for a row that does not exist.
    pub fn search_values(&self, row: usize) -> Vec<(Kind, Zeroizing<Vec<u8>>)> {
        let record = match row {
            0 => Some(&self.head),
            _ => self.parcels.get(row - 1),
        };
        record.into_iter().flat_map(|r| &r.fields).filter_map(|f| searched(&f)).collect()
    }
}

/// The kind of number that a field is searched by, and its form there; none for any other field.
fn searched(field: &Field<'_>) -> Option<(Kind, Zeroizing<Vec<u8>>)> {
    let kind = kind(field.tag).filter(|_| field.class() == Class::Linkable)?;
    Some((kind, search_form(kind, field.value.expose()))).filter(|(_, form)| !form.is_empty())
}

/// Whether these fields, of one record, are found by this number: what the token index says of them, from their own values.
pub fn is_found_by(fields: &[Field<'_>], wanted: Kind, number: &[u8]) -> bool {
    let form = search_form(wanted, number);
    fields.iter().filter_map(searched).any(|(kind, own)| kind == wanted && *own == *form)
}

const fn kind(tag: Tag) -> Option<Kind> {
    match tag {
        Tag::Tracking | Tag::Sscc => Some(Kind::Tracking),
        Tag::Order => Some(Kind::Order),
        Tag::ManifestNumber => Some(Kind::Manifest),
        _ => None,
    }
}

/// The form in which a number of this kind is searched: [`normalise`], and an SSCC's eighteen digits without the
/// application identifier 00, which some write before them and others do not.
pub fn search_form(kind: Kind, value: &[u8]) -> Zeroizing<Vec<u8>> {
    let form = normalise(value);
    match (kind, sscc_digits(&form)) {
        (Kind::Tracking, Some(digits)) => Zeroizing::new(digits.to_vec()),
        _ => form,
    }
}

/// The eighteen digits behind the application identifier 00, if it is these twenty digits.
pub(crate) fn sscc_digits(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"00").filter(|digits| digits.len() == 18 && digits.iter().all(u8::is_ascii_digit))
}

/// The form in which numbers are searched: without blanks and dashes, ASCII letters in upper case.
pub fn normalise(value: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(value.len()));
    out.extend(value.iter().filter(|b| !b.is_ascii_whitespace() && **b != b'-').map(u8::to_ascii_uppercase));
    out
}

/// The first value of a tag and role.
pub(crate) fn value<'f>(fields: &'f [Field<'_>], role: Role, tag: Tag) -> &'f [u8] {
    fields.iter().find(|f| f.role == role && f.tag == tag).map_or(b"", |f| f.value.expose())
}
