//! Manifests made up at random: every tag, role and qualifier, values of all kinds.
#![allow(dead_code, reason = "each test takes what it needs")]

use manifest::{Code, Field, Manifest, Operational, Personal, Province, Purpose, Qualifier, Record, Role, Source, Tag};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// The fields in the order that our own forms give them.
pub fn in_order(record: &Record<'_>) -> Record<'static> {
    let mut fields: Vec<_> = record.fields.iter().map(|f| f.to_owned()).collect();
    fields.sort_by_key(|f| {
        let tag = match f.tag {
            Tag::StreetMore => Tag::Street,
            Tag::Phone | Tag::Email | Tag::OtherContact => Tag::ContactName,
            tag => tag,
        };
        (f.class(), f.party, tag)
    });
    Record { operational: record.operational, fields: fields.into(), parties: record.parties }
}

/// Neither control characters nor anything that could be a card number.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[A-Za-z0-9 .,'>:~*<\\\\&@()é\"/+=;-]{1,20}".prop_map(String::into_bytes),
        1 => "[ A-Z]{50,90}".prop_map(String::into_bytes),
        1 => vec(select((0x20..=0xfeu8).filter(|b| *b != 0x7f && !b.is_ascii_digit()).collect::<Vec<u8>>()), 1..12),
        1 => select(vec!["QC", "NY", "H7A 0A1", "CA", "CAN", "US", "CAD", "1250", "-50", "0012"])
            .prop_map(|t| t.as_bytes().to_vec()),
    ]
    .prop_filter("C1 control characters become blanks", |t| {
        str::from_utf8(t).is_ok_and(|t| !t.chars().any(char::is_control)) || str::from_utf8(t).is_err()
    })
}

fn amount() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => "-?[1-9][0-9]{0,14}", 1 => "-?[0-9]{1,15}"].prop_map(String::into_bytes)
}

fn field() -> impl Strategy<Value = Field<'static>> {
    let tag = select((0..=255).filter_map(Tag::from_number).filter(|t| *t != Tag::ManifestNumber).collect::<Vec<_>>());
    let qualifier = prop_oneof![
        2 => select(vec!["", "CP", "GM", "PO", "ZZ", "IC", "TE", "EM", "12", "CR", "CN"]).prop_map(str::to_owned),
        1 => "[A-Z0-9]{0,4}",
    ];
    (tag, 0u16..4, qualifier, text(), amount()).prop_map(|(tag, party, qualifier, text, amount)| {
        let value = if matches!(tag, Tag::DeclaredValue | Tag::Cod | Tag::Charge) { amount } else { text };
        let qualifier = Qualifier::new(qualifier.as_bytes()).unwrap();
        Field { role: Role::None, party, tag, qualifier, value: Personal::owned(value) }
    })
}

/// A field whose value and qualifier are those that our own forms ask for.
fn plain_field() -> impl Strategy<Value = Field<'static>> {
    let kinds = vec![
        (Tag::Tracking, false, vec!["CP", "CN", "SM"]),
        (Tag::Sscc, false, vec!["GM"]),
        (Tag::Order, false, vec!["PO", "CO"]),
        (Tag::Reference, false, vec!["ZZ", "CR"]),
        (Tag::Reference, true, vec!["ZZ", "CR"]),
        (Tag::PartyNumber, true, vec!["ZZ", "92"]),
        (Tag::Name, true, vec![""]),
        (Tag::NameMore, true, vec![""]),
        (Tag::Street, true, vec![""]),
        (Tag::City, true, vec![""]),
        (Tag::Country, true, vec![""]),
        (Tag::Phone, true, vec!["TE", "CP"]),
        (Tag::Email, false, vec!["EM"]),
        (Tag::Remark, false, vec![""]),
        (Tag::Cod, false, vec![""]),
        (Tag::Charge, false, vec!["ZZ", "D240"]),
        (Tag::Account, false, vec!["12", "11"]),
    ];
    let text = "[A-Za-z=+@'][A-Za-z0-9 .,'>:~*<\\\\&@()é\"/+=;-]{0,18}[A-Z\"]";
    let qualifier = any::<prop::sample::Index>();
    (select(kinds), 1u16..4, qualifier, text, "-?[1-9][0-9]{0,14}", select(vec!["CA", "US", "FR"])).prop_map(
        |((tag, in_party, qualifiers), party, at, text, amount, country)| {
            let value = match tag {
                Tag::Cod | Tag::Charge => amount,
                Tag::Country => country.to_owned(),
                _ => text,
            };
            let qualifier = Qualifier::new(at.get(&qualifiers).as_bytes()).unwrap();
            let party = if in_party { party } else { 0 };
            Field { role: Role::None, party, tag, qualifier, value: Personal::owned(value.into_bytes()) }
        },
    )
}

