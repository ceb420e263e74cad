//! The keys of our own forms: which field a key is, how long its value may be, and which qualifiers it may have.
//!
//! Lengths are those that X12 004010 has for the same values, so that what is read can be delivered as an 856.

use crate::record::{Qualifier, Role, Tag};

/// How the value of a key looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    /// Free text, in which card numbers are looked for.
    Text,
    /// The same, but a telephone number may be as long as a short card number.
    Telephone,
    Amount,
    Currency,
    Province,
    PostalCode,
    Country,
}

/// One key of our forms, wherever it may stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub name: &'static str,
    pub tag: Tag,
    pub kind: Kind,
    /// How many characters a value has at most.
    pub longest: usize,
    /// The qualifier where none is said; see also [`default_qualifier`].
    pub qualifier: &'static [u8],
    pub stands: Stands,
}

/// Where a key may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// At the manifest only, where it has a rule of its own.
    Head,
    /// At the manifest and at parcels.
    Record,
    /// Parties have it, records do not.
    Party,
    /// Records and parties can have it.
    Anywhere,
    /// In a contact, or by itself in a list of contacts.
    Contact,
}

const fn key(
    name: &'static str,
    tag: Tag,
    kind: Kind,
    longest: usize,
    qualifier: &'static [u8],
    stands: Stands,
) -> Key {
    Key { name, tag, kind, longest, qualifier, stands }
}

use Stands::{Anywhere, Contact, Head, Party, Record};

/// Each tag once, in the order in which they are written. The street's second line is in the list of streets.
#[rustfmt::skip]
pub(crate) static KEYS: [Key; 25] = [
    key("manifest_number", Tag::ManifestNumber, Kind::Number, 30, b"", Head),
    key("number", Tag::PartyNumber, Kind::Number, 80, b"ZZ", Party),
    key("name", Tag::Name, Kind::Text, 60, b"", Party),
    key("name_more", Tag::NameMore, Kind::Text, 60, b"", Party),
    key("street", Tag::Street, Kind::Text, 55, b"", Party),
    key("street_more", Tag::StreetMore, Kind::Text, 55, b"", Party),
    key("city", Tag::City, Kind::Text, 30, b"", Party),
    key("province", Tag::Region, Kind::Province, 3, b"", Party),
    key("postal_code", Tag::PostalCode, Kind::PostalCode, 15, b"", Party),
    key("country", Tag::Country, Kind::Country, 2, b"", Party),
    key("location", Tag::Location, Kind::Number, 30, b"ZZ", Party),
    key("contact_name", Tag::ContactName, Kind::Text, 60, b"IC", Contact),
    key("phone", Tag::Phone, Kind::Telephone, 80, b"TE", Contact),
    key("email", Tag::Email, Kind::Telephone, 80, b"EM", Contact),
    key("other", Tag::OtherContact, Kind::Telephone, 80, b"ZZ", Contact),
    key("tracking", Tag::Tracking, Kind::Number, 30, b"CP", Anywhere),
    key("sscc", Tag::Sscc, Kind::Number, 30, b"GM", Record),
    key("order", Tag::Order, Kind::Number, 22, b"", Anywhere),
    key("reference", Tag::Reference, Kind::Number, 30, b"ZZ", Anywhere),
    key("remark", Tag::Remark, Kind::Text, 80, b"", Record),
    key("routing", Tag::Routing, Kind::Text, 35, b"", Record),
    key("declared_value", Tag::DeclaredValue, Kind::Amount, 16, b"", Record),
    key("cod", Tag::Cod, Kind::Amount, 16, b"", Record),
    key("charge", Tag::Charge, Kind::Amount, 16, b"ZZ", Record),
    key("currency", Tag::Currency, Kind::Currency, 3, b"ZZ", Record),
];

/// The one key that is told apart by its class: an account is `financial`.
pub(crate) static ACCOUNT: Key = key("account", Tag::Account, Kind::Number, 30, b"12", Anywhere);

/// All keys of our forms; JSON and CSV read the same list.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain([&ACCOUNT])
}

