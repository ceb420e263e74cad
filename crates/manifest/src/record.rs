//! A field with its tag, role and qualifier, and the compact bytes of the fields of one class.
//!
//! What the octets of a class look like is in docs/format.md, Fields. There is one encoding of a list of fields, and the decoder refuses all
//! others.

mod octets;

use crate::Class;
pub use crate::personal::Personal;
use octets::{push_varint, take, varint};
use std::fmt;
use zeroize::Zeroizing;

/// Which party a field is about, after N101.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Role {
    /// No party: the parcel or the manifest itself.
    #[default]
    None = 0,
    /// SF, and the header's party of a 215.
    Sender = 1,
    /// The one who gets the parcel (ST).
    Recipient = 2,
    /// BT: all but its contacts is `financial`.
    BillTo = 3,
    /// Who hands it to the carrier, if not the sender (SH).
    Shipper = 4,
    /// CN: stands in for the recipient where there is none.
    Consignee = 5,
    /// Who bought what is in it (BY).
    Buyer = 6,
    /// Who supplied it to the seller (SU).
    Supplier = 7,
    /// Who sold what is in it (SE).
    Seller = 8,
    /// The vendor, as shops tell it from the seller (VN).
    Vendor = 9,
    /// Who ordered it, perhaps for somebody else (OB).
    OrderedBy = 10,
    /// Who carries it (CA).
    Carrier = 11,
    /// Every other code; written as ZZ.
    Other = 12,
}

impl Role {
    const ALL: [(Self, &'static [u8], &'static str); 13] = [
        (Self::None, b"", ""),
        (Self::Sender, b"SF", "sender"),
        (Self::Recipient, b"ST", "recipient"),
        (Self::BillTo, b"BT", "bill_to"),
        (Self::Shipper, b"SH", "shipper"),
        (Self::Consignee, b"CN", "consignee"),
        (Self::Buyer, b"BY", "buyer"),
        (Self::Supplier, b"SU", "supplier"),
        (Self::Seller, b"SE", "seller"),
        (Self::Vendor, b"VN", "vendor"),
        (Self::OrderedBy, b"OB", "ordered_by"),
        (Self::Carrier, b"CA", "carrier"),
        (Self::Other, b"ZZ", "other"),
    ];

    /// All but [`Role::None`], with their words.
    pub(crate) const PARTIES: [(Self, &'static str); 12] = {
        let mut parties = [(Self::Other, ""); 12];
        let mut at = 0;
        while at < parties.len() {
            parties[at] = (Self::ALL[at + 1].0, Self::ALL[at + 1].2);
            at += 1;
        }
        parties
    };

    /// The role that N101 names; never [`Role::None`].
    pub fn from_code(code: &[u8]) -> Self {
        Self::ALL.iter().skip(1).find(|(_, c, _)| *c == code).map_or(Self::Other, |(role, ..)| *role)
    }

    /// The code that N101 has for it.
    pub fn code(self) -> &'static [u8] {
        Self::ALL[self as usize].1
    }