fn code() -> impl Strategy<Value = Option<Code>> {
    option::of("[A-Z0-9]{1,4}".prop_map(|c| Code::new(c.as_bytes()).unwrap()))
}

fn operational() -> impl Strategy<Value = Operational> {
    let length = || option::of(1u32..0x100_0000);
    let date = option::of((1900u32..3000, 1u32..13, 1u32..29).prop_map(|(y, m, d)| y * 10_000 + m * 100 + d));
    (code(), code(), option::of(1u32..), length(), length(), length(), date, 1u16..).prop_map(
        |(service, carrier, weight_grams, length_mm, width_mm, height_mm, ship_date, pieces)| Operational {
            service,
            carrier,
            weight_grams,
            length_mm,
            width_mm,
            height_mm,
            ship_date,
            pieces,
            ..Operational::default()
        },
    )
}

/// A record whose province and country are those of its address, where it has one.
fn record(
    field: impl Strategy<Value = Field<'static>>,
    roles: Vec<&'static str>,
) -> impl Strategy<Value = Record<'static>> {
    let roles = vec(select(roles), 3);
    let elsewhere = (select(Province::ALL.to_vec()), option::of("[A-Z]{2}"));
    (operational(), vec(field, 0..30), roles, elsewhere).prop_map(
        |(mut said, mut fields, roles, (province, country))| {
            for field in fields.iter_mut().filter(|f| f.party != 0) {
                field.role = Role::from_code(roles[usize::from(field.party) - 1].as_bytes());
            }
            let role = if fields.iter().any(|f| f.role == Role::Recipient) { Role::Recipient } else { Role::Consignee };
            let made = in_order(&Record::new(said, fields));
            let of = |tag| {
                made.fields
                    .iter()
                    .find(|f| f.role == role && f.tag == tag)
                    .map_or_else(Vec::new, |f| f.value.expose().to_vec())
            };
            let (found, letters) =
                manifest::operational::place(&of(Tag::Region), &of(Tag::PostalCode), &of(Tag::Country));
            said.province = if found == Province::Unknown { province } else { found };
            said.country = letters.or(country.map(|c| c.into_bytes().try_into().unwrap()));
            Record { operational: said, ..made }
        },
    )
}

/// A manifest with anything at any place; only parcels say who gets them.
pub fn manifest() -> impl Strategy<Value = Manifest<'static>> {
    let anyone = vec!["SF", "ST", "ST", "BT", "SH", "CN", "BY", "CA", "QQ"];
    let head = record(field(), vec!["SF", "BT", "SH", "BY", "CA", "QQ"]);
    manifest_of(text().boxed(), head.boxed(), record(field(), anyone).boxed())
}

/// A manifest whose values are plain.
pub fn plain_manifest() -> impl Strategy<Value = Manifest<'static>> {
    let number = "[A-Z][A-Z0-9-]{0,20}".prop_map(String::into_bytes);
    let parcel = record(plain_field(), vec!["ST", "BT", "CN"]);
    manifest_of(number.boxed(), record(plain_field(), vec!["SF", "SH"]).boxed(), parcel.boxed())
}

fn manifest_of(
    number: BoxedStrategy<Vec<u8>>,
    head: BoxedStrategy<Record<'static>>,
    parcel: BoxedStrategy<Record<'static>>,
) -> impl Strategy<Value = Manifest<'static>> {
    let purpose = select(vec![Purpose::Original, Purpose::Replace, Purpose::Change, Purpose::Cancel]);
    (number, purpose, head, vec(parcel, 0..5)).prop_map(|(number, purpose, head, parcels)| {
        let number = Personal::owned(number);
        let field = Field {
            role: Role::None,
            party: 0,
            tag: Tag::ManifestNumber,
            qualifier: Qualifier::NONE,
            value: number.clone(),
        };
        let mut fields: Vec<_> = head.fields.iter().map(|f| f.to_owned()).collect();
        fields.insert(0, field);
        let head = in_order(&Record { fields: fields.into(), ..head });
        Manifest { source: Source::Json, purpose, number, head, parcels, dropped: [0; 6], unmapped: 0 }
    })
}