/// The key of a tag.
pub(crate) fn of(tag: Tag) -> &'static Key {
    all().find(|k| k.tag == tag).expect("each tag has a key, as a test says")
}

impl Key {
    pub fn stands_at_record(&self) -> bool {
        matches!(self.stands, Record | Anywhere)
    }

    pub fn stands_at_party(&self) -> bool {
        matches!(self.stands, Party | Anywhere)
    }

    /// A party (a contact) has only one of it: a second one has no place in other messages.
    pub fn is_single(&self) -> bool {
        use Tag::{City, ContactName, Country, Location, Name, PartyNumber, PostalCode, Region};
        matches!(self.tag, PartyNumber | Name | City | Region | PostalCode | Country | Location | ContactName)
    }

    pub fn is_contact(&self) -> bool {
        self.stands == Contact
    }
}

/// The qualifier where none is said. `ordered`: whether the record has an order without a qualifier already; one is
/// what PRF holds, further ones are references.
pub(crate) fn default_qualifier(key: &Key, in_party: bool, ordered: bool) -> Qualifier {
    let code = match key.tag {
        Tag::Order if in_party || ordered => b"PO",
        Tag::Tracking if in_party => b"2I",
        _ => key.qualifier,
    };
    Qualifier::new(code).expect("the defaults are codes")
}

/// Whether a value may have the qualifier: with another one, a reader of the 856 would take it for another field.
pub(crate) fn allows(key: &Key, qualifier: Qualifier, in_party: bool) -> bool {
    let code = qualifier.as_bytes();
    let any = |lengths: std::ops::RangeInclusive<usize>| lengths.contains(&code.len());
    match key.tag {
        Tag::Tracking if in_party => matches!(code, b"CN" | b"2I"),
        Tag::Tracking => any(1..=2) && code != b"GM",
        Tag::Sscc => code == b"GM",
        Tag::Order => is_order(code) || (code.is_empty() && !in_party),
        Tag::Account => is_account(code),
        Tag::Reference => any(2..=3) && !is_order(code) && !is_account(code) && !matches!(code, b"CN" | b"2I"),
        Tag::PartyNumber | Tag::Location => any(1..=2),
        Tag::ContactName => any(2..=2),
        Tag::Phone => is_phone(code),
        Tag::Email => code == b"EM",
        Tag::OtherContact => any(2..=2) && !is_phone(code) && code != b"EM",
        Tag::Charge => any(1..=4) && code != b"COD",
        Tag::Currency => any(2..=3),
        _ => code.is_empty(),
    }
}

fn is_order(code: &[u8]) -> bool {
    matches!(code, b"PO" | b"CO" | b"ON" | b"OQ")
}

fn is_account(code: &[u8]) -> bool {
    matches!(code, b"11" | b"12" | b"14")
}

fn is_phone(code: &[u8]) -> bool {
    matches!(code, b"TE" | b"AP" | b"BN" | b"CP" | b"EX" | b"FX" | b"HP" | b"NP" | b"PC" | b"PP" | b"WP")
}

/// The roles that parties have, with their words, in the order in which our forms have them.
pub(crate) const ROLES: [(Role, &str); 12] = Role::PARTIES;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tag_has_one_key_and_its_default_is_allowed() {
        for number in 0..=255 {
            let Some(tag) = Tag::from_number(number) else { continue };
            assert_eq!(all().filter(|k| k.tag == tag).count(), 1, "{}", tag.as_str());
            let key = of(tag);
            let default = default_qualifier(key, key.stands == Stands::Party, false);
            assert!(allows(key, default, false), "{}", key.name);
            if key.stands_at_party() {
                assert!(allows(key, default_qualifier(key, true, false), true), "{}", key.name);
            }
        }
        let mut names: Vec<_> = all().map(|k| k.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }

    #[test]
    fn roles_have_names() {
        for (role, name) in ROLES {
            assert_eq!((role.as_str(), Role::from_word(name.as_bytes())), (name, Some(role)));
        }
        assert_eq!(Role::from_word(b"SF"), None);
    }
}