    /// The word for it, in our forms and before people; empty for [`Role::None`].
    pub const fn as_str(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    /// The role of a word; never [`Role::None`].
    pub(crate) fn from_word(word: &[u8]) -> Option<Self> {
        Self::PARTIES.iter().find(|(_, w)| w.as_bytes() == word).map(|(role, _)| *role)
    }

    /// Whether the parcel goes to it.
    pub const fn is_destination(self) -> bool {
        matches!(self, Self::Recipient | Self::Consignee)
    }
}

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $class:ident, $word:literal;)*) => {
        /// What a field is. The numbers are part of the sealed format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Tag { $($(#[$doc])* $name = $number,)* }

        impl Tag {
            /// The tag of a number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// By the highest four bits of their numbers, tags are of one class.
            const CLASSES: [Class; 16] = {
                let mut classes = [Class::Operational; 16];
                $(classes[$number >> 4] = Class::$class;)*
                $(assert!(classes[$number >> 4] as u8 == Class::$class as u8, "sixteen tags are of one class");)*
                classes
            };

            /// The class of such fields, but see [`Field::class`].
            #[inline]
            pub const fn class(self) -> Class {
                Self::CLASSES[self as usize >> 4]
            }

            /// The class of such fields of a party.
            #[inline]
            pub(crate) const fn class_of(self, role: Role) -> Class {
                match (role, self.class()) {
                    (Role::BillTo, Class::Address | Class::Linkable) => Class::Financial,
                    (_, class) => class,
                }
            }

            /// The word for it, before people.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

tags! {
    /// BSN02; L11 of a 215's header.
    ManifestNumber = 1, Linkable, "manifest_number";
    /// MAN but GM, REF and L11 of CN and 2I.
    Tracking = 2, Linkable, "tracking";
    /// MAN\*GM, a serial shipping container code.
    Sscc = 3, Linkable, "sscc";
    /// PRF01; REF and L11 of PO, CO, ON and OQ.
    Order = 4, Linkable, "order";
    /// Any other REF, L11.
    Reference = 5, Linkable, "reference";
    /// N104, the qualifier is N103.
    PartyNumber = 6, Linkable, "party_number";
    /// N406, the qualifier is N405.
    Location = 7, Linkable, "location";
    /// N102, a person's or a company's name.
    Name = 16, Address, "name";
    /// N201 and N202, lines of the name beyond the first.
    NameMore = 17, Address, "name_more";
    /// N301, a first line of a street address.
    Street = 18, Address, "street";
    /// N302, which continues the line before it.
    StreetMore = 19, Address, "street_more";
    /// N401, the place of the address.
    City = 20, Address, "city";
    /// N402 as it was written; a recipient's province is in [`crate::Operational`] as well.
    Region = 21, Address, "region";
    /// N403 as it was written.
    PostalCode = 22, Address, "postal_code";
    /// N404 as it was written.
    Country = 23, Address, "country";
    /// PER02, G6102; the qualifier is PER01.
    ContactName = 32, Contact, "contact_name";
    /// Phones of all kinds and fax; the qualifier is PER03.
    Phone = 33, Contact, "phone";
    /// PER\*EM, one address for mail.
    Email = 34, Contact, "email";
    /// What else reaches someone; the qualifier is PER03.
    OtherContact = 35, Contact, "other_contact";
    /// Free text: NTE, K1, L5, MSG, MIT, PID and the descriptions of other segments.
    Remark = 48, Remarks, "remark";
    /// TD505, words on the way that it goes.
    Routing = 49, Remarks, "routing";
    /// In hundredths of the currency's unit.
    DeclaredValue = 64, Financial, "declared_value";
    /// To be collected, in hundredths.
    Cod = 65, Financial, "cod";
    /// In hundredths, negative if allowed; the qualifier is SAC02, AMT01, CD307 or CD309.
    Charge = 66, Financial, "charge";
    /// A currency code; the qualifier is CUR01.
    Currency = 67, Financial, "currency";
    /// REF, L11 of 11, 12 and 14.
    Account = 68, Financial, "account";
}

/// A code that says more exactly what a value is: at most four of A-Z, 0-9.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Qualifier {
    /// Zeros behind its end.
    octets: [u8; 4],
}

impl Qualifier {
    /// No code: the tag alone says what the value is.
    pub const NONE: Self = Self { octets: [0; 4] };
    /// PO: an order, where another one has no qualifier.
    pub(crate) const ORDER: Self = Self::of(b"PO");

    /// A code of ours.
    pub(crate) const fn of(code: &[u8; 2]) -> Self {
        let [first, second] = *code;
        Self { octets: [first, second, 0, 0] }
    }

    /// A code, if it is one; so that no text gets into a place for codes.
    pub fn new(code: &[u8]) -> Option<Self> {
        crate::operational::code_octets(code).map(|octets| Self { octets })
    }

    /// The code without padding.
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.octets.iter().position(|octet| *octet == 0).unwrap_or(4);
        &self.octets[..length]
    }
}

impl fmt::Debug for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

/// One value with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field<'a> {
    /// Which party it is about.
    pub role: Role,
    /// Fields of one party of a record have the same number, from 1; 0 without a party.
    pub party: u16,
    /// The kind of value.
    pub tag: Tag,
    /// What the document's own code says beyond the tag.
    pub qualifier: Qualifier,
    /// The value, never empty.
    pub value: Personal<'a>,
}

