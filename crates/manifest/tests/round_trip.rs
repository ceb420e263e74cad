//! Properties: sealed form and written form give back what went in; no octets make anything panic.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::{Interchange, Limits, Severity};
mod made_up;

use manifest::{
    Class, Field, Manifest, Operational, Personal, Qualifier, Record, Role, Source, Tag, mapping, record, write,
};
use proptest::{collection::vec, prelude::*, sample::select};

const ENVELOPE: write::Envelope<'_> = write::Envelope {
    sender_qualifier: "ZZ",
    sender: "GATEWAY",
    receiver_qualifier: "ZZ",
    receiver: "DEMOCARRIER",
    group_sender: "GATEWAY",
    group_receiver: "DEMOCARRIER",
    interchange_control: 41,
    group_control: 7,
    date: 20260105,
    time: 930,
    test: false,
};

fn map<'a>(interchange: &Interchange<'a>) -> Manifest<'a> {
    mapping::read(interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap()
}

/// The record as it comes out of a batch: from its classes, in another order.
fn reopened(record: &Record<'_>) -> Record<'static> {
    let classes = Class::ALL.map(|class| (class, record.class_bytes(class)));
    let operational = Operational::from_bytes(&record.operational.to_bytes()).unwrap();
    let read = Record::from_classes(operational, classes.iter().rev().map(|(c, b)| (*c, b.as_slice()))).unwrap();
    Record { operational, fields: read.fields.iter().map(|f| f.to_owned()).collect(), parties: read.parties }
}

fn sorted(record: &Record<'_>) -> Vec<Field<'static>> {
    let mut fields: Vec<_> = record.fields.iter().map(|f| f.to_owned()).collect();
    fields.sort();
    fields
}

/// Seals and opens, writes and reads: all three times the same.
fn check_round_trip(manifest: &Manifest<'_>) {
    let octets = write::x12_856(manifest, &ENVELOPE);
    let [head, parcels @ ..] = &manifest.records().map(reopened).collect::<Vec<_>>()[..] else { unreachable!() };
    assert!(*head == manifest.head && *parcels == manifest.parcels[..], "opened differs");
    let again = Manifest::from_records(Source::X856, manifest.purpose, head.clone(), parcels.to_vec());
    assert!(octets == write::x12_856(&again, &ENVELOPE), "opened is written differently");

    let (interchange, findings) = edi::read(&octets, &Limits::default());
    let refusing: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Refusal).collect();
    assert!(refusing.is_empty(), "{refusing:?}");
    let back = map(&interchange);
    assert_eq!((back.purpose, back.parcels.len(), back.unmapped), (manifest.purpose, manifest.parcels.len(), 0));
    for (row, (there, here)) in manifest.records().zip(back.records()).enumerate() {
        assert_eq!((there.operational, there.parties), (here.operational, here.parties), "row {row}");
        let (there, here) = (sorted(there), sorted(here));
        let differ = there.iter().filter(|f| !here.contains(f)).chain(here.iter().filter(|f| !there.contains(f)));
        assert!(there == here, "row {row}: {:?}", differ.collect::<Vec<_>>());
    }
    assert!(octets == write::x12_856(&back, &ENVELOPE), "read again is written differently");
    check_json(manifest);
}

/// Our own JSON has all of it.
fn check_json(manifest: &Manifest<'_>) {
    let octets = manifest::json::write(manifest);
    let back = match manifest::json::read(&octets, &manifest::form::Limits::default(), &Class::ALL) {
        Ok(back) => back,
        Err(findings) => panic!("{findings:?}"),
    };
    assert!(
        (&back.number, back.purpose, back.parcels.len())
            == (&manifest.number, manifest.purpose, manifest.parcels.len())
    );
    for (row, (there, here)) in manifest.records().zip(back.records()).enumerate() {
        assert!(made_up::in_order(there) == *here, "row {row}");
    }
}

/// Text as people write it, with what others use as separators.
fn text() -> impl Strategy<Value = String> {
    "[A-Z0-9][A-Za-z0-9 .,'>:~*<\\\\&@()é-]{0,18}[A-Z0-9.~*>]"
}

fn number() -> impl Strategy<Value = String> {
    "[A-Z0-9]{2,20}"
}

fn one_of(list: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    select(list)
}

/// A party with what may follow it. `|` separates.
fn party() -> impl Strategy<Value = String> {
    let role = one_of(&["ST", "ST", "ST", "SF", "BT", "CN", "BY", "QQ"]);
    let place = (text(), one_of(&["QC", "ON", "NY", ""]), one_of(&["H7A 0A1", "10001", ""]), one_of(&["CA", "US", ""]));
    let contact = (one_of(&["IC", "DC"]), text(), one_of(&["TE", "EM", "CP", "UR"]), text(), text());
    let parts =
        (role, text(), proptest::option::of(number()), proptest::option::of((text(), text())), place, contact, 0u8..32);
    parts.prop_map(|(role, name, id, street, (city, region, postal, country), contact, what)| {
        let mut lines = match id {
            Some(id) => format!("N1|{role}|{name}|92|{id}\n"),
            None => format!("N1|{role}|{name}\n"),
        };
        if what & 1 != 0 {
            lines += &format!("N2|{city}\n");
        }
        if let Some((street, more)) = street {
            lines += &format!("N3|{street}|{more}\nN3|{more}\nN4|{city}|{region}|{postal}|{country}\n");
        }
        if what & 2 != 0 {
            lines += &format!("REF|CR|{name}\n");
        }
        let (code, person, kind, value, other) = contact;
        if what & 4 != 0 {
            lines += &format!("PER|{code}|{person}|{kind}|{value}|EM|{other}\n");
        }
        if what & 8 != 0 {
            lines += &format!("PER|{code}||{kind}|{value}\n");
        }
        lines
    })
}

fn segment() -> impl Strategy<Value = String> {
    let amount = 0u32..10_000_000;
    prop_oneof![
        (text(), proptest::option::of(number())).prop_map(|(o, r)| format!("PRF|{o}|{}\n", r.unwrap_or_default())),
        text().prop_map(|t| format!("PID|F||||{t}\n")),
        (one_of(&["BM", "CN", "2I", "PO", "12", "CR"]), text()).prop_map(|(q, v)| format!("REF|{q}|{v}\n")),
        (one_of(&["GM", "CP", "SM"]), number()).prop_map(|(q, v)| format!("MAN|{q}|{v}\n")),
        (1u32..90_000, one_of(&["KG", "LB", "GR", "OZ"]), 0u16..4).prop_map(|(w, u, p)| format!(
            "TD1||{p}||||G|{}.{:02}|{u}\n",
            w / 100,
            w % 100
        )),
        (one_of(&["DEMO", "XY", "Doe"]), one_of(&["G2", "ND", ""]), one_of(&["", "BY ROAD"]))
            .prop_map(|(c, s, r)| format!("TD5||2|{c}|M|{r}|||||||{s}\n")),
        (one_of(&["LN", "WD", "HT"]), 1u32..999).prop_map(|(q, v)| format!("MEA|PD|{q}|{v}|CM\n")),
        (1u32..29).prop_map(|d| format!("DTM|011|202601{d:02}\n")),
        (one_of(&["D240", ""]), amount.clone()).prop_map(|(c, a)| format!("SAC|A|{c}|ZZ|X|{a}\n")),
        amount.clone().prop_map(|a| format!("SAC|N||ZZ|DECLARED|{a}\n")),
        amount.prop_map(|a| format!("AMT|COD|{}.{:02}\nCUR|SE|CAD\n", a / 100, a % 100)),
        party(),
        party(),
    ]
}

/// A document with any hierarchy, in separators that leave the usual ones to the values.
fn document() -> impl Strategy<Value = String> {
    let level = (one_of(&["O", "P", "T", "I", "P", "S"]), any::<prop::sample::Index>(), 0u8..20, vec(segment(), 0..6));
    (one_of(&["00", "01", "04", "05"]), number(), vec(segment(), 0..6), vec(level, 0..12)).prop_map(|(purpose, number, first, levels)| {
        let mut body = format!("BSN|{purpose}|{number}|20260105|0930\nHL|1||S\n{}", first.concat());
        for (n, (code, parent, root, segments)) in levels.into_iter().enumerate() {
            let parent = if root == 0 { String::new() } else { (parent.index(n + 1) + 1).to_string() };
            body += &format!("HL|{}|{parent}|{code}\n{}", n + 2, segments.concat());
        }
        let count = body.lines().count() + 2;
        format!(
            "ISA|00|          |00|          |ZZ|SHIPPER        |ZZ|CARRIER        |260105|0930|U|00401|000000007|0|P|^\n\
             GS|SH|SHIPPER|CARRIER|20260105|0930|7|X|004010\nST|856|0001\n{body}SE|{count}|0001\nGE|1|7\nIEA|1|000000007\n"
        )
    })
}

fn field() -> impl Strategy<Value = Field<'static>> {
    let tag = select((0..=255).filter_map(Tag::from_number).collect::<Vec<_>>());
    let role = one_of(&["", "SF", "ST", "BT", "SH", "CN", "BY", "ZZ"]);
    let qualifier = "[A-Z0-9]{0,4}".prop_map(|q| Qualifier::new(q.as_bytes()).unwrap());
    (tag, role, 1u16.., qualifier, vec(any::<u8>(), 1..300)).prop_map(|(tag, role, party, qualifier, value)| {
        let (role, party) = if role.is_empty() { (Role::None, 0) } else { (Role::from_code(role.as_bytes()), party) };
        Field { role, party, tag, qualifier, value: Personal::owned(value) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sealed_form(fields in vec(field(), 0..40)) {
        let record = Record::new(Operational::default(), fields);
        prop_assert!(reopened(&record) == record);
        for class in Class::ALL {
            let bytes = record.class_bytes(class);
            let decoded = Record::decode(class, &bytes).unwrap();
            let held: Vec<_> = record.fields.iter().filter(|f| f.class() == class).collect();
            prop_assert!(decoded == held);
            prop_assert_eq!(bytes.is_empty(), held.is_empty());
        }
    }

    #[test]
    fn written_form(text in document()) {
        let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
        check_round_trip(&map(&interchange));
    }

    #[test]
    fn what_decodes_has_no_other_form(bytes in vec(any::<u8>(), 0..60), tag in select(vec![1u8, 2, 16, 33, 48, 64]), head in 0u8..8) {
        for bytes in [bytes.clone(), [&[tag, head][..], &bytes].concat()] {
            for class in Class::ALL {
                if let Ok(fields) = record::decode(class, &bytes) {
                    prop_assert_eq!(record::encode(&fields, class).to_vec(), bytes.clone());
                }
            }
        }
    }

    #[test]
    fn the_clear_column_has_one_form(octets in any::<[u8; 32]>(), zeroes in any::<u32>()) {
        let mut octets = octets;
        octets.iter_mut().enumerate().for_each(|(at, octet)| if zeroes >> at & 1 == 0 { *octet = 0 });
        octets[0] %= 16;
        if let Ok(read) = Operational::from_bytes(&octets) {
            prop_assert_eq!(read.to_bytes(), octets);
        }
    }

    #[test]
    fn no_octets_panic(text in document(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), kind in one_of(&["856", "215"])) {
        let mut bytes = text.replace("ST|856", &format!("ST|{kind}")).into_bytes();
        for (at, octet) in changes {
            let at = at.index(bytes.len());
            bytes[at] = octet;
        }
        let (interchange, _) = edi::read(&bytes, &Limits::default());
        for set in interchange.groups.iter().flat_map(|g| &g.sets) {
            if let Ok(manifest) = mapping::read(&interchange, set, &Class::ALL) {
                let octets = write::x12_856(&manifest, &ENVELOPE);
                let (again, _) = edi::read(&octets, &Limits::default());
                prop_assert_eq!(again.groups[0].sets.len(), 1, "no value breaks a segment");
                (0..=manifest.parcels.len()).for_each(|row| drop(manifest.search_values(row)));
            }
        }
    }
}

#[test]
fn samples() {
    for name in ["manifest-856.edi", "manifest-215.edi", "manifest-856-second.edi"] {
        let text = std::fs::read(format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let (interchange, _) = edi::read(&text, &Limits::default());
        check_round_trip(&map(&interchange));
    }
}

/// Of a shipment whose weight is less than a gram, one piece is all that is said.
#[test]
fn a_shipment_of_one_piece_and_nothing_more() {
    let text = "ISA|00|          |00|          |ZZ|SHIPPER        |ZZ|CARRIER        |260105|0930|U|00401|000000007|0|P|^\n\
                GS|SH|SHIPPER|CARRIER|20260105|0930|7|X|004010\nST|856|0001\nBSN|00|00|20260105|0930\nHL|1||S\n\
                TD1||1||||G|0.01|GR\nHL|2|1|P\nSE|6|0001\nGE|1|7\nIEA|1|000000007\n";
    let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
    let manifest = map(&interchange);
    assert_eq!((manifest.head.operational.pieces, manifest.head.operational.weight_grams), (1, None));
    check_round_trip(&manifest);
}

/// A level that is told of the tare is above the pack, too: its order is there twice, and once without a qualifier.
#[test]
fn an_order_that_is_there_twice() {
    let text = "ISA|00|          |00|          |ZZ|SHIPPER        |ZZ|CARRIER        |260105|0930|U|00401|000000007|0|P|^\n\
                GS|SH|SHIPPER|CARRIER|20260105|0930|7|X|004010\nST|856|0001\nBSN|00|00|20260105|0930\nHL|1||S\n\
                HL|2||T\nHL|3|2|I\nPRF|A*|\nHL|4|3|O\nHL|5|2|P\nSE|9|0001\nGE|1|7\nIEA|1|000000007\n";
    let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
    check_round_trip(&map(&interchange));
}

#[test]
fn separators_give_way_to_values() {
    let written = |value: &[u8]| {
        let field = Field {
            role: Role::Recipient,
            party: 1,
            tag: Tag::Name,
            qualifier: Qualifier::NONE,
            value: Personal::owned(value.to_vec()),
        };
        let parcel = Record::new(Operational::default(), vec![field]);
        let head = Record::new(Operational::default(), Vec::new());
        let manifest = Manifest::from_records(Source::X856, manifest::Purpose::Original, head, vec![parcel]);
        let octets = write::x12_856(&manifest, &ENVELOPE);
        String::from_utf8(octets.to_vec()).unwrap().lines().find(|l| l.starts_with("N1")).unwrap().to_owned()
    };
    assert_eq!(written(b"A*B>C~D"), "N1|ST|A*B>C~D'");
    assert_eq!(written(b"*|^>:<~'`"), "N1\x1dST\x1d*|^>:<~'`\x1e");
    assert_eq!(written(b"A\nB\0C\x7f"), "N1*ST*A B C ~");
}

#[test]
fn no_value_is_shown() {
    let field = Field {
        role: Role::Recipient,
        party: 1,
        tag: Tag::Name,
        qualifier: Qualifier::NONE,
        value: Personal::borrowed(b"ADA"),
    };
    let record = Record::new(Operational::default(), vec![field]);
    let shown = format!("{record:?}{:#?}", record);
    assert!(shown.contains('…') && !shown.contains("ADA") && !shown.contains("65"));
    let wrong = Record::decode(Class::Contact, &record.class_bytes(Class::Address)).unwrap_err();
    assert_eq!(wrong, record::Malformed::Class { offset: 0, class: Class::Contact });
    assert_eq!(wrong.to_string(), "the field at octet 0 is not contact");
}

#[test]
fn the_sealed_form_is_this() {
    let field = |role, party, tag, qualifier: &[u8], value: &'static [u8]| Field {
        role,
        party,
        tag,
        qualifier: Qualifier::new(qualifier).unwrap(),
        value: Personal::borrowed(value),
    };
    let record = Record::new(
        Operational::default(),
        vec![
            field(Role::None, 0, Tag::Tracking, b"CP", b"T1"),
            field(Role::Recipient, 9, Tag::PartyNumber, b"92", &[b'7'; 200]),
            field(Role::Recipient, 9, Tag::Name, b"", b"ADA"),
        ],
    );
    let linkable = [&[2, 2][..], b"CP", &[2], b"T1", &[6, 2 * 8 + 2, 1], b"92", &[200, 1], &[b'7'; 200]].concat();
    assert_eq!(*record.class_bytes(Class::Linkable), linkable);
    assert_eq!(*record.class_bytes(Class::Address), [&[16, 2 * 8, 1, 3][..], b"ADA"].concat());
    for (wrong, offset) in [(&linkable[..5], 0), (&linkable[..8], 7), (&linkable[..linkable.len() - 1], 7)] {
        assert_eq!(record::decode(Class::Linkable, wrong), Err(record::Malformed::Truncated { offset }));
    }
    let parts: [(&[u8], &str); 7] = [
        (&[99, 0, 1, b'X'], "tag"),
        (&[16, 31 * 8, 1, 1, b'X'], "role"),
        (&[16, 8, 0, 1, b'X'], "party"),
        (&[16, 1, b'a', 1, b'X'], "qualifier"),
        (&[16, 5, b'A', b'A', b'A', b'A', b'A', 1, b'X'], "qualifier"),
        (&[16, 0, 0], "length"),
        (&[16, 0, 0x81, 0, b'X'], "length or party"),
    ];
    for (bytes, part) in parts {
        assert_eq!(record::decode(Class::Address, bytes), Err(record::Malformed::Part { offset: 0, part }));
    }
}

/// The recipient stands in an item's level before the order's for one of the parcels, and behind it for the other.
#[test]
fn parcels_of_one_order_share_its_level_wherever_it_stood() {
    let text = "ISA|00|          |00|          |ZZ|SHIPPER        |ZZ|CARRIER        |260105|0930|U|00401|000000007|0|P|^\n\
        GS|SH|SHIPPER|CARRIER|20260105|0930|7|X|004010\nST|856|0001\nBSN|00|A0|20260105|0930\nHL|1||S\nHL|2|1|I\n\
        N1|ST|0A\nREF|CR|0A\nPER|IC||TE|A>\nHL|3||O\nHL|4||O\nHL|5|1|I\nPRF|0.|\nHL|6|2|S\nHL|7|1|P\nSE|14|0001\n\
        GE|1|7\nIEA|1|000000007\n";
    let (interchange, _) = edi::read(text.as_bytes(), &Limits::default());
    let manifest = map(&interchange);
    check_round_trip(&manifest);
    let octets = write::x12_856(&manifest, &ENVELOPE);
    let orders = octets.split(|octet| *octet == b'~').filter(|segment| segment.ends_with(b"*O")).count();
    assert_eq!((manifest.parcels.len(), orders), (4, 1));
}
