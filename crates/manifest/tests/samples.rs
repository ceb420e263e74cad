//! The samples in `examples/` are what their generator writes, and say what they are meant to say.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::{Interchange, Limits, Severity, Verdict};
use manifest::{Class, Manifest, Province, Tag, mapping};
use std::collections::BTreeSet;

#[allow(dead_code)]
#[path = "../examples/make_samples.rs"]
mod make_samples;

fn sample(name: &str) -> String {
    let path = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let made = make_samples::documents().into_iter().find(|d| d.0 == name).unwrap().1;
    assert!(text == made, "{name} is not what the generator writes: cargo run -p manifest --example make_samples");
    text
}

fn read(text: &str) -> (Interchange<'_>, Vec<edi::Finding>) {
    let (interchange, findings) = edi::read(text.as_bytes(), &Limits::default());
    (interchange, findings)
}

fn only_manifest<'a>(interchange: &Interchange<'a>) -> Manifest<'a> {
    mapping::read(interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap()
}

struct Told {
    parcels: usize,
    recipients: usize,
    reachable: usize,
    provinces: usize,
    remarks: usize,
    values: usize,
}

/// What a manifest tells, after what all good samples have in common.
fn told(text: &str) -> Told {
    let (interchange, findings) = read(text);
    assert_eq!(findings, []);
    assert_eq!(edi::verdict(&interchange, &findings), Verdict::Accepted);
    let isa = interchange.header.unwrap();
    assert_eq!(
        (isa.receiver(), isa.is_production(), isa.asks_for_acknowledgement()),
        (&b"DEMOCARRIER"[..], true, false)
    );
    let manifest = only_manifest(&interchange);
    assert_eq!((manifest.unmapped, manifest.dropped), (0, [0; 6]));
    assert!(!manifest.number.expose().is_empty());
    let numbers: Vec<_> = manifest.parcels.iter().flat_map(|p| value(p, Tag::Tracking)).collect();
    assert!(numbers.iter().all(|n| n.len() == 16 && n.starts_with(b"9999") && !is_card_number(n)));
    assert_eq!(BTreeSet::from_iter(&numbers).len(), manifest.parcels.len());
    let count = |tag| manifest.parcels.iter().filter(|p| value(p, tag).is_some()).count();
    assert_eq!(count(Tag::Order), manifest.parcels.len());
    let recipients: BTreeSet<_> =
        manifest.parcels.iter().map(|p| (value(p, Tag::Order), value(p, Tag::Name))).collect();
    let reached = manifest.parcels.iter().filter(|p| p.holds(Class::Contact)).map(|p| value(p, Tag::Order));
    let provinces: BTreeSet<_> = manifest.parcels.iter().map(|p| p.operational.province).collect();
    assert!(!provinces.contains(&Province::Unknown));
    Told {
        parcels: manifest.parcels.len(),
        recipients: recipients.len(),
        reachable: reached.collect::<BTreeSet<_>>().len(),
        provinces: provinces.len(),
        remarks: count(Tag::Remark),
        values: count(Tag::DeclaredValue),
    }
}

fn value(record: &manifest::Record<'_>, tag: Tag) -> Option<Vec<u8>> {
    record.fields.iter().find(|f| f.tag == tag).map(|f| f.value.expose().to_vec())
}

/// Luhn's check.
fn is_card_number(digits: &[u8]) -> bool {
    let digit = |(at, b): (usize, &u8)| {
        let d = u32::from(b - b'0') * (1 + at as u32 % 2);
        d / 10 + d % 10
    };
    digits.iter().rev().enumerate().map(digit).sum::<u32>() % 10 == 0
}

#[test]
fn the_check_of_card_numbers_knows_one() {
    assert!(is_card_number(b"4111111111111111"));
    assert!(!is_card_number(b"4111111111111112"));
}

#[test]
fn ship_notice() {
    let told = told(&sample("manifest-856.edi"));
    assert_eq!((told.parcels, told.recipients, told.reachable), (210, 150, 5));
    assert_eq!((told.provinces, told.values), (13, 21));
    assert!(told.remarks >= 12);
}

#[test]
fn pick_up_manifest() {
    let told = told(&sample("manifest-215.edi"));
    assert_eq!((told.parcels, told.recipients, told.reachable), (210, 150, 5));
    assert_eq!((told.provinces, told.values), (13, 21));
    assert!(told.remarks >= 12);
}

#[test]
fn second_shipper() {
    let text = sample("manifest-856-second.edi");
    let told = told(&text);
    assert_eq!((told.parcels, told.recipients, told.reachable), (50, 50, 2));
    assert_eq!(read(&text).0.header.unwrap().sender(), b"LAKESHOP");
}

#[test]
fn quebec_and_ontario_have_the_most() {
    let text = sample("manifest-856.edi");
    let (interchange, _) = read(&text);
    let manifest = only_manifest(&interchange);
    let count = |p| manifest.parcels.iter().filter(|r| r.operational.province == p).count();
    let others = Province::ALL.map(|p| if matches!(p, Province::ON | Province::QC) { 0 } else { count(p) });
    assert!(count(Province::ON) > *others.iter().max().unwrap());
    assert!(count(Province::QC) > *others.iter().max().unwrap());
    assert_eq!(count(Province::Abroad), 0);
}

#[test]
fn errors() {
    let text = sample("manifest-856-errors.edi");
    let (interchange, findings) = read(&text);
    let of = |set| move |f: &&edi::Finding| f.set == Some(set);
    let first: Vec<_> = findings.iter().filter(of(0)).collect();
    assert!(first.iter().all(|f| f.severity == Severity::Error), "{first:?}");
    let tags: Vec<_> = first.iter().map(|f| (f.tag.to_string(), f.element)).collect();
    assert_eq!(tags, [("DTM".to_owned(), 2), ("REF".to_owned(), 1)]);
    let second: Vec<_> = findings.iter().filter(of(1)).filter(|f| f.severity == Severity::Refusal).collect();
    let tags: Vec<_> = second.iter().map(|f| (f.tag.to_string(), f.element)).collect();
    assert_eq!(tags, [("HL".to_owned(), 2), ("SE".to_owned(), 1)]);
    let verdicts = edi::Verdicts::new(&interchange, &findings);
    let sets = [verdicts.set(0, 0), verdicts.set(0, 1)];
    assert_eq!((sets, verdicts.interchange()), ([Verdict::AcceptedWithErrors, Verdict::Refused], Verdict::InPart));
}
