//! The names of keys, by the object that has them.

use crate::{
    form::key::{self, Key},
    record::Tag,
};
use std::sync::LazyLock;

/// Which keys which object has.
pub(super) struct Lists {
    pub head: Vec<&'static str>,
    pub parcel: Vec<&'static str>,
    /// In `parties`, where it names its role itself.
    pub party: Vec<&'static str>,
    /// `sender` and `recipient`, whose key is their role.
    pub named_party: Vec<&'static str>,
    pub contact: [&'static str; 4],
}

pub(super) static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut parcel = vec![
        "service",
        "carrier",
        "ship_date",
        "weight_kg",
        "length_cm",
        "width_cm",
        "height_cm",
        "pieces",
        "destination_province",
        "destination_country",
        "sender",
        "recipient",
        "parties",
        "contact",
        "more",
    ];
    parcel.extend(key::all().filter(|k| k.stands_at_record()).map(|k| k.name));
    let mut head = vec!["bulla", "manifest_number", "purpose", "parcels"];
    head.extend(&parcel);
    let mut named_party = vec!["party", "contact", "more"];
    let streets = |k: &&Key| k.tag != Tag::StreetMore;
    named_party.extend(key::all().filter(|k| k.stands_at_party()).filter(streets).map(|k| k.name));
    let mut party = vec!["role"];
    party.extend(&named_party);
    Lists { head, parcel, party, named_party, contact: ["name", "phone", "email", "other"] }
});

/// What an object of a street's line may have besides.
pub(super) const PARTS: [&str; 1] = ["part"];

/// The key of a name that one of the lists has.
pub(super) fn key(name: &str) -> &'static Key {
    key::all().find(|k| k.name == name).expect("the lists are made of the keys")
}

/// The key of a contact's member.
pub(super) fn contact_key(name: &str) -> &'static Key {
    key(if name == "name" { "contact_name" } else { name })
}

/// The name of a tag within a contact.
pub(super) fn contact_name(tag: Tag) -> &'static str {
    if tag == Tag::ContactName { "name" } else { key::of(tag).name }
}

/// Any key, by its name.
pub(super) fn any_key(name: &[u8]) -> Option<&'static Key> {
    key::all().find(|k| k.name.as_bytes() == name)
}

pub(super) fn part(name: &[u8]) -> Option<Tag> {
    match name {
        b"street" => Some(Tag::Street),
        b"street_more" => Some(Tag::StreetMore),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_few_enough_keys_to_count_them() {
        assert!(LISTS.head.len() <= 64 && LISTS.party.len() <= 64);
        let mut names = LISTS.head.clone();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LISTS.head.len());
    }
}
