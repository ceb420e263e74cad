//! What a column is, and its name.
//!
//! ```text
//! name    = [ "manifest_" ] [ role "_" ] what [ "[" qualifier "]" ] [ "." nth ]
//! ```

use crate::{
    Class,
    form::key::{self, Key, ROLES},
    record::{Qualifier, Role, Tag},
};

/// The most values of one kind that a row has columns for.
pub(super) const NTH_MAX: u8 = 9;

/// Of whom a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Manifest,
    Parcel,
}

/// A number or code of the operational class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    Service,
    Carrier,
    ShipDate,
    Weight,
    Length,
    Width,
    Height,
    Pieces,
    Province,
    Country,
}

const NUMBERS: [(Number, &str); 10] = [
    (Number::Service, "service"),
    (Number::Carrier, "carrier"),
    (Number::ShipDate, "ship_date"),
    (Number::Weight, "weight_kg"),
    (Number::Length, "length_cm"),
    (Number::Width, "width_cm"),
    (Number::Height, "height_cm"),
    (Number::Pieces, "pieces"),
    (Number::Province, "destination_province"),
    (Number::Country, "destination_country"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    ManifestNumber,
    Purpose,
    Field {
        role: Role,
        tag: Tag,
        /// `None`: the one where none is said.
        qualifier: Option<Qualifier>,
        nth: u8,
    },
    Number(Number),
}

/// A column that a file may have, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub scope: Scope,
    pub what: What,
}

impl Column {
    /// The column of a name, if it is one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        let (name, nth) = match name.rsplit_once('.') {
            Some((name, nth)) => (name, nth.parse().ok().filter(|n| (2..=NTH_MAX).contains(n) && nth.len() == 1)?),
            None => (name, 1),
        };
        let (name, qualifier) = match name.strip_suffix(']') {
            Some(name) => {
                let (name, code) = name.split_once('[')?;
                (name, Some(Qualifier::new(code.as_bytes()).filter(|q| *q != Qualifier::NONE)?))
            }
            None => (name, None),
        };
        let alone = nth == 1 && qualifier.is_none();
        let (scope, rest) = match name {
            "manifest_number" | "purpose" if alone => {
                let what = if name == "purpose" { What::Purpose } else { What::ManifestNumber };
                return Some(Self { scope: Scope::Manifest, what });
            }
            name if name.starts_with("sender_") => (Scope::Manifest, name),
            name => match name.strip_prefix("manifest_") {
                Some(rest) if rest.starts_with("sender_") => return None,
                Some(rest) => (Scope::Manifest, rest),
                None => (Scope::Parcel, name),
            },
        };
        if let Some((number, _)) = NUMBERS.iter().find(|(_, n)| *n == rest) {
            return alone.then_some(Self { scope, what: What::Number(*number) });
        }
        let of_role = |(role, name): &(Role, &str)| {
            let rest = rest.strip_prefix(name)?.strip_prefix('_')?;
            Some((*role, key_of(rest, true)?))
        };
        let single = |key: &Key| nth == 1 || !key.is_single();
        let (role, key) = ROLES.iter().find_map(of_role).or_else(|| Some((Role::None, key_of(rest, false)?)))?;
        if !single(key) || !stands_in(scope, role) {
            return None;
        }
        Some(Self { scope, what: What::Field { role, tag: key.tag, qualifier, nth } })
    }

    /// The name that is written in the first row.
    pub fn name(&self) -> String {
        let (role, what) = match self.what {
            What::ManifestNumber => return "manifest_number".to_owned(),
            What::Purpose => return "purpose".to_owned(),
            What::Number(number) => (Role::None, number_name(number)),
            What::Field { role, tag, .. } => (role, key_name(key::of(tag))),
        };
        let mut name = String::new();
        if self.scope == Scope::Manifest && role != Role::Sender {
            name.push_str("manifest_");
        }
        if role != Role::None {
            name.push_str(role.as_str());
            name.push('_');
        }
        name.push_str(what);
        if let What::Field { qualifier, nth, .. } = self.what {
            if let Some(qualifier) = qualifier {
                name += &format!("[{}]", String::from_utf8_lossy(qualifier.as_bytes()));
            }
            if nth > 1 {
                name += &format!(".{nth}");
            }
        }
        name
    }

    /// Where the column stands among ours; also the order in which its values become fields.
    pub fn place(&self) -> Place {
        let group = match self.what {
            What::ManifestNumber | What::Purpose => 0,
            What::Field { role: Role::None, tag, .. } if tag.class() == Class::Linkable => 1,
            What::Number(_) => 2,
            What::Field { role, .. } if role != Role::None => 3,
            What::Field { .. } => 4,
        };
        let (role, rank, nth) = match self.what {
            // The lines of a street one after the other.
            What::Field { role, tag: Tag::StreetMore, nth, .. } => (role, Tag::Street, nth),
            What::Field { role, tag, nth, .. } => (role, tag, nth),
            _ => (Role::None, Tag::ManifestNumber, 0),
        };
        Place { scope: self.scope, group, role, rank, nth, what: self.what }
    }
}

