//! Which qualifier carries what.

use crate::{
    form::key,
    record::{Role, Tag},
};
use std::fmt;

/// What a partner may put elsewhere than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A value, by its tag.
    Value(Tag),
    /// A party, which N1 or NAD names by the code.
    Party(Role),
    /// The day of shipping.
    ShipDate,
}

/// The values that can be mapped; parties by their roles' names.
const VALUES: [Tag; 13] = [
    Tag::ManifestNumber,
    Tag::Tracking,
    Tag::Sscc,
    Tag::Order,
    Tag::Reference,
    Tag::Account,
    Tag::Phone,
    Tag::Email,
    Tag::Remark,
    Tag::DeclaredValue,
    Tag::Cod,
    Tag::Charge,
    Tag::Currency,
];

impl Target {
    /// The target of a key in `[map]`.
    pub fn parse(name: &str) -> Option<Self> {
        if name == "ship_date" {
            return Some(Self::ShipDate);
        }
        let value = VALUES.into_iter().find(|t| key::of(*t).name == name).map(Self::Value);
        value.or_else(|| Role::from_word(name.as_bytes()).map(Self::Party))
    }

    /// The names of all of them.
    pub fn names() -> Vec<&'static str> {
        let roles = key::ROLES.iter().map(|(_, name)| *name);
        VALUES.into_iter().map(|t| key::of(t).name).chain(["ship_date"]).chain(roles).collect()
    }
}

/// A segment with its qualifier: `MAN*CP`, `RFF+CW`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The segment that has the value.
    pub segment: String,
    /// Its qualifier, wherever the segment has it.
    pub qualifier: String,
    separator: char,
}

impl Place {
    /// `separator`: `*` for X12, `+` for EDIFACT.
    pub(super) fn parse(text: &str, separator: char) -> Option<Self> {
        let (segment, qualifier) = text.split_once(separator)?;
        let well_formed = is_segment(segment) && is_code(qualifier, 1..=4);
        well_formed.then(|| Self { segment: segment.to_owned(), qualifier: qualifier.to_owned(), separator })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.segment, self.separator, self.qualifier)
    }
}

/// Two or three letters and digits, a letter first.
pub(super) fn is_segment(text: &str) -> bool {
    is_code(text, 2..=3) && text.as_bytes()[0].is_ascii_uppercase()
}

pub(super) fn is_code(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
