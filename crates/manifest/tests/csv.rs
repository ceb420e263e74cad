//! The CSV form: what is read, what is refused and where, what is lost, and that what is written is read again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod made_up;

use manifest::{
    Class, Field, Manifest, Operational, Personal, Province, Purpose, Qualifier, Record, Role, Source, Tag, csv,
    form::Limits,
};
use proptest::prelude::*;

fn read_with<'a>(text: &'a str, headings: &csv::Headings) -> Result<Manifest<'a>, Vec<String>> {
    let told = |f: &manifest::form::Finding| format!("{} {}", f.code, f.place);
    csv::read(text.as_bytes(), &Limits::default(), &Class::ALL, headings)
        .map_err(|found| found.iter().map(told).collect())
}

fn read(text: &str) -> Result<Manifest<'_>, Vec<String>> {
    read_with(text, &csv::Headings::default())
}

fn shown(field: &Field<'_>) -> String {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    format!(
        "{:?}{} {:?}[{}] {}",
        field.role,
        field.party,
        field.tag,
        text(field.qualifier.as_bytes()),
        text(field.value.expose())
    )
}

#[test]
fn a_file_with_many_columns() {
    let text = "\u{feff}weight_kg;tracking;tracking[CN];order;order.2;recipient_street.2;recipient_street_more;recipient_street;\
                recipient_name;bill_to_number[92];declared_value;sender_name;manifest_remark;purpose;manifest_number;ship_date;\
                recipient_postal_code;recipient_country;service\n\
                1.5;T1;C1;O1;O2;REAR;APT 4;1 ELM ST; ADA ;9;12,5;SHOP;\"NOTE; \"\"A\"\"\";change;M-1;2026-01-05;H7A 0A1;CA;G2\n\
                ;;;;;;;;;;;;;;;;;;\n\
                2;T2;;;;;;;BO;;1;;;;M-1;2026-01-05;;;\n";
    assert_eq!(read(text).unwrap_err(), ["INVALID_NUMBER row 2, column declared_value"]);
    let text = text.replace("12,5", "12.5");
    let manifest = read(&text).unwrap();
    assert_eq!(
        (manifest.source, manifest.purpose, manifest.number.expose()),
        (Source::Csv, Purpose::Change, &b"M-1"[..])
    );
    let said = manifest.head.operational;
    assert_eq!((said.ship_date, said.service, said.pieces), (Some(20260105), None, 0), "what all parcels say alike");
    let all = |record: &Record<'_>| record.fields.iter().map(|f| shown(&f)).collect::<Vec<_>>();
    assert_eq!(
        all(&manifest.head),
        ["None0 ManifestNumber[] M-1", "Sender1 Name[] SHOP", "None0 Remark[] NOTE; \"A\""]
    );
    assert_eq!(manifest.parcels.len(), 2);
    assert_eq!(
        all(&manifest.parcels[0]),
        [
            "None0 Tracking[CP] T1",
            "None0 Tracking[CN] C1",
            "None0 Order[] O1",
            "None0 Order[PO] O2",
            "Recipient1 Name[] ADA",
            "Recipient1 Street[] 1 ELM ST",
            "Recipient1 StreetMore[] APT 4",
            "Recipient1 Street[] REAR",
            "Recipient1 PostalCode[] H7A 0A1",
            "Recipient1 Country[] CA",
            "None0 DeclaredValue[] 1250",
            "BillTo2 PartyNumber[92] 9",
        ]
    );
    let said = manifest.parcels[0].operational;
    assert_eq!((said.weight_grams, said.province, said.country), (Some(1500), Province::QC, Some(*b"CA")));
}

