//! What a gateway does with octets before it seals them, and what must hold whatever came in.
#![allow(dead_code, reason = "tests and fuzz/ use their part of it")]

use edi::{
    Limits, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, contrl, note, ta1, x997},
};
use manifest::{Class, Manifest, csv, form, guide::Guide, json, mapping, write};

pub const LIMITS: Limits = Limits { octets: 1 << 20, sets: 100, findings: 100 };

/// EDI: read, judged, counted, mapped, answered; what would be written is read again.
pub fn as_edi(octets: &[u8]) {
    for (interchange, findings, _) in edi::interchanges(octets, &LIMITS, &edi::Rules::default()).take(16) {
        let census = edi::census(&interchange);
        let verdicts = Verdicts::new(&interchange, &findings);
        let mut rows = 0;
        for (place, group) in interchange.groups.iter().enumerate() {
            for (number, set) in group.sets.iter().enumerate() {
                let Ok(manifest) = mapping::read(&interchange, set, &Class::ALL) else { continue };
                rows += if set.kind == b"IFTMIN" { manifest.parcels.len() as u64 } else { 0 };
                if verdicts.set(place, number).takes_any() {
                    carriers_copy_is_read(&manifest);
                }
            }
        }
        assert!(rows <= census.rows, "{rows} parcels, {census:?}");
        let numbers = Numbers { interchange: 1, group: 1 };
        let at = Moment { year: 2026, month: 12, day: 31, hour: 23, minute: 59 };
        let answers = [
            ta1(&interchange, note(&findings), &Echo::ALL, numbers, at),
            x997(&interchange, &findings, &Echo::ALL, numbers, at),
            contrl(&interchange, &findings, &Echo::ALL, numbers, at),
        ];
        for answer in answers.into_iter().flatten() {
            assert!(edi::read(&answer, &LIMITS).0.header.is_some(), "{}", answer.escape_ascii());
        }
    }
}

fn carriers_copy_is_read(manifest: &Manifest<'_>) {
    let envelope = write::Envelope {
        sender_qualifier: "ZZ",
        sender: "BULLA",
        receiver_qualifier: "ZZ",
        receiver: "CARRIER",
        group_sender: "BULLA",
        group_receiver: "CARRIER",
        interchange_control: 1,
        group_control: 1,
        date: 20261231,
        time: 2359,
        test: false,
    };
    let written = write::x12_856(manifest, &envelope);
    let (interchange, _) = edi::read(&written, &Limits::default());
    let again = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
    // An 856 without a pack announces its shipment as one parcel.
    assert_eq!(again.parcels.len(), manifest.parcels.len().max(1), "the carrier is told of as many parcels");
}

/// Our own JSON: what is taken is written as it was read.
pub fn as_json(octets: &[u8]) {
    if let Ok(manifest) = json::read(octets, &form::Limits::default(), &Class::ALL) {
        carriers_copy_is_read(&manifest);
        json_says_the_same(&manifest);
    }
}

/// A CSV file: what is written of it without a loss is read again.
pub fn as_csv(octets: &[u8]) {
    let read = |octets| csv::read(octets, &form::Limits::default(), &Class::ALL, &csv::Headings::default());
    let Ok(manifest) = read(octets) else { return };
    carriers_copy_is_read(&manifest);
    json_says_the_same(&manifest);
    let written = csv::write(&manifest);
    if written.lost == 0 && written.strange == 0 {
        let again = csv::read(&written.octets, &form::Limits::default(), &Class::ALL, &csv::Headings::default());
        assert_eq!(again.unwrap().parcels.len(), manifest.parcels.len());
    }
}

/// A guide, and the samples read by its rules.
pub fn as_guide(octets: &[u8], sample: &[u8]) {
    let Ok(guide) = str::from_utf8(octets).map_err(drop).and_then(|text| Guide::parse(text).map_err(drop)) else {
        return;
    };
    for (interchange, mut findings, _) in edi::interchanges(sample, &LIMITS, guide.rules()) {
        findings.extend(guide.foreign(&interchange, &findings));
        let _ = Verdicts::new(&interchange, &findings);
    }
}

fn json_says_the_same(manifest: &Manifest<'_>) {
    let octets = json::write(manifest);
    let again = json::read(&octets, &form::Limits::default(), &Class::ALL).unwrap();
    assert_eq!((again.purpose, again.parcels.len()), (manifest.purpose, manifest.parcels.len()));
    let differ = manifest.records().zip(again.records()).filter(|(there, here)| there != here).count();
    assert_eq!(differ, 0, "records are written as others");
}