impl<'a> Field<'a> {
    /// The tag's class; for whoever is billed, `financial` instead of `address` and `linkable`.
    #[inline]
    pub const fn class(&self) -> Class {
        self.tag.class_of(self.role)
    }

    /// The same, with its value lent.
    #[inline]
    pub(crate) fn lent(&self) -> Field<'_> {
        Field { value: Personal::borrowed(self.value.expose()), ..*self }
    }

    /// A copy that does not borrow.
    pub fn to_owned(&self) -> Field<'static> {
        Field {
            role: self.role,
            party: self.party,
            tag: self.tag,
            qualifier: self.qualifier,
            value: self.value.to_owned(),
        }
    }
}

/// Why octets are not the fields of a class. Without values: it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The octets end within a field.
    #[error("fields end within the field at octet {offset}")]
    Truncated {
        /// Where that field begins.
        offset: usize,
    },
    /// A tag, role, party, qualifier or length that does not exist or has another form.
    #[error("the field at octet {offset} has no valid {part}")]
    Part {
        /// Where the field begins.
        offset: usize,
        /// The part of the field that is not of its form.
        part: &'static str,
    },
    /// A field of another class.
    #[error("the field at octet {offset} is not {class}")]
    Class {
        /// Where the field begins.
        offset: usize,
        /// The class that was asked for.
        class: Class,
    },
}

/// The octets of those `fields` that are of `class`; empty if there are none.
pub fn encode(fields: &[Field<'_>], class: Class) -> Zeroizing<Vec<u8>> {
    encode_each(fields.iter().map(Field::lent), class)
}

/// The same of fields that are made when asked for.
pub(crate) fn encode_each<'f>(fields: impl Iterator<Item = Field<'f>> + Clone, class: Class) -> Zeroizing<Vec<u8>> {
    let held = || fields.clone().filter(|f| f.class() == class && !f.value.expose().is_empty());
    // Room for the largest form, so that growing leaves no copies of values behind in freed memory.
    let room = held().map(|f| f.value.expose().len().saturating_add(16)).fold(0, usize::saturating_add);
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    for field in held() {
        out.push(field.tag as u8);
        let qualifier = field.qualifier.as_bytes();
        out.push((field.role as u8) << 3 | qualifier.len() as u8);
        if field.role != Role::None {
            push_varint(&mut out, field.party.into());
        }
        out.extend_from_slice(qualifier);
        let value = field.value.expose();
        push_varint(&mut out, u32::try_from(value.len()).expect("documents are shorter than 4 GiB"));
        out.extend_from_slice(value);
    }
    out
}

/// Reads the fields of a class, borrowing their values from `bytes`.
///
/// # Errors
/// [`Malformed`] for octets that [`encode`] does not make of fields of this class.
pub fn decode(class: Class, bytes: &[u8]) -> Result<Vec<Field<'_>>, Malformed> {
    let mut fields = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let field = field(&mut rest, offset)?;
        if field.class() != class {
            return Err(Malformed::Class { offset, class });
        }
        fields.push(field);
    }
    Ok(fields)
}

fn field<'a>(rest: &mut &'a [u8], offset: usize) -> Result<Field<'a>, Malformed> {
    let part = |part| Malformed::Part { offset, part };
    let [tag, head] = *take(rest, 2, offset)? else { return Err(Malformed::Truncated { offset }) };
    let tag = Tag::from_number(tag).ok_or(part("tag"))?;
    let role = Role::ALL.get(usize::from(head >> 3)).ok_or(part("role"))?.0;
    let party = if role == Role::None { 0 } else { varint(rest, offset)? };
    let party = u16::try_from(party).map_err(|_| part("party"))?;
    if role != Role::None && party == 0 {
        return Err(part("party"));
    }
    let qualifier = take(rest, usize::from(head & 7), offset)?;
    let qualifier = Qualifier::new(qualifier).ok_or(part("qualifier"))?;
    let length = varint(rest, offset)?;
    if length == 0 {
        return Err(part("length"));
    }
    let value = take(rest, usize::try_from(length).map_err(|_| part("length"))?, offset)?;
    Ok(Field { role, party, tag, qualifier, value: Personal::borrowed(value) })
}