#[test]
fn what_is_refused_and_where() {
    for (text, found) in [
        ("", &["NO_HEADER row 0"][..]),
        ("manifest_number\n", &["COLUMN_MISSING column manifest_number"]),
        ("order\nA\n", &["COLUMN_MISSING row 1, column manifest_number"]),
        ("manifest_number,colour\n", &["UNKNOWN_COLUMN row 1, column 2"]),
        ("manifest_number,order,order\n", &["DUPLICATE_COLUMN row 1, column order"]),
        ("manifest_number,order\nM\n", &["CELL_COUNT row 2"]),
        ("manifest_number,order\nM,A,B\n", &["CELL_COUNT row 2"]),
        ("manifest_number,order\nM,\"A\"B\n", &["QUOTING row 2"]),
        ("manifest_number,order\n,A\n", &["EMPTY row 2, column manifest_number"]),
        ("manifest_number,order\nM,A\nN,B\n", &["MANIFEST_DIFFERS row 3, column manifest_number"]),
        ("manifest_number,sender_city,order\nM,,A\nM,X,B\n", &["MANIFEST_DIFFERS row 3, column sender_city"]),
        ("manifest_number,purpose\nM,cancelled\n", &["INVALID_CODE row 2, column purpose"]),
        ("manifest_number,remark\nM,\"A\nB\"\n", &["CONTROL_CHARACTER row 2, column remark"]),
        ("manifest_number,remark\nM,4111 1111 1111 1111\n", &["CARD_NUMBER row 2, column remark"]),
        ("manifest_number,reference[PO]\nM,A\n", &["INVALID_QUALIFIER row 2, column reference[PO]"]),
        ("manifest_number,ship_date\nM,05/01/2026\n", &["INVALID_DATE row 2, column ship_date"]),
        ("manifest_number,weight_kg\nM,0\n", &["OUT_OF_RANGE row 2, column weight_kg"]),
        (
            "manifest_number,recipient_province,recipient_country\nM,NY,CA\n",
            &["INVALID_PROVINCE row 2, column recipient_province"],
        ),
        (
            "manifest_number,recipient_number,recipient_number[92]\nM,A,B\n",
            &["EXCLUSIVE row 2, column recipient_number[92]"],
        ),
        ("manifest_number,recipient_province,destination_province\nM,QC,ON\n", &["CONTRADICTION row 2"]),
        (
            "manifest_number,pieces,service\nM,1.5,EXPRESS\n",
            &["INEXACT row 2, column pieces", "INVALID_CODE row 2, column service"],
        ),
    ] {
        let mut told = read(text).unwrap_err();
        told.sort();
        assert_eq!(told, found, "{text:?}");
    }
    let octets = b"manifest_number\n\xc9\n";
    let found = csv::read(octets, &Limits::default(), &Class::ALL, &csv::Headings::default()).unwrap_err();
    assert_eq!((found[0].code.as_str(), found[0].line, found[0].column), ("NOT_UTF8", 2, 1));
}