/// Where a column's values go, which [`Column::place`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    scope: Scope,
    group: u8,
    role: Role,
    rank: Tag,
    nth: u8,
    what: What,
}

/// Whether a column can tell of the party. Each parcel names who gets it, and none its sender.
pub(super) fn stands_in(scope: Scope, role: Role) -> bool {
    match scope {
        Scope::Manifest => !role.is_destination(),
        Scope::Parcel => role != Role::Sender,
    }
}

pub(super) fn number_name(number: Number) -> &'static str {
    NUMBERS.iter().find(|(n, _)| *n == number).map_or("", |(_, name)| name)
}

/// The name of a key in a column.
fn key_name(key: &Key) -> &'static str {
    match key.tag {
        Tag::ContactName => "contact",
        Tag::OtherContact => "contact_other",
        _ => key.name,
    }
}

/// The key of such a name where it may stand.
fn key_of(name: &str, in_party: bool) -> Option<&'static Key> {
    let key = key::all().find(|k| key_name(k) == name)?;
    stands(key, in_party).then_some(key)
}

/// Whether a column of the key exists.
pub(super) fn stands(key: &Key, in_party: bool) -> bool {
    key.is_contact() || if in_party { key.stands_at_party() } else { key.stands_at_record() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_columns_are_the_same() {
        let mut names: Vec<String> = vec!["manifest_number".into(), "purpose".into()];
        for scope in ["", "manifest_"] {
            names.extend(NUMBERS.iter().map(|(_, n)| format!("{scope}{n}")));
            for key in key::all().filter(|k| stands(k, false)) {
                names.push(format!("{scope}{}", key_name(key)));
            }
            for (role, name) in ROLES {
                let prefix = if role == Role::Sender { "" } else { scope };
                if prefix == "manifest_" && role.is_destination() {
                    continue;
                }
                for key in key::all().filter(|k| stands(k, true)) {
                    let nth = if key.is_single() { "" } else { ".2" };
                    names.push(format!("{prefix}{name}_{}[CR]{nth}", key_name(key)));
                }
            }
        }
        for name in &names {
            assert_eq!(Column::parse(name).map(|c| c.name()).as_deref(), Some(name.as_str()));
        }
        for wrong in [
            "",
            "name",
            "Order",
            "order.1",
            "order.02",
            "order.10",
            "order[]",
            "order[po]",
            "purpose.2",
            "weight_kg[KG]",
            "manifest_sender_name",
            "recipient_sscc",
            "recipient",
            "recipient_",
            "manifest_purpose",
            "order[PO]x",
            "recipient_manifest_number",
            "recipient_name.2",
            "manifest_recipient_name",
            "manifest_manifest_number",
        ] {
            assert_eq!(Column::parse(wrong), None, "{wrong}");
        }
    }
}
