//! The JSON form: what is read, what is refused and where, and that what is written is read again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod made_up;

use manifest::{Class, Field, Manifest, Province, Purpose, Role, Source, Tag, form::Limits, json};
use proptest::prelude::*;

fn read(text: &str) -> Result<Manifest<'_>, Vec<(String, String)>> {
    let told = |f: &manifest::form::Finding| (f.code.to_string(), f.place.clone());
    json::read(text.as_bytes(), &Limits::default(), &Class::ALL).map_err(|found| found.iter().map(told).collect())
}

/// A document with these members of its one parcel.
fn parcel(members: &str) -> String {
    format!(r#"{{"bulla":"manifest/1","manifest_number":"M","parcels":[{{{members}}}]}}"#)
}

fn found(text: &str) -> Vec<(String, String)> {
    read(text).unwrap_err()
}

fn one(code: &str, place: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), place.to_owned())]
}

fn shown(field: &Field<'_>) -> (Role, u16, Tag, String, String) {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    (field.role, field.party, field.tag, text(field.qualifier.as_bytes()), text(field.value.expose()))
}

#[test]
fn a_document_with_everything() {
    let text = r#"{
        "parcels": [{
            "recipient": {"country": "CA", "postal_code": "H7A 0A1", "province": "QC", "city": "LAVAL",
                "street": ["1 ELM ST", "APT 4", {"part": "street", "value": "REAR"}], "name": " ADA EXAMPLE ",
                "contact": {"email": "ada@example.invalid", "name": "ADA", "phone": ["1", {"qualifier": "CP", "value": "2"}]}},
            "parties": [{"role": "bill_to", "name": "PAYER", "number": "9", "account": "A-1"}],
            "tracking": ["T1", {"qualifier": "CN", "value": "T2"}], "sscc": "S1", "order": ["O1", "O2"],
            "reference": "R", "remark": "LEAVE \u0041T DOOR", "weight_kg": "1.5", "length_cm": 30.5, "pieces": 2,
            "declared_value": 129.9, "cod": "0.5", "charge": {"qualifier": "D240", "value": "-1"}, "currency": "CAD",
            "account": {"qualifier": "11", "value": "A"}, "service": null
        }, {}],
        "sender": {"name": "SHOP"}, "service": "G2", "carrier": "DEMO", "ship_date": "2026-01-05",
        "purpose": "replace", "manifest_number": "M-1", "bulla": "manifest/1"
    }"#;
    let manifest = read(text).unwrap();
    assert_eq!(
        (manifest.source, manifest.purpose, manifest.number.expose()),
        (Source::Json, Purpose::Replace, &b"M-1"[..])
    );
    let head: Vec<_> = manifest.head.fields.iter().map(|f| shown(&f)).collect();
    let s = |t: &str| t.to_owned();
    assert_eq!(
        head,
        [(Role::None, 0, Tag::ManifestNumber, s(""), s("M-1")), (Role::Sender, 1, Tag::Name, s(""), s("SHOP")),]
    );
    let [parcel, empty] = &manifest.parcels[..] else { panic!() };
    let said = parcel.operational;
    assert_eq!(
        (said.weight_grams, said.length_mm, said.pieces, said.province),
        (Some(1500), Some(305), 2, Province::QC)
    );
    assert_eq!((said.service, said.carrier, said.ship_date), (None, manifest::Code::new(b"DEMO"), Some(20260105)));
    assert_eq!((empty.operational.service, empty.operational.pieces), (manifest::Code::new(b"G2"), 1));
    let (own, to, payer) = (Role::None, Role::Recipient, Role::BillTo);
    assert_eq!(
        parcel.fields.iter().map(|f| shown(&f)).collect::<Vec<_>>(),
        [
            (own, 0, Tag::Tracking, s("CP"), s("T1")),
            (own, 0, Tag::Tracking, s("CN"), s("T2")),
            (own, 0, Tag::Sscc, s("GM"), s("S1")),
            (own, 0, Tag::Order, s(""), s("O1")),
            (own, 0, Tag::Order, s("PO"), s("O2")),
            (own, 0, Tag::Reference, s("ZZ"), s("R")),
            (to, 1, Tag::Name, s(""), s("ADA EXAMPLE")),
            (to, 1, Tag::Street, s(""), s("1 ELM ST")),
            (to, 1, Tag::StreetMore, s(""), s("APT 4")),
            (to, 1, Tag::Street, s(""), s("REAR")),
            (to, 1, Tag::City, s(""), s("LAVAL")),
            (to, 1, Tag::Region, s(""), s("QC")),
            (to, 1, Tag::PostalCode, s(""), s("H7A 0A1")),
            (to, 1, Tag::Country, s(""), s("CA")),
            (to, 1, Tag::ContactName, s("IC"), s("ADA")),
            (to, 1, Tag::Phone, s("TE"), s("1")),
            (to, 1, Tag::Phone, s("CP"), s("2")),
            (to, 1, Tag::Email, s("EM"), s("ada@example.invalid")),
            (own, 0, Tag::Remark, s(""), s("LEAVE AT DOOR")),
            (own, 0, Tag::DeclaredValue, s(""), s("12990")),
            (own, 0, Tag::Cod, s(""), s("50")),
            (own, 0, Tag::Charge, s("D240"), s("-100")),
            (own, 0, Tag::Currency, s("ZZ"), s("CAD")),
            (own, 0, Tag::Account, s("11"), s("A")),
            (payer, 2, Tag::PartyNumber, s("ZZ"), s("9")),
            (payer, 2, Tag::Name, s(""), s("PAYER")),
            (payer, 2, Tag::Account, s("12"), s("A-1")),
        ]
    );
}