#[test]
fn limits() {
    let limits = Limits { octets: 120, parcels: 2, values: 3, findings: 1, ..Limits::default() };
    let code = |text: &str| {
        let found = csv::read(text.as_bytes(), &limits, &Class::ALL, &csv::Headings::default()).unwrap_err();
        found.iter().map(|f| f.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(code("manifest_number,order\nM,A\nM,B\nM,C\n"), ["TOO_MANY_PARCELS"]);
    assert_eq!(code("manifest_number,order,sscc\nM,A,B\nM,B,C\n"), ["TOO_MANY_VALUES"]);
    assert_eq!(code("manifest_number,order,weight_kg\nM,A,x\nM,B,y\n"), ["INVALID_NUMBER", "FINDINGS_LIMIT"]);
    assert_eq!(code(&" ".repeat(121)), ["TOO_LARGE"]);
    let wide = format!("manifest_number{}\n", ",x".repeat(256));
    assert_eq!(read(&wide).unwrap_err(), ["TOO_MANY_VALUES row 1"]);
}

#[test]
fn a_partners_own_headings() {
    let mut headings = csv::Headings::default();
    headings.add("Ship To", Some("recipient_name")).unwrap();
    headings.add("Deliver To", Some("recipient_name")).unwrap();
    headings.add("Row", None).unwrap();
    assert_eq!(headings.add("X", Some("colour")), Err(csv::Unusable::UnknownColumn));
    assert_eq!(headings.add("Ship To", Some("order")), Err(csv::Unusable::Taken));
    assert_eq!(headings.add("order", None), Err(csv::Unusable::Taken));
    let text = "Row,manifest_number, Ship To \n1,M,ADA\n2,M,\n";
    let manifest = read_with(text, &headings).unwrap();
    assert_eq!((manifest.parcels.len(), manifest.unmapped), (1, 2));
    assert_eq!(manifest.parcels[0].fields.iter().map(|f| shown(&f)).collect::<Vec<_>>(), ["Recipient1 Name[] ADA"]);
    let twice = "manifest_number,Ship To,Deliver To\nM,A,B\n";
    assert_eq!(read_with(twice, &headings).unwrap_err(), ["DUPLICATE_COLUMN row 1, column recipient_name"]);
    assert_eq!(read_with("manifest_number,ship to\n", &headings).unwrap_err(), ["UNKNOWN_COLUMN row 1, column 2"]);
}

fn field(role: Role, party: u16, tag: Tag, qualifier: &str, value: &'static [u8]) -> Field<'static> {
    let qualifier = Qualifier::new(qualifier.as_bytes()).unwrap();
    Field { role, party, tag, qualifier, value: Personal::borrowed(value) }
}

fn written(head: Vec<Field<'static>>, parcels: Vec<Vec<Field<'static>>>) -> (String, u32, u32) {
    let of = |fields: Vec<Field<'static>>, pieces| {
        let value = |tag| fields.iter().find(|f| f.tag == tag).map_or(&b""[..], |f| f.value.expose());
        let (province, country) =
            manifest::operational::place(value(Tag::Region), value(Tag::PostalCode), value(Tag::Country));
        Record::new(Operational { pieces, province, country, ..Operational::default() }, fields)
    };
    let parcels = parcels.into_iter().map(|fields| of(fields, 1)).collect();
    let manifest = Manifest::from_records(Source::X856, Purpose::Original, of(head, 0), parcels);
    let written = csv::write(&manifest);
    assert_eq!(written.octets.len(), written.octets.capacity(), "no copy is left behind by growing");
    (String::from_utf8(written.octets.to_vec()).unwrap(), written.lost, written.strange)
}

#[test]
fn what_is_written() {
    let number = || field(Role::None, 0, Tag::ManifestNumber, "", b"M-1");
    let own = |tag, qualifier, value| field(Role::None, 0, tag, qualifier, value);
    let to = |tag, qualifier, value| field(Role::Recipient, 1, tag, qualifier, value);
    let expected = "manifest_number,purpose,sender_name,tracking,recipient_name,recipient_street,recipient_street_more,\
                    recipient_phone,remark,charge\r\n\
                    M-1,original,SHOP,T1,'=HYPERLINK(1),\"1 ELM, ST\",APT,'+1 555,\"SAY \"\"HI\"\"\",\r\n\
                    M-1,original,SHOP,T2,,,,,'@HOME,'-0.50\r\n";
    let first = vec![
        own(Tag::Tracking, "CP", b"T1"),
        to(Tag::Name, "", b"=HYPERLINK(1)"),
        to(Tag::Street, "", b"1 ELM, ST"),
        to(Tag::StreetMore, "", b"APT"),
        to(Tag::Phone, "TE", b"+1 555"),
        own(Tag::Remark, "", b"SAY \"HI\""),
    ];
    let second = vec![own(Tag::Tracking, "CP", b"T2"), own(Tag::Charge, "ZZ", b"-50"), own(Tag::Remark, "", b"@HOME")];
    let head = vec![number(), field(Role::Sender, 1, Tag::Name, "", b"SHOP")];
    assert_eq!(written(head, vec![first, second]), (expected.to_owned(), 0, 0));
    assert_eq!(written(vec![number()], vec![]), ("manifest_number,purpose\r\nM-1,original\r\n".to_owned(), 0, 0));
}

#[test]
fn what_is_lost_is_counted() {
    let number = || field(Role::None, 0, Tag::ManifestNumber, "", b"M");
    let own = |tag, qualifier, value| field(Role::None, 0, tag, qualifier, value);
    let to = |party, tag, qualifier, value| field(Role::Recipient, party, tag, qualifier, value);
    for (fields, lost, strange) in [
        (vec![to(1, Tag::Name, "", b"A"), to(2, Tag::Name, "", b"B")], 1, 0),
        (vec![field(Role::Sender, 1, Tag::Name, "", b"A")], 2, 0),
        (vec![own(Tag::Order, "", b"A"), own(Tag::Order, "", b"B")], 1, 0),
        (vec![to(1, Tag::ContactName, "IC", b"A"), to(1, Tag::ContactName, "IC", b"B")], 1, 0),
        (vec![to(1, Tag::StreetMore, "", b"A"), to(1, Tag::Street, "", b"B")], 1, 0),
        (vec![to(1, Tag::PartyNumber, "92", b"A"), to(1, Tag::PartyNumber, "ZZ", b"B")], 1, 0),
        (vec![own(Tag::Remark, "", b"\xc9")], 2, 0),
        (vec![own(Tag::PartyNumber, "92", b"A")], 2, 0),
        ((0..11).map(|_| own(Tag::Remark, "", b"A")).collect(), 2, 0),
        (vec![], 1, 0),
        (vec![to(1, Tag::Country, "", b"CANADA")], 0, 1),
        (vec![to(1, Tag::Country, "", b"CA"), to(1, Tag::Region, "", b"NY")], 0, 1),
        (vec![own(Tag::Reference, "", b"A")], 0, 1),
        (vec![own(Tag::Reference, "X", b"A")], 0, 1),
        (vec![own(Tag::Remark, "", b" A\n")], 0, 1),
        (vec![own(Tag::Cod, "", b"0012")], 0, 1),
    ] {
        let told = format!("{:?}", fields.iter().map(|f| (f.tag, f.qualifier)).collect::<Vec<_>>());
        let (_, found_lost, found_strange) = written(vec![number()], vec![fields]);
        assert_eq!((found_lost, found_strange), (lost, strange), "{told}");
    }
}

/// Fields without the order that a file cannot keep.
fn sorted(record: &Record<'_>) -> (Operational, Vec<Field<'static>>) {
    let mut fields: Vec<_> = record.fields.iter().map(|f| f.to_owned()).map(|f| Field { party: 0, ..f }).collect();
    fields.sort();
    (record.operational, fields)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(manifest in made_up::plain_manifest()) {
        let written = csv::write(&manifest);
        let text = str::from_utf8(&written.octets).unwrap();
        if written.strange == 0 {
            let read = read(text).map_err(|found| format!("{found:?}\n{text}")).unwrap();
            let values = |m: &Manifest<'_>| m.records().map(|r| r.fields.len()).sum::<usize>();
            let lost_parcels = manifest.parcels.len() - read.parcels.len();
            prop_assert_eq!(values(&manifest) + lost_parcels, values(&read) + written.lost as usize);
            if written.lost == 0 {
                prop_assert!((&read.number, read.purpose) == (&manifest.number, manifest.purpose));
                for (there, here) in manifest.records().zip(read.records()) {
                    prop_assert!(sorted(there) == sorted(here), "{}\n{:?}\n{:?}", text, there, here);
                }
            }
            let again = csv::write(&read);
            prop_assert_eq!((again.lost, again.strange), (0, 0));
            prop_assert_eq!(text, str::from_utf8(&again.octets).unwrap());
        }
    }

    #[test]
    fn what_is_read_is_written_and_read(manifest in made_up::manifest()) {
        let written = csv::write(&manifest);
        let text = str::from_utf8(&written.octets).unwrap();
        for cell in text.lines().skip(1).flat_map(|l| l.split(',')) {
            prop_assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '@']) || text.contains('"'), "{}", cell);
        }
        if let Ok(read) = read(text) {
            let again = csv::write(&read);
            prop_assert_eq!((again.lost, again.strange), (0, 0));
            prop_assert!(csv::read(&again.octets, &Limits::default(), &Class::ALL, &csv::Headings::default()).unwrap() == read);
        }
    }

    #[test]
    fn no_octets_panic(manifest in made_up::plain_manifest(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut octets = csv::write(&manifest).octets.to_vec();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let limits = Limits { findings: 5, ..Limits::default() };
        _ = csv::read(&octets, &limits, &Class::ALL, &csv::Headings::default()).map_err(|f| assert!(f.len() <= 6));
    }
}