#[test]
fn what_is_refused_and_where() {
    for (members, code, place) in [
        (r#""colour":"red""#, "UNKNOWN_KEY", "/parcels/0"),
        (r#""recipient":{"nom":"X","name":"X"}"#, "UNKNOWN_KEY", "/parcels/0/recipient"),
        (r#""name":"X""#, "UNKNOWN_KEY", "/parcels/0"),
        (r#""parcels":[]"#, "UNKNOWN_KEY", "/parcels/0"),
        (r#""order":"A","order":"B""#, "DUPLICATE_KEY", "/parcels/0/order"),
        (r#""order":"A","ord\u0065r":"B""#, "DUPLICATE_KEY", "/parcels/0/order"),
        (r#""order":7"#, "WRONG_TYPE", "/parcels/0/order"),
        (r#""order":null"#, "WRONG_TYPE", "/parcels/0/order"),
        (r#""order":[]"#, "EMPTY", "/parcels/0/order"),
        (r#""order":["A",""]"#, "EMPTY", "/parcels/0/order/1"),
        (r#""recipient":"X""#, "WRONG_TYPE", "/parcels/0/recipient"),
        (r#""recipient":{}"#, "EMPTY", "/parcels/0/recipient"),
        (r#""recipient":{"contact":{}}"#, "EMPTY", "/parcels/0/recipient/contact"),
        (r#""recipient":{"role":"sender","name":"X"}"#, "UNKNOWN_KEY", "/parcels/0/recipient"),
        (r#""parties":[{"name":"X"}]"#, "KEY_MISSING", "/parcels/0/parties/0/role"),
        (r#""parties":[{"role":"boss","name":"X"}]"#, "INVALID_CODE", "/parcels/0/parties/0/role"),
        (r#""remark":"A\u0000B""#, "CONTROL_CHARACTER", "/parcels/0/remark"),
        (r#""remark":{"as_written":"A\nB"}"#, "CONTROL_CHARACTER", "/parcels/0/remark"),
        (r#""remark":"4111 1111 1111 1111""#, "CARD_NUMBER", "/parcels/0/remark"),
        (r#""remark":{"as_written":"4111111111111111"}"#, "CARD_NUMBER", "/parcels/0/remark"),
        (
            r#""recipient":{"contact":{"phone":"5555555555554444"}}"#,
            "CARD_NUMBER",
            "/parcels/0/recipient/contact/phone",
        ),
        (r#""ship_date":"2026-02-29""#, "INVALID_DATE", "/parcels/0/ship_date"),
        (r#""ship_date":20260228"#, "WRONG_TYPE", "/parcels/0/ship_date"),
        (r#""weight_kg":0"#, "OUT_OF_RANGE", "/parcels/0/weight_kg"),
        (r#""weight_kg":1.0005"#, "INEXACT", "/parcels/0/weight_kg"),
        (r#""weight_kg":1e1"#, "INVALID_NUMBER", "/parcels/0/weight_kg"),
        (r#""weight_kg":-1"#, "INVALID_NUMBER", "/parcels/0/weight_kg"),
        (r#""weight_kg":4294967.296"#, "OUT_OF_RANGE", "/parcels/0/weight_kg"),
        (r#""weight_kg":99999999999999999999"#, "OUT_OF_RANGE", "/parcels/0/weight_kg"),
        (r#""length_cm":1677721.6"#, "OUT_OF_RANGE", "/parcels/0/length_cm"),
        (r#""pieces":1.5"#, "INEXACT", "/parcels/0/pieces"),
        (r#""pieces":65536"#, "OUT_OF_RANGE", "/parcels/0/pieces"),
        (r#""service":"EXPRESS""#, "INVALID_CODE", "/parcels/0/service"),
        (r#""declared_value":"1,50""#, "INVALID_NUMBER", "/parcels/0/declared_value"),
        (r#""cod":{"value":1.005}"#, "INEXACT", "/parcels/0/cod"),
        (r#""currency":"$""#, "INVALID_CODE", "/parcels/0/currency"),
        (r#""sscc":{"qualifier":"CP","value":"X"}"#, "INVALID_QUALIFIER", "/parcels/0/sscc"),
        (r#""reference":{"qualifier":"PO","value":"X"}"#, "INVALID_QUALIFIER", "/parcels/0/reference"),
        (r#""reference":{"qualifier":"p","value":"X"}"#, "INVALID_QUALIFIER", "/parcels/0/reference/qualifier"),
        (r#""reference":{"qualifier":"CR"}"#, "KEY_MISSING", "/parcels/0/reference"),
        (r#""reference":{"value":"A","as_written":"A"}"#, "EXCLUSIVE", "/parcels/0/reference"),
        (r#""reference":{"octets":"41"}"#, "INVALID_OCTETS", "/parcels/0/reference"),
        (r#""recipient":{"country":"CA","province":"NY"}"#, "INVALID_PROVINCE", "/parcels/0/recipient/province"),
        (
            r#""recipient":{"postal_code":"10001","country":"CA"}"#,
            "INVALID_POSTAL_CODE",
            "/parcels/0/recipient/postal_code",
        ),
        (r#""recipient":{"country":"UK"}"#, "INVALID_COUNTRY", "/parcels/0/recipient/country"),
        (r#""destination_province":"ON","recipient":{"province":"QC"}"#, "CONTRADICTION", "/parcels/0"),
        (r#""destination_province":"Ontario""#, "INVALID_PROVINCE", "/parcels/0/destination_province"),
        (r#""sender":{"name":"A","party":1},"recipient":{"name":"B","party":1}"#, "CONTRADICTION", "/parcels/0"),
        (r#""order":{"value":1}"#, "WRONG_TYPE", "/parcels/0/order/value"),
        (r#""recipient":{"name":["A"]}"#, "WRONG_TYPE", "/parcels/0/recipient/name"),
        (r#""more":{"as_written":"A"}"#, "KEY_MISSING", "/parcels/0/more"),
        (r#""more":{"field":"colour","as_written":"A"}"#, "INVALID_CODE", "/parcels/0/more/field"),
    ] {
        let found = found(&parcel(members));
        assert_eq!(found, one(code, place), "{members}");
    }
}

#[test]
fn the_whole_document() {
    for (text, code, place) in [
        ("", "NOT_JSON", ""),
        ("[]", "WRONG_TYPE", ""),
        ("\u{feff}{}", "NOT_JSON", ""),
        (r#"{"bulla":"manifest/2","manifest_number":"M","parcels":[]}"#, "UNKNOWN_VERSION", "/bulla"),
        (r#"{"manifest_number":"M","parcels":[]}"#, "KEY_MISSING", "/bulla"),
        (r#"{"bulla":"manifest/1","parcels":[]}"#, "KEY_MISSING", "/manifest_number"),
        (r#"{"bulla":"manifest/1","manifest_number":"M"}"#, "KEY_MISSING", "/parcels"),
        (r#"{"bulla":"manifest/1","manifest_number":"M","parcels":{}}"#, "WRONG_TYPE", "/parcels"),
        (r#"{"bulla":"manifest/1","manifest_number":"M","parcels":[{]}"#, "NOT_JSON", "/parcels/0"),
        (r#"{"bulla":"manifest/1","manifest_number":"M","parcels":[]} 1"#, "NOT_JSON", ""),
        (r#"{"bulla":"manifest/1","manifest_number":"M","purpose":"00","parcels":[]}"#, "INVALID_CODE", "/purpose"),
        (
            r#"{"bulla":"manifest/1","manifest_number":"M","parcels":[{"recipient":{"name":"A"}},{}],"recipient":{"name":"B"}}"#,
            "KEY_MISSING",
            "/parcels/1/recipient",
        ),
        (r#"{"bulla":"manifest/1","manifest_number":"M","service":null,"parcels":[]}"#, "WRONG_TYPE", "/service"),
    ] {
        assert_eq!(found(text), one(code, place), "{text}");
    }
    let octets = b"{\"bulla\":\"\xc9\"}";
    let found = json::read(octets, &Limits::default(), &Class::ALL).unwrap_err();
    assert_eq!((found[0].code.as_str(), found[0].offset), ("NOT_UTF8", 10));
}

#[test]
fn all_that_is_wrong_is_told_with_its_line() {
    let text = parcel("\n\"weight_kg\": 0,\n \"colour\": [{}],\n\"ship_date\": \"x\"");
    let found = json::read(text.as_bytes(), &Limits::default(), &Class::ALL).unwrap_err();
    let told: Vec<_> = found.iter().map(|f| (f.code.as_str(), f.line, f.column)).collect();
    assert_eq!(told, [("OUT_OF_RANGE", 2, 14), ("UNKNOWN_KEY", 3, 2), ("INVALID_DATE", 4, 14)]);
    assert_eq!(
        found[1].to_string(),
        "UNKNOWN_KEY at line 3, column 2, /parcels/0: an object has only the keys of its place"
    );
}

#[test]
fn no_value_and_no_foreign_key_is_shown() {
    let text = parcel(r#""Ada Example":1,"remark":"4111111111111111","recipient":{"country":"Wonderland"}"#);
    let found = json::read(text.as_bytes(), &Limits::default(), &Class::ALL).unwrap_err();
    let shown = format!("{found:?}");
    assert_eq!(found.len(), 3);
    assert!(!shown.contains("Ada") && !shown.contains("4111") && !shown.contains("Wonder"), "{shown}");
}

#[test]
fn limits() {
    let limits = Limits { octets: 200, parcels: 2, values: 3, findings: 2, ..Limits::default() };
    let code = |text: &str| {
        let found = json::read(text.as_bytes(), &limits, &Class::ALL).unwrap_err();
        found.iter().map(|f| f.code.as_str()).collect::<Vec<_>>()
    };
    let with = |parcels: &str| format!(r#"{{"bulla":"manifest/1","manifest_number":"M","parcels":[{parcels}]}}"#);
    assert_eq!(code(&with("{},{},{}")), ["TOO_MANY_PARCELS"]);
    assert_eq!(code(&with(r#"{"order":["A","B","C"]}"#)), ["TOO_MANY_VALUES"]);
    assert_eq!(code(&with(&" ".repeat(200))), ["TOO_LARGE"]);
    assert_eq!(code(&with(r#"{"a":1,"b":2,"c":3}"#)), ["UNKNOWN_KEY", "UNKNOWN_KEY", "FINDINGS_LIMIT"]);
    let deep = with(&format!(r#"{{"x":{}}}"#, "[".repeat(40)));
    assert!(code(&deep).contains(&"TOO_DEEP"));
}

#[test]
fn what_the_agreement_does_not_accept_is_dropped_and_counted() {
    let text = parcel(r#""order":"O","recipient":{"name":"A","province":"QC","contact":{"phone":"1"}},"cod":1"#);
    let manifest = json::read(text.as_bytes(), &Limits::default(), &[Class::Operational, Class::Contact]).unwrap();
    assert_eq!(manifest.dropped, [0, 2, 2, 0, 0, 1]);
    assert_eq!(manifest.number.expose(), b"M");
    assert_eq!(manifest.parcels[0].operational.province, Province::QC);
    assert_eq!(manifest.parcels[0].fields.len(), 1);
    let written = json::write(&manifest);
    let text = str::from_utf8(&written).unwrap();
    assert!(
        text.contains(
            r#"{"destination_province":"QC","destination_country":"CA","recipient":{"contact":{"phone":"1"}}}"#
        ),
        "{text}"
    );
    let again = json::read(&written, &Limits::default(), &[Class::Operational, Class::Contact]).unwrap();
    assert_eq!((again.head, again.parcels), (manifest.head, manifest.parcels));
}

#[test]
fn control_characters_are_written_as_blanks() {
    let field = |value: &'static [u8]| Field {
        role: Role::None,
        party: 0,
        tag: Tag::Remark,
        qualifier: manifest::Qualifier::NONE,
        value: manifest::Personal::borrowed(value),
    };
    let fields = vec![field(b"A\nB\"\\"), field(b"\x85\x01")];
    let parcel = manifest::Record::new(manifest::Operational { pieces: 1, ..Default::default() }, fields);
    let head = manifest::Record::new(manifest::Operational::default(), Vec::new());
    let manifest = Manifest::from_records(Source::X856, Purpose::Original, head, vec![parcel]);
    let text = json::write(&manifest);
    let expected = "{\"bulla\":\"manifest/1\",\"purpose\":\"original\",\"parcels\":[\n\
                    {\"remark\":[\"A B\\\"\\\\\",{\"octets\":\"8520\"}]}]}\n";
    assert_eq!(str::from_utf8(&text).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(manifest in made_up::manifest()) {
        let text = json::write(&manifest);
        prop_assert!(text.len() == text.capacity(), "no copy is left behind by growing");
        let parsed: serde_json::Value = serde_json::from_slice(&text).unwrap();
        prop_assert_eq!(parsed["parcels"].as_array().unwrap().len(), manifest.parcels.len());
        match json::read(&text, &Limits::default(), &Class::ALL) {
            Ok(read) => prop_assert!(read == manifest, "{}\n{:?}\n{:?}", str::from_utf8(&text).unwrap(), read, manifest),
            Err(findings) => prop_assert!(false, "{:?}\n{}", findings, str::from_utf8(&text).unwrap()),
        }
    }

    #[test]
    fn no_octets_panic(manifest in made_up::manifest(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut octets = json::write(&manifest).to_vec();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let limits = Limits { findings: 5, ..Limits::default() };
        if let Ok(read) = json::read(&octets, &limits, &Class::ALL) {
            let again = json::write(&read);
            prop_assert!(json::read(&again, &Limits::default(), &Class::ALL).unwrap() == read);
        }
    }
}
